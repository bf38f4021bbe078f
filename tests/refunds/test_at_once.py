"""Real threads on real connections: whatever meets, no more goes back than was held, and each once."""

import threading

import pytest

from django_iamport.exceptions import (
    IamportError,
    NotAcceptable,
    NotRefundable,
    OutcomeUnknown,
    RefundOpen,
    RefundRestChanged,
    RefundTooHigh,
)
from django_iamport.models import Cancellation, Refund
from django_iamport.refunds import execution
from tests.payments.test_at_once import THREADS, at_once, hears, insist, news, real_connections
from tests.shop.models import OrderTransaction

__all__ = ["hears", "real_connections"]

pytestmark = pytest.mark.django_db(transaction=True)

CANCEL = "POST /payments/cancel"


@pytest.fixture
def paid(attempt, iamport_sandbox, confirm):
    row = confirm(attempt, iamport_sandbox.pay(attempt))
    iamport_sandbox.reset_calls()
    return row


def refund(paid, *args, **kwargs):
    return lambda: OrderTransaction.objects.get(pk=paid.pk).cancel(*args, reason="x", **kwargs).status


def went_back(gateway, paid):
    return sum(entry["amount"] for entry in gateway.payment(paid.imp_uid)["cancel_history"])


def agrees(gateway, paid, heard):
    """Gateway, transaction, rows and signals tell one sum."""
    paid.refresh_from_db()
    rows = sum(Cancellation.objects.values_list("amount", flat=True))
    told = sum(news["amount"] for news in heard["payment_cancelled"])
    assert went_back(gateway, paid) == paid.cancel_amount == rows == told
    return told


def test_a_double_click_at_the_same_moment_is_one_refund(paid, iamport_sandbox, heard):
    results = at_once(*[refund(paid, 10_000, refund_key="form-1", checksum=50_000)] * THREADS)

    assert {type(result) for result in results if result != "done"} <= {OutcomeUnknown}
    assert "done" in results
    assert agrees(iamport_sandbox, paid, heard) == 10_000
    assert (Refund.objects.count(), iamport_sandbox.calls.count(CANCEL)) == (1, 1)


def test_operators_who_saw_the_same_rest_refund_once(paid, iamport_sandbox, heard):
    results = at_once(*[refund(paid, 10_000, checksum=50_000)] * THREADS)

    assert results.count("done") == 1
    assert {type(result) for result in results if result != "done"} <= {RefundOpen, RefundRestChanged}
    assert agrees(iamport_sandbox, paid, heard) == 10_000


def test_operators_who_insist_refund_no_more_than_was_held(paid, iamport_sandbox, heard):
    results = at_once(*[insist(refund(paid, 20_000))] * THREADS)

    assert results.count("done") == 2
    assert {type(result) for result in results if result != "done"} == {RefundTooHigh}
    assert agrees(iamport_sandbox, paid, heard) == 40_000


def test_all_that_is_left_goes_back_once(paid, iamport_sandbox, heard):
    results = at_once(*[insist(refund(paid))] * THREADS)

    assert results.count("done") == 1
    assert {type(result) for result in results if result != "done"} == {NotRefundable}
    assert agrees(iamport_sandbox, paid, heard) == 50_000


def test_webhooks_and_console_around_refunds_count_each_once(paid, iamport_sandbox, heard):
    def in_the_console():
        iamport_sandbox.cancel_in_console(paid.imp_uid, 7_000)

    jobs = [insist(refund(paid, 10_000)) for _ in range(2)]
    at_once(*jobs, in_the_console, *[insist(news(paid, paid.imp_uid))] * 3)
    OrderTransaction.objects.get().sync()

    refunded = 10_000 * Refund.objects.filter(status="done").count()
    assert agrees(iamport_sandbox, paid, heard) == refunded + 7_000
    assert Cancellation.objects.filter(refund=None).count() == 1
    assert Refund.objects.filter(open_key__isnull=False).count() == 0


def test_an_unknown_outcome_looked_up_by_many_is_settled_once(paid, iamport_sandbox, heard):
    iamport_sandbox.fail_next("payments.cancel", timeout=True, after=True)
    with pytest.raises(IamportError):
        paid.cancel(10_000, reason="x")

    def go_on():
        execution.execute_all(OrderTransaction, Refund.objects.all())

    at_once(*[go_on] * 3, *[insist(news(paid, paid.imp_uid))] * 3)

    assert agrees(iamport_sandbox, paid, heard) == 10_000
    assert (Refund.objects.get().status, Cancellation.objects.count()) == ("done", 1)
    assert iamport_sandbox.calls.count(CANCEL) == 1


def test_what_is_believed_not_done_is_repeated_once_by_many(paid, iamport_sandbox, heard, later):
    iamport_sandbox.fail_next("payments.cancel", timeout=True)
    with pytest.raises(IamportError):
        paid.cancel(10_000, reason="x")
    later(minutes=6)

    at_once(*[lambda: execution.execute_all(OrderTransaction, Refund.objects.all())] * THREADS)

    assert agrees(iamport_sandbox, paid, heard) == 10_000
    assert iamport_sandbox.calls.count(CANCEL) == 2


def test_a_rejected_payment_is_accepted_or_goes_back_never_both(
    attempt, iamport_sandbox, confirm, heard, monkeypatch
):
    with monkeypatch.context() as put_off:
        put_off.setattr(execution, "execute_all", lambda model, refunds: None)
        row = confirm(attempt, iamport_sandbox.pay(attempt, amount=60_000))

    def accept():
        OrderTransaction.objects.get(pk=row.pk).accept(reason="x")
        return "accepted"

    def give_back():
        execution.execute_all(OrderTransaction, Refund.objects.all())

    results = at_once(*[insist(accept)] * 2, *[give_back] * 3)

    row.refresh_from_db()
    is_accepted = "accepted" in results
    assert row.status == ("paid" if is_accepted else "cancelled")
    assert went_back(iamport_sandbox, row) == (0 if is_accepted else 60_000)
    assert results.count("accepted") <= 1
    assert {type(r) for r in results if isinstance(r, Exception)} <= {NotAcceptable}


def test_refunds_of_two_orders_do_not_wait_for_each_other(make_order, iamport_sandbox, confirm, monkeypatch):
    """No lock is held while the gateway is asked: the first call ends only when the second one was made."""
    rows = []
    for _ in range(2):
        attempt = OrderTransaction.objects.create_new(make_order())
        rows.append(confirm(attempt, iamport_sandbox.pay(attempt)))
    meeting, cancel = threading.Barrier(2), execution._cancel

    def meet(*args):
        meeting.wait(timeout=60)
        return cancel(*args)

    monkeypatch.setattr(execution, "_cancel", meet)

    assert at_once(*[refund(row) for row in rows]) == ["done", "done"]
