"""Real threads on real connections: whatever meets, one payment counts and no refund is made twice."""

import sqlite3
import threading
import time
from contextlib import closing

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from django_iamport import signals
from django_iamport.exceptions import AccountWaiting, IamportError, RefundOpen, TooManyNotices
from django_iamport.models import Refund
from django_iamport.models.order import AbstractOrder
from django_iamport.records import locks
from django_iamport.refunds import execution
from django_iamport.webhooks import intake, throttle
from tests.conftest import Heard
from tests.isolation import LEVELS, restore, set_level
from tests.shop.models import Order, OrderTransaction
from tests.shopper import in_another_tab

THREADS = 6
# Seconds after which a test is given up; nothing takes them.
PATIENCE = 60

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True, params=LEVELS)
def real_connections(request, transactional_db, tmp_path, monkeypatch):
    """Threads share one connection to SQLite in memory: move to a file for the length of the test.

    The pauses between two tries are those of a shop.
    """
    monkeypatch.setattr(locks, "PATIENCE", 5)
    monkeypatch.setattr(locks, "PAUSE", (0.005, 0.3))
    if connection.vendor != "sqlite" or request.param != LEVELS[0]:
        options = set_level(request.param)
        yield
        restore(options)
        return
    if not connection.is_in_memory_db():
        yield
        return
    in_memory, settings = connections["default"], connections.settings["default"]
    path = tmp_path / "shop.sqlite3"
    with closing(sqlite3.connect(path)) as copy:
        in_memory.connection.backup(copy)
    connections.settings["default"] = {**settings, "NAME": str(path)}
    del connections["default"]
    yield
    connections["default"].close()
    connections.settings["default"], connections["default"] = settings, in_memory


class HeardOnCommit(Heard):
    """A receiver may run in a step that is undone and repeated; what it stores is stored once."""

    def hear(self, name, arguments):
        transaction.on_commit(lambda: self.sent.append((name, arguments)))


@pytest.fixture
def hears():
    return HeardOnCommit()


def at_once(*jobs):
    """Run the jobs in threads that begin together; answers their results or errors."""
    barrier, results = threading.Barrier(len(jobs)), [None] * len(jobs)

    def run(number, job):
        try:
            barrier.wait(timeout=PATIENCE)
            results[number] = job()
        except Exception as error:
            results[number] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=each) for each in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=2 * PATIENCE)
    return results


def news(attempt, imp_uid, source="webhook"):
    def bring():
        return OrderTransaction.objects.confirm(
            merchant_uid=attempt.merchant_uid, imp_uid=imp_uid, source=source
        ).status

    return bring


def insist(job):
    """As a gateway does that hears 503, and somebody who is told that another is at it."""

    def bring():
        given_up = time.monotonic() + PATIENCE
        while True:
            try:
                return job()
            except IamportError as error:
                passes = error.http_status == 503 or isinstance(error, (AccountWaiting, RefundOpen))
                if not passes or time.monotonic() > given_up:
                    raise
            time.sleep(0.02)

    return bring


def test_one_payment_confirmed_by_many_is_paid_once(attempt, iamport_sandbox, heard):
    imp_uid = iamport_sandbox.pay(attempt)

    results = at_once(*[insist(news(attempt, imp_uid)) for _ in range(THREADS)])

    assert results == ["paid"] * THREADS
    assert heard.names == ["payment_paid"]


def test_a_flood_at_one_moment_books_no_more_lookups_than_it_may(
    attempt, iamport_sandbox, heard, monkeypatch
):
    now = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: now)
    imp_uid = iamport_sandbox.pay(attempt)

    results = at_once(*[lambda: intake.receive(attempt.merchant_uid, imp_uid)] * 12)

    assert [str(result) for result in results].count("stored") == throttle.AT_ONCE
    assert sum(isinstance(result, TooManyNotices) for result in results) == 12 - throttle.AT_ONCE
    assert heard.names == ["payment_paid"]


def test_two_payments_of_one_order_end_as_one_paid_and_one_returned(order, attempt, iamport_sandbox):
    other = in_another_tab(order)
    imp_uids = [iamport_sandbox.pay(attempt), iamport_sandbox.pay(other)]

    at_once(*[insist(news(a, uid)) for a, uid in zip((attempt, other), imp_uids, strict=True)] * 2)

    states = sorted(OrderTransaction.objects.values_list("status", "reject_reason"))
    assert states == [("cancelled", "duplicate"), ("paid", "")]
    assert sorted(iamport_sandbox.payment(uid)["cancel_amount"] for uid in imp_uids) == [0, 50_000]
    assert iamport_sandbox.calls.count("POST /payments/cancel") == 1


