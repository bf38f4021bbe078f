from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from django_iamport.sandbox.rules import Account, Refusal
from django_iamport.sandbox.rules.actions import act
from django_iamport.sandbox.seeds import SEEDS, create_payments

Open = Callable[..., str]


@pytest.fixture
def vbank(account: Account, open_window: Open) -> str:
    """A virtual account over 50,000 won that waits for its deposit."""
    return str(account.issue_vbank(open_window())["imp_uid"])


def test_a_deposit_pays(account: Account, vbank: str) -> None:
    assert act(account, vbank, "deposit", {})["status"] == "paid"


@pytest.mark.parametrize("amount", [49_000, 51_000])
def test_banks_refuse_short_and_wrong_deposits(account: Account, vbank: str, amount: int) -> None:
    with pytest.raises(Refusal, match="입금액"):
        act(account, vbank, "deposit", {"amount": amount})
    assert account.payment(vbank)["status"] == "ready"


def test_an_expired_account_takes_no_deposit(account: Account, vbank: str) -> None:
    expired = act(account, vbank, "expire", {})
    assert expired["status"] == "ready"
    with pytest.raises(Refusal, match="입금기한"):
        act(account, vbank, "deposit", {})


def test_only_a_waiting_account_expires(account: Account, open_window: Open) -> None:
    with pytest.raises(Refusal):
        act(account, open_window(), "expire", {})


def test_parts_are_cancelled_until_nothing_is_left(account: Account, open_window: Open) -> None:
    imp_uid = open_window()
    act(account, imp_uid, "approve", {})
    act(account, imp_uid, "cancel", {"amount": 20_000, "reason": "반품"})
    cancelled = act(account, imp_uid, "cancel", {})
    assert [part["amount"] for part in cancelled["cancel_history"]] == [20_000, 30_000]
    assert [part["reason"] for part in cancelled["cancel_history"]] == ["반품", "관리자페이지취소"]
    with pytest.raises(Refusal):
        act(account, imp_uid, "cancel", {})


def test_a_failed_payment_is_approved_late(account: Account, open_window: Open) -> None:
    imp_uid = open_window()
    assert act(account, imp_uid, "decline", {"reason": "한도 초과"})["fail_reason"] == "한도 초과"
    assert act(account, imp_uid, "approve", {"card_code": "381", "card_quota": 3})["status"] == "paid"


@pytest.mark.parametrize(
    ("action", "values"),
    [
        ("deposit", {"amount": "50000"}),
        ("deposit", {"amount": Decimal("0.5")}),
        ("cancel", {"amount": 0}),
        ("cancel", {"amount": -1}),
        ("cancel", {"amount": True}),
        ("cancel", {"sum": 1}),
        ("approve", {"card_quota": "3"}),
        ("close", {"reason": "x"}),
        ("decline", {"reason": ["x"]}),
        ("cancel", {"reason": 5}),
    ],
)
def test_values_that_make_no_sense_are_refused(
    account: Account, vbank: str, action: str, values: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match=r"."):
        act(account, vbank, action, values)
    assert account.payment(vbank)["status"] == "ready"


def test_seeds_show_every_state_and_tell_no_shop(account: Account) -> None:
    payments = [account.payment(imp_uid) for imp_uid in create_payments(account)]
    assert len(payments) == len(SEEDS)
    assert {payment["status"] for payment in payments} == {"ready", "paid", "failed", "cancelled"}
    assert {payment["pay_method"] for payment in payments} == {"card", "trans", "vbank", "phone"}
    assert any(0 < payment["cancel_amount"] < payment["amount"] for payment in payments)
    assert account.webhooks() == []


def test_seeds_can_be_sown_twice(account: Account) -> None:
    assert set(create_payments(account)).isdisjoint(create_payments(account))


def test_a_promotion_is_given_before_the_payment_is_made(account: Account, open_window: Open) -> None:
    imp_uid = open_window()
    assert act(account, imp_uid, "promote", {"discount": 5_000, "minimum": 40_000})["amount"] == 45_000
    act(account, imp_uid, "approve", {})
    assert account.payment(imp_uid)["promotion"]["discount"] == 5_000
    with pytest.raises(Refusal):
        act(account, imp_uid, "promote", {"discount": 5_000})


@pytest.mark.parametrize("wrong", [{}, {"discount": 0}, {"discount": 0.5}, {"discount": "1", "minimum": 5}])
def test_a_promotion_takes_something_off(account: Account, open_window: Open, wrong: dict[str, Any]) -> None:
    imp_uid = open_window()
    with pytest.raises(ValueError, match="discount"):
        act(account, imp_uid, "promote", wrong)
    assert account.payment(imp_uid)["promotion"] is None
