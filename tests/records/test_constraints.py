"""What the database itself refuses, on every database."""

from datetime import datetime, timezone

import pytest
from django.db import IntegrityError, connection, transaction

from django_iamport.models import Refund
from tests.shop.models import OrderTransaction, TicketTransaction
from tests.shopper import in_another_tab

NOW = datetime(2026, 11, 24, tzinfo=timezone.utc)
PAID = {
    "status": "paid",
    "imp_uid": "imp_1",
    "paid_amount": 50_000,
    "paid_currency": "KRW",
    "verified_at": NOW,
    "paid_order_key": "1",
}


def write(attempt, **columns):
    with transaction.atomic():
        OrderTransaction._base_manager.filter(pk=attempt.pk).update(**columns)


@pytest.mark.parametrize(
    "columns",
    [
        {**PAID, "imp_uid": None},
        {**PAID, "paid_amount": None},
        {**PAID, "verified_at": None},
        {**PAID, "paid_order_key": None},
        {**PAID, "status": "ready"},
        {**PAID, "status": "cancelled"},
        {**PAID, "cancel_amount": 50_001},
        {**PAID, "cancel_amount": -1},
        {**PAID, "reject_reason": "forged"},
        {"amount": 0},
        {"amount": -1},
        {"cancel_amount": 1},
        {"status": "rejected"},
        {"status": "something"},
        {"status": "Ready"},
        {"reject_reason": "forged"},
        {"status": "failed", "reject_reason": "forged"},
    ],
    ids=str,
)
def test_a_row_that_cannot_be_is_refused(attempt, columns):
    if columns == {"status": "Ready"} and connection.vendor == "mysql":
        pytest.skip("compares without case")
    with pytest.raises(IntegrityError):
        write(attempt, **columns)


@pytest.mark.parametrize(
    "columns",
    [
        PAID,
        {**PAID, "cancel_amount": 50_000},
        {"status": "failed"},
        {"status": "cancelled"},
        {"status": "cancelled", "reject_reason": "forged"},
        {"status": "rejected", "reject_reason": "sold_out"},
    ],
    ids=str,
)
def test_a_row_that_can_be_is_stored(attempt, columns):
    write(attempt, **columns)


@pytest.mark.parametrize(
    ("column", "value"), [("imp_uid", "imp_1"), ("merchant_uid", "taken"), ("paid_order_key", "1")]
)
def test_at_most_one(attempt, order, iamport_sandbox, column, value):
    other = in_another_tab(order)
    columns = {**PAID, "merchant_uid": "taken"}
    write(attempt, **columns)

    with pytest.raises(IntegrityError):
        write(
            other,
            **{**columns, "imp_uid": "imp_2", "merchant_uid": "free", "paid_order_key": "2", column: value},
        )


def test_several_rows_may_have_no_imp_uid_and_no_order_key(order, attempt, iamport_sandbox):
    in_another_tab(order)
    assert OrderTransaction.objects.filter(imp_uid=None, paid_order_key=None).count() == 2


@pytest.mark.parametrize("model", [OrderTransaction, TicketTransaction])
def test_the_constraints_are_in_the_database_of_every_transaction_model(db, model):
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, model._meta.db_table)

    for name in ("paid_evidence", "one_paid", "status", "amounts"):
        full = f"shop_{model._meta.model_name}_{name}"
        if connection.vendor == "sqlite":
            assert any(full in (key or "") for key in found), full
        else:
            assert full in found
    unique = {tuple(c["columns"]) for c in found.values() if c["unique"]}
    assert {("merchant_uid",), ("imp_uid",), ("paid_order_key",)} <= unique


def refund(**columns):
    return {
        "kind": "refund",
        "merchant_uid": "uid",
        "imp_uid": "imp_1",
        "amount": 1,
        "reason": "forged",
        "open_key": "uid",
        **columns,
    }


@pytest.mark.parametrize(
    "columns",
    [
        {"open_key": None},
        {"status": "done"},
        {"status": "needs_operator"},
        {"status": "something", "open_key": None},
        {"amount": -1},
    ],
    ids=str,
)
def test_a_refund_that_cannot_be_is_refused(db, columns):
    with pytest.raises(IntegrityError), transaction.atomic():
        Refund.objects.create(**refund(**columns))


def test_at_most_one_refund_of_a_payment_is_open(db):
    Refund.objects.create(**refund())

    with pytest.raises(IntegrityError), transaction.atomic():
        Refund.objects.create(**refund(status="unknown"))

    Refund.objects.get().close("done")
    Refund.objects.create(**refund())
