"""Orders that something else decides about: what only some shops have keeps an order from being given up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django_iamport.exceptions import OrderKept

# Whether an order is one of those, by the name of who says so.
_keepers: dict[str, Callable[[Any], bool]] = {}


def register(name: str, keeps: Callable[[Any], bool]) -> None:
    """Called in an app's `ready`; the app itself gives its orders up with `attempts.give_up(by_keeper=True)`."""
    _keepers[name] = keeps


def is_kept(order: object) -> bool:
    return any(keeps(order) for keeps in _keepers.values())


def require_not_kept(order: object) -> None:
    """Raises `OrderKept`."""
    if is_kept(order):
        raise OrderKept("The order is given up by what it belongs to.")
