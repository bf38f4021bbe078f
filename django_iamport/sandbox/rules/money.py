"""Amounts: Decimal in the rules, int or decimal text in the store, numbers on the wire."""

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

DECIMALS = {
    "KRW": 0,
    "JPY": 0,
    "USD": 2,
    "EUR": 2,
    **dict.fromkeys(("GBP", "CAD", "AUD", "SGD", "HKD", "THB", "CNY"), 2),
}


def read(value: Any, currency: str = "KRW") -> Decimal:
    """The amount in the currency's main unit; ValueError for texts, fractions it lacks, and negatives."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ValueError("not a number")
    amount = Decimal(value)
    if not amount.is_finite() or amount < 0 or amount >= 10**12:
        raise ValueError("out of range")
    if not fits(amount, currency):
        raise ValueError("more decimals than the currency has")
    return amount


def fits(amount: Decimal, currency: str) -> bool:
    """Whether the currency has so many decimals; won have none."""
    return amount == round(amount, DECIMALS.get(currency, 2))


def read_text(value: str) -> Decimal:
    """A number that arrived in a form body; ValueError where it is none."""
    try:
        return Decimal(value)
    except InvalidOperation:
        raise ValueError("not a number") from None


def stored(amount: Decimal) -> int | str:
    return int(amount) if amount == int(amount) else str(amount)


def of(row_value: int | str) -> Decimal:
    return Decimal(row_value)


def as_number(row_value: int | str) -> int | float:
    """As a JSON number. At most 14 digits, so the shortest text of the float is the amount itself."""
    return row_value if isinstance(row_value, int) else float(row_value)


def vat_of(taxed: Decimal) -> Decimal:
    """The value added tax in an amount of won that includes it: an eleventh, in whole won."""
    return (taxed / 11).quantize(Decimal(1), ROUND_HALF_UP)
