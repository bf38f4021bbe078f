"""Calls of the shapes that the gateway's public pages show for each payment company: each opens a window.

One of those pages asks for 14.2 won, which no window here takes.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from django_iamport.sandbox.rules import Account
from django_iamport.sandbox.rules.channels import Catalog, kept
from django_iamport.sandbox.rules.channels.providers import PROVIDERS
from django_iamport.sandbox.rules.payments import wallets

BUYER = {
    "buyer_email": "jieun@example.com",
    "buyer_name": "김지은",
    "buyer_tel": "010-0000-0000",
    "buyer_addr": "서울특별시 중구 세종대로 110",
    "buyer_postcode": "04524",
    "m_redirect_url": "https://shop.example/paid",
}
KEY = {"customer_uid": "card-of-jieun", "customer_id": "jieun", "amount": 0}
BOOK = {"categoryType": "BOOK", "categoryId": "GENERAL", "uid": "1", "name": "한국사", "count": 1}
TRIP = {**BOOK, "categoryType": "TRAVEL", "startDate": 20_260_117, "endDate": 20_260_118}
SHOES = {
    "id": "shoes",
    "name": "고무신",
    "basePrice": 14_000,
    "taxType": "TAX",
    "quantity": 1,
    "infoUrl": "https://shop.example/shoes",
    "imageUrl": "https://shop.example/shoes.jpg",
    "options": [
        {
            "optionQuantity": 1,
            "optionPrice": 100,
            "selectionCode": "R_M",
            "selections": [{"code": "RED", "label": "색상", "value": "빨강"}],
        }
    ],
    "shipping": {
        "groupId": "a",
        "method": "DELIVERY",
        "baseFee": 2_500,
        "feeRule": {"freeByThreshold": 20_000},
        "feePayType": "PREPAYED",
    },
}
PERIOD = {"period": {"from": "20260101", "to": "20261231"}}

CALLS: dict[str, tuple[str, dict[str, Any]]] = {
    "inicis": (
        "html5_inicis",
        {
            "pay_method": "card",
            "escrow": True,
            "vbank_due": "20991231",
            "bypass": {"acceptmethod": "noeasypay", "P_RESERVED": "noeasypay=Y"},
            **PERIOD,
        },
    ),
    "inicis, key": ("html5_inicis", {"pay_method": "card", **KEY}),
    "kcp": ("kcp", {"pay_method": "card", "company": "상점", "language": "ko", "auth_mode": "key-in"}),
    "kcp, voucher": ("kcp", {"pay_method": "cultureland", "bypass": {"shop_user_id": "jieun"}}),
    "kcp, escrow": (
        "kcp",
        {"escrow": True, "kcpProducts": [{"orderNumber": "1", "name": "A", "quantity": 3}]},
    ),
    "kcp, key": ("kcp_billing", {"pay_method": "card", **KEY}),
    "kcp quick, register": ("kcp_quick", {**KEY, "bypass": {"kcpQuick": {"actionType": "Register"}}}),
    "kcp quick, pay": ("kcp_quick", {**KEY, "amount": 1_000, "bypass": {"kcpQuick": {"actionType": "Pay"}}}),
    "nice": ("nice", {"pay_method": "card", "language": "en", "niceMobileV2": True}),
    "nice, new": ("nice_v2", {"pay_method": "card"}),
    "toss": (
        "tosspayments",
        {
            "pay_method": "card",
            "escrow": False,
            "amount": "109000",
            "tax_free": 3_000,
            "notice_url": "https://shop.example/notice",
            "confirm_url": "https://shop.example/confirm",
            "currency": "KRW",
            "locale": "ko",
            "custom_data": {"userId": 30_930},
            "display": {"card_quota": [0, 6]},
            "appCard": False,
            "useCardPoint": True,
            "bypass": {"tosspayments": {"useInternationalCardOnly": True}},
        },
    ),
    "toss, key": ("tosspayments", {"pay_method": "card", **KEY}),
    "brandpay": (
        "toss_brandpay",
        {
            "pay_method": "toss_brandpay",
            "customer_id": "d005f081",
            "useCardPoint": True,
            "display": {"card_quota": [6]},
            "bypass": {"cashReceiptType": "personal", "toss_brandpay": {"methodId": "m"}},
        },
    ),
    "brandpay, key": ("toss_brandpay", {"pay_method": "toss_brandpay", **KEY, "amount": None}),
    "kakaopay": ("kakaopay", {"pay_method": "card"}),
    "kakaopay, key": ("kakaopay", KEY),
    "naverpay": (
        "naverpay",
        {
            "naverUseCfm": "20261231",
            "naverPopupMode": True,
            "naverPurchaserName": "김지은",
            "naverCultureBenefit": True,
            "naverProducts": [BOOK, TRIP],
        },
    ),
    "naverpay, key": (
        "naverpay",
        {**KEY, "amount": 1_004, "naverProductCode": "tea", "naverPopupMode": True},
    ),
    "naverpay, orders": (
        "naverco",
        {
            "pay_method": "card",
            "amount": 14_000,
            "naverInterface": {"cpaInflowCode": "", "saClickId": ""},
            "naverProducts": [SHOES],
        },
    ),
    "payco": ("payco", {}),
    "payco, key": ("payco", {**KEY, "amount": 1_000}),
    "tosspay": ("tosspay", {"pay_method": "card"}),
    "tosspay, new": (
        "tosspay_v2",
        {
            "pay_method": "tosspay",
            "card": {"useInstallment": False},
            "bypass": {"expiredTime": "2099-12-02 11:00:00", "cashReceiptTradeOption": "CULTURE"},
        },
    ),
    "tosspay, key": (
        "tosspay_v2",
        {"pay_method": "tosspay", **KEY, "amount": None, "notice_url": "https://shop.example"},
    ),
    "paypal": ("paypal", {"pay_method": "card", "amount": Decimal("14.2"), "currency": "USD"}),
    "paypal, buttons": ("paypal_v2", {"pay_method": "paypal", "amount": "2000", "country": "US"}),
    "paypal, key": (
        "paypal_v2",
        {"pay_method": "paypal", **KEY, "amount": None, "bypass": {"paypal_v2": {}}},
    ),
    "danal": ("danal_tpay", {"pay_method": "card"}),
    "danal, phone": (
        "danal",
        {"pay_method": "phone", "phone": {"detail": [{"carrier": "*", "enabled": False}]}},
    ),
    "danal, key": ("danal_tpay", {"pay_method": "card", **KEY, **PERIOD}),
    "eximbay": (
        "eximbay",
        {"pay_method": "card", "amount": Decimal("14.2"), "currency": "USD", "popup": False},
    ),
    "eximbay, Alipay": ("eximbay", {"pay_method": "alipay", "amount": 14, "language": "zh"}),
    "welcome": ("welcome", {"pay_method": "card"}),
    "welcome, key": ("welcome", {"pay_method": "card", **KEY, "amount": 1_000}),
    "smartro": ("smartro_v2", {"pay_method": "card", **PERIOD}),
    "my account": ("settle_acc", {"pay_method": "trans", "bypass": {"settle": {"custCi": "ci"}}}),
    "my account, key": ("settle_acc", {"pay_method": "trans", **KEY, "amount": 1_000}),
    "hyphen": ("hyphen", {"pay_method": "trans", "storeDetails": {"businessName": "상점"}}),
    "mobilians": ("mobilians", {"pay_method": "phone"}),
    "mobilians, key": ("mobilians", {"pay_method": "phone", **KEY, "amount": 1_004}),
    "kicc": ("kicc", {"pay_method": "card"}),
    "kicc, key": ("kicc", {"pay_method": "card", **KEY, "amount": 1_004}),
    "galaxia": ("galaxia", {"pay_method": "card", "bypass": {"galaxia": {"ITEM_CODE": "1"}}}),
    "galaxia, phone and key": ("galaxia", {"pay_method": "phone", **KEY, "amount": 1_000}),
    "bluewalnut": ("bluewalnut", {"pay_method": "card", "amount": 14_000}),
    "smilepay": ("smilepay", {}),
    "paymentwall": ("paymentwall", {"pay_method": "card", "currency": "KRW", "use_test_method": True}),
    "paymentwall, key": ("paymentwall", {"pay_method": "card", **KEY, "amount": 20, "currency": "USD"}),
    "inicis in Japan": (
        "inicis_jp",
        {
            "pay_method": "card",
            "amount": 100,
            "currency": "JPY",
            "popup": True,
            "display": {"card_quota": [0, 3, 5, 6, 10, 12]},
            "cvs": {"payment_deadline": {"valid_hours": 48}},
        },
    ),
}


@pytest.fixture
def account(account: Account) -> Account:
    """With a channel at every company."""
    of_all = [{"pg": code, "mid": "MID", "channelKey": f"key-of-{code}"} for code in PROVIDERS]
    kept.change(account.store, of_all)
    return account


@pytest.mark.parametrize("named", ["channelKey", "pg", "pg and MID"])
@pytest.mark.parametrize(("pg", "params"), CALLS.values(), ids=list(CALLS))
def test_it_opens_a_window(account: Account, pg: str, params: dict[str, Any], named: str) -> None:
    how = {"channelKey": {"channelKey": f"key-of-{pg}"}, "pg": {"pg": pg}, "pg and MID": {"pg": f"{pg}.MID"}}
    asked = {"merchant_uid": "order_no_0001", "name": "주문명:결제테스트", "amount": 1_004, **BUYER, **params}
    payment = account.open_window({**asked, **how[named]})
    assert (payment["pg_provider"], payment["status"]) == (pg, "ready")
    assert account.approve(payment["imp_uid"])["status"] == "paid"


def test_a_smart_routing_group_opens_one(account: Account) -> None:
    group = "channel-group-live-1"
    kept.change(
        account.store, [{"pg": "kcp", "mid": "A"}, {"pg": "nice_v2", "mid": "B", "channel_group_id": group}]
    )
    opened = account.open_window({"channelGroupId": group, "pay_method": "card", "amount": 1_000, **BUYER})
    assert opened["pg_provider"] == "nice_v2"


def test_every_company_has_a_window(account: Account, open_window: Callable[..., str]) -> None:
    catalog: Catalog = account.channels
    for channel in catalog:
        if channel.pay_methods:
            asked = {
                "channelKey": channel.key,
                "merchant_uid": channel.key[:40],
                "amount": 100,
                "naverProducts": [SHOES],
            }
            row = account.stored(open_window(**asked, pay_method=channel.pay_methods[0]))
            assert wallets.window_of(row)
