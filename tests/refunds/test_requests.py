"""`transaction.cancel()`: what may be asked for, once per form, and never more than is held."""

from decimal import Decimal

import pytest
from django.db import transaction as database_transaction

from django_iamport import exceptions
from django_iamport.gateway import instructions
from django_iamport.models import Cancellation, History, Refund
from django_iamport.refunds.intent import NewIntent
from tests.refunds.looking import ACCOUNT, CANCEL, there
from tests.shop.models import OrderTransaction


def test_all_that_is_left_goes_back(paid, iamport_sandbox, calls, heard):
    refund = paid.cancel(reason="customer changed his mind", by="kim")

    assert (refund.status, refund.amount, refund.by) == ("done", 50_000, "kim")
    assert (paid.status, paid.cancel_amount, paid.held_amount) == ("cancelled", 50_000, 0)
    assert iamport_sandbox.calls == [f"GET /payments/{paid.imp_uid}", CANCEL]
    assert calls == [
        {
            "imp_uid": paid.imp_uid,
            "amount": 50_000,
            "checksum": 50_000,
            "reason": "customer changed his mind",
            "timeout": instructions.CANCEL_TIMEOUT,
        }
    ]
    assert heard.names == ["payment_cancelled", "order_refunded"]


@pytest.mark.database
def test_parts_in_a_row_add_up_and_the_last_makes_it_cancelled(paid, iamport_sandbox, calls, heard):
    states = []
    for amount in (10_000, 15_000, None):
        paid.cancel(amount, reason="part")
        states.append((paid.status, paid.cancel_amount, paid.held_amount))

    assert states == [("paid", 10_000, 40_000), ("paid", 25_000, 25_000), ("cancelled", 50_000, 0)]
    assert [(call["amount"], call["checksum"]) for call in calls] == [
        (10_000, 50_000),
        (15_000, 40_000),
        (25_000, 25_000),
    ]
    assert [told["amount"] for told in heard["payment_cancelled"]] == [10_000, 15_000, 25_000]
    assert there(iamport_sandbox, paid) == [10_000, 15_000, 25_000]


@pytest.mark.database
def test_each_refund_is_a_row_with_its_cancellation(paid, iamport_sandbox, heard):
    refund = paid.cancel(10_000, reason="one cup broke", by="kim")

    (row,) = paid.cancellations
    (entry,) = iamport_sandbox.payment(paid.imp_uid)["cancel_history"]
    assert (row.cancellation_id, row.refund, row.amount) == (entry["cancellation_id"], refund, 10_000)
    assert (row.reason, row.by, row.currency) == ("one cup broke", "kim", "KRW")
    assert int(row.cancelled_at.timestamp()) == entry["cancelled_at"]
    assert row.receipt_url == entry["receipt_url"]
    assert heard["payment_cancelled"][0]["cancellation"] == row


def test_the_tax_free_part_is_sent(paid, calls):
    paid.cancel(10_000, reason="part", tax_free=0)

    assert calls[0]["tax_free"] == 0


# Sums.


@pytest.mark.parametrize(
    "amount",
    [
        0,
        -1,
        Decimal("0.5"),
        Decimal("NaN"),
        Decimal("Infinity"),
        Decimal("-0"),
        1.5,
        True,
        "1000",
        float("nan"),
    ],
)
def test_what_is_no_sum_is_refused_before_anybody_is_asked(paid, iamport_sandbox, amount):
    with pytest.raises(exceptions.RefundAmountInvalid):
        paid.cancel(amount, reason="x")

    assert (iamport_sandbox.calls, Refund.objects.count()) == ([], 0)


@pytest.mark.parametrize("amount", [50_001, 10**13])
def test_more_than_the_rest_is_refused(paid, iamport_sandbox, amount):
    with pytest.raises((exceptions.RefundTooHigh, exceptions.RefundAmountInvalid)):
        paid.cancel(amount, reason="x")

    assert (iamport_sandbox.calls, Refund.objects.count()) == ([], 0)


@pytest.mark.parametrize("tax_free", [-1, 10_001])
def test_a_tax_free_part_that_cannot_be_is_refused(paid, tax_free):
    with pytest.raises(exceptions.RefundAmountInvalid):
        paid.cancel(10_000, reason="x", tax_free=tax_free)


