"""Payment companies: what each of them takes and permits, as the public documentation says."""

from collections.abc import Mapping
from dataclasses import dataclass

CARD_MEANS = ("card", "trans", "vbank", "phone")
VOUCHERS = ("cultureland", "smartculture", "booknlife")
PAY_METHODS = (
    *("card", "trans", "vbank", "phone", "samsung", "samsungpay", "kakaopay", "naverpay", "payco", "lpay"),
    *("ssgpay", "tosspay", "applepay", "pinpay", "skpay", "kpay", "toss_brandpay", "paypal", "naverpay_card"),
    *("naverpay_point", "tosspay_card", "tosspay_money", "ssgpay_bank", "cultureland", "smartculture"),
    *("culturegift", "booknlife", "happymoney", "point", "wechat", "alipay", "alipay_plus", "unionpay"),
    *(
        "tenpay",
        "paysbuy",
        "econtext",
        "molpay",
        "cvs",
        "paypay",
        "amazonpay",
        "rakutenpay",
        "merpay",
        "aupay",
    ),
    *("dbarai", "tmoney", "moneytree"),
)
"""What `pay_method` may say."""

WON = ("KRW",)
USUAL_CURRENCIES = ("KRW", "USD", "EUR", "JPY")
WORLDWIDE = ("USD", "EUR", "JPY", "GBP", "CAD", "AUD", "SGD", "HKD", "THB", "CNY")

OVERLAY, POPUP, PAGE = "overlay", "popup", "page"
"""Over the shop's page, in a window of its own, in the page's place."""


@dataclass(frozen=True)
class Provider:
    """A PG by its code. `name` is what its window calls itself.

    `window` says which one opens, `desk` and `phone` where. A wallet leaves the means of payment to its own app,
    whatever `pay_method` says. `issues_keys` says whether a window may issue a billing key, `charges_with_key`
    whether it also takes the amount then; `key_without_amount` whether it needs none, `text_amounts` whether its
    documented page sends it as text. `refund_days` (None: no end) and `minimum` (main unit) are what its
    channels usually have.
    """

    code: str
    name: str
    pay_methods: tuple[str, ...] = CARD_MEANS
    window: str = "cards"
    desk: str = OVERLAY
    phone: str = PAGE
    is_wallet: bool = False
    currencies: tuple[str, ...] = WON
    issues_keys: bool = True
    charges_with_key: bool = False
    key_without_amount: bool = False
    text_amounts: bool = False
    refund_days: int | None = None
    minimum: int = 0
    partial_refunds: bool = True


WALLETS: Mapping[str, str] = {
    "kakaopay": "카카오페이",
    "naverpay": "네이버페이",
    "naverpay_card": "네이버페이",
    "naverpay_point": "네이버페이",
    "payco": "PAYCO",
    "tosspay": "토스페이",
    "tosspay_card": "토스페이",
    "tosspay_money": "토스페이",
    "samsung": "삼성페이",
    "samsungpay": "삼성페이",
    "lpay": "L.PAY",
    "ssgpay": "SSGPAY",
    "ssgpay_bank": "SSGPAY",
    "applepay": "Apple Pay",
    "kpay": "KPay",
    "pinpay": "PINPAY",
    "skpay": "11Pay",
}
"""Wallets that other companies' contracts include: what `pay_method` calls them."""

