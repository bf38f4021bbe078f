"""What apps that only some shops have keep of persons, so that `iamport_erase` reaches it, too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet


@dataclass(frozen=True)
class Erasable:
    """`name` is what the command calls these rows.

    `of_user` finds the rows of the user of a key, `before` those that are older than a moment; both only such as
    hold something; so does `of_payment`, by the `merchant_uid` of a transaction that was blanked itself. `erase`
    blanks one, outside of any transaction, and answers the code of what still needs it, or None. `number` is what
    the command names one that was left by.
    """

    name: str
    of_user: Callable[[Any], list[QuerySet[Any]]]
    before: Callable[[datetime], list[QuerySet[Any]]]
    erase: Callable[[Any], str | None]
    number: Callable[[Any], str]
    of_payment: Callable[[str], list[QuerySet[Any]]] = lambda merchant_uid: []


_registered: dict[str, Erasable] = {}


def register(erasable: Erasable) -> None:
    """Called in an app's `ready`."""
    _registered[erasable.name] = erasable


def registered() -> list[Erasable]:
    return [*_registered.values()]