@pytest.mark.database
def test_cents_where_the_currency_has_them(make_order, iamport_sandbox, confirm):
    attempt = OrderTransaction.objects.create_new(make_order(amount=Decimal("10.50"), currency="USD"))
    row = confirm(attempt, iamport_sandbox.pay(attempt))

    row.cancel(Decimal("0.25"), reason="part")

    assert (row.cancel_amount, row.held_amount) == (Decimal("0.25"), Decimal("10.25"))


@pytest.mark.database
def test_none_is_the_rest_as_stored_not_as_a_stale_copy_says(paid, iamport_sandbox):
    stale = OrderTransaction.objects.get()
    paid.cancel(20_000, reason="part")

    stale.cancel(reason="the rest")

    assert (there(iamport_sandbox, paid), stale.status) == ([20_000, 30_000], "cancelled")


@pytest.mark.parametrize("happen", ["open", "fail", "account", "test", "refunded"])
def test_where_nothing_is_held_nothing_is_refunded(attempt, iamport_sandbox, confirm, happen):
    bring = {
        "open": lambda: iamport_sandbox.open(attempt),
        "fail": lambda: iamport_sandbox.decline(attempt),
        "account": lambda: iamport_sandbox.issue_account(attempt),
        "test": lambda: iamport_sandbox.pay(attempt, channel="test"),
        "refunded": lambda: iamport_sandbox.pay(attempt),
    }[happen]
    row = confirm(attempt, bring())
    if happen == "refunded":
        row.cancel(reason="all")
    iamport_sandbox.reset_calls()

    with pytest.raises(exceptions.NotRefundable):
        row.cancel(reason="x")

    assert iamport_sandbox.calls == []


def test_another_shops_payment_is_not_refunded_from_a_copy_of_the_data(paid, iamport_sandbox, settings):
    settings.IAMPORT_MERCHANT_UID_PREFIX = "stage"

    with pytest.raises(exceptions.NotRefundable):
        paid.cancel(reason="x")

    assert iamport_sandbox.calls == []


def test_within_a_transaction_nothing_is_refunded(paid, iamport_sandbox):
    with database_transaction.atomic(), pytest.raises(exceptions.InTransaction):
        paid.cancel(reason="x")

    assert (iamport_sandbox.calls, Refund.objects.count()) == ([], 0)


# Two operators, two clicks.


@pytest.mark.database
def test_a_double_click_is_one_refund(paid, iamport_sandbox):
    first, second = (paid.cancel(10_000, reason="part", refund_key="form-1") for _ in range(2))

    assert (first, second.status) == (second, "done")
    assert (there(iamport_sandbox, paid), Refund.objects.count()) == ([10_000], 1)


def test_a_form_that_was_refused_is_not_carried_out_by_a_second_click(paid, iamport_sandbox):
    iamport_sandbox.fail_next("payments.cancel", body={"code": 1, "message": "불가", "response": None})
    with pytest.raises(exceptions.Refused):
        paid.cancel(10_000, reason="part", refund_key="form-1")

    with pytest.raises(exceptions.RefundRefused) as again:
        paid.cancel(10_000, reason="part", refund_key="form-1")

    assert (again.value.refusal, again.value.gateway_message) == ("gateway_refused", "불가")
    assert there(iamport_sandbox, paid) == []


@pytest.mark.parametrize("status", ["wanted", "sent", "unknown"])
def test_a_second_click_while_nobody_knows_the_outcome_is_not_answered_as_if_it_were_done(
    paid, iamport_sandbox, status
):
    iamport_sandbox.fail_next("payments.cancel", timeout=True)
    with pytest.raises(exceptions.OutcomeUnknown):
        paid.cancel(10_000, reason="part", refund_key="form-1")
    Refund.objects.update(status=status)

    with pytest.raises(exceptions.OutcomeUnknown) as again:
        paid.cancel(10_000, reason="part", refund_key="form-1")

    assert again.value.merchant_uid == paid.merchant_uid
    assert iamport_sandbox.calls.count(CANCEL) == 1


@pytest.mark.database
def test_a_form_sent_again_after_its_refund_was_seen_is_answered_with_it(paid, iamport_sandbox):
    iamport_sandbox.fail_next("payments.cancel", timeout=True, after=True)
    with pytest.raises(exceptions.OutcomeUnknown):
        paid.cancel(10_000, reason="part", refund_key="form-1")
    paid.sync()

    assert paid.cancel(10_000, reason="part", refund_key="form-1") == Refund.objects.get(status="done")
    assert there(iamport_sandbox, paid) == [10_000]


