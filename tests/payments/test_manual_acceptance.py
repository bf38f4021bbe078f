"""Accepting a rejected payment by hand: with all that a payment does, and never what isn't held."""

import pytest
from django.db import transaction

from django_iamport import signals
from django_iamport.exceptions import (
    GatewayError,
    InTransaction,
    NotAcceptable,
    ReceiverFailed,
    RefundOpen,
    RejectPayment,
)
from django_iamport.models import Refund
from django_iamport.refunds import execution
from tests.shop.models import Order, OrderTransaction
from tests.shopper import in_another_tab


@pytest.fixture
def rejected(attempt, iamport_sandbox, confirm, settings):
    """60,000 where 50,000 were asked, held for an operator."""
    settings.IAMPORT_AUTO_CANCEL = ()
    return confirm(attempt, iamport_sandbox.pay(attempt, amount=60_000))


@pytest.fixture
def wished(attempt, iamport_sandbox, confirm, monkeypatch):
    """The same, with a wish to refund that nobody has carried out yet."""
    with monkeypatch.context() as put_off:
        put_off.setattr(execution, "execute_all", lambda model, refunds: None)
        confirm(attempt, iamport_sandbox.pay(attempt, amount=60_000))
    attempt.refresh_from_db()
    return attempt


@pytest.mark.database
def test_an_accepted_payment_is_paid_with_all_that_follows(rejected, order, heard):
    rejected.accept(reason="customer paid for the gift box, too", by="kim")

    order.refresh_from_db()
    assert (rejected.status, rejected.reject_reason, rejected.held_amount) == ("paid", "", 60_000)
    assert (order.status, order.paid_at) == ("paid", rejected.paid_at)
    assert heard.names == ["payment_paid"]


def test_who_accepted_and_why_is_in_the_history(rejected):
    rejected.accept(reason="spoke with the customer", by="kim")

    note = rejected.history.last()
    assert (note.event, note.by, note.reason) == ("accepted", "kim", "spoke with the customer")
    assert (note.status_before, note.status_after, note.amount) == ("rejected", "paid", 60_000)


def test_it_looks_up_first(rejected, iamport_sandbox):
    iamport_sandbox.reset_calls()
    rejected.accept(reason="x")

    assert iamport_sandbox.calls == [f"GET /payments/{rejected.imp_uid}"]


@pytest.mark.database
def test_the_refund_request_is_struck_with_it(wished, iamport_sandbox):
    wished.accept(reason="x")

    refund = Refund.objects.get()
    execution.execute_all(OrderTransaction, [refund])
    assert (refund.status, refund.code, refund.open_key) == ("refused", "accepted", None)
    assert iamport_sandbox.payment(wished.imp_uid)["cancel_amount"] == 0


@pytest.mark.database
def test_a_wish_that_waits_for_an_operator_is_struck_too(wished):
    Refund.objects.get().wait_for_operator("gateway_refused", "no", retry_at=None)

    wished.accept(reason="x")

    assert Refund.objects.get().status == "refused"


@pytest.mark.parametrize("status", ["sent", "unknown"])
def test_while_a_refund_is_under_way_nothing_is_accepted(wished, status):
    Refund.objects.update(status=status)

    with pytest.raises(RefundOpen):
        wished.accept(reason="x")

    wished.refresh_from_db()
    assert (wished.status, Refund.objects.get().status) == ("rejected", status)


@pytest.mark.parametrize("amount", [5_000, None])
def test_what_is_no_longer_held_whole_is_not_accepted(rejected, iamport_sandbox, amount):
    iamport_sandbox.cancel_in_console(rejected.imp_uid, amount)

    with pytest.raises(NotAcceptable):
        rejected.accept(reason="x")

    rejected.refresh_from_db()
    assert rejected.status == "rejected"


@pytest.mark.parametrize("happen", ["play_money", "registration"])
def test_what_holds_no_money_is_never_accepted(attempt, iamport_sandbox, confirm, happen):
    opening = {"channel": "test"} if happen == "play_money" else {"customer_uid_usage": "issue"}
    row = confirm(attempt, iamport_sandbox.pay(attempt, **opening))
    iamport_sandbox.reset_calls()

    with pytest.raises(NotAcceptable):
        row.accept(reason="x")

    assert (row.status, iamport_sandbox.calls) == ("rejected", [])


