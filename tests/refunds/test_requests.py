"""`transaction.cancel()`: what may be asked for, once per form, and never more than is held."""

from datetime import datetime, timezone
from decimal import Decimal

import pytest
from django.db import transaction as database_transaction

from django_iamport import exceptions
from django_iamport.gateway import connection, instructions
from django_iamport.models import Cancellation, History, Refund
from django_iamport.refunds import conditions, execution
from django_iamport.refunds.accounts import RefundAccount
from tests.shop.models import OrderTransaction

CANCEL = "POST /payments/cancel"
ACCOUNT = RefundAccount(bank="088", account="110-123 456789", holder="홍길동", tel="010-1234-5678")


@pytest.fixture
def paid(attempt, iamport_sandbox, confirm):
    row = confirm(attempt, iamport_sandbox.pay(attempt))
    iamport_sandbox.reset_calls()
    return row


@pytest.fixture
def deposited(attempt, iamport_sandbox, confirm):
    row = confirm(attempt, iamport_sandbox.pay(attempt, pay_method="vbank"))
    iamport_sandbox.reset_calls()
    return row


@pytest.fixture
def calls(paid, monkeypatch):
    said, payments = [], connection.client().payments
    cancel = payments.cancel

    def listen(imp_uid, **asked):
        said.append({"imp_uid": imp_uid, **asked})
        return cancel(imp_uid, **asked)

    monkeypatch.setattr(payments, "cancel", listen)
    return said


def there(gateway, row):
    return [entry["amount"] for entry in gateway.payment(row.imp_uid)["cancel_history"]]


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
    assert heard.names == ["payment_cancelled"]


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


def test_cents_where_the_currency_has_them(make_order, iamport_sandbox, confirm):
    attempt = OrderTransaction.objects.create_new(make_order(amount=Decimal("10.50"), currency="USD"))
    row = confirm(attempt, iamport_sandbox.pay(attempt))

    row.cancel(Decimal("0.25"), reason="part")

    assert (row.cancel_amount, row.held_amount) == (Decimal("0.25"), Decimal("10.25"))


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


def test_a_double_click_is_one_refund(paid, iamport_sandbox):
    first, second = (paid.cancel(10_000, reason="part", refund_key="form-1") for _ in range(2))

    assert (first, second.status) == (second, "done")
    assert (there(iamport_sandbox, paid), Refund.objects.count()) == ([10_000], 1)


def test_a_form_that_was_refused_is_not_carried_out_by_a_second_click(paid, iamport_sandbox):
    iamport_sandbox.fail_next("payments.cancel", body={"code": 1, "message": "불가", "response": None})
    with pytest.raises(exceptions.Refused):
        paid.cancel(10_000, reason="part", refund_key="form-1")

    assert paid.cancel(10_000, reason="part", refund_key="form-1").status == "refused"
    assert there(iamport_sandbox, paid) == []


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


def test_a_second_refund_waits_for_the_outcome_of_the_first(paid, iamport_sandbox):
    iamport_sandbox.fail_next("payments.cancel", timeout=True)
    with pytest.raises(exceptions.OutcomeUnknown):
        paid.cancel(10_000, reason="part")

    with pytest.raises(exceptions.RefundOpen):
        paid.cancel(10_000, reason="part")

    assert iamport_sandbox.calls.count(CANCEL) == 1


# What goes wrong.


@pytest.mark.parametrize("after", [True, False])
def test_an_unknown_outcome_is_looked_up_and_never_repeated_blindly(
    paid, iamport_sandbox, later, heard, after
):
    iamport_sandbox.fail_next("payments.cancel", timeout=True, after=after)
    with pytest.raises(exceptions.OutcomeUnknown):
        paid.cancel(10_000, reason="part", by="kim")
    assert Refund.objects.get().status == "unknown"

    execution.execute_all(OrderTransaction, Refund.objects.all())
    assert Refund.objects.get().status == ("done" if after else "unknown")
    later(minutes=6)
    execution.execute_all(OrderTransaction, Refund.objects.filter(open_key__isnull=False))

    assert (there(iamport_sandbox, paid), Refund.objects.get().status) == ([10_000], "done")
    assert [told["amount"] for told in heard["payment_cancelled"]] == [10_000]
    assert paid.cancellations.get().by == "kim"


