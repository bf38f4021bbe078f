"""The second net: whatever writes, no transaction becomes paid without the gateway's word."""

import json

import pytest
from django.core import serializers
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError, Value
from django.utils import timezone

from django_iamport.exceptions import (
    EvidenceMissing,
    GatewayColumn,
    GatewayError,
    IamportError,
    TransactionKept,
)
from django_iamport.payments import save_guard
from tests.shop.models import Order, OrderTransaction


def stored_status(row):
    return OrderTransaction.objects.values_list("status", flat=True).get(pk=row.pk)


# The tutorial's code: t.imp_uid = …; t.status = "paid"; t.save().


def test_the_tutorials_code_works_where_the_payment_is_real(attempt, order, iamport_sandbox, heard):
    t = OrderTransaction.objects.get(pk=attempt.pk)
    t.imp_uid = iamport_sandbox.pay(attempt)
    t.status = "paid"
    t.note = "mine"
    t.save()

    order.refresh_from_db()
    assert (t.status, t.paid_amount, t.note) == ("paid", 50_000, "mine")
    assert OrderTransaction.objects.get().note == "mine"
    assert OrderTransaction.objects.get().verified_at is not None
    assert (order.status, heard.names) == ("paid", ["payment_paid"])


def test_the_status_alone_is_looked_up_by_the_merchant_uid(attempt, iamport_sandbox):
    iamport_sandbox.pay(attempt)

    attempt.status = "paid"
    attempt.save(update_fields=["status"])

    assert stored_status(attempt) == "paid"


def nothing_paid(gateway, attempt):
    return None


def declined(gateway, attempt):
    return gateway.decline(attempt)


def waiting_account(gateway, attempt):
    return gateway.issue_account(attempt)


def voided_account(gateway, attempt):
    gateway.void(imp_uid := gateway.issue_account(attempt))
    return imp_uid


def other_amount(gateway, attempt):
    return gateway.pay(attempt, amount=100)


def other_order(gateway, attempt):
    return gateway.pay(OrderTransaction.objects.create_new(Order.objects.create(name="x", amount=100)))


def swapped_channel(gateway, attempt):
    return gateway.pay(attempt, channel="test")


def registration(gateway, attempt):
    return gateway.pay(attempt, customer_uid="slipped-in")


def unknown_channel(gateway, attempt):
    gateway.edit(imp_uid := gateway.pay(attempt), without=("sandbox",))
    return imp_uid


def closed_order(gateway, attempt):
    Order.objects.get(pk=attempt.order_id).close()
    return gateway.pay(attempt)


def invented(gateway, attempt):
    return "imp_000000000000"


NO_PROOF = [
    nothing_paid,
    declined,
    waiting_account,
    voided_account,
    other_amount,
    other_order,
    swapped_channel,
    registration,
    unknown_channel,
    closed_order,
    invented,
]


@pytest.mark.parametrize("happen", NO_PROOF)
def test_the_tutorials_code_pays_nothing_that_the_gateway_does_not_prove(
    attempt, order, iamport_sandbox, happen
):
    imp_uid = happen(iamport_sandbox, attempt)
    attempt.imp_uid, attempt.status, attempt.note = imp_uid, "paid", "mine"

    with pytest.raises(IamportError):
        attempt.save()

    stored = OrderTransaction.objects.get(pk=attempt.pk)
    assert stored.status != "paid"
    assert stored.note == ""
    assert Order.objects.get(pk=order.pk).status != "paid"


@pytest.mark.parametrize("happen", [nothing_paid, declined, other_amount, other_order])
def test_a_lookup_that_proves_nothing_is_named_as_such(attempt, iamport_sandbox, happen):
    attempt.imp_uid, attempt.status = happen(iamport_sandbox, attempt), "paid"

    with pytest.raises(EvidenceMissing):
        attempt.save()


def test_while_the_gateway_is_down_nothing_is_written(attempt, iamport_sandbox):
    iamport_sandbox.pay(attempt)
    iamport_sandbox.fail_next("payments.find_all_page", times=2, timeout=True)
    attempt.status = "paid"

    with pytest.raises(GatewayError):
        attempt.save()

    assert stored_status(attempt) == "ready"


@pytest.mark.django_db(transaction=True)
def test_inside_a_transaction_evidence_is_missing_and_nobody_is_asked(attempt, iamport_sandbox):
    attempt.imp_uid, attempt.status = iamport_sandbox.pay(attempt), "paid"
    iamport_sandbox.reset_calls()

    with transaction.atomic(), pytest.raises(EvidenceMissing):
        attempt.save()

    assert (iamport_sandbox.calls, stored_status(attempt)) == ([], "ready")


# New rows.


def new_row(order, **columns):
    return OrderTransaction(
        **{"order": order, "merchant_uid": "test" + "a" * 26, "amount": 50_000, "currency": "KRW", **columns}
    )


def test_a_new_row_that_claims_to_be_paid_is_looked_up_before_it_is_written(order, iamport_sandbox, heard):
    row = new_row(order, status="paid")
    row.imp_uid = iamport_sandbox.pay(row)

    row.save()

    assert (row.status, stored_status(row)) == ("paid", "paid")
    assert heard.names == ["payment_paid"]


