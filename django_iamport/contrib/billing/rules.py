"""What billing keys are, without Django: their states, and what is shown of a card."""

from __future__ import annotations

import re
from enum import Enum


class KeyStatus(str, Enum):
    """Where a key stands, from the opened window to its deletion at the gateway."""

    READY = "ready"
    ACTIVE = "active"
    FAILED = "failed"
    DELETING = "deleting"
    DELETED = "deleted"
    GONE = "gone"


# The gateway may know a key: its row is not deleted. Even one that it did not know: it says so, too, where it
# refuses the question, or is asked for another account's.
MAY_EXIST = frozenset(
    {KeyStatus.READY.value, KeyStatus.ACTIVE.value, KeyStatus.DELETING.value, KeyStatus.GONE.value}
)

# Why one ended, or was not registered, where that isn't in the payment company's words.
GONE, REPLACED, TEST_CHANNEL, FORGED = "gone", "replaced", "test_channel", "forged"
ABANDONED, WITHOUT_OWNER, ERASED = "abandoned", "without_owner", "erased"

SHOWN_DIGITS = 4


def masked(card_number: str | None) -> str:
    """Of a card's number the last four digits, whatever the gateway left of it: `****-****-****-1234`."""
    shown = re.sub(r"[^0-9*]", "", card_number or "")[-SHOWN_DIGITS:]
    return f"****-****-****-{shown}" if shown.isdigit() and len(shown) == SHOWN_DIGITS else ""
