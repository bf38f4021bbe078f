"""The shop's own code runs inside the step: its writes and the payment's commit or roll back together."""

import logging

import pytest
from django.db import IntegrityError

from django_iamport import signals
from django_iamport.exceptions import Busy, IamportError, InTransaction, ReceiverFailed, RejectPayment
from django_iamport.models import Refund
from tests.busy import busy
from tests.shop.models import Order, OrderTransaction

FAILURES = [
    RuntimeError("shop's bug"),
    IntegrityError("shop's row"),
    KeyError("x"),
    ValueError("x"),
    StopIteration(),
]


class FailsFirst:
    """A receiver whose first call writes and then fails."""

    def __init__(self, error):
        self.error, self.calls = error, 0

    def __call__(self, *args, order=None, **kwargs):
        self.calls += 1
        if self.calls == 1:
            Order.objects.update(note="half written")
            raise self.error
        return True


@pytest.mark.parametrize("error", FAILURES, ids=repr)
def test_a_receiver_that_fails_undoes_the_posting_and_the_next_news_succeeds(
    attempt, order, iamport_sandbox, confirm, receive, error
):
    receiver = FailsFirst(error)
    receive(signals.payment_paid, receiver)
    imp_uid = iamport_sandbox.pay(attempt)

    with pytest.raises(ReceiverFailed) as failure:
        confirm(attempt, imp_uid)

    attempt.refresh_from_db()
    order.refresh_from_db()
    assert failure.value.http_status == 503
    assert (attempt.status, attempt.imp_uid, attempt.verified_at) == ("ready", None, None)
    assert (order.status, order.note) == ("ready", "")
    assert (attempt.backlog_since is not None, attempt.backlog_code) == (True, "receiver_failed")
    assert confirm(attempt, imp_uid).status == "paid"
    attempt.refresh_from_db()
    assert (attempt.backlog_since, receiver.calls) == (None, 2)


HOOKS = ["accepts_payment", "payment_received", "get_payment_amount", "get_payment_currency"]


@pytest.mark.parametrize("hook", HOOKS)
def test_an_order_whose_own_code_fails_is_remembered_for_sync(
    attempt, order, iamport_sandbox, confirm, monkeypatch, hook
):
    imp_uid = iamport_sandbox.pay(attempt)
    with monkeypatch.context() as broken:
        broken.setattr(Order, hook, FailsFirst(RuntimeError("shop's bug")))
        with pytest.raises(ReceiverFailed):
            confirm(attempt, imp_uid)

    attempt.refresh_from_db()
    assert (attempt.status, attempt.backlog_code) == ("ready", "receiver_failed")
    assert confirm(attempt, imp_uid).status == "paid"


def _declined(gateway, attempt):
    return gateway.decline(attempt)


def _account(gateway, attempt):
    return gateway.issue_account(attempt)


def _forged(gateway, attempt):
    return gateway.pay(attempt, amount=100)


def _partly_refunded(gateway, attempt):
    gateway.cancel_in_console(imp_uid := gateway.pay(attempt), 10_000)
    return imp_uid


def _contradiction(gateway, attempt):
    gateway.edit(imp_uid := gateway.pay(attempt), cancel_amount=50_000)
    return imp_uid


OTHER_SIGNALS = [
    ("payment_failed", _declined),
    ("payment_ready", _account),
    ("payment_rejected", _forged),
    ("payment_cancelled", _partly_refunded),
]


@pytest.mark.parametrize(("name", "happen"), OTHER_SIGNALS)
@pytest.mark.parametrize("error", [RuntimeError("bug"), RejectPayment("not here")], ids=repr)
def test_every_receiver_that_fails_undoes_its_step(
    attempt, order, iamport_sandbox, confirm, receive, name, happen, error
):
    receive(getattr(signals, name), FailsFirst(error))

    with pytest.raises(ReceiverFailed):
        confirm(attempt, happen(iamport_sandbox, attempt))

    attempt.refresh_from_db()
    order.refresh_from_db()
    assert (attempt.status, attempt.imp_uid, order.status, order.note) == ("ready", None, "ready", "")
    assert attempt.backlog_code == "receiver_failed"
    assert not Refund.objects.exists()


@pytest.mark.parametrize("times", [1, 2, 3])
def test_a_busy_database_is_tried_thrice_and_then_asks_to_try_again(
    attempt, iamport_sandbox, confirm, receive, heard, times
):
    failing = [busy()] * times

    def receiver(**kwargs):
        if failing:
            raise failing.pop()

    receive(signals.payment_paid, receiver)
    imp_uid = iamport_sandbox.pay(attempt)

    if times < 3:
        assert confirm(attempt, imp_uid).status == "paid"
    else:
        with pytest.raises(Busy):
            confirm(attempt, imp_uid)
        attempt.refresh_from_db()
        assert (attempt.status, attempt.backlog_code) == ("ready", "busy")
        assert confirm(attempt, imp_uid).status == "paid"


def test_a_receiver_can_ask_no_gateway(attempt, iamport_sandbox, confirm, receive):
    asked = []

    def receiver(transaction, **kwargs):
        try:
            OrderTransaction.objects.confirm(merchant_uid=transaction.merchant_uid, source="receiver")
        except InTransaction as refusal:
            asked.append(refusal)

    receive(signals.payment_paid, receiver)

    assert confirm(attempt, iamport_sandbox.pay(attempt)).status == "paid"
    assert len(asked) == 1


def test_a_receiver_sees_the_stored_row_and_the_paid_order(attempt, iamport_sandbox, confirm, receive):
    seen = []

    def receiver(sender, transaction, order, **kwargs):
        stored = OrderTransaction.objects.get(pk=transaction.pk)
        seen.append((sender, stored.status, stored.paid_amount, order.status, Order.objects.get().status))

    receive(signals.payment_paid, receiver)
    confirm(attempt, iamport_sandbox.pay(attempt))

    assert seen == [(OrderTransaction, "paid", 50_000, "paid", "paid")]


def test_the_text_of_a_failure_names_no_person(attempt, iamport_sandbox, confirm, receive, caplog):
    caplog.set_level(logging.WARNING)
    receive(signals.payment_paid, FailsFirst(RuntimeError("010-1234-5678")))

    with pytest.raises(IamportError) as failure:
        confirm(attempt, iamport_sandbox.pay(attempt))

    assert "010-1234-5678" not in f"{failure.value} {failure.value!r} {failure.value.message}"


def test_a_refusals_reason_fits_its_column(attempt, iamport_sandbox, confirm, receive):
    def receiver(**kwargs):
        raise RejectPayment("r" * 100)

    receive(signals.payment_paid, receiver)

    assert confirm(attempt, iamport_sandbox.pay(attempt)).reject_reason == "r" * 40


@pytest.mark.parametrize("reason", ["test_payment", "not_a_payment", "discount"])
def test_a_shops_reason_that_sounds_like_ours_hides_no_money(
    attempt, iamport_sandbox, confirm, receive, reason
):
    def receiver(**kwargs):
        raise RejectPayment(reason)

    receive(signals.payment_paid, receiver)

    row = confirm(attempt, iamport_sandbox.pay(attempt))

    assert (row.status, row.paid_amount) == ("cancelled", 50_000)