@pytest.mark.parametrize(
    "happen", [nothing_paid, declined, other_amount, swapped_channel, unknown_channel, invented]
)
def test_a_new_row_without_proof_is_not_written(order, iamport_sandbox, happen):
    row = new_row(order, status="paid", imp_uid=None)
    row.imp_uid = happen(iamport_sandbox, row)

    with pytest.raises(EvidenceMissing):
        row.save()

    assert not OrderTransaction.objects.exists()


def test_a_copy_of_a_paid_row_is_not_written(attempt, iamport_sandbox, confirm):
    row = confirm(attempt, iamport_sandbox.pay(attempt))
    row.pk, row.merchant_uid, row._state.adding = None, "test" + "b" * 26, True

    with pytest.raises((IamportError, IntegrityError)), transaction.atomic():
        row.save()

    assert OrderTransaction.objects.count() == 1


# Paths around save().


def evidence(**more):
    return {"status": "paid", "imp_uid": "imp_1", "paid_amount": 50_000, "paid_currency": "KRW", **more}


@pytest.mark.parametrize(
    "columns",
    [
        {"status": "paid"},
        {"status": Value("paid")},
        evidence(),
        {"paid_amount": 1},
        {"imp_uid": "imp_1"},
        {"cancel_amount": Value(1)},
        {"amount": 1},
        {"merchant_uid": "x"},
        {"verified_at": None},
        {"note": "mine", "status": "failed"},
    ],
    ids=str,
)
def test_update_refuses_gateway_columns(attempt, order, columns):
    for rows in (OrderTransaction.objects.all(), order.transactions, OrderTransaction.objects.filter(pk=1)):
        with pytest.raises(GatewayColumn):
            rows.update(**columns)

    assert stored_status(attempt) == "ready"


def test_update_of_the_shops_own_columns_works(attempt):
    assert OrderTransaction.objects.update(note="mine") == 1


def test_bulk_update_refuses_gateway_columns(attempt):
    attempt.status = "paid"

    with pytest.raises(GatewayColumn):
        OrderTransaction.objects.bulk_update([attempt], ["status"])


@pytest.mark.parametrize("column", ["status", "paid_order_key", "order"])
def test_bulk_create_of_rows_that_exist_refuses_gateway_columns(attempt, column):
    with pytest.raises(GatewayColumn):
        OrderTransaction.objects.bulk_create(
            [attempt], update_conflicts=True, unique_fields=["merchant_uid"], update_fields=["note", column]
        )


def by_the_base_manager(row):
    OrderTransaction._base_manager.filter(pk=row.pk).update(**evidence())


def by_an_expression(row):
    OrderTransaction._base_manager.filter(pk=row.pk).update(**evidence(status=Value("paid")))


def by_bulk_create(row):
    OrderTransaction.objects.bulk_create([new_row(row.order, **evidence())])


def by_bulk_update(row):
    row.status = "paid"
    OrderTransaction._base_manager.bulk_update([row], ["status"])


def by_sql(row):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE shop_ordertransaction SET status = 'paid' WHERE id = %s", [row.pk])


@pytest.mark.parametrize(
    "write", [by_the_base_manager, by_an_expression, by_bulk_create, by_bulk_update, by_sql]
)
def test_the_database_itself_refuses_paid_without_evidence(attempt, write):
    with pytest.raises(IntegrityError), transaction.atomic():
        write(attempt)

    assert stored_status(attempt) == "ready"


def test_a_fixture_without_evidence_is_refused_by_the_database(attempt, tmp_path):
    with pytest.raises(IntegrityError), transaction.atomic():
        load(attempt, tmp_path, status="paid")

    assert stored_status(attempt) == "ready"


def test_a_fixture_with_evidence_passes_the_guard_and_asks_nobody(
    attempt, iamport_sandbox, confirm, tmp_path
):
    row = confirm(attempt, iamport_sandbox.pay(attempt))
    iamport_sandbox.reset_calls()

    load(row, tmp_path, note="restored")

    assert (OrderTransaction.objects.get().note, iamport_sandbox.calls) == ("restored", [])


def load(row, tmp_path, **fields):
    (document,) = json.loads(serializers.serialize("json", [row]))
    document["fields"].update(fields)
    path = tmp_path / "rows.json"
    path.write_text(json.dumps([document]))
    call_command("loaddata", path, verbosity=0)


def test_the_post_save_net_refuses_what_passed_the_first_and_undoes_the_write(attempt, monkeypatch):
    """Without the lookup before the write, the receiver still holds."""
    monkeypatch.setattr(save_guard, "confirm_assigned", lambda *args: None)
    monkeypatch.setattr(OrderTransaction, "_columns_without", lambda self, left_out, fields: None)
    for name, value in evidence(verified_at=timezone.now(), paid_order_key="1").items():
        setattr(attempt, name, value)

    with pytest.raises(EvidenceMissing):
        attempt.save()

    assert stored_status(attempt) == "ready"


# Nothing is deleted.


def test_a_transaction_is_never_deleted(attempt, order):
    for delete in (
        attempt.delete,
        OrderTransaction.objects.all().delete,
        order.transactions.all().delete,
        OrderTransaction._base_manager.all().delete,
    ):
        with pytest.raises(TransactionKept), transaction.atomic():
            delete()
    for delete in (order.delete, Order.objects.all().delete):
        with pytest.raises(ProtectedError), transaction.atomic():
            delete()

    assert OrderTransaction.objects.count() == 1


def test_an_order_without_attempts_may_go(order):
    order.delete()
    assert not Order.objects.exists()
