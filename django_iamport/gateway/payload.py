"""From an answer to what is stored of it: the columns of a transaction, without personal data."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django_iamport.client import Malformed, read_amount, wire_amount
from django_iamport.rules.payment import SeenPayment

PERSONAL = (
    "card_number",
    "custom_data",
    "customer_uid",
    "deposit_history",
    "user_agent",
    "vbank_holder",
    "vbank_num",
)


def columns_of(payment: SeenPayment) -> dict[str, Any]:
    """A payment's columns other than its amounts."""
    return {
        "imp_uid": payment.imp_uid,
        "pay_method": _clipped(payment.pay_method, 40),
        "pg_provider": _clipped(payment.pg_provider, 40),
        "sandbox": payment.sandbox,
        "receipt_url": web_address(payment.receipt_url),
        "fail_reason": _clipped(payment.fail_reason, 1000),
        "vbank_code": _clipped(payment.vbank_code, 20),
        "vbank_name": _clipped(payment.vbank_name, 60),
        "vbank_num": _clipped(payment.vbank_num, 60),
        "vbank_holder": _clipped(payment.vbank_holder, 60),
        "vbank_date": payment.vbank_date,
        "vbank_issued_at": payment.vbank_issued_at,
        "paid_at": payment.paid_at,
        "failed_at": payment.failed_at,
        "cancelled_at": payment.cancelled_at,
        "answer": without_personal_data(payment.raw),
    }


def without_personal_data(answer: Mapping[str, Any]) -> dict[str, Any]:
    """The raw answer as it is stored: no buyer, no custom data, no card or account number; amounts exact."""
    return {
        key: _json_safe(value)
        for key, value in answer.items()
        if key not in PERSONAL and not key.startswith("buyer_")
    }


def web_address(address: str | None) -> str:
    """It becomes a link on a page: anything but a web address is left to the raw answer."""
    text = storable(address or "")
    return text if text.startswith(("https://", "http://")) else ""


def storable(text: str) -> str:
    """The text without what some databases refuse: NUL and halves of surrogate pairs."""
    return text.replace("\0", "").encode(errors="ignore").decode()


def window_amount(amount: Decimal) -> int | float:
    """The amount as `IMP.request_pay` takes it: `100`, or `10.5` in a currency with decimals."""
    return wire_amount(amount)


def amount_from_json(value: object) -> Decimal | None:
    """A sum of money in a message of the gateway's; None where it is none."""
    try:
        return Decimal(read_amount({"amount": value}, "amount"))
    except Malformed:
        return None


def _clipped(text: str | None, length: int) -> str:
    """An odd description must never keep a payment from being stored."""
    return storable(text or "")[:length]


def _json_safe(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else str(value)
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, Mapping):
        return {storable(key): _json_safe(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_json_safe(item) for item in value]
    return value
