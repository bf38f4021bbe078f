"""Where the gateway is known to answer either way, so that a shop can try both."""

from dataclasses import dataclass, fields
from typing import Any

from ..state.stores import Store

KIND = "switches"
CHOICES = {
    "partial_refund_reads": ("cancelled", "paid"),
    "declined_card_answers": ("failed", "refused"),
    "invalid_card_answers": ("refused", "failed"),
    "disputed_answers": ("recorded", "described"),
    "promotion_amount_reads": ("discounted", "undiscounted"),
    "promotion_cancels_count": ("undiscounted", "discounted"),
}


@dataclass(frozen=True)
class Switches:
    """`partial_refund_reads` is the status of a payment of which a part was refunded.

    Key-in payments that a card company declines, or whose card is invalid, answer a payment that `failed`
    with code 0, or are `refused` with code -1.

    `disputed_answers` decides wherever the gateway's description and its official clients disagree: as clients
    have `recorded` it, or as it is `described`.

    `promotion_amount_reads` is what lookups show as `amount` of a payment with a promotion, from the discount on;
    `promotion_cancels_count` says in which of the two sums a cancel has its `amount` and `checksum`.
    """

    partial_refund_reads: str = "cancelled"
    declined_card_answers: str = "failed"
    invalid_card_answers: str = "refused"
    disputed_answers: str = "recorded"
    promotion_amount_reads: str = "discounted"
    promotion_cancels_count: str = "undiscounted"

    def __post_init__(self) -> None:
        for field in fields(self):
            if getattr(self, field.name) not in CHOICES[field.name]:
                raise ValueError(f"{field.name} must be one of {CHOICES[field.name]}")


def read(store: Store, **configured: str) -> Switches:
    """What was switched; else what is `configured`."""
    return Switches(**{**configured, **(store.get(KIND, KIND) or {})})


def change(store: Store, **changes: Any) -> None:
    """Raises ValueError for a switch or a word that isn't known."""
    if unknown := set(changes) - set(CHOICES):
        raise ValueError(f"unknown switches: {sorted(unknown)}")
    switched = {**(store.get(KIND, KIND) or {}), **changes}
    Switches(**switched)
    store.put(KIND, KIND, switched)
