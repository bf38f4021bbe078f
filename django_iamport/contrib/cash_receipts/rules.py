"""What a cash receipt is, without Django: whose number it is on, what is shown of it, and its states."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import Enum

# For an income deduction, and as a proof of expenses.
PERSON, COMPANY = "person", "company"

# The tax office's own number, for whom a shop issues that has to and was given none; the customer claims it later.
VOLUNTARY = "0100001234"

# What the gateway issues receipts for: money that came without a card.
CASH = frozenset({"trans", "vbank"})

# Why one is cancelled by itself: a word that stays when what people wrote is blanked.
REFUND = "refund"

# A call that is older than this has ended, whatever became of it.
SETTLED_AFTER = timedelta(minutes=2)
# And after this the gateway would know what came of it.
BELIEVED_AFTER = timedelta(minutes=10)
LONGEST_PAUSE = timedelta(days=1)


class ReceiptStatus(str, Enum):
    """Where a receipt stands, from the intent to its cancellation."""

    SENT = "sent"
    UNKNOWN = "unknown"
    ISSUED = "issued"
    REFUSED = "refused"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"


# The gateway may know the receipt: no other one is issued meanwhile.
OPEN = frozenset(
    {
        ReceiptStatus.SENT.value,
        ReceiptStatus.UNKNOWN.value,
        ReceiptStatus.ISSUED.value,
        ReceiptStatus.CANCELLING.value,
    }
)


class IdentifierInvalid(ValueError):
    """`code` says what is wrong: `unreadable`, `phone`, `person`, `business`, `taxcard`, `purpose`."""

    def __init__(self, code: str) -> None:
        super().__init__(f"The identifier is not valid: {code}.")
        self.code = code


@dataclass(frozen=True)
class Identifier:
    """Whose receipt it is: digits, and what kind of number they are in the gateway's words."""

    number: str = field(repr=False)
    type: str

    @property
    def masked(self) -> str:
        """What is stored and shown of it; of a resident number nothing."""
        return masked(self.number, self.type)


def masked(number: str, type: str) -> str:  # noqa: A002 - the gateway's word
    shown = number[-4:]
    return {
        "phone": f"{number[:3]}-****-{shown}",
        "business": f"***-**-*{shown}",
        "person": "******-*******",
        "taxcard": f"****-{shown}",
    }[type]


def read_identifier(text: str, receipt_type: str) -> Identifier:
    """The number that somebody wrote, with or without dashes and spaces.

    A telephone, a resident number or a card for an income deduction, a business number or a card as a proof of
    expenses. Raises `IdentifierInvalid`.
    """
    number = re.sub(r"[\s-]", "", text)
    if re.fullmatch(r"[0-9]{10,19}", number) is None:
        raise IdentifierInvalid("unreadable")
    kind = _kind_of(number)
    if not _VALID[kind](number):
        raise IdentifierInvalid(kind)
    if kind not in ALLOWED[receipt_type]:
        raise IdentifierInvalid("purpose")
    return Identifier(number, kind)


ALLOWED = {
    PERSON: frozenset({"phone", "person", "taxcard"}),
    COMPANY: frozenset({"business", "taxcard"}),
}


def _kind_of(number: str) -> str:
    if number.startswith("01") and len(number) in (10, 11):
        return "phone"
    return {10: "business", 11: "phone", 12: "phone", 13: "person"}.get(len(number), "taxcard")


def _is_phone(number: str) -> bool:
    return number == VOLUNTARY or re.fullmatch(r"010[0-9]{8}|01[16789][0-9]{7,8}", number) is not None


def _is_business(number: str) -> bool:
    """The last digit of a business number is made of the others."""
    digits = [int(digit) for digit in number]
    total = (
        sum(d * w for d, w in zip(digits, (1, 3, 7, 1, 3, 7, 1, 3, 5), strict=False)) + digits[8] * 5 // 10
    )
    return number[:3] >= "101" and (10 - total % 10) % 10 == digits[9]


def _is_person(number: str) -> bool:
    """A resident number begins with a birthday; since October 2020 its last digits are no checksum any more."""
    century = {**dict.fromkeys("1256", "19"), **dict.fromkeys("3478", "20"), **dict.fromkeys("90", "18")}
    try:
        date.fromisoformat(f"{century[number[6]]}{number[:2]}-{number[2:4]}-{number[4:6]}")
    except ValueError:
        return False
    return True


_VALID: dict[str, Callable[[str], bool]] = {
    "phone": _is_phone,
    "business": _is_business,
    "person": _is_person,
    "taxcard": lambda number: len(number) >= 14,
}


def pause_after(tries: int) -> timedelta:
    """How long nothing is tried again by itself: longer each time, at most a day."""
    return min(LONGEST_PAUSE, timedelta(minutes=30 * 2.0 ** min(tries, 10)))
