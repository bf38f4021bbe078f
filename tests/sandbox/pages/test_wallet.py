"""The windows of wallets: what they show, ask and do."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from django_iamport.sandbox.database import DatabaseStore
from django_iamport.sandbox.rules import Account, Merchant
from django_iamport.sandbox.rules.channels import kept
from django_iamport.sandbox.state.clock import Clock
from tests.sandbox.naver import CUP

pytestmark = pytest.mark.django_db

Open = Callable[..., str]


@pytest.fixture
def account() -> Account:
    return Account(DatabaseStore(), Clock(), Merchant())


@pytest.fixture
def opened(client: Client) -> Open:
    def open_it(device: str = "pc", **params: Any) -> str:
        body = {
            "merchant_code": "imp00000000",
            "params": {"merchant_uid": "order1", "amount": 50_000, **params},
            "device": device,
            "origin": "http://testserver",
        }
        return str(client.post("/sandbox/window/open", body, "application/json").json()["url"])

    return open_it


def text_of(client: Client, url: str, language: str = "en") -> str:
    return client.get(url, headers={"Accept-Language": language}).content.decode()


def paid(account: Account) -> dict[str, Any]:
    (row,) = account.payments()
    return account.payment(row["imp_uid"])


@pytest.mark.parametrize(
    ("device", "language", "shown"),
    [
        ("pc", "en", "Scan the code with the KakaoPay app"),
        ("pc", "ko", "카카오페이 앱으로 QR 코드를 스캔하세요"),
        ("mobile", "en", "Open the KakaoPay app"),
        ("mobile", "ko", "카카오페이 앱 열기"),
    ],
)
def test_kakaopay_begins_with_a_code_at_a_desk_and_with_its_app_on_a_phone(
    client: Client, opened: Open, device: str, language: str, shown: str
) -> None:
    text = text_of(client, opened(device, pg="kakaopay"), language)
    assert shown in text
    assert ("<svg" in text) == (device == "pc")
    assert 'data-at="1"' in text
    assert "theme-kakaopay" in text


@pytest.mark.parametrize(
    ("params", "theme", "shown", "means"),
    [
        ({"pg": "naverpay"}, "naverpay", "Naver Pay", {"card", "money"}),
        ({"pg": "naverco", "naverProducts": [CUP]}, "naverpay", "Naver Pay", {"card", "money"}),
        ({"pg": "payco"}, "payco", "PAYCO", {"card", "money", "account"}),
        ({"pg": "tosspay_v2"}, "toss", "Toss Pay", {"card", "money"}),
        ({"pg": "paypal_v2", "amount": 14.2}, "paypal", "USD 14.20", {"money"}),
        ({"pay_method": "kakaopay"}, "kakaopay", "KakaoPay", {"card", "money"}),
        ({"pay_method": "samsung"}, "wallet", "삼성페이", {"card"}),
    ],
)
def test_each_wallet_has_its_window(
    client: Client, opened: Open, params: dict[str, Any], theme: str, shown: str, means: set[str]
) -> None:
    text = text_of(client, opened(**params))
    assert f"theme-{theme}" in text
    assert shown in text
    assert set(re.findall(r'name="means" value="(\w+)"', text)) == means


@pytest.mark.parametrize(
    ("pressed", "expected"),
    [
        ({"means": "money"}, ("paid", "point", None)),
        ({"means": "card", "card_code": "361"}, ("paid", "card", "BC카드")),
        ({"means": "money", "outcome": "decline"}, ("failed", "card", None)),
        ({"means": "money", "outcome": "pg_down"}, ("failed", "card", None)),
        ({"action": "close"}, ("failed", "card", None)),
        ({"means": "card"}, ("ready", "card", None)),
        ({"means": "account"}, ("ready", "card", None)),
        ({}, ("ready", "card", None)),
    ],
)
def test_what_is_chosen_happens(
    client: Client,
    account: Account,
    opened: Open,
    pressed: dict[str, str],
    expected: tuple[str, str, str | None],
) -> None:
    client.post(opened(pg="kakaopay"), {"action": "pay", **pressed})
    payment = paid(account)
    assert (payment["status"], payment["pay_method"], payment["card_name"]) == expected


def test_what_is_missing_is_said_where_the_app_was(client: Client, opened: Open) -> None:
    pressed = {"action": "pay", "means": "card"}
    text = client.post(opened(pg="kakaopay"), pressed, headers={"Accept-Language": "en"}).content.decode()
    assert "Choose a card company." in text
    assert 'data-at="2"' in text


def test_an_account_in_a_wallet_needs_its_bank(client: Client, account: Account, opened: Open) -> None:
    url = opened(pg="payco")
    pressed = {"action": "pay", "means": "account"}
    assert "Choose a bank." in client.post(url, pressed, headers={"Accept-Language": "en"}).content.decode()
    client.post(url, {**pressed, "bank_code": "004"})
    assert (paid(account)["pay_method"], paid(account)["bank_name"]) == ("trans", "KB국민은행")


def test_a_billing_key_is_registered_in_the_wallet(client: Client, account: Account, opened: Open) -> None:
    url = opened(pg="tosspay_v2", amount=None, customer_uid="c")
    assert ">Register<" in text_of(client, url)
    client.post(url, {"action": "pay", "means": "money"})
    assert (paid(account)["status"], paid(account)["customer_uid_usage"]) == ("paid", "issue")


@pytest.mark.parametrize("action", ["pay", "close"])
def test_the_shops_page_hears_nothing_of_naver_pays_orders(
    client: Client, account: Account, opened: Open, action: str
) -> None:
    url = opened(pg="naverco", naverProducts=[CUP], m_redirect_url="https://shop.example/paid")
    text = client.post(url, {"action": action, "means": "money"}).content.decode()
    assert '"action": "lost"' in text
    assert '"current": null' in text
    assert "shop.example" not in text
    assert paid(account)["status"] == ("paid" if action == "pay" else "failed")


def test_the_card_window_offers_what_the_channel_does(client: Client, account: Account, opened: Open) -> None:
    kept.change(account.store, [{"pg": "kcp", "mid": "M", "pay_methods": ["card", "vbank", "booknlife"]}])
    text = text_of(client, opened())
    assert set(re.findall(r'name="pay_method" value="(\w+)"', text)) == {"card", "vbank"}
    url = opened(pay_method="booknlife", merchant_uid="order2")
    assert set(re.findall(r'name="pay_method" value="(\w+)"', text_of(client, url))) == {
        "card",
        "vbank",
        "booknlife",
    }
    client.post(url, {"action": "pay", "pay_method": "booknlife", "agree": "on"})
    assert account.payments()[0]["pay_method"] == "booknlife"


def test_the_card_window_offers_no_more_months_than_the_channel(
    client: Client, account: Account, opened: Open
) -> None:
    kept.change(account.store, [{"pg": "kcp", "mid": "M", "rules": {"instalments": 3}}])
    assert re.findall(
        r'<option value="(\d+)"[^>]*>(?:Pay in full|\d+ months)', text_of(client, opened())
    ) == ["0", "2", "3"]
