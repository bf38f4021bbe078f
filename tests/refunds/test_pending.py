"""A wish that can't be met: an operator is called once, it is tried again for a day, then by hand only."""

import itertools
from datetime import timedelta

import pytest

from django_iamport import exceptions, reconciliation
from django_iamport.models import Refund
from django_iamport.refunds import execution
from django_iamport.refunds.accounts import RefundAccount
from tests.shop.models import OrderTransaction

CANCEL = "POST /payments/cancel"
ACCOUNT = RefundAccount(bank="088", account="110123456789", holder="홍길동")
NO = {"code": 1, "message": "취소기간 경과", "response": None}


@pytest.fixture
def forged(attempt, iamport_sandbox, confirm):
    """A forged card payment that the gateway won't give back."""
    iamport_sandbox.fail_next("payments.cancel", body=NO)
    return confirm(attempt, iamport_sandbox.pay(attempt, amount=60_000))


@pytest.fixture
def deposited(attempt, iamport_sandbox, confirm):
    """A deposit that nobody wants, and no account to return it to."""
    iamport_sandbox.deposit(imp_uid := iamport_sandbox.issue_account(attempt, amount=60_000))
    return confirm(attempt, imp_uid)


def go_on():
    from django.utils import timezone

    execution.execute_all(OrderTransaction, Refund.objects.due(timezone.now()))
    return Refund.objects.get()


def there(gateway, row):
    return gateway.payment(row.imp_uid)["cancel_amount"]


def test_without_an_account_a_deposit_waits_and_the_gateway_is_not_asked_to_return_it(
    deposited, iamport_sandbox, heard
):
    refund = Refund.objects.get()
    assert (refund.status, refund.code, refund.needs_account) == (
        "needs_operator",
        "refund_account_missing",
        True,
    )
    assert (deposited.status, deposited.held_amount) == ("rejected", 60_000)
    assert CANCEL not in iamport_sandbox.calls


@pytest.mark.database
def test_it_is_tried_again_after_growing_pauses_for_a_day_and_then_by_hand_only(
    forged, iamport_sandbox, later, heard
):
    iamport_sandbox.fail_next("payments.cancel", body=NO, times=200)
    tried = []
    for minutes in range(0, 40 * 60, 11):
        later(minutes=minutes)
        before = iamport_sandbox.calls.count(CANCEL)
        go_on()
        if iamport_sandbox.calls.count(CANCEL) > before:
            tried.append(minutes)

    pauses = [after - before for before, after in itertools.pairwise(tried)]
    assert pauses == sorted(pauses)
    assert 4 <= len(tried) <= 8
    assert 12 * 60 <= tried[-1] <= 25 * 60
    assert Refund.objects.get().retry_at is None
    assert len(heard["operator_needed"]) == 0


def test_an_operator_is_called_once(attempt, iamport_sandbox, confirm, heard, later):
    iamport_sandbox.fail_next("payments.cancel", body=NO, times=3)
    confirm(attempt, iamport_sandbox.pay(attempt, amount=60_000))
    for hours in (1, 3):
        later(hours=hours)
        go_on()

    assert [told["reason"] for told in heard["operator_needed"]] == ["refund_refused"]


def test_a_later_try_that_succeeds_settles_it(forged, iamport_sandbox, later):
    later(minutes=11)

    refund = go_on()

    forged.refresh_from_db()
    assert (refund.status, forged.status, there(iamport_sandbox, forged)) == ("done", "cancelled", 60_000)


def test_what_was_returned_in_the_console_meanwhile_meets_it(forged, iamport_sandbox, confirm):
    iamport_sandbox.cancel_in_console(forged.imp_uid)

    confirm(forged, forged.imp_uid)

    assert (Refund.objects.get().status, Refund.objects.get().retry_at) == ("done", None)


def test_an_operators_own_refund_meets_it(deposited, iamport_sandbox):
    deposited.cancel(reason="spoke with the customer", refund_account=ACCOUNT, by="kim")

    assert deposited.status == "cancelled"
    assert set(Refund.objects.values_list("status", flat=True)) == {"done"}
    assert reconciliation.sync(max_age=timedelta(days=30)).is_clean


