from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from django_iamport.sandbox.rules import Account, Refusal
from django_iamport.sandbox.rules.codes import CARDS
from django_iamport.sandbox.rules.payments.request_pay import cards_offered, check, months_offered


def detail(**enabled: bool) -> dict[str, Any]:
    codes = {name.removeprefix("card").replace("all", "*"): on for name, on in enabled.items()}
    return {"detail": [{"card_code": code, "enabled": on} for code, on in codes.items()]}


EVERYTHING: dict[str, Any] = {
    "channelKey": "channel-key-00000000-0000-4000-8000-000000000001",
    "pg": "html5_inicis.sandboxlive",
    "pay_method": "card",
    "merchant_uid": "order1",
    "name": "의자",
    "amount": 64_900,
    "currency": "KRW",
    "tax_free": 0,
    "vat_amount": 5_900,
    "language": "ko",
    "buyer_name": "홍길동",
    "buyer_tel": "010-4242-4242",
    "buyer_email": "gildong@example.com",
    "buyer_addr": "서울",
    "buyer_postcode": "01181",
    "custom_data": {"any": ["thing"]},
    "notice_url": ["https://shop.example/a", "https://shop.example/b"],
    "confirm_url": "https://shop.example/confirm",
    "m_redirect_url": "https://shop.example/back?a=1",
    "customer_id": "buyer1",
    "escrow": False,
    "products": [{"id": "1", "name": "의자", "code": "c", "unitPrice": 64_900, "quantity": 1}],
    "digital": False,
    "vbank_due": "2099-12-31",
    "app_scheme": "shop",
    "biz_num": "1234567890",
    "useFreeInterestFromMall": True,
    "display": {"card_quota": [3, 6], "only_installment": True},
    "card": {
        "direct": {"code": "367", "quota": 3},
        "detail": [{"card_code": "*", "enabled": True, "max_month": 6}],
    },
    "period": {"from": "20260101", "to": "20261231"},
    "popup": False,
    "bypass": {"inicis": {"acceptmethod": ["x"]}},
}


def test_every_documented_parameter_is_taken(account: Account) -> None:
    payment = account.open_window(EVERYTHING)
    for name in ("name", "buyer_name", "buyer_tel", "buyer_email", "buyer_addr", "buyer_postcode"):
        assert payment[name] == EVERYTHING[name]


@pytest.mark.parametrize("name", EVERYTHING)
def test_null_is_as_good_as_nothing(account: Account, name: str) -> None:
    if name != "amount":
        account.open_window({**EVERYTHING, name: None})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("escrow", "true"),
        ("digital", 1),
        ("popup", "no"),
        ("tax_free", "0"),
        ("vat_amount", True),
        ("buyer_tel", {"number": 1}),
        ("notice_url", [1]),
        ("notice_url", 5),
        ("products", {}),
        ("period", "2026"),
        ("display", {"card_quota": 6}),
        ("display", {"card_quota": ["6"]}),
        ("display", {"card_quota": [True]}),
        ("card", {"detail": [{"enabled": True}]}),
        ("card", {"direct": "367"}),
        ("card", []),
        ("m_redirect_url", ["https://shop.example"]),
    ],
)
def test_a_wrong_type_is_refused_by_name(name: str, value: Any) -> None:
    with pytest.raises(Refusal, match=rf"결제요청 파라메터가 올바르지 않습니다. \({name}\)"):
        check({**EVERYTHING, name: value})


@pytest.mark.parametrize("pay_method", ["cash", 1, ["card"], {}])
def test_an_unknown_means_of_payment_is_refused(pay_method: Any) -> None:
    with pytest.raises(Refusal, match="결제수단"):
        check({**EVERYTHING, "pay_method": pay_method})


@pytest.mark.parametrize(
    ("display", "months"),
    [
        (None, None),
        ({}, None),
        ({"card_quota": []}, [0]),
        ({"card_quota": [6]}, [0, 6]),
        ({"card_quota": [6, 3], "only_installment": True}, [3, 6]),
        ({"card_quota": [], "only_installment": True}, [0]),
    ],
)
def test_the_shop_decides_which_instalments_are_offered(display: Any, months: list[int] | None) -> None:
    assert months_offered({"display": display}) == months


@pytest.mark.parametrize(
    ("card", "codes"),
    [
        (None, set(CARDS)),
        ({"direct": {"code": "367"}}, {"367"}),
        ({"direct": {"code": "000"}}, set(CARDS)),
        (detail(card367=True), {"367"}),
        (detail(card367=False), set(CARDS) - {"367"}),
        (detail(all=False, card366=True), {"366"}),
        (detail(all=True, card366=False), set(CARDS) - {"366"}),
        (detail(all=False), set(CARDS)),
    ],
)
def test_the_shop_decides_which_card_companies_are_offered(card: Any, codes: set[str]) -> None:
    assert set(cards_offered({"card": card})) == codes


def test_what_is_kept_of_them_fits_into_any_store(open_window: Callable[..., str], account: Account) -> None:
    asked = [{"card_code": "367", "max_month": Decimal("1.5")}]
    row = account.stored(open_window(card={"detail": asked}))
    assert row["card"] == {"detail": [{"card_code": "367", "max_month": "1.5"}]}
