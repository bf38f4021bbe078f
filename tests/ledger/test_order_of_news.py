"""News comes twice, late, out of order, from anybody: the end is the same, and nothing goes back."""

import itertools
from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from django_iamport.exceptions import PaymentUnknown
from django_iamport.gateway import lookups
from django_iamport.models import Refund
from tests.shop.models import Order, OrderTransaction

SOURCES = {
    "browser": {"imp_uid": True},
    "webhook": {"imp_uid": True},
    "redirect": {"imp_uid": True},
    "sync": {"imp_uid": False},
}
END = ("status", "reject_reason", "imp_uid", "paid_amount", "cancel_amount", "paid_at", "verified_at")


def bring(confirm, attempt, imp_uid, source):
    return confirm(attempt, imp_uid if SOURCES[source]["imp_uid"] else None, source)


@pytest.mark.parametrize("sources", list(itertools.permutations(SOURCES)), ids="-".join)
def test_whoever_brings_the_news_first_the_payment_is_paid_once(
    attempt, iamport_sandbox, confirm, heard, sources
):
    imp_uid = iamport_sandbox.pay(attempt)
    ends = []

    for source in sources:
        row = bring(confirm, attempt, imp_uid, source)
        ends.append(tuple(getattr(row, name) for name in END))

    assert len(set(ends)) == 1
    assert ends[0][:5] == ("paid", "", imp_uid, 50_000, 0)
    assert heard.names == ["payment_paid"]


@pytest.mark.database
@pytest.mark.parametrize("sources", [("webhook", "webhook"), ("sync", "browser", "sync")], ids="-".join)
def test_a_refused_payment_is_judged_and_refunded_once(attempt, iamport_sandbox, confirm, heard, sources):
    imp_uid = iamport_sandbox.pay(attempt, amount=100)

    for source in sources:
        row = bring(confirm, attempt, imp_uid, source)

    assert (row.status, row.reject_reason) == ("cancelled", "forged")
    assert heard.names == ["payment_rejected", "payment_returned"]
    assert iamport_sandbox.calls.count("POST /payments/cancel") == 1


def test_a_late_approval_after_a_failure_is_honoured(attempt, iamport_sandbox, confirm, heard):
    imp_uid = iamport_sandbox.decline(attempt)
    assert confirm(attempt, imp_uid).status == "failed"

    iamport_sandbox.approve(imp_uid)

    row = confirm(attempt, imp_uid)
    assert (row.status, row.failed_at, row.fail_reason) == ("paid", None, "")
    assert heard.names == ["payment_failed", "payment_paid"]


def test_a_failure_is_told_once_with_its_reason(attempt, iamport_sandbox, confirm, heard):
    imp_uid = iamport_sandbox.decline(attempt, reason="한도초과")

    rows = [confirm(attempt, imp_uid), confirm(attempt, imp_uid), confirm(attempt)]

    assert {(row.status, row.fail_reason) for row in rows} == {("failed", "한도초과")}
    assert heard.names == ["payment_failed"]


@pytest.mark.parametrize(
    "told",
    [
        {"status": "failed", "paid_at": 0, "failed_at": 1},
        {"status": "ready", "paid_at": 0},
        {"status": "cancelled", "paid_at": 0, "cancel_amount": 0},
    ],
    ids=["failed", "ready", "voided"],
)
def test_a_paid_transaction_is_never_taken_back_and_somebody_hears_of_it(
    attempt, order, iamport_sandbox, confirm, heard, told
):
    imp_uid = iamport_sandbox.pay(attempt)
    paid = confirm(attempt, imp_uid)
    iamport_sandbox.edit(imp_uid, **told)

    for source in ("webhook", "sync"):
        bring(confirm, attempt, imp_uid, source)

    attempt.refresh_from_db()
    order.refresh_from_db()
    assert (attempt.status, attempt.paid_at, order.status) == ("paid", paid.paid_at, "paid")
    assert (attempt.backlog_since is not None, attempt.backlog_code) == (True, "taken_back")
    assert {news["reason"] for news in heard["operator_needed"]} == {"taken_back"}


