"""A database error that the shop's code catches: nothing is told that isn't committed."""

import contextlib
import sqlite3
import threading

import pytest
from django.db import (
    DatabaseError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    connection,
    transaction,
)
from django.db.models.signals import post_save

from django_iamport import signals
from django_iamport.exceptions import Busy, IamportError, ReceiverFailed, RejectPayment
from django_iamport.models import History, Refund
from django_iamport.refunds.accounts import RefundAccount
from tests.busy import ServerError, busy
from tests.shop.models import Order, OrderTransaction

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]


def swallow(**kwargs):
    """What an audit trail does that tries, and goes on: the unique key stands twice."""
    with contextlib.suppress(IntegrityError):
        Order.objects.create(name="x", amount=1, checkout_key="taken")


def swallow_in_sql(**kwargs):
    with contextlib.suppress(DatabaseError), connection.cursor() as cursor:
        cursor.execute("SELECT nothing FROM no_such_table")


@pytest.fixture(autouse=True)
def _taken(db):
    Order.objects.create(name="x", amount=1, checkout_key="taken")


@pytest.fixture
def on_save():
    connected = []

    def connect(model, receiver):
        def receive(sender, **kwargs):
            if issubclass(sender, model):
                receiver()

        post_save.connect(receive, weak=False)
        connected.append(receive)

    yield connect
    for receive in connected:
        post_save.disconnect(receive)


def state(attempt):
    row = OrderTransaction.objects.get(pk=attempt.pk)
    return row.status, row.backlog_code


def test_a_receiver_that_caught_a_database_error_has_failed_and_nothing_is_stored(
    attempt, iamport_sandbox, confirm, receive, caplog
):
    receive(signals.payment_paid, swallow)
    imp_uid = iamport_sandbox.pay(attempt)

    with pytest.raises(ReceiverFailed):
        confirm(attempt, imp_uid)

    assert state(attempt) == ("ready", "receiver_failed")
    assert attempt.merchant_uid in caplog.text
    signals.payment_paid.disconnect(swallow)
    assert confirm(attempt, imp_uid).status == "paid"
    assert state(attempt) == ("paid", "")


@pytest.mark.parametrize(
    "signal",
    [signals.payment_ready, signals.payment_failed, signals.payment_rejected, signals.payment_cancelled],
)
def test_whichever_signal_it_was(attempt, iamport_sandbox, confirm, receive, signal):
    bring = {
        signals.payment_ready: lambda: iamport_sandbox.issue_account(attempt),
        signals.payment_failed: lambda: iamport_sandbox.decline(attempt),
        signals.payment_rejected: lambda: iamport_sandbox.pay(attempt, amount=100),
        signals.payment_cancelled: lambda: iamport_sandbox.pay(attempt),
    }
    imp_uid = bring[signal]()
    if signal is signals.payment_cancelled:
        confirm(attempt, imp_uid)
        iamport_sandbox.cancel_in_console(imp_uid)
    before = state(attempt)[0]
    receive(signal, swallow)

    with pytest.raises(ReceiverFailed):
        confirm(attempt, imp_uid)

    assert state(attempt) == (before, "receiver_failed")


@pytest.mark.skipif(
    connection.vendor != "postgresql", reason="only PostgreSQL refuses the rest of a transaction"
)
def test_an_error_in_sql_of_the_shops_own_counts_as_well(attempt, iamport_sandbox, confirm, receive):
    receive(signals.payment_paid, swallow_in_sql)

    with pytest.raises(ReceiverFailed):
        confirm(attempt, iamport_sandbox.pay(attempt))

    assert state(attempt) == ("ready", "receiver_failed")


@pytest.mark.skipif(connection.vendor != "mysql", reason="others refuse the rest of a transaction, or wait")
def test_a_deadlock_that_was_caught_has_undone_what_was_written_before_it(
    attempt, iamport_sandbox, confirm, receive
):
    first, second = (Order.objects.create(name=name, amount=1) for name in ("first", "second"))
    rival_holds, rival = threading.Event(), None

    def locked(order):
        return Order.objects.select_for_update().get(pk=order.pk)

    def in_the_other_order():
        with transaction.atomic():
            # The server ends whoever has written less.
            Order.objects.bulk_create(Order(name="x", amount=1) for _ in range(200))
            locked(second)
            rival_holds.set()
            locked(first)
        connection.close()

    def receiver(**kwargs):
        locked(first)
        rival.start()
        rival_holds.wait(60)
        with contextlib.suppress(OperationalError):
            locked(second)

    rival = threading.Thread(target=in_the_other_order)
    receive(signals.payment_paid, receiver)

    with pytest.raises(ReceiverFailed):
        confirm(attempt, iamport_sandbox.pay(attempt))

    rival.join()
    assert state(attempt) == ("ready", "receiver_failed")
    assert not History.objects.filter(event="paid").exists()


