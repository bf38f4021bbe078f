"""save(): the shop's columns are stored, the gateway's have one writer."""

import pickle
from contextlib import suppress
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction

from django_iamport.exceptions import GatewayColumn, IamportError
from django_iamport.records.transaction import GATEWAY_COLUMNS
from tests.shop.models import OrderTransaction

ASSIGNED = {
    "status": "failed",
    "imp_uid": "imp_1",
    "amount": Decimal(1),
    "currency": "USD",
    "merchant_uid": "testx",
    "gateway_merchant_uid": "testx",
    "asked": {"escrow": True},
    "paid_amount": Decimal(1),
    "paid_currency": "USD",
    "cancel_amount": Decimal(1),
    "reject_reason": "forged",
    "verified_at": None,
    "paid_order_key": "of another",
    "vbank_num": "1",
    "sandbox": True,
    "answer": {"status": "paid"},
}


@pytest.fixture
def paid(attempt, iamport_sandbox, confirm):
    return confirm(attempt, iamport_sandbox.pay(attempt))


@pytest.mark.parametrize("name", ASSIGNED)
def test_an_assigned_gateway_column_is_refused_by_name_and_nothing_is_written(paid, name):
    before = OrderTransaction.objects.values().get()
    paid.note = "mine"
    setattr(paid, name, ASSIGNED[name])

    with pytest.raises(GatewayColumn, match=name):
        paid.save()

    assert OrderTransaction.objects.values().get() == before


@pytest.mark.parametrize("update_fields", [["status"], ["note", "status"]])
def test_naming_the_column_does_not_help(paid, update_fields):
    paid.status = "ready"

    with pytest.raises(GatewayColumn):
        paid.save(update_fields=update_fields)


def test_an_assigned_column_that_is_not_saved_stays_unsaved(paid):
    paid.status, paid.note = "ready", "mine"
    paid.save(update_fields=["note"])

    stored = OrderTransaction.objects.get()
    assert (stored.status, stored.note) == ("paid", "mine")


def test_a_stale_copy_saved_late_takes_nothing_back(attempt, iamport_sandbox, confirm):
    stale = OrderTransaction.objects.get()
    imp_uid = iamport_sandbox.pay(attempt)
    confirm(attempt, imp_uid)
    stale_paid = OrderTransaction.objects.get()
    iamport_sandbox.cancel_in_console(imp_uid)
    row = confirm(attempt, imp_uid)

    for copy in (stale, stale_paid):
        copy.note = "late"
        copy.save()

    stored = OrderTransaction.objects.get()
    assert stored.note == "late"
    assert {n: getattr(stored, n) for n in GATEWAY_COLUMNS} == {n: getattr(row, n) for n in GATEWAY_COLUMNS}


def test_a_stale_copy_saved_late_forgets_no_news_that_sync_must_ask_about(attempt, iamport_sandbox, confirm):
    stale = OrderTransaction.objects.get()
    iamport_sandbox.fail_next("payments.find_all_page", times=2, timeout=True)
    with pytest.raises(Exception, match="time"):
        confirm(attempt)

    stale.note = "late"
    stale.save()

    assert OrderTransaction.objects.get().backlog_since is not None


def test_an_object_made_with_a_stored_rows_key_does_not_overwrite_it(paid):
    made = OrderTransaction(
        pk=paid.pk, order=paid.order, merchant_uid=paid.merchant_uid, amount=paid.amount, status="ready"
    )

    with suppress(IamportError, DatabaseError), transaction.atomic():
        made.save()

    assert OrderTransaction.objects.get().status == "paid"


def test_a_deferred_column_is_neither_assigned_nor_written(paid):
    row = OrderTransaction.objects.only("note").get()
    row.note = "mine"
    row.save()
    assert row.status == "paid"
    row.note = "again"
    row.save()

    assert OrderTransaction.objects.get().note == "again"


def test_a_deferred_column_that_was_assigned_is_refused(paid):
    row = OrderTransaction.objects.only("note").get()
    row.status = "failed"

    with pytest.raises(GatewayColumn):
        row.save()


def test_what_was_refreshed_is_no_longer_assigned(paid):
    paid.status = "ready"
    paid.refresh_from_db()
    paid.save()
    paid.status = "ready"
    paid.refresh_from_db(fields=["status"])
    paid.save()

    assert OrderTransaction.objects.get().status == "paid"


def test_assigning_what_is_stored_is_no_assignment(paid):
    paid.status, paid.amount = "paid", Decimal(50_000)
    paid.save()


def test_a_pickled_row_remembers_what_was_loaded(paid):
    row = pickle.loads(pickle.dumps(paid))
    row.save()
    row.status = "ready"

    with pytest.raises(GatewayColumn):
        row.save()


def test_a_fresh_attempt_can_be_saved_on(attempt):
    attempt.note = "mine"
    attempt.save()

    assert OrderTransaction.objects.get().note == "mine"


def test_sync_asks_and_refreshes_the_object_in_hand(attempt, iamport_sandbox):
    iamport_sandbox.pay(attempt)

    attempt.sync()

    assert (attempt.status, attempt.order.status) == ("paid", "paid")


def test_a_row_shows_its_name_only(paid):
    assert str(paid) == paid.merchant_uid
    assert repr(paid) == f"<OrderTransaction: {paid.merchant_uid}>"
