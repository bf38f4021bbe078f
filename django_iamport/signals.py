"""What a shop listens to.

Each signal is sent by the transaction's class, inside the database transaction that stores the news and under
the order's lock, with `transaction` (the stored row) and `order`: a receiver's own writes commit or roll back
with it, and a receiver writes to the database only (docs/signals.md shows how mail is sent). A receiver that
raises undoes the step; the next news or `iamport_sync` tries again.
"""

from django.dispatch import Signal

__all__ = [
    "operator_needed",
    "order_settled",
    "payment_cancelled",
    "payment_failed",
    "payment_paid",
    "payment_ready",
    "payment_rejected",
]

payment_ready = Signal()
"""A virtual account was issued and passed the rules. `transaction`, `order`."""

payment_paid = Signal()
"""The shop holds the money; once per transaction. `transaction`, `order`. A receiver that raises
`RejectPayment` turns the payment down."""

payment_failed = Signal()
"""The attempt failed; not final, a late approval may follow. `transaction`, `order`."""

payment_cancelled = Signal()
"""Money was refunded, or an issued account was voided (`amount` 0). `transaction`, `order`, `amount`
(`Decimal`, of this cancellation alone, in the payment's currency), `cancellation` (its row; None for a voided
account)."""

payment_rejected = Signal()
"""The gateway took money that the rules refuse. `transaction`, `order`, `reason` (text, stable)."""

order_settled = Signal()
"""An order with nothing to pay was settled; sent by the order's class. `order`."""

operator_needed = Signal()
"""An operator has to look. `transaction`, `order`, `reason` (text, stable)."""
