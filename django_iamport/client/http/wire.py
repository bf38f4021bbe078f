"""Values as the wire has them, in both directions: money, moments, ids, texts and flags.

What decides something is read strictly; what only describes is taken where it is text and left to the raw
answer otherwise, so that no odd description hides a payment.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timezone
from decimal import Context, Decimal
from typing import Any

Amount = int | Decimal

WHOLE_DIGITS = 12  # together with the two decimals: what a DecimalField(14, 2) holds
CENT = Decimal("0.01")
SUMS = frozenset(
    [
        "amount",
        "checking_amount",
        "checksum",
        "extra_charge",
        "prepaid_amount",
        "tax_free",
        "vat",
        "vat_amount",
    ]
)
JSON_TEXTS = frozenset({"bypass", "custom_data"})  # the gateway keeps these as texts
EXACT = Context(prec=28)  # not the caller's: a shop may have narrowed its own
LAST_MOMENT = 253_402_300_799  # the end of the year 9999


class Malformed(ValueError):
    """A part of an answer is not what it should be. The text names the part, never its value."""


def wire_amount(amount: Amount) -> int | float:
    """What JSON should say for an amount: `100` for `Decimal("100.00")`, `10.5` for `Decimal("10.50")`.

    A float is exact here: with at most 14 digits its shortest text is the number itself.

    Raises TypeError for anything but int and Decimal, ValueError for a negative or endless amount, one of a
    thousand billion or more, and one with more than two decimals.
    """
    if type(amount) is not int and not isinstance(amount, Decimal):
        raise TypeError(f"an amount is an int or a Decimal, not {type(amount).__name__}")
    money = _money(amount)
    return money if isinstance(money, int) else float(money)


def wire_value(name: str, value: Any) -> Any:
    """What JSON should say for the value of a parameter: sums and moments as numbers, objects and lists by part.

    Raises TypeError for a sum that is neither int nor Decimal and for what JSON can't say (a float is not a
    sum of money), ValueError for a sum that is none (see `wire_amount`), a moment without time zone and an empty
    list.
    """
    if isinstance(value, Mapping):
        given = {key: wire_value(key, part) for key, part in value.items() if part is not None}
        return json.dumps(given, ensure_ascii=False) if name in JSON_TEXTS else given
    if isinstance(value, (str, bool)) and name not in SUMS:
        return value
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError(f"{name} is a time without a time zone")
        return int(value.timestamp())
    if isinstance(value, Iterable) and not isinstance(value, str):
        parts = [wire_value(name, part) for part in value]
        if not parts:
            raise ValueError(f"{name} is empty: the gateway would take it to mean everything")
        return parts
    return wire_amount(value)


def query_pairs(name: str, value: Any) -> list[tuple[str, str]]:
    """The value of a parameter as it stands in a URL; several values repeat the name."""
    if isinstance(value, list):
        return [pair for part in value for pair in query_pairs(name, part)]
    if isinstance(value, bool):
        return [(name, "true" if value else "false")]
    return [(name, str(value))]


def _money(amount: Amount) -> Amount:
    value = Decimal(amount)
    if not value.is_finite() or value < 0:
        raise ValueError("not a sum of money")
    if value.adjusted() >= WHOLE_DIGITS:
        raise ValueError("too many digits")
    rounded = value.quantize(CENT, context=EXACT)
    if rounded != value:
        raise ValueError("more than two decimals")
    return int(rounded) if rounded == rounded.to_integral_value() else rounded


def read_amount(row: Mapping[str, Any], name: str) -> Amount:
    """A sum of money that must be there: int where it is integral, else Decimal."""
    value = row.get(name)
    if type(value) is not int and not isinstance(value, Decimal):
        raise Malformed(f"{name} is not a number")
    try:
        return _money(value)
    except ValueError as problem:
        raise Malformed(f"{name}: {problem}") from None


def read_sum(row: Mapping[str, Any], name: str) -> Amount | None:
    """A sum of money where it is there."""
    return None if row.get(name) is None else read_amount(row, name)


def read_id(row: Mapping[str, Any], name: str) -> str:
    """A text that must be there, not be empty, and hold nothing invisible."""
    value = row.get(name)
    if not isinstance(value, str) or not value or not value.isprintable():
        raise Malformed(f"{name} is missing or not text")
    return value


def read_text(row: Mapping[str, Any], name: str) -> str | None:
    """A text that decides something where it is there."""
    value = row.get(name)
    if value is not None and not isinstance(value, str):
        raise Malformed(f"{name} is not text")
    return value


def read_label(row: Mapping[str, Any], name: str) -> str | None:
    """A text that only describes: None where it is something else."""
    value = row.get(name)
    return value if isinstance(value, str) else None


def read_texts(row: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """Texts that only describe: those of an array, `()` where it is something else."""
    value = row.get(name)
    return tuple(part for part in value if isinstance(part, str)) if isinstance(value, list) else ()


def read_page_number(row: Mapping[str, Any], name: str) -> int:
    """The number of another page, 0 for none."""
    value = row.get(name) or 0
    if type(value) is not int:
        raise Malformed(f"{name} is not a page number")
    return value


def read_count(row: Mapping[str, Any], name: str) -> int | None:
    """A whole number that only describes: None where it is something else."""
    value = row.get(name)
    return value if type(value) is int else None


def read_flag(row: Mapping[str, Any], name: str) -> bool | None:
    """True, False, or None where the answer does not say."""
    value = row.get(name)
    if value is not None and not isinstance(value, bool):
        raise Malformed(f"{name} is not true or false")
    return value


def read_moment(row: Mapping[str, Any], name: str) -> datetime | None:
    """Unix seconds as an aware datetime in UTC; the gateway's 0 and null are None."""
    value = row.get(name)
    if value is None:
        return None
    if type(value) is not int or not 0 <= value <= LAST_MOMENT:
        raise Malformed(f"{name} is not a time")
    return datetime.fromtimestamp(value, tz=timezone.utc) if value else None


def read_rows(value: object, name: str) -> Sequence[Any]:
    """An array."""
    if not isinstance(value, list):
        raise Malformed(f"{name} is not an array")
    return value


def read_object(value: object, name: str) -> Mapping[str, Any]:
    """An object."""
    if not isinstance(value, dict):
        raise Malformed(f"{name} is not an object")
    return value
