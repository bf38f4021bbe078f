"""From an answer to what is stored of it: the columns of a transaction, without personal data."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django_iamport.client import Malformed, read_amount, wire_amount
from django_iamport.rules.payment import SeenPayment
from django_iamport.rules.texts import storable

from .moments import in_moments
from .promotions import in_money

if TYPE_CHECKING:
    from django_iamport.client.results import Payment


def seen(payment: Payment) -> Payment:
    """A payment of an answer as `rules.payment` wants it: sums as the money moved, moments as they are stored."""
    return in_moments(in_money(payment))


# What says nothing of a person: ids, words of the gateway's own, sums, moments, banks and card companies. A field
# that the gateway adds one day is not kept before somebody has looked at it. What people write (reasons, names,
# data of the shop's own) and addresses of sales slips are not kept here.
HARMLESS = frozenset(
    {
        *("imp_uid", "merchant_uid", "pg_tid", "pg_id", "apply_num"),
        *("status", "pay_method", "channel", "pg_provider", "emb_pg_provider", "sandbox", "escrow"),
        *("amount", "cancel_amount", "currency", "customer_uid_usage", "cash_receipt_issued"),
        *("started_at", "paid_at", "failed_at", "cancelled_at"),
        *("bank_code", "bank_name", "vbank_code", "vbank_name", "vbank_date", "vbank_issued_at"),
        *("card_code", "card_name", "card_quota", "card_type"),
        *("card_issuer_code", "card_issuer_name", "card_publisher_code", "card_publisher_name"),
    }
)
# Of the entries of a list, or of an object within the answer.
HARMLESS_WITHIN = {
    "cancel_history": frozenset({"amount", "cancellation_id", "cancelled_at", "pg_tid"}),
    "promotion": frozenset({"discount", "id"}),
}


def columns_of(payment: SeenPayment) -> dict[str, Any]:
    """A payment's columns other than its amounts."""
    answer = harmless_part(payment.raw)
    return {
        "imp_uid": payment.imp_uid,
        "pay_method": _clipped(payment.pay_method, 40),
        "pg_provider": _clipped(payment.pg_provider, 40),
        "pg_tid": _clipped(str(answer.get("pg_tid") or ""), 100),
        "apply_num": _clipped(str(answer.get("apply_num") or ""), 40),
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
        "answer": answer,
    }


def harmless_part(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Of a raw answer what is stored: the fields that are known to say nothing of a person; amounts exact."""
    kept = _plain_values(answer, HARMLESS)
    for name, fields in HARMLESS_WITHIN.items():
        value = answer.get(name)
        if isinstance(value, Mapping):
            kept[name] = _plain_values(value, fields)
        elif isinstance(value, (list, tuple)):
            kept[name] = [_plain_values(entry, fields) for entry in value if isinstance(entry, Mapping)]
    return kept


def web_address(address: str | None) -> str:
    """It becomes a link on a page: anything but a web address is left to the raw answer."""
    text = storable(address or "")
    return text if text.startswith(("https://", "http://")) else ""


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


def _plain_values(found: Mapping[str, Any], names: Collection[str]) -> dict[str, Any]:
    """An object in the place of a word or a number may hold anything: it is left out."""
    values = {name: _json_safe(value) for name, value in found.items() if name in names}
    return {name: value for name, value in values.items() if not isinstance(value, (Mapping, list, tuple))}


def _json_safe(value: object) -> object:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else str(value)
    return storable(value) if isinstance(value, str) else value
