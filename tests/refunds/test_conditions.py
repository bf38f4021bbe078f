"""Deposits go back to an account, phone bills in their month only."""

from datetime import datetime, timezone

import pytest

from django_iamport import exceptions
from django_iamport.models import Refund
from django_iamport.refunds import conditions
from django_iamport.refunds.accounts import RefundAccount
from tests.refunds.looking import ACCOUNT, there


def test_a_deposit_is_returned_to_the_customers_account_which_is_forgotten(deposited, iamport_sandbox):
    refund = deposited.cancel(20_000, reason="part", refund_account=ACCOUNT)

    refund.refresh_from_db()
    assert (refund.status, there(iamport_sandbox, deposited)) == ("done", [20_000])
    assert (refund.refund_bank, refund.refund_account, refund.refund_holder, refund.refund_tel) == ("",) * 4


def test_who_gave_the_account_with_the_refund_and_when_is_kept(deposited):
    refund = deposited.cancel(20_000, reason="part", refund_account=ACCOUNT, by="operator:12")

    refund.refresh_from_db()
    assert (refund.account_given_by, refund.account_given_at is None) == ("operator:12", False)


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