_HUB = ("kakaopay", "naverpay", "payco", "tosspay", "samsung", "samsungpay", "lpay", "ssgpay", "applepay")
_PROVIDERS = (
    Provider("html5_inicis", "KG이니시스", (*CARD_MEANS, *_HUB, *VOUCHERS), currencies=USUAL_CURRENCIES),
    Provider("inicis", "KG이니시스", (*CARD_MEANS, *_HUB, *VOUCHERS)),
    Provider("kcp", "NHN KCP", (*CARD_MEANS, *_HUB, *VOUCHERS, "point")),
    Provider("kcp_billing", "NHN KCP", ("card",)),
    Provider("kcp_quick", "KCP 퀵페이", ("card", "trans"), desk=POPUP, charges_with_key=True),
    Provider(
        "nice", "나이스페이먼츠", (*CARD_MEANS, "kakaopay"), currencies=("KRW", "USD"), issues_keys=False
    ),
    Provider(
        "nice_v2",
        "나이스페이먼츠",
        (*CARD_MEANS, *_HUB, *VOUCHERS, "naverpay_card", "naverpay_point", "skpay", "pinpay", "ssgpay_bank"),
        currencies=("KRW", "USD"),
    ),
    Provider(
        "tosspayments",
        "토스페이먼츠",
        (*CARD_MEANS, *_HUB, *VOUCHERS, "culturegift"),
        currencies=USUAL_CURRENCIES,
        text_amounts=True,
    ),
    Provider("uplus", "토스페이먼츠", (*CARD_MEANS, *_HUB, *VOUCHERS)),
    Provider(
        "toss_brandpay",
        "토스페이먼츠 브랜드페이",
        ("toss_brandpay",),
        "toss",
        phone=OVERLAY,
        is_wallet=True,
        key_without_amount=True,
        text_amounts=True,
    ),
    Provider("kicc", "이지페이", (*CARD_MEANS, *_HUB)),
    Provider("kicc_v2", "이지페이", (*CARD_MEANS, *_HUB)),
    Provider("ksnet", "KSNET", (*CARD_MEANS, *_HUB)),
    Provider("welcome", "웰컴페이먼츠", (*CARD_MEANS, *_HUB, "culturegift")),
    Provider("settle", "헥토파이낸셜", (*CARD_MEANS, *_HUB, *VOUCHERS), desk=POPUP),
    Provider("settle_acc", "내통장결제", ("trans",), desk=POPUP, charges_with_key=True),
    Provider("daou", "키움페이", (*CARD_MEANS, *_HUB, *VOUCHERS), desk=POPUP),
    Provider("smartro", "스마트로", CARD_MEANS, desk=POPUP),
    Provider("smartro_v2", "스마트로", (*CARD_MEANS, *_HUB, *VOUCHERS, "pinpay"), desk=POPUP),
    Provider("galaxia", "갤럭시아", (*CARD_MEANS, *_HUB, *VOUCHERS, "happymoney", "tmoney", "moneytree")),
    Provider("bluewalnut", "블루월넛", issues_keys=False),
    Provider("hyphen", "하이픈", ("trans",)),
    Provider("jtnet", "JTNet"),
    Provider("danal_tpay", "다날", (*CARD_MEANS, *VOUCHERS), phone=OVERLAY, charges_with_key=True),
    Provider("danal", "다날", ("phone",), phone=OVERLAY, charges_with_key=True, partial_refunds=False),
    Provider("mobilians", "KG모빌리언스", ("phone", "card"), phone=OVERLAY, charges_with_key=True),
    Provider(
        "kakaopay",
        "카카오페이",
        ("kakaopay",),
        "kakaopay",
        is_wallet=True,
        charges_with_key=True,
        refund_days=365,
    ),
    Provider(
        "naverpay",
        "네이버페이",
        ("naverpay",),
        "naverpay",
        desk=POPUP,
        is_wallet=True,
        refund_days=1095,
        minimum=10,
    ),
    Provider(
        "naverco",
        "네이버페이 주문형",
        ("naverpay",),
        "naverpay",
        desk=POPUP,
        is_wallet=True,
        issues_keys=False,
    ),
    Provider("payco", "PAYCO", ("payco",), "payco", desk=POPUP, phone=OVERLAY, is_wallet=True),
    Provider("tosspay", "토스페이", ("card", "trans"), "toss", desk=POPUP, is_wallet=True, issues_keys=False),
    Provider(
        "tosspay_v2",
        "토스페이",
        ("tosspay", "tosspay_card", "tosspay_money"),
        "toss",
        desk=POPUP,
        is_wallet=True,
        key_without_amount=True,
    ),
    Provider("smilepay", "스마일페이", ("card",), desk=POPUP),
    Provider(
        "paypal",
        "PayPal",
        ("paypal",),
        "paypal",
        desk=PAGE,
        is_wallet=True,
        issues_keys=False,
        currencies=WORLDWIDE,
        refund_days=180,
    ),
    Provider(
        "paypal_v2",
        "PayPal",
        ("paypal",),
        "paypal",
        desk=POPUP,
        is_wallet=True,
        currencies=WORLDWIDE,
        refund_days=180,
        key_without_amount=True,
        text_amounts=True,
    ),
    Provider(
        "eximbay",
        "Eximbay",
        ("card", "alipay", "alipay_plus", "unionpay", "tenpay", "econtext", "wechat", "molpay"),
        desk=POPUP,
        phone=OVERLAY,
        currencies=(*WORLDWIDE, "KRW"),
        issues_keys=False,
    ),
    Provider(
        "paymentwall",
        "Paymentwall",
        ("card",),
        currencies=("USD", "KRW", "EUR", "JPY"),
        charges_with_key=True,
    ),
    Provider(
        "inicis_jp",
        "KG이니시스 일본결제",
        ("card", "cvs", "paypay", "amazonpay", "rakutenpay", "merpay", "aupay", "dbarai"),
        desk=POPUP,
        currencies=("JPY",),
    ),
    Provider(
        "payletter_global",
        "페이레터 해외결제",
        ("card", "unionpay", "wechat", "alipay", "alipay_plus"),
        desk=POPUP,
        currencies=("USD", "KRW", "JPY", "CNY"),
    ),
    Provider("inicis_unified", "KG이니시스 통합인증", ()),
    Provider("kcp_v2", "NHN KCP 본인인증", ()),
    Provider("kcp_identity_v2", "NHN KCP 본인인증", ()),
)
PROVIDERS: Mapping[str, Provider] = {provider.code: provider for provider in _PROVIDERS}
