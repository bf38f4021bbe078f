"""The words for how a transaction stands; the gateway's own, and one of ours."""

from __future__ import annotations

from enum import Enum


class Status(str, Enum):
    """`rejected` is ours: the gateway took money that the rules refuse.

    `paid` means that the shop holds money of it; the gateway itself says `cancelled` after a partial refund.
    """

    READY = "ready"
    PAID = "paid"
    FAILED = "failed"
    CANCELLED = "cancelled"
    REJECTED = "rejected"

    # As text everywhere: in columns, as keys, in answers.
    __str__ = str.__str__
    __hash__ = str.__hash__


# The gateway took a decision about the money; what it says next concerns refunds.
SETTLED = (Status.PAID, Status.REJECTED, Status.CANCELLED)