def test_payments_under_one_name_get_a_row_each(attempt, iamport_sandbox, heard):
    imp_uids = [iamport_sandbox.pay(attempt, force=True) for _ in range(3)]

    at_once(*[insist(news(attempt, uid)) for uid in imp_uids] * 2)

    states = sorted(OrderTransaction.objects.values_list("status", "reject_reason"))
    assert states == [("cancelled", "duplicate"), ("cancelled", "duplicate"), ("paid", "")]
    assert len(heard["payment_paid"]) == 1
    assert sum(iamport_sandbox.payment(uid)["cancel_amount"] for uid in imp_uids) == 100_000


def test_a_refused_payment_confirmed_by_many_is_refunded_once(attempt, iamport_sandbox, heard):
    imp_uid = iamport_sandbox.pay(attempt, amount=100)

    at_once(*[insist(news(attempt, imp_uid)) for _ in range(THREADS)])

    assert OrderTransaction.objects.get().status == "cancelled"
    assert Refund.objects.get().status == "done"
    assert iamport_sandbox.calls.count("POST /payments/cancel") == 1
    assert heard.names == ["payment_rejected", "payment_returned"]


def test_a_partial_refund_heard_by_many_is_told_once(attempt, iamport_sandbox, heard, confirm):
    imp_uid = iamport_sandbox.pay(attempt)
    confirm(attempt, imp_uid)
    iamport_sandbox.cancel_in_console(imp_uid, 10_000)

    at_once(*[insist(news(attempt, imp_uid)) for _ in range(THREADS)])

    assert [told["amount"] for told in heard["payment_cancelled"]] == [10_000]
    assert OrderTransaction.objects.get().cancel_amount == 10_000


def test_an_order_is_not_closed_and_paid_at_once(attempt, order, iamport_sandbox):
    """Either the shop keeps the money and the order, or neither."""
    imp_uid = iamport_sandbox.pay(attempt)

    at_once(insist(news(attempt, imp_uid)), Order.objects.get().close)

    order.refresh_from_db()
    row = OrderTransaction.objects.get()
    assert (order.status, row.status) in {("paid", "paid"), ("closed", "cancelled")}


def test_many_attempts_begun_at_once_are_all_stored(order, iamport_sandbox):
    results = at_once(*[lambda: OrderTransaction.objects.create_new(order).merchant_uid] * THREADS)

    assert set(results) == set(OrderTransaction.objects.values_list("merchant_uid", flat=True))


def test_receivers_of_one_order_never_run_side_by_side(order, attempt, iamport_sandbox, receive, monkeypatch):
    other = in_another_tab(order)
    inside, most = [], []

    def receiver(**kwargs):
        inside.append(1)
        most.append(len(inside))
        threading.Event().wait(0.05)
        inside.pop()

    receive(signals.payment_rejected, receiver)
    monkeypatch.setattr(AbstractOrder, "accepts_payment", lambda self, transaction: False)
    jobs = [insist(news(a, iamport_sandbox.pay(a))) for a in (attempt, other)]

    at_once(*jobs)

    assert most == [1, 1]


def test_a_poll_by_many_asks_once(attempt, iamport_sandbox):
    iamport_sandbox.reset_calls()

    at_once(*[lambda: OrderTransaction.objects.poll(attempt.merchant_uid)] * THREADS)

    assert len(iamport_sandbox.calls) == 1


def test_the_token_is_fetched_once_by_many(make_order, iamport_sandbox):
    orders = [make_order() for _ in range(THREADS)]

    results = at_once(
        *[lambda order=order: OrderTransaction.objects.create_new(order).status for order in orders]
    )

    assert results == ["ready"] * THREADS
    assert iamport_sandbox.calls.count("POST /users/getToken") == 1


def test_a_waiting_account_is_voided_once_by_many_further_attempts(
    attempt, order, iamport_sandbox, confirm, settings
):
    # However often a busy database lets them try.
    settings.IAMPORT_ORDER_BUDGET = None
    confirm(attempt, imp_uid := iamport_sandbox.issue_account(attempt))

    results = at_once(*[insist(lambda: OrderTransaction.objects.create_new(order).status)] * THREADS)

    assert results == ["ready"] * THREADS
    assert iamport_sandbox.payment(imp_uid)["status"] == "cancelled"
    assert iamport_sandbox.calls.count(f"DELETE /vbanks/{imp_uid}") == 1


def test_a_refund_carried_out_by_many_is_made_once(attempt, iamport_sandbox, confirm, monkeypatch):
    with monkeypatch.context() as put_off:
        put_off.setattr(execution, "execute_all", lambda model, refunds: None)
        imp_uid = iamport_sandbox.pay(attempt, amount=100)
        confirm(attempt, imp_uid)

    at_once(*[lambda: execution.execute_all(OrderTransaction, Refund.objects.all()) for _ in range(THREADS)])

    assert iamport_sandbox.calls.count("POST /payments/cancel") == 1
    assert OrderTransaction.objects.get().status == "cancelled"