def test_the_browser_and_the_gateway_hear_that_it_was_not_stored(attempt, iamport_sandbox, receive, client):
    receive(signals.payment_paid, swallow)
    imp_uid = iamport_sandbox.pay(attempt)

    answer = iamport_sandbox.deliver_webhooks()[0]

    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "receiver_failed")
    assert state(attempt) == ("ready", "receiver_failed")
    assert imp_uid


def test_an_audit_trail_on_the_transaction_undoes_all_of_it(
    attempt, iamport_sandbox, confirm, on_save, heard
):
    on_save(OrderTransaction, swallow)

    with pytest.raises(ReceiverFailed):
        confirm(attempt, iamport_sandbox.pay(attempt))

    attempt.order.refresh_from_db()
    assert (state(attempt), attempt.order.status) == (("ready", "receiver_failed"), "ready")


def test_an_attempt_that_was_not_stored_is_not_answered(order, iamport_sandbox, on_save):
    on_save(OrderTransaction, swallow)

    with pytest.raises(ReceiverFailed):
        OrderTransaction.objects.create_new(order)

    assert OrderTransaction.objects.count() == 0


def test_a_plain_error_of_an_audit_trail_is_typed(order, iamport_sandbox, on_save):
    def fail():
        raise DatabaseError("a trigger of the shop's")

    on_save(OrderTransaction, fail)

    with pytest.raises(ReceiverFailed):
        OrderTransaction.objects.create_new(order)


class Odd(Exception):
    pass


@pytest.mark.parametrize("hook", ["get_payment_amount", "accepts_payment"])
@pytest.mark.parametrize("answer", [None, Odd, RejectPayment("sold_out")], ids=str)
def test_a_hook_that_fails_before_anybody_is_asked_is_typed(
    order, iamport_sandbox, monkeypatch, hook, answer
):
    def answering(*arguments):
        if answer is not None:
            raise answer

    monkeypatch.setattr(Order, hook, answering)

    with pytest.raises(IamportError):
        OrderTransaction.objects.create_new(order)

    assert OrderTransaction.objects.count() == 0


@pytest.mark.parametrize("fail", [swallow, lambda: 1 / 0], ids=["caught", "raised"])
def test_a_void_that_was_not_stored_is_a_typed_error(attempt, iamport_sandbox, confirm, on_save, fail):
    confirm(attempt, iamport_sandbox.issue_account(attempt))
    on_save(Refund, fail)

    with pytest.raises(ReceiverFailed):
        OrderTransaction.objects.create_new(attempt.order)

    assert (state(attempt)[0], Refund.objects.count()) == ("ready", 0)


@pytest.mark.parametrize("fail", [swallow, lambda: 1 / 0], ids=["caught", "raised"])
def test_an_account_for_a_refund_that_was_not_stored_is_a_typed_error(
    attempt, iamport_sandbox, confirm, on_save, fail
):
    confirm(attempt, imp_uid := iamport_sandbox.issue_account(attempt))
    Order.objects.filter(pk=attempt.order_id).update(amount=1_000)
    iamport_sandbox.deposit(imp_uid)
    row = confirm(attempt, imp_uid)
    on_save(Refund, fail)

    with pytest.raises(ReceiverFailed):
        row.retry_refund(refund_account=RefundAccount(bank="088", account="110123456789", holder="Kim"))

    assert not Refund.objects.get().has_account


def test_accepting_by_hand_is_not_told_as_done(attempt, iamport_sandbox, confirm, receive, settings):
    settings.IAMPORT_AUTO_CANCEL = ()
    row = confirm(attempt, iamport_sandbox.pay(attempt, amount=60_000))
    receive(signals.payment_paid, swallow)

    with pytest.raises(ReceiverFailed):
        row.accept(reason="x")

    assert state(attempt)[0] == "rejected"
    assert not History.objects.filter(event="accepted").exists()


