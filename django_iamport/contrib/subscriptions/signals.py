"""What a shop listens to. Each signal is sent by the subscription's class, inside the database transaction that
stores the change and under the subscription's lock, with `subscription`: a receiver's own writes commit or roll
back with it, and a receiver writes to the database only. One that raises undoes the change, and `iamport_renew`
tries again.
"""

from django.dispatch import Signal

__all__ = [
    "renewal_declined",
    "renewal_skipped",
    "subscription_card_changed",
    "subscription_ended",
    "subscription_ending",
    "subscription_past_due",
    "subscription_paused",
    "subscription_plan_changed",
    "subscription_renewed",
    "subscription_resumed",
    "subscription_started",
]

subscription_started = Signal()
"""It began: with its first payment under way, a trial, or a day to begin on. `subscription`."""

subscription_renewed = Signal()
"""A period was paid, the first one, too. `subscription`, `renewal`, `order`, `transaction` (None where there was
nothing to pay), `was_behind` (it had been declined before)."""

renewal_declined = Signal()
"""A card was declined, each time. `subscription`, `renewal`, `order`, `reason` (text), `next_try` (a moment, or
None after the last retry), `ends_at` (when it is given up)."""

subscription_past_due = Signal()
"""A period's payment was declined for the first time. Arguments as `renewal_declined`, which follows."""

renewal_skipped = Signal()
"""A period is not charged. `subscription`, `renewal`, `reason` (`missed`, or the code of why its order takes no
payment)."""

subscription_plan_changed = Signal()
"""Another plan holds from this period on. `subscription`, `before` (the former plan, a dictionary)."""

subscription_card_changed = Signal()
"""Another card is charged from now on. `subscription`, `billing_key`."""

subscription_paused = Signal()
"""No period begins until it is resumed. `subscription`, `reason` (empty where it was wished for, `unpaid`)."""

subscription_resumed = Signal()
"""It goes on after a pause. `subscription`."""

subscription_ending = Signal()
"""It was cancelled for the end of the period, or that was taken back. `subscription`, `is_ending`."""

subscription_ended = Signal()
"""It is over, for good. `subscription`, `reason` (`cancelled`, `unpaid`, or the shop's own)."""
