"""The documented parameters of `IMP.request_pay`: what each may be."""

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from ..channels.providers import PAY_METHODS
from ..codes import CARDS
from ..refusals import NO_PAY_METHOD, Refusal, not_opened


def _text(value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, int | Decimal) and not isinstance(value, bool))


def _texts(value: Any) -> bool:
    return isinstance(value, str) or (
        isinstance(value, list) and all(isinstance(each, str) for each in value)
    )


def _flag(value: Any) -> bool:
    return isinstance(value, bool)


def _number(value: Any) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _mapping(value: Any) -> bool:
    return isinstance(value, dict)


def _list(value: Any) -> bool:
    return isinstance(value, list)


def _display(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and _months(value.get("card_quota", []))
        and _flag(value.get("only_installment", False))
    )


def _months(value: Any) -> bool:
    return isinstance(value, list) and all(type(each) is int and 0 <= each <= 36 for each in value)


def _card(value: Any) -> bool:
    if not isinstance(value, dict):
        return False
    direct, detail = value.get("direct", {}), value.get("detail", [])
    if not isinstance(direct, dict) or not isinstance(detail, list):
        return False
    return all(isinstance(each, dict) and isinstance(each.get("card_code"), str) for each in detail)


RULES: Mapping[str, Callable[[Any], bool]] = {
    **dict.fromkeys(
        ("channelKey", "channelGroupId", "pg", "name", "language", "customer_uid", "customer_id"), _text
    ),
    **dict.fromkeys(("buyer_name", "buyer_tel", "buyer_email", "buyer_addr", "buyer_postcode"), _text),
    **dict.fromkeys(("m_redirect_url", "confirm_url", "app_scheme", "biz_num", "vbank_due"), _text),
    **dict.fromkeys(("escrow", "digital", "popup", "useFreeInterestFromMall"), _flag),
    **dict.fromkeys(("tax_free", "vat_amount"), _number),
    "notice_url": _texts,
    "products": _list,
    "period": _mapping,
    "bypass": _mapping,
    "display": _display,
    "card": _card,
}


def check(params: Mapping[str, Any]) -> None:
    """Raises Refusal for a documented parameter of the wrong type; unknown parameters pass, null is none."""
    for name, fits in RULES.items():
        value = params.get(name)
        if value is not None and not fits(value):
            raise wrong(name)
    pay_method = params.get("pay_method")
    if pay_method not in (None, "", *PAY_METHODS):
        raise not_opened(NO_PAY_METHOD)


def wrong(name: str) -> Refusal:
    return not_opened(f"결제요청 파라메터가 올바르지 않습니다. ({name})")


def storable(value: Any) -> Any:
    """As a store can keep it: fractions become text."""
    return json.loads(json.dumps(value, default=str))


def months_offered(row: Mapping[str, Any]) -> list[int] | None:
    """What `display.card_quota` leaves to choose: [] means at once only, [6] at once or six months."""
    display = row.get("display") or {}
    if "card_quota" not in display:
        return None
    months = sorted({each for each in display["card_quota"] if each > 1})
    return months if months and display.get("only_installment") else [0, *months]


def cards_offered(row: Mapping[str, Any]) -> dict[str, str]:
    """What `card.detail` and `card.direct` leave of the card companies; all where they leave none."""
    card = row.get("card") or {}
    direct = (card.get("direct") or {}).get("code")
    if direct in CARDS:
        return {direct: CARDS[direct]}
    enabled = {each["card_code"]: each.get("enabled", True) is not False for each in card.get("detail", [])}
    others = enabled.get("*", not any(enabled.values()))
    left = {code: name for code, name in CARDS.items() if enabled.get(code, others)}
    return left or dict(CARDS)
