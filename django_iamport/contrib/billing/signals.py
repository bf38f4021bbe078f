"""What a shop listens to: sent inside the database transaction that stores it, under the lock.

`sender` is the shop's model, `billing_key` the row.
"""

from django.dispatch import Signal

__all__ = ["billing_key_ended", "billing_key_issued"]

billing_key_issued = Signal()
"""A card was registered, or is there again after it was `gone`, and may be charged. `billing_key`."""

billing_key_ended = Signal()
"""A saved card can't be charged any more. `billing_key`; its `reason` says why: `gone` (the gateway no longer
knows it), `replaced` (another card took its place there), or what whoever withdrew it gave."""