CHANGES = [{"amount": 40_000}, {"status": "closed"}, {"currency": "USD"}]


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_a_paid_transaction_is_judged_once_whatever_becomes_of_its_order(
    attempt, order, iamport_sandbox, confirm, heard, change
):
    imp_uid = iamport_sandbox.pay(attempt)
    confirm(attempt, imp_uid)
    Order.objects.filter(pk=order.pk).update(**change)

    row = confirm(attempt, imp_uid)

    assert (row.status, row.reject_reason) == ("paid", "")
    assert heard.names == ["payment_paid"]
    assert not Refund.objects.exists()
    assert iamport_sandbox.payment(imp_uid)["cancel_amount"] == 0


def test_a_partial_refund_before_the_first_news_is_paid_and_then_partly_cancelled(
    attempt, order, iamport_sandbox, confirm, heard
):
    imp_uid = iamport_sandbox.pay(attempt)
    iamport_sandbox.cancel_in_console(imp_uid, 20_000)

    row = confirm(attempt, imp_uid)

    order.refresh_from_db()
    assert (row.status, row.paid_amount, row.cancel_amount, row.held_amount) == (
        "paid",
        50_000,
        20_000,
        30_000,
    )
    assert (order.status, heard.names) == ("paid", ["payment_paid", "payment_cancelled"])
    assert heard["payment_cancelled"][0]["amount"] == 20_000


@pytest.mark.database
def test_partial_refunds_are_told_one_by_one_and_the_last_makes_it_cancelled(
    attempt, iamport_sandbox, confirm, heard
):
    imp_uid = iamport_sandbox.pay(attempt)
    confirm(attempt, imp_uid)
    states = []

    for amount in (10_000, 15_000, 25_000):
        iamport_sandbox.cancel_in_console(imp_uid, amount)
        for _ in range(2):
            row = confirm(attempt, imp_uid)
        states.append((row.status, row.cancel_amount))

    assert states == [("paid", 10_000), ("paid", 25_000), ("cancelled", 50_000)]
    assert [news["amount"] for news in heard["payment_cancelled"]] == [10_000, 15_000, 25_000]
    assert [news["is_whole"] for news in heard["payment_cancelled"]] == [False, False, True]
    assert len(heard["order_refunded"]) == 1


def test_a_refunded_payment_is_never_paid_again(attempt, iamport_sandbox, confirm, heard):
    imp_uid = iamport_sandbox.pay(attempt)
    confirm(attempt, imp_uid)
    iamport_sandbox.cancel_in_console(imp_uid)
    confirm(attempt, imp_uid)
    iamport_sandbox.edit(imp_uid, status="paid", cancel_amount=0)

    row = confirm(attempt, imp_uid)

    assert (row.status, row.cancel_amount) == ("cancelled", 50_000)
    assert heard.names == ["payment_paid", "payment_cancelled", "order_refunded", "operator_needed"]


@pytest.mark.database
def test_the_refunded_sum_never_falls(attempt, iamport_sandbox, confirm, heard):
    imp_uid = iamport_sandbox.pay(attempt)
    iamport_sandbox.cancel_in_console(imp_uid, 20_000)
    confirm(attempt, imp_uid)
    iamport_sandbox.edit(imp_uid, cancel_amount=5_000)

    assert confirm(attempt, imp_uid).cancel_amount == 20_000
    assert len(heard["payment_cancelled"]) == 1


def test_a_payment_refunded_before_its_first_news_ends_cancelled_and_pays_nothing(
    attempt, order, iamport_sandbox, confirm, heard
):
    imp_uid = iamport_sandbox.pay(attempt)
    iamport_sandbox.cancel_in_console(imp_uid)

    row = confirm(attempt, imp_uid)

    order.refresh_from_db()
    assert (row.status, row.held_amount, order.status) == ("cancelled", 0, "ready")
    assert heard.names == ["payment_returned"]


