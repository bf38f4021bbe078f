"""Amounts and numbers that every operation reads alike."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from django_iamport.sandbox.rules import Account, Refusal
from django_iamport.sandbox.rules.channels import CERTIFICATION_KEY, CVS_KEY, LIVE_KEY

CARD = {"card_number": "4242-4242-4242-4242", "expiry": "2099-12"}
ORDER = {"merchant_uid": "m", "amount": 1000.5, "name": "양말"}
VBANK = {"vbank_code": "088", "vbank_due": 4_000_000_000, "channel_key": LIVE_KEY}
Open = Callable[..., str]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/payments/prepare", ORDER),
        ("/subscribe/payments/onetime", {**ORDER, **CARD}),
        ("/subscribe/payments/onetime", {**ORDER, **CARD, "amount": 1000, "tax_free": 0.5}),
        ("/subscribe/payments/again", {**ORDER, "customer_uid": "kim"}),
        ("/subscribe/payments/schedule", {"schedules": [{**ORDER, "schedule_at": 4_000_000_000}], **CARD}),
        ("/vbanks", {**ORDER, **VBANK}),
        ("/cvs", {**ORDER, "channel_key": CVS_KEY}),
        ("/receipts/external/m", {**ORDER, "channel_key": LIVE_KEY, "identifier": "01012345678"}),
    ],
)
def test_won_have_no_fractions(api: Any, path: str, body: dict[str, Any]) -> None:
    said = api("POST", path, body)
    assert (said.status in (200, 400), bool(said.code), said.response) == (True, True, None)
    assert api.account.payments() == []


def test_no_fraction_of_a_won_is_prepared_waited_for_or_charged_to_check(
    api: Any, account: Account, open_window: Open
) -> None:
    prepared = {"merchant_uid": "m", "amount": 1000}
    api("POST", "/payments/prepare", prepared)
    assert api("PUT", "/payments/prepare", ORDER)[:2] == (200, 1)
    assert api("GET", "/payments/prepare/m").response["amount"] == 1000
    waiting = account.issue_vbank(open_window())["imp_uid"]
    assert api("PUT", f"/vbanks/{waiting}", {"amount": 1000.5})[:2] == (400, -1)
    assert account.payment(waiting)["amount"] == 50_000
    plan = {"merchant_uid": "m", "schedule_at": 4_000_000_000, "amount": 1000, "name": "양말"}
    checked = {"customer_uid": "kim", "schedules": [plan], "checking_amount": 0.5, **CARD}
    assert api("POST", "/subscribe/payments/schedule", checked)[:2] == (200, 1)


@pytest.mark.parametrize("name", ["amount", "checksum", "tax_free", "vat_amount"])
def test_no_fraction_of_a_won_is_given_back(api: Any, account: Account, open_window: Open, name: str) -> None:
    imp_uid = open_window()
    account.approve(imp_uid)
    said = api("POST", "/payments/cancel", {"imp_uid": imp_uid, "amount": 100, name: 0.5})
    assert (said.status, said.code) == (200, 1)
    assert account.payment(imp_uid)["cancel_amount"] == 0


def test_no_fraction_of_a_won_is_given_back_in_the_console(account: Account, open_window: Open) -> None:
    imp_uid = open_window()
    account.approve(imp_uid)
    with pytest.raises(Refusal):
        account.cancel_in_console(imp_uid, Decimal("0.5"))


def test_cents_are_given_back(api: Any, account: Account, open_window: Open) -> None:
    imp_uid = open_window(amount=10, currency="USD")
    account.approve(imp_uid)
    assert (
        api("POST", "/payments/cancel", {"imp_uid": imp_uid, "amount": 0.5}).response["cancel_amount"] == 0.5
    )


def test_a_prepared_amount_in_dollars_may_have_cents(api: Any) -> None:
    assert api("POST", "/payments/prepare", {**ORDER, "currency": "USD"}).response["amount"] == 1000.5


@pytest.mark.parametrize("merchant_uid", ["m" * 41, 10**40])
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/payments/prepare", {}),
        ("/subscribe/payments/onetime", CARD),
        ("/subscribe/payments/again", {"customer_uid": "kim"}),
        ("/vbanks", VBANK),
        ("/cvs", {"channel_key": CVS_KEY}),
        (
            "/certifications/otp/request",
            {
                "name": "김",
                "phone": "01012345678",
                "birth": "900101",
                "gender_digit": "1",
                "carrier": "SKT",
                "channel_key": CERTIFICATION_KEY,
            },
        ),
    ],
)
def test_too_long_a_merchant_uid_is_named_also_where_it_is_a_number(
    api: Any, path: str, body: dict[str, Any], merchant_uid: str | int
) -> None:
    said = api("POST", path, {"name": "양말", "amount": 1000, **body, "merchant_uid": merchant_uid})
    assert said.message == "주문번호(merchant_uid)는 40자 이하여야 합니다."


def test_a_merchant_uid_of_digits_may_be_a_number(api: Any) -> None:
    assert (
        api("POST", "/payments/prepare", {"merchant_uid": 20240101, "amount": 1000}).response["merchant_uid"]
        == "20240101"
    )
