"""What a shop listens to.

Each signal but `operator_needed` is sent by the transaction's class, inside the database transaction that
stores the news and under the order's lock, with `transaction` (the stored row) and `order`: a receiver's own
writes commit or roll back with it, and a receiver writes to the database only (docs/signals.md shows how mail is
sent). A receiver that raises undoes all of it; the next news or `iamport_sync` tries again.
"""

from django.dispatch import Signal

__all__ = [
    "account_voided",
    "operator_needed",
    "order_refunded",
    "order_settled",
    "payment_cancelled",
    "payment_failed",
    "payment_paid",
    "payment_ready",
    "payment_rejected",
    "payment_returned",
    "refund_account_given",
]

payment_ready = Signal()
"""A virtual account was issued and passed the rules. `transaction`, `order`."""

payment_paid = Signal()
"""The shop holds the money; once per transaction. `transaction`, `order`. A receiver that raises
`RejectPayment` turns the payment down."""

payment_failed = Signal()
"""The attempt failed; not final, a late approval may follow. `transaction`, `order`."""

payment_cancelled = Signal()
"""Money of an accepted payment went back. `transaction`, `order`, `amount` (`Decimal`, of this cancellation alone,
in the payment's currency), `cancellation` (its row), `is_whole` (nothing of the payment is held any more)."""

payment_returned = Signal()
"""Money that was never accepted went back: of a rejected payment, or of one that had come and gone before anybody
reported it. Arguments as `payment_cancelled`."""

account_voided = Signal()
"""A virtual account was voided before anybody paid into it. `transaction`, `order`."""

order_refunded = Signal()
"""An order that was paid holds nothing any more; sent once, after the last `payment_cancelled`. `transaction` (the
one that had paid it), `order`."""

payment_rejected = Signal()
"""The gateway took money that the rules refuse. `transaction`, `order`, `reason` (text, stable)."""

order_settled = Signal()
"""An order with nothing to pay was settled; sent by the order's class. `order`."""

refund_account_given = Signal()
"""Somebody said where a deposit goes back to. `transaction`, `order`, `refund` (its row; the account in it is the
customer's secret), `by` (a role and a key, stored in `refund.account_given_by`)."""

operator_needed = Signal()
"""An operator has to look. `transaction`, `order`, `reason` (text, stable).

Sent after the commit and outside of it, at least once, and again by `iamport_sync` every day until somebody has
answered (`transaction.answer_operator`). What a receiver raises is logged, undoes nothing, and the signal is sent
again."""