def test_closing_the_window_and_paying_again_is_a_new_attempt(order, attempt, iamport_sandbox, confirm):
    iamport_sandbox.close(attempt)
    again = OrderTransaction.objects.create_new(order)
    attempt.refresh_from_db()

    assert again.merchant_uid != attempt.merchant_uid
    assert attempt.status == "failed"
    assert confirm(again, iamport_sandbox.pay(again)).status == "paid"


def test_news_that_came_after_all_clears_what_was_left_for_sync(attempt, iamport_sandbox, confirm):
    imp_uid = iamport_sandbox.pay(attempt)
    for outage, heard_of in (("ready", "paid"), ("paid", "paid")):
        iamport_sandbox.fail_next("payments.find", times=2, timeout=True)
        with pytest.raises(Exception, match="time"):
            confirm(attempt, imp_uid)
        attempt.refresh_from_db()
        assert (attempt.status, attempt.backlog_since is not None) == (outage, True)

        assert confirm(attempt, imp_uid).status == heard_of
        attempt.refresh_from_db()
        assert (attempt.backlog_since, attempt.backlog_code) == (None, "")


@pytest.mark.parametrize("opened", [{"channel": "test"}, {"customer_uid": "slipped-in"}], ids=str)
def test_a_refused_attempt_leaves_the_line_once_it_was_heard_of_again(
    attempt, iamport_sandbox, confirm, opened
):
    imp_uid = iamport_sandbox.pay(attempt, **opened)
    confirm(attempt, imp_uid)
    iamport_sandbox.fail_next("payments.find", times=2, timeout=True)
    with pytest.raises(Exception, match="time"):
        confirm(attempt, imp_uid)

    confirm(attempt, imp_uid)

    attempt.refresh_from_db()
    assert attempt.backlog_since is None


# What it costs.


def test_a_purchase_costs_one_preparation_and_one_lookup(order, iamport_sandbox, confirm):
    attempt = OrderTransaction.objects.create_new(order)
    imp_uid = iamport_sandbox.pay(attempt)
    confirm(attempt, imp_uid, "browser")

    assert iamport_sandbox.calls == [
        "POST /users/getToken",
        "POST /payments/prepare",
        f"GET /payments/{imp_uid}",
    ]


@pytest.mark.parametrize("source", ["browser", "redirect"])
def test_a_claim_of_a_payment_that_is_stored_asks_nothing(attempt, iamport_sandbox, confirm, source):
    imp_uid = iamport_sandbox.pay(attempt)
    confirm(attempt, imp_uid, "webhook")
    iamport_sandbox.reset_calls()

    assert confirm(attempt, imp_uid, source).status == "paid"
    assert iamport_sandbox.calls == []


def test_each_webhook_costs_one_lookup(attempt, iamport_sandbox, confirm):
    imp_uid = iamport_sandbox.pay(attempt)
    iamport_sandbox.reset_calls()

    for _ in range(3):
        confirm(attempt, imp_uid, "webhook")

    assert iamport_sandbox.calls == [f"GET /payments/{imp_uid}"] * 3


# Evidence has an age.


@pytest.mark.database
def test_an_answer_older_than_what_is_stored_is_asked_for_again(
    attempt, iamport_sandbox, confirm, monkeypatch
):
    imp_uid = iamport_sandbox.pay(attempt)
    confirm(attempt, imp_uid)
    iamport_sandbox.cancel_in_console(imp_uid)
    early, look_up = lookups.find(imp_uid), lookups.find
    iamport_sandbox.edit(imp_uid, cancel_amount=10_000)
    confirm(attempt, imp_uid)
    answers = iter([early])
    monkeypatch.setattr(lookups, "find", lambda uid: next(answers, None) or look_up(uid))

    row = confirm(attempt, imp_uid)

    assert (row.status, row.cancel_amount) == ("paid", 10_000)


@pytest.fixture
def paid_by_a_clock_ahead(attempt, iamport_sandbox, confirm, later, monkeypatch):
    """Stored by a server whose clock is fifteen seconds ahead of this one's."""
    imp_uid = iamport_sandbox.pay(attempt)
    with monkeypatch.context() as ahead:
        now = timezone.now
        ahead.setattr(timezone, "now", lambda: now() + timedelta(seconds=15))
        confirm(attempt, imp_uid)
    return imp_uid


