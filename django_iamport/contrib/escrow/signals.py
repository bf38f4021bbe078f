"""What a shop listens to: sent inside the database transaction that stores it, under the payment's lock."""

from django.dispatch import Signal

__all__ = ["escrow_changed"]

escrow_changed = Signal()
"""The gateway's notice says how the escrow stands: `delivery` (its `escrow_status` is one of
`Delivery.ESCROW_STATUS`), `transaction`, `order`; the sender is the transaction's class. A receiver that raises
undoes it, and the gateway is answered that it has to come again. Nothing proves such a notice: let no money depend
on it."""
