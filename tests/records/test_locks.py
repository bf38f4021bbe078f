"""The order's lock, and the promise that nobody is asked while a transaction is open."""

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from django_iamport.exceptions import Busy, InTransaction
from django_iamport.models import Refund
from django_iamport.records import locks
from django_iamport.refunds import execution
from tests.busy import busy
from tests.shop.models import Order, OrderTransaction, Ticket, TicketTransaction
from tests.shopper import in_another_tab


def create_new(attempt):
    OrderTransaction.objects.create_new(attempt.order)


def confirm(attempt):
    OrderTransaction.objects.confirm(merchant_uid=attempt.merchant_uid, source="webhook")


def confirm_a_stored_claim(attempt):
    OrderTransaction.objects.confirm(merchant_uid=attempt.merchant_uid, imp_uid="imp_1", source="browser")


def get_transaction(attempt):
    OrderTransaction.objects.get_transaction(attempt.merchant_uid)


def poll(attempt):
    OrderTransaction.objects.poll(attempt.merchant_uid)


def sync(attempt):
    attempt.sync()


def settle(attempt):
    OrderTransaction.objects.settle_open_attempts(attempt.order)


def execute(attempt):
    execution.execute(
        OrderTransaction, Refund(kind="refund", merchant_uid=attempt.merchant_uid, imp_uid="imp_1")
    )


ASKING = [
    create_new,
    confirm,
    confirm_a_stored_claim,
    get_transaction,
    poll,
    sync,
    settle,
    execute,
]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("ask", ASKING)
def test_within_a_transaction_the_gateway_is_not_asked(attempt, iamport_sandbox, ask):
    iamport_sandbox.pay(attempt)
    before = OrderTransaction.objects.values().get()
    iamport_sandbox.reset_calls()

    with transaction.atomic(), transaction.atomic(), pytest.raises(InTransaction):
        ask(attempt)

    assert iamport_sandbox.calls == []
    assert OrderTransaction.objects.values().get() == before


@pytest.mark.django_db(transaction=True)
def test_with_autocommit_off_the_gateway_is_not_asked(attempt, iamport_sandbox):
    iamport_sandbox.reset_calls()
    transaction.set_autocommit(False)
    try:
        with pytest.raises(InTransaction):
            confirm(attempt)
    finally:
        transaction.rollback()
        transaction.set_autocommit(True)

    assert iamport_sandbox.calls == []


@pytest.mark.django_db(transaction=True)
def test_after_the_transaction_it_is_asked_again(attempt, iamport_sandbox):
    with transaction.atomic(), pytest.raises(InTransaction):
        confirm(attempt)

    confirm(attempt)


class TheOneOfATestCase(TestCase):
    def test_does_not_count(self):
        locks.require_no_transaction("default")

    def test_but_one_inside_it_does(self):
        with transaction.atomic(), pytest.raises(InTransaction):
            locks.require_no_transaction("default")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("model", [Order, Ticket])
def test_the_order_is_locked_first_and_then_its_transactions_by_key(iamport_sandbox, model):
    order = Order.objects.create(name="x", amount=1) if model is Order else Ticket.objects.create(price=1)
    rows_model = OrderTransaction if model is Order else TicketTransaction
    for _ in range(3):
        in_another_tab(order)

    with (
        CaptureQueriesContext(connection) as queries,
        locks.locked_order(rows_model, order.pk, "default") as (locked, rows),
    ):
        assert locked == order

    assert len(rows) == 3
    assert rows == list(rows_model.objects.order_by("pk"))
    said = [q["sql"] for q in queries if q["sql"].startswith(("SELECT", "UPDATE"))]
    if connection.features.has_select_for_update:
        assert [q.startswith("SELECT") and "FOR UPDATE" in q for q in said] == [True, True]
    else:
        assert said[0].startswith("UPDATE")
    assert model._meta.db_table in said[0]
    assert rows_model._meta.db_table in said[-1]


@pytest.mark.django_db
@pytest.mark.parametrize("vendor", ["postgresql", "mysql", "sqlite"])
@pytest.mark.parametrize("failures", [0, 1, 2, 3, 4])
def test_a_busy_step_is_tried_thrice(vendor, failures):
    tried, error = [], busy(vendor)

    def step():
        tried.append(1)
        if len(tried) <= failures:
            raise error
        return "done"

    if failures < 3:
        assert locks.retrying(step) == "done"
    else:
        with pytest.raises(Busy) as failure:
            locks.retrying(step)
        assert failure.value.__cause__ is error
    assert len(tried) == min(failures + 1, 3)


@pytest.mark.parametrize("error", [OperationalError("no such column"), IntegrityError("twice")], ids=repr)
def test_what_the_database_does_not_call_busy_is_not_repeated(error):
    tried = []

    def step():
        tried.append(1)
        raise error

    with pytest.raises(type(error)):
        locks.retrying(step)
    assert tried == [1]


def test_between_two_tries_it_sleeps_longer_each_time_and_never_as_long_as_a_rival(monkeypatch, stopped_time):
    monkeypatch.setattr(locks, "time", stopped_time)
    monkeypatch.setattr(locks, "PATIENCE", 5)
    monkeypatch.setattr(locks, "PAUSE", (0.005, 0.3))
    began = stopped_time.now

    def step():
        raise busy("postgresql")

    for _rival in range(2):
        with pytest.raises(Busy):
            locks.retrying(step)

    half = len(stopped_time.slept) // 2
    assert 10 <= stopped_time.now - began <= 10.6
    assert all(0.005 <= pause <= 0.3 for pause in stopped_time.slept)
    assert max(stopped_time.slept[:2]) < 0.03 < max(stopped_time.slept)
    assert stopped_time.slept[:half] != stopped_time.slept[half:]


def test_within_an_open_transaction_a_step_is_tried_once(db):
    tried = []

    def step():
        tried.append(1)
        raise busy("postgresql")

    with transaction.atomic(), pytest.raises(Busy):
        locks.retrying(step, unless_within="default")
    assert tried == [1]


def test_any_other_error_is_not_retrying():
    tried = []

    def step():
        tried.append(1)
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011 - the very one
        locks.retrying(step)
    assert len(tried) == 1