def test_a_refund_of_the_same_sum_from_before_is_not_taken_for_this_one(paid, iamport_sandbox, later):
    paid.cancel(10_000, reason="earlier")
    iamport_sandbox.fail_next("payments.cancel", timeout=True)
    with pytest.raises(exceptions.OutcomeUnknown):
        paid.cancel(10_000, reason="part")

    execution.execute_all(OrderTransaction, Refund.objects.filter(status="unknown"))

    assert Refund.objects.filter(status="unknown").count() == 1
    assert there(iamport_sandbox, paid) == [10_000]


def test_a_refund_that_came_through_late_makes_its_repetition_harmless(paid, iamport_sandbox, later):
    """Minutes later it was not to be seen, then it happened after all: the checksum stops the second one."""
    iamport_sandbox.fail_next("payments.cancel", timeout=True)
    with pytest.raises(exceptions.OutcomeUnknown):
        paid.cancel(10_000, reason="part")
    later(minutes=6)
    iamport_sandbox.cancel_in_console(paid.imp_uid, 10_000)

    execution.execute_all(OrderTransaction, Refund.objects.all())

    assert (there(iamport_sandbox, paid), Refund.objects.get().status) == ([10_000], "done")


def test_a_refusal_is_told_in_the_gateways_words_and_ours_and_leaves_nothing_open(paid, iamport_sandbox):
    iamport_sandbox.fail_next(
        "payments.cancel", body={"code": 1, "message": "부분취소 불가 카드", "response": None}
    )

    with pytest.raises(exceptions.Refused) as refusal:
        paid.cancel(10_000, reason="part")

    refund = Refund.objects.get()
    assert refusal.value.gateway_message == "부분취소 불가 카드"
    assert (refund.status, refund.code, refund.gateway_message) == (
        "refused",
        "gateway_refused",
        "부분취소 불가 카드",
    )
    assert paid.cancel(reason="all of it, then").status == "done"


@pytest.mark.parametrize(
    ("operation", "fault"),
    [
        ("payments.find", {"timeout": True}),
        ("payments.find", {"status": 500}),
        ("payments.cancel", {"status": 401}),
        ("payments.cancel", {"status": 429}),
    ],
)
def test_an_error_means_that_nothing_happened_and_nothing_will(paid, iamport_sandbox, operation, fault):
    iamport_sandbox.fail_next(operation, times=2, **fault)

    with pytest.raises(exceptions.GatewayError) as failure:
        paid.cancel(10_000, reason="part")

    refund = Refund.objects.get()
    assert not isinstance(failure.value, exceptions.OutcomeUnknown)
    assert (refund.status, refund.code, refund.open_key) == ("refused", failure.value.code, None)
    execution.execute_all(OrderTransaction, [refund])
    assert there(iamport_sandbox, paid) == []


def test_a_receiver_that_fails_on_the_answer_leaves_the_outcome_to_be_looked_up(
    paid, iamport_sandbox, receive
):
    from django_iamport import signals

    failing = [RuntimeError("first time")]

    def receiver(**kwargs):
        if failing:
            raise failing.pop()

    receive(signals.payment_cancelled, receiver)
    with pytest.raises(exceptions.OutcomeUnknown):
        paid.cancel(10_000, reason="part")

    execution.execute_all(OrderTransaction, Refund.objects.all())

    paid.refresh_from_db()
    assert (paid.cancel_amount, Refund.objects.get().status) == (10_000, "done")
    assert there(iamport_sandbox, paid) == [10_000]


def test_an_answer_without_the_refund_in_it_proves_nothing(paid, iamport_sandbox):
    before = iamport_sandbox.payment(paid.imp_uid)
    iamport_sandbox.fail_next("payments.cancel", body={"code": 0, "message": None, "response": before})

    assert paid.cancel(10_000, reason="part").status == "unknown"


def test_the_intent_is_stored_before_the_call(paid, iamport_sandbox, monkeypatch):
    class Killed(BaseException):
        pass

    def die(*args, **kwargs):
        raise Killed

    monkeypatch.setattr(execution, "_call", die)
    with pytest.raises(Killed):
        paid.cancel(10_000, reason="part", by="kim")

    refund = Refund.objects.get()
    assert (refund.status, refund.amount, refund.checksum, refund.by) == ("sent", 10_000, 50_000, "kim")


