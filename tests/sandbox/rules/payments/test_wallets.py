"""What a payment says that was made with a wallet, at its own company or inside another one's contract."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from django_iamport.sandbox.rules import Account
from django_iamport.sandbox.rules.payments import wallets
from tests.sandbox.naver import CUP

Open = Callable[..., str]


@pytest.mark.parametrize(
    ("params", "approved", "expected"),
    [
        ({"pg": "kakaopay"}, {}, ("point", "kakaopay", None)),
        ({"pg": "kakaopay", "pay_method": "card"}, {}, ("point", "kakaopay", None)),
        ({"pg": "kakaopay"}, {"pay_method": "card", "card_code": "361"}, ("card", "kakaopay", None)),
        ({"pg": "naverpay"}, {"pay_method": "naverpay"}, ("naverpay", "naverpay", None)),
        ({"pg": "naverpay"}, {"pay_method": "point"}, ("point", "naverpay", None)),
        ({"pg": "tosspay", "pay_method": "trans"}, {}, ("trans", "tosspay", None)),
        ({"pg": "tosspay_v2", "pay_method": "tosspay_card"}, {}, ("card", "tosspay_v2", None)),
        ({"pg": "tosspay_v2", "pay_method": "tosspay"}, {}, ("point", "tosspay_v2", None)),
        ({"pg": "payco"}, {}, ("card", "payco", None)),
        ({"pg": "paypal_v2", "pay_method": "paypal"}, {}, ("paypal", "paypal_v2", None)),
        ({"pg": "paypal"}, {"pay_method": "card"}, ("paypal", "paypal", None)),
        ({"pay_method": "kakaopay"}, {"pay_method": "card"}, ("card", "html5_inicis", "kakaopay")),
        ({"pay_method": "kakaopay"}, {}, ("point", "html5_inicis", "kakaopay")),
        ({"pg": "nice_v2", "pay_method": "naverpay_point"}, {}, ("point", "nice_v2", "naverpay")),
        ({"pg": "kcp", "pay_method": "tosspay"}, {}, ("point", "kcp", "tosspay")),
        ({"pg": "nice_v2", "pay_method": "samsungpay"}, {}, ("card", "nice_v2", "samsung")),
        ({"pay_method": "cultureland"}, {}, ("cultureland", "html5_inicis", None)),
        ({}, {}, ("card", "html5_inicis", None)),
    ],
)
def test_the_payment_says_what_paid_and_through_whom(
    account: Account,
    open_window: Open,
    params: dict[str, Any],
    approved: dict[str, Any],
    expected: tuple[str, str, str | None],
) -> None:
    payment = account.approve(open_window(**params), **approved)
    assert (payment["pay_method"], payment["pg_provider"], payment["emb_pg_provider"]) == expected
    assert (payment["card_name"] is None) == (payment["pay_method"] != "card")


def test_a_wallets_money_has_no_card_and_an_empty_approval_number(
    account: Account, open_window: Open
) -> None:
    payment = account.approve(open_window(pg="kakaopay.TC0ONETIME"))
    assert (payment["apply_num"], payment["card_code"], payment["sandbox"]) == ("", None, True)
    assert (payment["pg_id"], payment["channel"]) == ("TC0ONETIME", "pc")
    assert re.fullmatch(r"T[0-9a-f]{19}", payment["pg_tid"])


@pytest.mark.parametrize(
    ("params", "window", "name"),
    [
        ({"pg": "kakaopay"}, "kakaopay", "카카오페이"),
        ({"pay_method": "kakaopay"}, "kakaopay", "카카오페이"),
        ({"pg": "naverco", "naverProducts": [CUP]}, "naverpay", "네이버페이 주문형"),
        ({"pg": "nice_v2", "pay_method": "naverpay_card"}, "naverpay", "네이버페이"),
        ({"pg": "tosspay_v2"}, "toss", "토스페이"),
        ({"pg": "paypal_v2"}, "paypal", "PayPal"),
        ({"pay_method": "lpay"}, "wallet", "L.PAY"),
        ({"pg": "kcp"}, "cards", "NHN KCP"),
    ],
)
def test_the_window_is_the_wallets_own(
    account: Account, open_window: Open, params: dict[str, Any], window: str, name: str
) -> None:
    row = account.stored(open_window(**params))
    assert (wallets.window_of(row), wallets.name_of(row)) == (window, name)


def test_payco_told_by_its_parts_whoever_has_the_contract(
    api: Any, account: Account, open_window: Open
) -> None:
    imp_uid = open_window(pg="payco")
    account.approve(imp_uid)
    assert api("GET", f"/payments/{imp_uid}/balance").response["amount"] == 50_000
