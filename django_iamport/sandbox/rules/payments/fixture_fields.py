"""What may be given of a payment that is written as a whole, by name."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from .. import money
from ..channels.providers import PAY_METHODS
from ..codes import QUOTAS
from . import records

STATUSES = ("ready", "paid", "failed", "cancelled")
DEVICES = ("pc", "mobile", "api")
LONGEST_ID = 40
LONGEST_CUSTOMER_ID = 80

FLAGS = ("sandbox", "escrow", "cash_receipt_issued")
MOMENTS = (
    "started_at",
    "paid_at",
    "failed_at",
    "cancelled_at",
    "vbank_date",
    "vbank_issued_at",
    "vbank_due_at",
)
SUMS = (
    *("amount", "cancel_amount", "tax_free", "tax_free_cancelled", "vat_amount", "vat_cancelled"),
    *("discount", "discount_returned", "promotion_minimum"),
)
BESIDE_TEXTS = (
    *("m_redirect_url", "language", "error_code", "test_number", "promotion_reads", "discount_in"),
    *("channel_key", "customer_id", "asked_method"),
)


def read(name: str, value: Any, currency: str) -> Any:
    """As it is stored; null stands for the default."""
    if name not in KINDS:
        raise ValueError(f"unknown name {name!r}")
    if value is None:
        return {**records.BLANK, **records.BESIDE}.get(name)
    if name in SUMS:
        return _sum(name, value, currency)
    if name == "cancel_history":
        return _history(value, currency)
    if not KINDS[name](value):
        raise ValueError(f"{name} is wrong")
    return _plain(value)


def _plain(value: Any) -> Any:
    """As JSON keeps it: fractions are numbers again."""
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return money.as_number(money.stored(value)) if isinstance(value, Decimal) else value


def _sum(name: str, value: Any, currency: str) -> int | str:
    try:
        return money.stored(money.read(value, currency))
    except ValueError as problem:
        raise ValueError(f"{name}: {problem}") from None


def _history(value: Any, currency: str) -> list[dict[str, Any]]:
    names = {"amount", "cancelled_at", "reason", "pg_tid", "receipt_url", "cancellation_id"}
    if not _objects(value) or not all(set(each) <= names for each in value):
        raise ValueError(f"cancel_history must be a list of objects with {', '.join(sorted(names))}")
    for entry in value:
        if not _moment(entry.get("cancelled_at", 0)):
            raise ValueError("cancelled_at is wrong")
        if not all(isinstance(entry.get(name) or "", str) for name in names - {"amount", "cancelled_at"}):
            raise ValueError("cancel_history is wrong")
    return [{**entry, "amount": _sum("cancel_history", entry.get("amount"), currency)} for entry in value]


def _moment(value: Any) -> bool:
    return type(value) is int and 0 <= value < 10**11


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(map(_text, value))


def _objects(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, dict) for each in value)


def _id(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= LONGEST_ID and value.isprintable()


KINDS: Mapping[str, Callable[[Any], bool]] = {
    **dict.fromkeys((*records.BLANK, *BESIDE_TEXTS), _text),
    **dict.fromkeys(FLAGS, lambda value: isinstance(value, bool)),
    **dict.fromkeys(MOMENTS, _moment),
    **dict.fromkeys(SUMS, lambda value: isinstance(value, int | Decimal)),
    **dict.fromkeys(("cancel_history", "deposit_history", "naver_cart"), _objects),
    "cancel_receipt_urls": _texts,
    "notice_url": lambda value: _text(value) or _texts(value),
    "promotion": lambda value: isinstance(value, dict),
    "imp_uid": lambda value: _id(value) and "/" not in value,
    "merchant_uid": _id,
    "customer_uid": lambda value: _text(value) and len(value) <= LONGEST_CUSTOMER_ID,
    "status": STATUSES.__contains__,
    "channel": DEVICES.__contains__,
    "pay_method": PAY_METHODS.__contains__,
    "card_quota": lambda value: type(value) is int and value in QUOTAS,
    "card_type": lambda value: type(value) is int and value in (0, 1),
}
"""What may be given, and what fits."""
