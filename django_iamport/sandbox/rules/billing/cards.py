"""Cards: what a number says, which test cards are declined and why, when they expire or run dry."""

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from ...state.clock import kst
from ...state.stores import Row, Store
from .. import money
from ..codes import CARDS
from ..refusals import CARD_EXPIRED, INVALID_CARD, WRONG_CARD_OWNER

KIND = "card"
NUMBER = re.compile(r"\d{4}-?\d{4}-?\d{4}-?\d{2,4}|\d{4}-?\d{6}-?\d{5}", re.ASCII)
"""In fours, or as American Express writes them."""

EXPIRY = re.compile(r"(\d{4})-?(0[1-9]|1[0-2])", re.ASCII)
BIRTH = re.compile(r"\d{6}|\d{10}", re.ASCII)
ISSUED = re.compile(r"[3459]|62|222[1-9]|22[3-9]|2[3-6]|27[01]|2720", re.ASCII)
"""What numbers of cards begin with: all that pay in Korea, UnionPay's and Mastercard's new ones included."""
DECLINED_BY_CARD = "[카드사 거절]"
DRY_AT = Decimal(100_000)
LATE_SECONDS = 10 * 60


@dataclass(frozen=True)
class TestCard:
    """A number that behaves in a way of its own.

    `reason` is what the PG says; `at` is when: `check` as soon as the number is given, `payment` when money is
    asked for, `limit` once it has paid `DRY_AT` won, `late` like `payment`, but approved `LATE_SECONDS` later.
    """

    __test__ = False  # for pytest, which takes it for a class of tests

    number: str
    name: str
    at: str
    reason: str


TEST_CARDS = (
    TestCard("4000-0000-0000-0010", "limit", "payment", f"{DECLINED_BY_CARD} 한도가 초과되었습니다."),
    TestCard("4000-0000-0000-0028", "balance", "payment", f"{DECLINED_BY_CARD} 잔액이 부족합니다."),
    TestCard(
        "4000-0000-0000-0036", "lost", "payment", f"{DECLINED_BY_CARD} 도난 또는 분실 신고된 카드입니다."
    ),
    TestCard("4000-0000-0000-0044", "stopped", "payment", f"{DECLINED_BY_CARD} 거래가 정지된 카드입니다."),
    TestCard(
        "4000-0000-0000-0051", "not_online", "payment", f"{DECLINED_BY_CARD} 온라인 거래 불가 카드입니다."
    ),
    TestCard("4000-0000-0000-0069", "maintenance", "payment", "[카드사 장애] 카드사 시스템 점검 중입니다."),
    TestCard("4000-0000-0000-0077", "password", "check", f"{DECLINED_BY_CARD} 비밀번호가 일치하지 않습니다."),
    TestCard("4000-0000-0000-0085", "birth", "check", f"{DECLINED_BY_CARD} 생년월일이 일치하지 않습니다."),
    TestCard("4000-0000-0000-0093", "dry", "limit", f"{DECLINED_BY_CARD} 잔액이 부족합니다."),
    TestCard("4000-0000-0000-0101", "late", "late", "(PG사 결제 장애) Internal error"),
)
"""Every other number that passes its check digit is approved, until it expires."""


BY_NUMBER = {card.number: card for card in TEST_CARDS}


@dataclass(frozen=True)
class Card:
    """Card data that a PG took: what is remembered of them, never the number of a card that isn't a test card."""

    test_number: str | None
    expires: str
    facts: Row

    @property
    def kept(self) -> Row:
        """What a billing key keeps to be charged again."""
        return {"test_number": self.test_number, "expires": self.expires}


def read(
    number: str | None, expiry: str | None, birth: str | None, pwd_2digit: str | None, now: datetime
) -> Card:
    """`number` dddd-dddd-dddd-dddd, `expiry` YYYY-MM. Raises ValueError with the PG's words where it says no."""
    digits = (number or "").replace("-", "")
    if not NUMBER.fullmatch(number or "") or not ISSUED.match(digits) or not _has_check_digit(digits):
        raise ValueError(INVALID_CARD)
    months = EXPIRY.fullmatch(expiry or "")
    if months is None or _is_over(expires := "-".join(months.groups()), now.timestamp()):
        raise ValueError(CARD_EXPIRED)
    if (birth and not BIRTH.fullmatch(birth)) or (pwd_2digit and not re.fullmatch(r"\d\d", pwd_2digit)):
        raise ValueError(WRONG_CARD_OWNER)
    test = BY_NUMBER.get("-".join(re.findall(r"\d{4}", digits)))
    if test is not None and test.at == "check":
        raise ValueError(test.reason)
    return Card(test.number if test else None, expires, facts_of(digits))


def facts_of(digits: str) -> Row:
    """What a payment or a billing key shows of the card: its company, and its number masked."""
    code = list(CARDS)[int(digits[:6]) % len(CARDS)]
    return {
        "card_code": code,
        "card_name": CARDS[code],
        "card_number": f"{digits[:6]}{'*' * (len(digits) - 10)}{digits[-4:]}",
        "card_type": 0,
    }


def decline(store: Store, kept: Row, amount: Decimal, now: int) -> str | None:
    """Why the card company declines to pay `amount` won, None where it pays; a limited card remembers."""
    if kept["expires"] and _is_over(kept["expires"], now):
        return CARD_EXPIRED
    test = BY_NUMBER.get(kept["test_number"] or "")
    if test is None or test.at == "check":
        return None
    if test.at != "limit":
        return test.reason
    spent = money.of(_spending(store, test)["spent"]) + amount
    if spent > DRY_AT:
        return test.reason
    store.put(KIND, test.number, {"spent": money.stored(spent)})
    return None


def is_late(kept: Row) -> bool:
    """Whether the card company approves after all, some minutes after it declined."""
    test = BY_NUMBER.get(kept["test_number"] or "")
    return test is not None and test.at == "late"


def give_back(store: Store, test_number: str | None, amount: Decimal) -> None:
    """A refund fills a limited card up again."""
    test = BY_NUMBER.get(test_number or "")
    if test is not None and test.at == "limit":
        spent = money.of(_spending(store, test)["spent"]) - amount
        store.put(KIND, test.number, {"spent": money.stored(max(spent, Decimal(0)))})


def _spending(store: Store, test: TestCard) -> Row:
    return store.get(KIND, test.number) or {"spent": 0}


def _is_over(expires: str, now: float) -> bool:
    """A card pays until the last day of its month, in Korea."""
    return kst(int(now), "%Y-%m") > expires


def _has_check_digit(digits: str) -> bool:
    """Luhn's: every second digit from the right counts twice."""
    twice = [int(digit) * 2 for digit in digits[-2::-2]]
    return (sum(map(int, digits[-1::-2])) + sum(n - 9 if n > 9 else n for n in twice)) % 10 == 0