def test_a_free_order_is_not_told_as_settled(make_order, receive):
    order = make_order(amount=0)
    receive(signals.order_settled, swallow)

    with pytest.raises(ReceiverFailed):
        OrderTransaction.objects.settle_free(order)

    order.refresh_from_db()
    assert order.status == "ready"


def test_a_refund_whose_answer_could_not_be_stored_is_not_told_as_done(
    attempt, iamport_sandbox, confirm, receive
):
    row = confirm(attempt, iamport_sandbox.pay(attempt))
    receive(signals.payment_cancelled, swallow)

    with pytest.raises(IamportError):
        row.cancel(reason="x")

    assert (state(attempt)[0], Refund.objects.get().status) == ("paid", "unknown")
    signals.payment_cancelled.disconnect(swallow)
    row.sync()
    assert (row.status, row.cancel_amount, Refund.objects.get().status) == ("cancelled", 50_000, "done")


def test_saving_the_shops_own_columns_is_loud(attempt, on_save):
    on_save(OrderTransaction, swallow)
    attempt.refresh_from_db()

    with pytest.raises(ReceiverFailed):
        attempt.save()


def test_an_order_whose_receiver_caught_an_error_is_a_typed_answer(db, client, on_save, iamport_sandbox):
    from tests.shopper import Shopper

    on_save(Order, swallow_once(swallow))
    answer = Shopper(client).add().order()

    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "receiver_failed")


def test_an_order_whose_receiver_fails_is_a_typed_answer_both_times(db, client, on_save, iamport_sandbox):
    from tests.shopper import Shopper

    shopper, fails = Shopper(client).add(), [1]
    on_save(Order, lambda: 1 / 0 if fails else None)
    key = shopper.key()
    assert shopper.order(key).json()["error"]["code"] == "receiver_failed"
    fails.clear()
    assert shopper.order(key).status_code == 200
    fails.append(1)
    assert shopper.order(key).json()["error"]["code"] == "receiver_failed"


def swallow_once(receiver):
    """The receiver makes an order itself: not upon that one, too."""
    inside = []

    def receive():
        if not inside:
            inside.append(True)
            receiver()
            inside.clear()

    return receive


# After the commit.


def broken_broker():
    raise ConnectionError("the broker is down")


def test_a_callback_that_fails_after_the_commit_changes_no_answer(
    attempt, iamport_sandbox, confirm, receive, caplog
):
    receive(signals.payment_paid, lambda **kwargs: transaction.on_commit(broken_broker))

    assert confirm(attempt, iamport_sandbox.pay(attempt)).status == "paid"

    assert state(attempt) == ("paid", "")
    assert "the broker is down" in caplog.text


# What is busy.


@pytest.mark.parametrize("vendor", ["postgresql", "mysql", "sqlite"])
def test_what_the_database_itself_calls_busy_is_repeated(attempt, iamport_sandbox, confirm, receive, vendor):
    failures = [busy(vendor), busy(vendor)]

    def receiver(**kwargs):
        if failures:
            raise failures.pop()

    receive(signals.payment_paid, receiver)

    assert confirm(attempt, iamport_sandbox.pay(attempt)).status == "paid"
    assert failures == []


def caused(error, cause):
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    "error",
    [
        OperationalError("no such column: loyalty"),
        IntegrityError("NOT NULL failed"),
        caused(OperationalError("x"), sqlite3.OperationalError("no such column: shop_stock.locked_at")),
        caused(InterfaceError("the cursor is closed"), ServerError("the cursor is closed")),
        caused(InterfaceError("x"), sqlite3.InterfaceError("Error binding parameter 0")),
    ],
)
def test_a_bug_of_the_shops_is_not_called_busy(attempt, iamport_sandbox, confirm, receive, error, caplog):
    calls = []

    def receiver(**kwargs):
        calls.append(1)
        raise error

    receive(signals.payment_paid, receiver)

    with pytest.raises(ReceiverFailed):
        confirm(attempt, iamport_sandbox.pay(attempt))

    assert (len(calls), state(attempt)) == (1, ("ready", "receiver_failed"))
    assert len([record for record in caplog.records if record.exc_info]) == 1


def test_a_database_that_stays_busy_says_so(attempt, iamport_sandbox, confirm, receive):
    def receiver(**kwargs):
        raise busy()

    receive(signals.payment_paid, receiver)

    with pytest.raises(Busy):
        confirm(attempt, iamport_sandbox.pay(attempt))