@pytest.mark.database
@pytest.mark.parametrize("source", ["webhook", "sync"])
def test_a_refund_is_taken_in_although_a_server_with_a_clock_ahead_stored_the_payment(
    attempt, iamport_sandbox, confirm, paid_by_a_clock_ahead, source
):
    for refunded, status in ((10_000, "paid"), (15_000, "paid"), (25_000, "cancelled")):
        iamport_sandbox.cancel_in_console(paid_by_a_clock_ahead, refunded)
        row = bring(confirm, attempt, paid_by_a_clock_ahead, source)
        assert row.status == status
    assert (row.cancel_amount, row.backlog_since) == (50_000, None)


def test_a_refund_of_ours_goes_through_although_the_clock_was_ahead(
    attempt, iamport_sandbox, paid_by_a_clock_ahead
):
    attempt.refresh_from_db()
    attempt.cancel(20_000, reason="late")
    attempt.refresh_from_db()
    assert (attempt.cancel_amount, iamport_sandbox.payment(paid_by_a_clock_ahead)["cancel_amount"]) == (
        20_000,
        20_000,
    )


@pytest.mark.database
@pytest.mark.parametrize("refunded", [20_000, 50_000])
def test_an_older_answer_is_no_difference(attempt, iamport_sandbox, confirm, heard, monkeypatch, refunded):
    """Asked before the refund, by a server whose clock is ahead, and posted after it."""
    imp_uid = iamport_sandbox.pay(attempt)
    confirm(attempt, imp_uid)
    look_up = lookups.find
    early = replace(look_up(imp_uid), looked_up_at=timezone.now() + timedelta(seconds=15))
    iamport_sandbox.cancel_in_console(imp_uid, refunded)
    row = confirm(attempt, imp_uid)
    answers = iter([early])
    monkeypatch.setattr(lookups, "find", lambda uid: next(answers, None) or look_up(uid))

    assert confirm(attempt, imp_uid).cancel_amount == row.cancel_amount == refunded
    assert "operator_needed" not in heard.names
    assert heard.names[:2] == ["payment_paid", "payment_cancelled"]


def test_an_answer_older_than_a_minute_is_only_a_hint(attempt, iamport_sandbox, confirm, monkeypatch, later):
    imp_uid = iamport_sandbox.pay(attempt)
    old, look_up = lookups.find(imp_uid), lookups.find
    iamport_sandbox.edit(imp_uid, status="failed", paid_at=0)
    later(seconds=61)
    answers = iter([old])
    monkeypatch.setattr(lookups, "find", lambda uid: next(answers, None) or look_up(uid))

    assert confirm(attempt, imp_uid).status == "failed"


def test_a_list_that_says_paid_and_a_lookup_that_says_failed_end_in_a_question_for_later(
    attempt, iamport_sandbox, confirm, monkeypatch
):
    imp_uid = iamport_sandbox.pay(attempt)
    paid = lookups.find_all(attempt.merchant_uid)
    monkeypatch.setattr(lookups, "find_all", lambda merchant_uid: paid)
    iamport_sandbox.edit(imp_uid, status="failed", paid_at=0)
    iamport_sandbox.reset_calls()

    with pytest.raises(PaymentUnknown):
        confirm(attempt, imp_uid)

    attempt.refresh_from_db()
    assert (attempt.status, attempt.backlog_code) == ("ready", "payment_unknown")
    assert len(iamport_sandbox.calls) < 10


def test_a_question_overtaken_by_other_news_of_a_waiting_account_answers_it(
    attempt, iamport_sandbox, confirm
):
    imp_uid = iamport_sandbox.issue_account(attempt)
    iamport_sandbox.meanwhile("payments.find_all_page", lambda: confirm(attempt, imp_uid))

    assert confirm(attempt, source="browser").is_awaiting_deposit
