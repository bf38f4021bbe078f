"""The words for how a transaction and a refund stand; the transaction's are the gateway's own, and one of ours."""

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


class RefundStatus(str, Enum):
    """From the request of a refund to its outcome."""

    WANTED = "wanted"
    SENT = "sent"
    UNKNOWN = "unknown"
    DONE = "done"
    REFUSED = "refused"
    NEEDS_OPERATOR = "needs_operator"

    __str__ = str.__str__
    __hash__ = str.__hash__


CLOSED_REFUNDS = (RefundStatus.DONE, RefundStatus.REFUSED)
"""Their outcome is known, and nothing more is done about them."""

UNFINISHED_REFUNDS = tuple(status for status in RefundStatus if status not in CLOSED_REFUNDS)