def test_a_live_payment_that_turns_out_to_be_a_test_is_not_accepted(rejected, iamport_sandbox):
    iamport_sandbox.edit(rejected.imp_uid, sandbox=True)

    with pytest.raises((NotAcceptable, GatewayError)):
        rejected.accept(reason="x")


@pytest.mark.parametrize("bring", ["open", "pay", "decline"])
def test_only_a_rejected_one_is_accepted(attempt, iamport_sandbox, confirm, bring):
    row = confirm(attempt, getattr(iamport_sandbox, bring)(attempt))

    with pytest.raises(NotAcceptable):
        row.accept(reason="x")


@pytest.mark.database
def test_a_duplicate_is_accepted_only_when_the_other_one_went_back(
    order, attempt, iamport_sandbox, confirm, settings
):
    settings.IAMPORT_AUTO_CANCEL = ()
    other = in_another_tab(order)
    first = confirm(attempt, iamport_sandbox.pay(attempt))
    second = confirm(other, iamport_sandbox.pay(other))
    assert second.reject_reason == "duplicate"

    with pytest.raises(NotAcceptable):
        second.accept(reason="x")
    first.cancel(reason="the other one counts")
    second.accept(reason="x")

    assert (first.status, second.status) == ("cancelled", "paid")


def test_a_late_payment_of_a_closed_order_is_accepted(attempt, order, iamport_sandbox, confirm, settings):
    settings.IAMPORT_AUTO_CANCEL = ()
    Order.objects.get().close()
    row = confirm(attempt, iamport_sandbox.pay(attempt))

    row.accept(reason="we still have it")

    order.refresh_from_db()
    assert (row.status, order.status) == ("paid", "paid")


def failing_receiver(error):
    def receiver(**kwargs):
        raise error

    return receiver


@pytest.mark.database
@pytest.mark.parametrize(
    ("raised", "error"), [(RejectPayment("sold_out"), NotAcceptable), (RuntimeError("bug"), ReceiverFailed)]
)
def test_a_receiver_that_says_no_or_fails_leaves_everything_as_it_was(wished, receive, raised, error):
    receive(signals.payment_paid, failing_receiver(raised))

    with pytest.raises(error):
        wished.accept(reason="x")

    wished.refresh_from_db()
    assert (wished.status, wished.reject_reason) == ("rejected", "forged")
    assert (Refund.objects.get().status, Order.objects.get().status) == ("wanted", "ready")


def test_news_after_it_changes_nothing(rejected, confirm):
    rejected.accept(reason="x")

    for source in ("webhook", "sync", "browser"):
        assert confirm(rejected, rejected.imp_uid, source).status == "paid"


def test_within_a_transaction_nothing_is_accepted(rejected):
    with transaction.atomic(), pytest.raises(InTransaction):
        rejected.accept(reason="x")


def test_a_copy_of_the_shop_accepts_nothing(rejected, settings):
    settings.IAMPORT_MERCHANT_UID_PREFIX = "stage"

    with pytest.raises(NotAcceptable):
        rejected.accept(reason="x")


def test_assigning_paid_is_no_way_around_it(rejected):
    from django_iamport.exceptions import EvidenceMissing

    rejected.status = "paid"
    with pytest.raises(EvidenceMissing):
        rejected.save()

    rejected.refresh_from_db()
    assert rejected.status == "rejected"


@pytest.mark.database
def test_a_worker_that_was_about_to_hand_the_wish_to_an_operator_does_not_revive_it(wished, iamport_sandbox):
    stale = Refund.objects.get()
    wished.accept(reason="x")

    assert stale.wait_for_operator("gateway_refused", "no", retry_at=None) is False

    assert Refund.objects.get().status == "refused"


@pytest.mark.database
def test_no_wish_takes_back_what_was_accepted(wished, iamport_sandbox):
    """Whatever became of the wish's row: only rejected money is returned by rule."""
    wished.accept(reason="x")
    Refund.objects.update(status="needs_operator", retry_at=None)

    execution.execute_all(OrderTransaction, Refund.objects.all())

    assert iamport_sandbox.payment(wished.imp_uid)["cancel_amount"] == 0