@pytest.mark.database
def test_a_part_by_hand_leaves_the_wish_for_the_rest(deposited, iamport_sandbox):
    deposited.cancel(10_000, reason="part", refund_account=ACCOUNT)
    wish = Refund.objects.get(checksum=None)
    assert wish.status == "needs_operator"

    deposited.retry_refund(refund_account=ACCOUNT)

    wish.refresh_from_db()
    assert (wish.status, wish.amount, there(iamport_sandbox, deposited)) == ("done", 50_000, 60_000)


def test_by_hand_it_is_tried_at_once(forged, iamport_sandbox):
    refund = forged.retry_refund(by="kim")

    assert (refund.status, refund.by, there(iamport_sandbox, forged)) == ("done", "kim", 60_000)


@pytest.mark.database
def test_with_the_customers_account_it_is_met_and_the_account_forgotten(deposited, iamport_sandbox):
    refund = deposited.retry_refund(refund_account=ACCOUNT)

    assert (refund.status, refund.refund_account, refund.refund_holder) == ("done", "", "")
    assert there(iamport_sandbox, deposited) == 60_000


def test_an_account_that_the_bank_refuses_is_kept_for_a_day_of_tries_and_then_asked_for_again(
    deposited, iamport_sandbox, later
):
    iamport_sandbox.fail_next("payments.cancel", body=NO, times=50)
    with pytest.raises(exceptions.RefundNeedsOperator) as waiting:
        deposited.retry_refund(refund_account=ACCOUNT)
    assert (waiting.value.refusal, waiting.value.gateway_message) == ("gateway_refused", "취소기간 경과")
    refund = Refund.objects.get()
    assert (refund.status, refund.has_account, refund.needs_account) == ("needs_operator", True, True)

    for hours in range(2, 40):
        later(hours=hours)
        refund = go_on()

    assert (refund.retry_at, refund.refund_account, refund.refund_holder) == (None, "", "")
    assert (refund.needs_account, refund.gateway_message) == (True, "취소기간 경과")


def test_an_account_given_while_the_gateway_is_down_is_used_at_the_next_run(deposited, iamport_sandbox):
    iamport_sandbox.fail_next("payments.find", times=2, timeout=True)
    with pytest.raises(exceptions.GatewayError):
        deposited.retry_refund(refund_account=ACCOUNT)

    assert (go_on().status, there(iamport_sandbox, deposited)) == ("done", 60_000)


def test_by_hand_an_outcome_that_nobody_knows_is_told(forged, iamport_sandbox):
    iamport_sandbox.fail_next("payments.cancel", timeout=True)
    with pytest.raises(exceptions.OutcomeUnknown):
        forged.retry_refund()

    assert Refund.objects.get().status == "unknown"


def test_by_hand_a_copy_of_the_shop_that_may_not_refund_says_so(forged, iamport_sandbox, settings):
    settings.IAMPORT_MERCHANT_UID_PREFIX = "other_"

    with pytest.raises(exceptions.RefundNeedsOperator):
        forged.retry_refund()

    assert there(iamport_sandbox, forged) == 0


def test_an_account_that_cannot_be_is_not_stored(deposited):
    with pytest.raises(exceptions.RefundAccountInvalid):
        deposited.retry_refund(refund_account=RefundAccount("088", "1", "홍길동"))

    assert not Refund.objects.get().has_account


def test_a_phone_bill_of_last_month_needs_an_operator(attempt, iamport_sandbox, confirm, heard):
    imp_uid = iamport_sandbox.pay(attempt, pay_method="phone", amount=60_000)
    iamport_sandbox.edit(imp_uid, paid_at=1_700_000_000, pg_provider="danal")

    confirm(attempt, imp_uid)

    assert (Refund.objects.get().status, Refund.objects.get().code) == (
        "needs_operator",
        "refund_period_over",
    )
    assert [told["reason"] for told in heard["operator_needed"]] == ["refund_refused"]
    assert CANCEL not in iamport_sandbox.calls


@pytest.mark.database
def test_it_keeps_no_key_open_so_that_an_operator_can_act(forged):
    assert Refund.objects.get().open_key is None
