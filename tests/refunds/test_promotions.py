"""A payment on which a promotion gave a discount: what goes back, and who decides where it can't."""

from datetime import timedelta

import pytest

from django_iamport import exceptions, reconciliation
from django_iamport.models import Cancellation, Refund
from tests.refunds.looking import there
from tests.shop.models import Order


@pytest.fixture
def discounted(attempt, iamport_sandbox, confirm, monkeypatch):
    """50,000 paid as 45,000, which the shop accepts."""
    monkeypatch.setattr(Order, "accepts_discount", lambda *_: True)

    def pay(**switches):
        if switches:
            iamport_sandbox.account.switch(**switches)
        row = confirm(attempt, iamport_sandbox.pay(attempt, discount=5_000))
        assert row.status == "paid"
        iamport_sandbox.reset_calls()
        return row

    return pay


@pytest.fixture
def asked(monkeypatch):
    """The sums of the refunds that were asked for."""
    from django_iamport.gateway import connection

    said, payments = [], connection.client().payments
    cancel = payments.cancel

    def listen(imp_uid, *, amount, checksum, **others):
        said.append((amount, checksum))
        return cancel(imp_uid, amount=amount, checksum=checksum, **others)

    monkeypatch.setattr(payments, "cancel", listen)
    return said


def reasons(heard):
    return [told["reason"] for told in heard["operator_needed"]]


@pytest.mark.parametrize("amount", [None, 45_000])
def test_a_payment_with_a_promotion_goes_back_whole_by_the_amount_before_the_discount(
    discounted, iamport_sandbox, asked, heard, amount
):
    row = discounted()
    assert (row.amount, row.paid_amount, row.held_amount) == (50_000, 45_000, 45_000)

    refund = row.cancel(amount, reason="sent back")

    assert asked == [(50_000, 50_000)]
    assert (refund.status, refund.amount, row.status, row.cancel_amount) == (
        "done",
        45_000,
        "cancelled",
        45_000,
    )
    assert [told["amount"] for told in heard["payment_cancelled"]] == [45_000]
    assert (there(iamport_sandbox, row), reasons(heard)) == ([45_000], [])


def test_a_whole_refund_that_is_told_before_the_discount_is_what_was_held(discounted, iamport_sandbox, heard):
    row = discounted()
    row_there = iamport_sandbox.payment(row.imp_uid)
    entry = {"amount": 50_000, "cancellation_id": "c1", "cancelled_at": row_there["paid_at"], "reason": "x"}
    iamport_sandbox.edit(
        row.imp_uid, status="cancelled", cancel_amount=50_000, cancelled_at=1, cancel_history=[entry]
    )

    row.sync()

    assert (row.status, row.cancel_amount, Cancellation.objects.get().amount) == ("cancelled", 45_000, 45_000)
    assert reasons(heard) == []


def test_a_part_of_a_payment_with_a_promotion_is_for_the_console_whose_outcome_is_taken_in(
    discounted, iamport_sandbox, asked, heard
):
    row = discounted()
    with pytest.raises(exceptions.RefundInConsole):
        row.cancel(10_000, reason="one cup broke")
    assert (Refund.objects.get().status, Refund.objects.get().code) == ("refused", "refund_in_console")

    iamport_sandbox.cancel_in_console(row.imp_uid, 10_000)
    row.sync()
    assert (row.status, row.held_amount, row.cancellations.get().amount) == ("paid", 35_000, 10_000)
    with pytest.raises(exceptions.RefundInConsole):
        row.cancel(reason="the rest")
    iamport_sandbox.cancel_in_console(row.imp_uid)
    row.sync()

    assert (asked, row.status, row.held_amount) == ([], "cancelled", 0)


def test_where_the_lookup_counts_otherwise_nothing_is_sent_and_an_operator_is_called(
    discounted, iamport_sandbox, asked, heard
):
    row = discounted(promotion_amount_reads="undiscounted")
    assert row.held_amount == 50_000

    with pytest.raises(exceptions.RefundInConsole):
        row.cancel(reason="sent back")

    assert (asked, reasons(heard)) == ([], ["refund_refused"])
    iamport_sandbox.cancel_in_console(row.imp_uid)
    row.sync()
    assert (row.status, row.held_amount) == ("cancelled", 0)


def test_a_whole_refund_that_the_gateway_counts_otherwise_is_refused_and_no_second_sum_is_tried(
    discounted, iamport_sandbox, asked, heard
):
    row = discounted(promotion_cancels_count="discounted")

    with pytest.raises(exceptions.Refused):
        row.cancel(reason="sent back")

    assert (asked, there(iamport_sandbox, row)) == ([(50_000, 50_000)], [])
    assert (Refund.objects.get().status, reasons(heard)) == ("refused", ["refund_refused"])


@pytest.mark.parametrize(
    ("switches", "status"),
    [
        ({}, "done"),
        ({"promotion_cancels_count": "discounted"}, "needs_operator"),
        ({"promotion_amount_reads": "undiscounted"}, "needs_operator"),
    ],
)
def test_by_rule_it_goes_back_in_the_same_way_or_waits_for_an_operator(
    attempt, order, iamport_sandbox, confirm, asked, heard, monkeypatch, switches, status
):
    monkeypatch.setattr(Order, "accepts_discount", lambda *_: True)
    monkeypatch.setattr(Order, "accepts_payment", lambda *_: False)
    if switches:
        iamport_sandbox.account.switch(**switches)

    row = confirm(attempt, iamport_sandbox.pay(attempt, discount=5_000))

    assert (row.reject_reason, Refund.objects.get().status) == ("order_closed", status)
    assert asked == ([] if "promotion_amount_reads" in switches else [(50_000, 50_000)])
    assert reasons(heard) == ([] if status == "done" else ["refund_refused"])
    if status == "needs_operator":
        iamport_sandbox.cancel_in_console(row.imp_uid)
        row.sync()
        assert (row.status, Refund.objects.get().status) == ("cancelled", "done")
        assert reconciliation.sync(max_age=timedelta(days=30)).is_clean


def test_a_lost_answer_to_it_is_looked_up(discounted, iamport_sandbox):
    row = discounted()
    iamport_sandbox.fail_next("payments.cancel", timeout=True, after=True)
    with pytest.raises(exceptions.OutcomeUnknown):
        row.cancel(reason="sent back")

    row.sync()

    assert (row.status, Refund.objects.get().status) == ("cancelled", "done")
