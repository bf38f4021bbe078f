"""Which refunds an answer tells that are not stored yet: pure, as the rules of money are.

`docs/reliability.md`, rule 25: each cancellation counts once, whoever tells of it, and the sum never falls.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from .payment import SeenCancellation
from .texts import storable

KEY_LENGTH = 100


class Stored(Protocol):
    """A cancellation that is stored; `models.Cancellation` fits."""

    @property
    def entry(self) -> str: ...
    @property
    def position(self) -> int | None: ...
    @property
    def amount(self) -> Decimal: ...
    @property
    def cancellation_id(self) -> str: ...


@dataclass(frozen=True)
class Entry:
    """One cancellation to be stored under `key`; `position` in the answer's list, None where it has none."""

    key: str
    position: int | None
    amount: Decimal


def key_of(seen: SeenCancellation, position: int) -> str:
    """The gateway's number of a cancellation, or its position where the answer has no number."""
    return (storable(seen.cancellation_id or "") or f"#{position}")[:KEY_LENGTH]


def new_entries(
    history: Sequence[SeenCancellation],
    stored: Collection[Stored],
    *,
    cancel_amount: Decimal,
    stored_amount: Decimal,
) -> list[Entry]:
    """What has to be stored so that the sum becomes `cancel_amount`, in the order in which it happened.

    The sums decide: where they have not grown, nothing is new, whatever the list says; where the list doesn't
    explain the growth (it is missing or incomplete), the growth is one entry, named by the sum it reached.
    """
    growth = cancel_amount - stored_amount
    if growth <= 0:
        return []
    fresh = [
        Entry(key_of(seen, position), position, Decimal(seen.amount))
        for position, seen in _in_order(history)
        if seen.amount > 0 and not _is_stored(seen, position, stored)
    ]
    latest: list[Entry] = []
    for entry in reversed(fresh):
        if growth_of(latest) < growth:
            latest.insert(0, entry)
    if growth_of(latest) == growth:
        return latest
    return [Entry(f"={cancel_amount.normalize():f}", None, growth)]


def growth_of(entries: Collection[Entry]) -> Decimal:
    return sum((entry.amount for entry in entries), Decimal(0))


def _in_order(history: Sequence[SeenCancellation]) -> list[tuple[int, SeenCancellation]]:
    """By moment where every entry names one, else as the answer lists them."""
    numbered = list(enumerate(history))
    moments = [seen.cancelled_at for seen in history]
    if any(moment is None for moment in moments):
        return numbered
    return sorted(numbered, key=lambda pair: (pair[1].cancelled_at, pair[0]))


def _is_stored(seen: SeenCancellation, position: int, stored: Collection[Stored]) -> bool:
    """By its number; an answer older than the numbers, or a row from one, by position and sum."""
    key = key_of(seen, position)
    return any(
        row.entry == key
        or (
            row.position == position
            and row.amount == seen.amount
            and not (row.cancellation_id and seen.cancellation_id)
        )
        for row in stored
    )
