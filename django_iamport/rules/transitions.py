"""What a stored transaction does when a payment is seen; here *paid* can't become *failed*."""

from __future__ import annotations

from enum import Enum

from .standing import Standing
from .status import Status


class Move(str, Enum):
    """What a stored transaction does when a payment of some standing is seen."""

    KEEP = "keep"
    JUDGE = "judge"
    WAIT = "wait"
    FAIL = "fail"
    CANCEL = "cancel"
    TAKEN_BACK = "taken_back"
    UNCLEAR = "unclear"
    SUMS_DIFFER = "sums_differ"


MOVES: dict[str, dict[Standing, Move]] = {
    Status.READY: {
        Standing.HELD: Move.JUDGE,
        Standing.WAITING: Move.WAIT,
        Standing.FAILED: Move.FAIL,
        Standing.VOIDED: Move.CANCEL,
        Standing.REFUNDED: Move.CANCEL,
    },
    Status.FAILED: {
        Standing.HELD: Move.JUDGE,
        Standing.WAITING: Move.WAIT,
        Standing.VOIDED: Move.CANCEL,
        Standing.REFUNDED: Move.CANCEL,
    },
    Status.PAID: {
        Standing.REFUNDED: Move.CANCEL,
        Standing.OPEN: Move.TAKEN_BACK,
        Standing.WAITING: Move.TAKEN_BACK,
        Standing.FAILED: Move.TAKEN_BACK,
        Standing.VOIDED: Move.TAKEN_BACK,
    },
    Status.REJECTED: {Standing.REFUNDED: Move.CANCEL},
    Status.CANCELLED: {},
}


def move(status: str, seen: Standing, *, same_imp_uid: bool, sums_differ: bool = False) -> Move:
    """Decide what a transaction of that status does; here *paid* can't become *failed*.

    `same_imp_uid` is False where the transaction is about to change from one payment, which holds nothing,
    to another: `cancelled` is final for its own payment only. `sums_differ` is what `standing.sums_differ` says.
    """
    if seen is Standing.UNCLEAR:
        return Move.UNCLEAR
    if sums_differ and MOVES[status].get(seen) is not Move.TAKEN_BACK:
        return Move.SUMS_DIFFER
    if status == Status.CANCELLED and not same_imp_uid:
        status = Status.READY
    return MOVES[status].get(seen, Move.KEEP)
