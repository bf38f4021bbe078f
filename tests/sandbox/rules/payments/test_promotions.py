"""Payments with a promotion: what is shown, and in which sums they go back."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from django_iamport.sandbox.rules import Account, Refusal

Open = Callable[..., str]
DISCOUNT = Decimal(5_000)


@pytest.fixture
def pay(account: Account, open_window: Open) -> Callable[..., str]:
    def paid(minimum: int = 0, **switches: str) -> str:
        if switches:
            account.switch(**switches)
        imp_uid = open_window()
        account.promote(imp_uid, DISCOUNT, Decimal(minimum))
        account.approve(imp_uid)
        return imp_uid

    return paid


def sums(payment: Any) -> tuple[Any, ...]:
    history = [entry["amount"] for entry in payment["cancel_history"]]
    return (payment["status"], payment["amount"], payment["cancel_amount"], history)


@pytest.mark.parametrize(
    ("reads", "paid", "cancelled"),
    [
        ("discounted", ("paid", 45_000, 0, []), ("cancelled", 45_000, 45_000, [45_000])),
        ("undiscounted", ("paid", 50_000, 0, []), ("cancelled", 50_000, 50_000, [50_000])),
    ],
)
def test_by_the_guide_it_goes_back_whole_by_the_amount_before_the_discount(
    api: Any, account: Account, pay: Callable[..., str], reads: str, paid: Any, cancelled: Any
) -> None:
    imp_uid = pay(promotion_amount_reads=reads)
    assert sums(account.payment(imp_uid)) == paid
    assert account.payment(imp_uid)["promotion"]["discount"] == 5_000
    assert api("POST", "/payments/cancel", {"imp_uid": imp_uid, "checksum": 45_000}).code == 1
    assert api("POST", "/payments/cancel", {"imp_uid": imp_uid, "amount": 50_001}).code == 1
    whole = api("POST", "/payments/cancel", {"imp_uid": imp_uid, "amount": 50_000, "checksum": 50_000})
    assert sums(whole.response) == cancelled
    assert api("POST", "/payments/cancel", {"imp_uid": imp_uid, "amount": 1}).code == 1


def test_where_it_is_switched_cancels_count_the_money(
    api: Any, account: Account, pay: Callable[..., str]
) -> None:
    imp_uid = pay(promotion_cancels_count="discounted")
    assert (
        api("POST", "/payments/cancel", {"imp_uid": imp_uid, "amount": 50_000, "checksum": 50_000}).code == 1
    )
    whole = api("POST", "/payments/cancel", {"imp_uid": imp_uid, "amount": 45_000, "checksum": 45_000})
    assert sums(whole.response) == ("cancelled", 45_000, 45_000, [45_000])


@pytest.mark.parametrize(
    ("asked", "minimum", "part", "rest"),
    [
        ({}, 0, 10_000, 40_000),
        ({}, 40_000, 10_000, 40_000),
        ({}, 40_001, 5_000, 40_000),
        ({"retain_promotion": True}, 40_001, 10_000, 40_000),
    ],
)
def test_below_its_minimum_the_promotion_is_taken_back_unless_it_is_retained(
    api: Any, account: Account, pay: Callable[..., str], asked: Any, minimum: int, part: int, rest: int
) -> None:
    imp_uid = pay(minimum)
    first = api("POST", "/payments/cancel", {"imp_uid": imp_uid, "amount": 10_000, **asked}).response
    assert sums(first) == ("cancelled", 45_000, part, [part])
    last = api("POST", "/payments/cancel", {"imp_uid": imp_uid, "checksum": rest, "amount": rest}).response
    assert sums(last) == ("cancelled", 45_000, 45_000, [part, 45_000 - part])


def test_less_than_the_discount_that_is_taken_back_is_refused(api: Any, pay: Callable[..., str]) -> None:
    imp_uid = pay(50_000)
    assert api("POST", "/payments/cancel", {"imp_uid": imp_uid, "amount": 5_000}).code == 1


@pytest.mark.parametrize("discount", [0, -1, 50_000, "0.5"])
def test_a_discount_is_more_than_nothing_less_than_all_and_no_fraction_of_a_won(
    account: Account, open_window: Open, discount: int | str
) -> None:
    with pytest.raises(ValueError, match="discount"):
        account.promote(open_window(), Decimal(discount))


def test_a_payment_that_is_made_gets_no_promotion(account: Account, pay: Callable[..., str]) -> None:
    with pytest.raises(Refusal):
        account.promote(pay(), DISCOUNT)
