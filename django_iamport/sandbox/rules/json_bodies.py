"""JSON as it arrives: an object of values that every store can keep, or a ValueError."""

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

MOST_DIGITS = 100
DEEPEST = 30


def read_object(body: bytes) -> dict[str, Any]:
    """The object in the body; numbers are int and Decimal.

    Raises ValueError for what is none, for numbers and nesting beyond any use, for a name that stands there
    twice, and for NUL and half a character, which some databases refuse.
    """
    try:
        values = json.loads(
            body,
            parse_int=lambda digits: int(_bounded(digits)),
            parse_float=_decimal,
            parse_constant=_no_number,
            object_pairs_hook=_each_once,
        )
    except (ArithmeticError, RecursionError):
        raise ValueError("not JSON") from None
    if not isinstance(values, dict):
        raise ValueError("not an object")
    require_storable(values)
    return values


def is_storable(text: str) -> bool:
    """Whether every database takes it."""
    return "\0" not in text and not any("\ud800" <= each <= "\udfff" for each in text)


def require_storable(values: dict[str, Any]) -> None:
    """Raises ValueError for NUL and half a character anywhere in it, and for nesting beyond any use."""
    level: list[Any] = [values]
    for _ in range(DEEPEST):
        if not level:
            return
        if any(isinstance(each, str) and not is_storable(each) for each in level):
            raise ValueError("not text")
        level = [part for each in level for part in _parts(each)]
    if level:
        raise ValueError("too deep")


def _parts(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [*value, *value.values()]
    return value if isinstance(value, list) else []


def _bounded(digits: str) -> str:
    if len(digits) > MOST_DIGITS:
        raise ValueError("too many digits")
    return digits


def _decimal(digits: str) -> Decimal:
    number = Decimal(_bounded(digits))
    if abs(number.adjusted()) > MOST_DIGITS:
        raise ValueError("too many digits")
    return number


def _no_number(word: str) -> Any:
    raise ValueError("not a number")


def _each_once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) != len(pairs):
        raise ValueError("a name twice")
    return values