@pytest.mark.database
def test_a_refund_that_the_lookups_own_news_asked_for_is_in_the_way(paid, iamport_sandbox, monkeypatch):
    """What is open is seen before the posting and after it."""
    monkeypatch.setattr(NewIntent, "_take_open_key", lambda intent: False)

    with pytest.raises(exceptions.RefundOpen):
        paid.cancel(10_000, reason="part")

    assert (Refund.objects.get().status, Refund.objects.get().code) == ("refused", "refund_open")
    assert CANCEL not in iamport_sandbox.calls


@pytest.mark.database
def test_the_key_of_another_form_is_refused(paid, iamport_sandbox):
    paid.cancel(10_000, reason="part", refund_key="form-1")

    with pytest.raises(exceptions.RefundKeyUsed):
        paid.cancel(20_000, reason="part", refund_key="form-1")

    assert there(iamport_sandbox, paid) == [10_000]


def test_an_operator_who_saw_another_rest_refunds_nothing(paid, iamport_sandbox):
    paid.cancel(10_000, reason="the first operator", checksum=50_000)

    with pytest.raises(exceptions.RefundRestChanged):
        paid.cancel(10_000, reason="the second operator", checksum=50_000)

    assert there(iamport_sandbox, paid) == [10_000]


def test_a_part_that_went_back_in_the_console_meanwhile_is_heard_and_nothing_is_refunded(
    paid, iamport_sandbox, heard
):
    iamport_sandbox.cancel_in_console(paid.imp_uid, 5_000)

    with pytest.raises(exceptions.RefundRestChanged):
        paid.cancel(10_000, reason="part")

    paid.refresh_from_db()
    assert (there(iamport_sandbox, paid), paid.cancel_amount) == ([5_000], 5_000)
    assert [told["amount"] for told in heard["payment_cancelled"]] == [5_000]
    assert (Refund.objects.get().status, Refund.objects.get().code) == ("refused", "refund_rest_changed")
    assert paid.cancel(10_000, reason="part").status == "done"


@pytest.mark.database
def test_a_second_refund_waits_for_the_outcome_of_the_first(paid, iamport_sandbox):
    iamport_sandbox.fail_next("payments.cancel", timeout=True)
    with pytest.raises(exceptions.OutcomeUnknown):
        paid.cancel(10_000, reason="part")

    with pytest.raises(exceptions.RefundOpen):
        paid.cancel(10_000, reason="part")

    assert iamport_sandbox.calls.count(CANCEL) == 1


# What is kept, and told to nobody.


@pytest.mark.database
def test_history_tells_who_asked_and_what_came_of_it(paid):
    paid.cancel(10_000, reason="one cup broke", by="kim")

    told = list(paid.history.values_list("event", "by", "amount", "status_before", "status_after"))
    assert [row[0] for row in told] == ["paid", "refund_wanted", "refund_sent", "cancelled"]
    assert told[-1] == ("cancelled", "kim", 10_000, "paid", "paid")


def test_no_account_stands_in_logs_history_errors_or_reprs(deposited, iamport_sandbox, caplog):
    iamport_sandbox.fail_next(
        "payments.cancel", body={"code": 1, "message": "계좌 110123456789 오류", "response": None}
    )
    with pytest.raises(exceptions.Refused) as error:
        deposited.cancel(reason="x", refund_account=ACCOUNT)

    rows = [*History.objects.values(), *Cancellation.objects.values()]
    said = f"{caplog.text}{error.value!s}{error.value!r}{ACCOUNT!r}{Refund.objects.get()!r}{rows}"
    assert not any(
        secret in said for secret in ("110123456789", "110-123", "홍길동", "01012345678", "010-1234")
    )


def test_trying_again_needs_a_wish_that_waits(paid):
    with pytest.raises(exceptions.RefundNotKnown):
        paid.retry_refund()


def test_all_that_went_back_in_the_console_meanwhile_is_told(paid, iamport_sandbox):
    iamport_sandbox.cancel_in_console(paid.imp_uid)

    with pytest.raises(exceptions.RefundRestChanged):
        paid.cancel(10_000, reason="part")

    assert there(iamport_sandbox, paid) == [50_000]
    assert Refund.objects.get().status == "refused"