# Deposits and phone bills.


def test_a_deposit_is_returned_to_the_customers_account_which_is_forgotten(deposited, iamport_sandbox):
    refund = deposited.cancel(20_000, reason="part", refund_account=ACCOUNT)

    refund.refresh_from_db()
    assert (refund.status, there(iamport_sandbox, deposited)) == ("done", [20_000])
    assert (refund.refund_bank, refund.refund_account, refund.refund_holder, refund.refund_tel) == ("",) * 4


def test_without_an_account_a_deposit_is_not_returned(deposited, iamport_sandbox):
    with pytest.raises(exceptions.RefundAccountMissing):
        deposited.cancel(reason="x")

    assert (iamport_sandbox.calls, Refund.objects.count()) == ([], 0)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"bank": "999"}, "bank"),
        ({"account": "12-34"}, "account"),
        ({"account": "12345678901234567890123"}, "account"),
        ({"account": "１２３４５６７８"}, "account"),
        ({"holder": " "}, "holder"),
        ({"holder": "x\ny" * 30}, "holder"),
        ({"tel": "call me"}, "tel"),
    ],
)
def test_an_account_that_cannot_be_is_refused_by_field(deposited, iamport_sandbox, wrong, field):
    account = RefundAccount(**{"bank": "088", "account": "110123456789", "holder": "홍길동", **wrong})

    with pytest.raises(exceptions.RefundAccountInvalid) as error:
        deposited.cancel(reason="x", refund_account=account)

    assert (list(error.value.fields), iamport_sandbox.calls) == ([field], [])
    assert Refund.objects.count() == 0


def paid_by_phone(attempt, gateway, confirm, paid_at, pg_provider):
    gateway.edit(
        imp_uid := gateway.pay(attempt, pay_method="phone"), paid_at=paid_at, pg_provider=pg_provider
    )
    return confirm(attempt, imp_uid)


@pytest.mark.parametrize(
    ("now", "is_over"),
    [
        # The month is Korea's: in UTC both moments lie in November, or both in different months.
        (datetime(2026, 11, 30, 14, 59, tzinfo=timezone.utc), False),
        (datetime(2026, 11, 30, 15, 0, tzinfo=timezone.utc), True),
    ],
)
def test_a_phone_bill_is_refunded_in_its_month_only(
    attempt, iamport_sandbox, confirm, monkeypatch, now, is_over
):
    paid_at = int(datetime(2026, 10, 31, 15, 0, tzinfo=timezone.utc).timestamp())
    row = paid_by_phone(attempt, iamport_sandbox, confirm, paid_at, "danal")
    monkeypatch.setattr(conditions, "_now", lambda: now)

    if is_over:
        with pytest.raises(exceptions.RefundPeriodOver):
            row.cancel(reason="x")
    else:
        row.cancel(reason="x")

    assert there(iamport_sandbox, row) == ([] if is_over else [50_000])


def test_kcp_returns_a_phone_bill_of_another_month_to_an_account(attempt, iamport_sandbox, confirm):
    row = paid_by_phone(attempt, iamport_sandbox, confirm, 1_700_000_000, "kcp")

    with pytest.raises(exceptions.RefundAccountMissing):
        row.cancel(reason="x")

    assert row.cancel(reason="x", refund_account=ACCOUNT).status == "done"


# What is kept, and told to nobody.


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
    assert not any(secret in said for secret in ("110123456789", "110-123", "홍길동", "010"))


def test_trying_again_needs_a_wish_that_waits(paid):
    with pytest.raises(exceptions.RefundNotKnown):
        paid.retry_refund()


def test_all_that_went_back_in_the_console_meanwhile_is_told(paid, iamport_sandbox):
    iamport_sandbox.cancel_in_console(paid.imp_uid)

    with pytest.raises(exceptions.RefundRestChanged):
        paid.cancel(10_000, reason="part")

    assert there(iamport_sandbox, paid) == [50_000]
    assert Refund.objects.get().status == "refused"
