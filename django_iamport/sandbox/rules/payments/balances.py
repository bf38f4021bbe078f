"""The amounts of a payment by means: answered for PAYCO's payments only, as the gateway does."""

from decimal import Decimal
from typing import Any

from ...state.stores import Row
from .. import money
from ..refusals import NO_BALANCE, Refusal
from . import cancels

PAYCO = "payco"


def is_payco(row: Row) -> bool:
    return PAYCO in (row["pg_provider"], row["pay_method"], row["emb_pg_provider"])


def as_json(row: Row) -> dict[str, Any]:
    """What is left of each part; all of it was paid with PAYCO's main means."""
    if not is_payco(row) or not row["paid_at"]:
        raise Refusal(-1, NO_BALANCE, 404)
    left, nothing = cancels.refundable(row), Decimal(0)
    return {
        "amount": money.as_number(money.stored(left)),
        "primary": _split(left, cancels.tax_free_left(row)),
        **{name: _split(nothing, nothing) for name in ("cash_receipt", "secondary", "discount")},
        "histories": [],
    }


def _split(amount: Decimal, tax_free: Decimal) -> dict[str, int | float]:
    vat = money.vat_of(amount - tax_free)
    parts = {"tax_free": tax_free, "supply": amount - tax_free - vat, "vat": vat, "service": Decimal(0)}
    return {name: money.as_number(money.stored(part)) for name, part in parts.items()}
