"""What a card's number and date decide, the table of test cards included."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from django_iamport.sandbox.rules import Account
from django_iamport.sandbox.rules.billing import cards
from django_iamport.sandbox.rules.billing.cards import TEST_CARDS, TestCard
from django_iamport.sandbox.state.clock import KST
from django_iamport.sandbox.state.stores import MemoryStore

Open = Callable[..., str]
NOON = datetime(2026, 11, 30, 12, tzinfo=KST)
GOOD = "4242-4242-4242-4242"
INVALID = r"^\[F112\]"


def by_name(name: str) -> TestCard:
    return next(card for card in TEST_CARDS if card.name == name)


def ids(card: TestCard) -> str:
    return card.name


def test_a_card_is_told_by_its_company_and_masked() -> None:
    facts = cards.read(GOOD, "2030-01", "900101", "12", NOON).facts
    assert facts["card_number"] == "424242******4242"
    assert facts["card_name"].endswith("카드")


def test_no_number_is_kept_but_a_test_card_s() -> None:
    assert "4242424242" not in repr(cards.read(GOOD, "2030-01", None, None, NOON))


@pytest.mark.parametrize(
    "number", [None, "", "1111-1111-1111-1111", "4092-0230-1234-1234", "4242-4242-4242-4243", "카드", "4242"]
)
def test_a_number_without_its_check_digit_is_invalid(number: str | None) -> None:
    with pytest.raises(ValueError, match=INVALID):
        cards.read(number, "2030-01", None, None, NOON)


@pytest.mark.parametrize(
    "number",
    [
        *("3782-822463-10005", "378282246310005", "3714-496353-98431"),
        *("6200-0000-0000-0005", "6226-0900-0000-0006", "2223-0031-2200-3222", "2720-9900-0000-0007"),
    ],
)
def test_cards_of_american_express_unionpay_and_mastercard_s_new_range_are_cards(number: str) -> None:
    digits = number.replace("-", "")
    assert cards.read(number, "2030-01", None, None, NOON).facts["card_number"].startswith(digits[:6])


@pytest.mark.parametrize("number", ["2220-0000-0000-0000", "2721-0000-0000-0004", "6000-0000-0000-0007"])
def test_what_no_company_issues_is_invalid(number: str) -> None:
    with pytest.raises(ValueError, match=INVALID):
        cards.read(number, "2030-01", None, None, NOON)


@pytest.mark.parametrize("birth", ["9001011", "생일", "90010"])
def test_a_birthday_or_password_that_is_none_is_refused(birth: str) -> None:
    with pytest.raises(ValueError, match="생년월일"):
        cards.read(GOOD, "2030-01", birth, None, NOON)
    with pytest.raises(ValueError, match="비밀번호"):
        cards.read(GOOD, "2030-01", None, "123", NOON)


@pytest.mark.parametrize(("expiry", "good"), [("2026-11", True), ("202611", True), ("2026-10", False)])
def test_a_card_is_good_until_its_month_ends_in_korea(expiry: str, good: bool) -> None:
    if good:
        card = cards.read(GOOD, expiry, None, None, NOON)
        last = int(datetime(2026, 11, 30, 23, 59, 59, tzinfo=KST).timestamp())
        assert cards.decline(MemoryStore(), card.kept, Decimal(1), last) is None
        assert cards.decline(MemoryStore(), card.kept, Decimal(1), last + 1) == cards.CARD_EXPIRED
    else:
        with pytest.raises(ValueError, match="유효기간"):
            cards.read(GOOD, expiry, None, None, NOON)


@pytest.mark.parametrize("expiry", [None, "", "2030-13", "01/30"])
def test_a_date_that_is_none_is_refused(expiry: str | None) -> None:
    with pytest.raises(ValueError, match="유효기간"):
        cards.read(GOOD, expiry, None, None, NOON)


@pytest.mark.parametrize("card", TEST_CARDS, ids=ids)
def test_each_test_card_says_why_it_is_declined(account: Account, open_window: Open, card: TestCard) -> None:
    imp_uid = open_window(amount=200_000)
    payment = account.pay_by_card(imp_uid, card.number, "2099-12")
    assert (payment["status"], payment["fail_reason"]) == ("failed", card.reason)
    assert [row["body"]["status"] for row in account.webhooks()] == []


def test_any_other_card_is_approved_in_the_window(account: Account, open_window: Open) -> None:
    payment = account.pay_by_card(open_window(), GOOD, "2099-12", card_quota=3)
    assert (payment["status"], payment["card_number"], payment["card_quota"]) == (
        "paid",
        "424242******4242",
        3,
    )


def test_a_late_card_fails_first_and_is_paid_ten_minutes_later(account: Account, open_window: Open) -> None:
    imp_uid = open_window()
    assert account.pay_by_card(imp_uid, by_name("late").number, "2099-12")["status"] == "failed"
    account.move_clock(cards.LATE_SECONDS - 1)
    assert account.payment(imp_uid)["status"] == "failed"
    account.move_clock(3600)
    paid = account.payment(imp_uid)
    assert (paid["status"], paid["failed_at"], paid["fail_reason"]) == ("paid", 0, None)
    assert paid["paid_at"] - paid["started_at"] == cards.LATE_SECONDS
    assert [row["body"]["status"] for row in account.webhooks()] == ["paid"]


def test_a_card_that_was_approved_by_hand_meanwhile_is_left_alone(
    account: Account, open_window: Open
) -> None:
    imp_uid = open_window()
    account.pay_by_card(imp_uid, by_name("late").number, "2099-12")
    paid = account.approve(imp_uid)
    account.move_clock(3600)
    assert account.payment(imp_uid) == paid
    assert len(account.webhooks()) == 1


def test_a_dry_card_pays_until_its_limit_and_again_after_a_refund(api: Any, account: Account) -> None:
    number = by_name("dry").number

    def pay(merchant_uid: str, amount: int) -> dict[str, Any]:
        asked = {"merchant_uid": merchant_uid, "amount": amount, "card_number": number, "expiry": "2099-12"}
        paid: dict[str, Any] = api("POST", "/subscribe/payments/onetime", asked).response
        return paid

    first = pay("a", 60_000)
    assert first["status"] == "paid"
    assert pay("b", 60_000)["fail_reason"] == by_name("dry").reason
    api("POST", "/payments/cancel", {"imp_uid": first["imp_uid"], "amount": 30_000})
    assert pay("c", 60_000)["status"] == "paid"
