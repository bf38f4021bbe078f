"""The rules of money, pure: what a payment at the gateway amounts to, and what may follow from it.

Nothing here knows models, settings or HTTP. `docs/reliability.md` tells the story behind each rule.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from typing import Protocol, TypeVar

# Currencies without a minor unit; every other one has two decimals.
WITHOUT_DECIMALS = frozenset({"KRW", "JPY", "VND", "CLP", "ISK", "PYG", "UGX", "XAF", "XOF", "XPF"})

# What no column of 14 digits, two of them decimals, holds.
TOO_MUCH = Decimal(10) ** 12

# What `customer_uid_usage` says of a card that was registered, perhaps without a won moving.
CARD_REGISTRATION = "issue"

EVIDENCE_LIFE = timedelta(minutes=1)

# Due dates and months are Korea's, whatever TIME_ZONE says; there is no summer time.
KST = timezone(timedelta(hours=9), "KST")

# A deposit of the last minute reaches the gateway a little later.
DEPOSIT_DELAY = timedelta(minutes=10)


class SeenPromotion(Protocol):
    @property
    def discount(self) -> int | Decimal: ...


class SeenPayment(Protocol):
    """What the rules read of a payment; `client.results.Payment` fits."""

    @property
    def imp_uid(self) -> str: ...
    @property
    def merchant_uid(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def amount(self) -> int | Decimal: ...
    @property
    def cancel_amount(self) -> int | Decimal: ...
    @property
    def currency(self) -> str: ...
    @property
    def sandbox(self) -> bool | None: ...
    @property
    def customer_uid_usage(self) -> str | None: ...
    @property
    def promotion(self) -> SeenPromotion | None: ...
    @property
    def pg_id(self) -> str | None: ...
    @property
    def escrow(self) -> bool | None: ...
    @property
    def vbank_num(self) -> str | None: ...
    @property
    def vbank_date(self) -> datetime | None: ...
    @property
    def started_at(self) -> datetime | None: ...
    @property
    def paid_at(self) -> datetime | None: ...


Seen = TypeVar("Seen", bound=SeenPayment)


class Standing(str, Enum):
    """What a payment amounts to, by amounts first: the gateway says `cancelled` after a partial refund too."""

    HELD = "held"
    WAITING = "waiting"
    OPEN = "open"
    REFUNDED = "refunded"
    FAILED = "failed"
    VOIDED = "voided"
    UNCLEAR = "unclear"


class Reason(str, Enum):
    """Why money that the gateway took is not accepted."""

    FORGED = "forged"
    DUPLICATE = "duplicate"
    ORDER_CHANGED = "order_changed"
    ORDER_CLOSED = "order_closed"
    DISCOUNT = "discount"
    TEST_PAYMENT = "test_payment"
    NOT_A_PAYMENT = "not_a_payment"


# A test payment and a card registration hold nothing; a discount is a person's decision.
NEVER_REFUNDED = frozenset({Reason.DISCOUNT.value, Reason.TEST_PAYMENT.value, Reason.NOT_A_PAYMENT.value})
HOLDS_NOTHING = frozenset({Reason.TEST_PAYMENT.value, Reason.NOT_A_PAYMENT.value})


class Move(str, Enum):
    """What a stored transaction does on hearing of a payment's standing."""

    KEEP = "keep"
    JUDGE = "judge"
    WAIT = "wait"
    FAIL = "fail"
    CANCEL = "cancel"
    TAKEN_BACK = "taken_back"
    UNCLEAR = "unclear"


MOVES: dict[str, dict[Standing, Move]] = {
    "ready": {
        Standing.HELD: Move.JUDGE,
        Standing.WAITING: Move.WAIT,
        Standing.FAILED: Move.FAIL,
        Standing.VOIDED: Move.CANCEL,
        Standing.REFUNDED: Move.CANCEL,
    },
    "failed": {
        Standing.HELD: Move.JUDGE,
        Standing.WAITING: Move.WAIT,
        Standing.VOIDED: Move.CANCEL,
        Standing.REFUNDED: Move.CANCEL,
    },
    "paid": {
        Standing.REFUNDED: Move.CANCEL,
        Standing.OPEN: Move.TAKEN_BACK,
        Standing.WAITING: Move.TAKEN_BACK,
        Standing.FAILED: Move.TAKEN_BACK,
        Standing.VOIDED: Move.TAKEN_BACK,
    },
    "rejected": {Standing.REFUNDED: Move.CANCEL},
    "cancelled": {},
}


@dataclass(frozen=True)
class Asked:
    """What an attempt asked for; None in the last three means: not named, not checked."""

    amount: Decimal
    currency: str
    customer_uid_usage: str | None = None
    pg_id: str | None = None
    escrow: bool | None = None


@dataclass(frozen=True)
class OrderNow:
    """The order as read under the lock."""

    amount: Decimal
    currency: str
    accepts: bool
    paid_by_another: bool


def standing(payment: SeenPayment) -> Standing:
    """Say what a payment amounts to (docs/reliability.md, rule 2)."""
    if payment.status == "paid":
        untouched = payment.cancel_amount == 0
        return Standing.HELD if untouched or _is_partly_refunded(payment) else Standing.UNCLEAR
    if payment.status == "cancelled":
        return _standing_of_cancelled(payment)
    if payment.status == "ready":
        return Standing.WAITING if payment.vbank_num else Standing.OPEN
    return Standing.FAILED if payment.status == "failed" else Standing.UNCLEAR


def _standing_of_cancelled(payment: SeenPayment) -> Standing:
    if payment.cancel_amount == 0:
        return Standing.UNCLEAR if payment.paid_at else Standing.VOIDED
    if _is_partly_refunded(payment):
        return Standing.HELD
    return Standing.REFUNDED if payment.cancel_amount == payment.amount else Standing.UNCLEAR


def _is_partly_refunded(payment: SeenPayment) -> bool:
    return 0 < payment.cancel_amount < payment.amount


def move(status: str, seen: Standing, *, same_imp_uid: bool) -> Move:
    """Decide what a transaction of that status does; here *paid* can't become *failed*.

    `same_imp_uid` is False where the transaction is about to change from one payment, which holds nothing,
    to another: `cancelled` is final for its own payment only.
    """
    if seen is Standing.UNCLEAR:
        return Move.UNCLEAR
    if status == "cancelled" and not same_imp_uid:
        status = "ready"
    return MOVES[status].get(seen, Move.KEEP)


def is_test_payment(payment: SeenPayment, *, test_mode: bool) -> bool:
    return payment.sandbox is True and not test_mode


def is_proven_live(payment: SeenPayment, *, test_mode: bool) -> bool:
    """Only an explicit `sandbox: false` proves a live payment; a missing flag proves nothing."""
    return test_mode or payment.sandbox is False


def judge_payment(asked: Asked, payment: SeenPayment, *, test_mode: bool) -> Reason | None:
    """Compare a payment with what its attempt asked for.

    Returns the reason to refuse it, or None. `DISCOUNT` means that the difference is exactly the discount
    that the gateway names: the shop may accept it.
    """
    if is_test_payment(payment, test_mode=test_mode):
        return Reason.TEST_PAYMENT
    usage_differs = (payment.customer_uid_usage or None) != asked.customer_uid_usage
    if payment.amount <= 0 or (usage_differs and payment.customer_uid_usage == CARD_REGISTRATION):
        return Reason.NOT_A_PAYMENT
    if usage_differs or payment.currency != asked.currency or not _names_agree(asked, payment):
        return Reason.FORGED
    if payment.amount == asked.amount:
        return None
    discount = payment.promotion.discount if payment.promotion else 0
    return Reason.DISCOUNT if discount > 0 and payment.amount + discount == asked.amount else Reason.FORGED


def _names_agree(asked: Asked, payment: SeenPayment) -> bool:
    return (asked.pg_id is None or payment.pg_id == asked.pg_id) and (
        asked.escrow is None or payment.escrow is asked.escrow
    )


def judge_order(asked: Asked, order: OrderNow) -> Reason | None:
    """Ask whether the order still wants what the attempt asked for (docs/reliability.md, rule 6)."""
    if order.paid_by_another:
        return Reason.DUPLICATE
    if not order.accepts:
        return Reason.ORDER_CLOSED
    if (order.amount, order.currency) != (asked.amount, asked.currency):
        return Reason.ORDER_CHANGED
    return None


def proves(payment: SeenPayment, *, merchant_uid: str, imp_uid: str | None, test_mode: bool) -> bool:
    """Tell whether a looked-up payment is evidence that money of exactly this transaction is held."""
    return (
        payment.merchant_uid == merchant_uid
        and payment.imp_uid == imp_uid
        and standing(payment) is Standing.HELD
        and is_proven_live(payment, test_mode=test_mode)
    )


def is_stale(looked_up_at: datetime, *, now: datetime, stored: datetime | None) -> bool:
    """Evidence older than a minute, or older than what is stored already, is only a hint."""
    return now - looked_up_at > EVIDENCE_LIFE or (stored is not None and stored > looked_up_at)


def is_over(vbank_date: datetime | None, *, now: datetime) -> bool:
    """Whether nobody can pay into a virtual account any more; without a due moment it never ends by time."""
    return vbank_date is not None and now - vbank_date > DEPOSIT_DELAY


def is_another_month(moment: datetime | None, now: datetime) -> bool:
    """Whether a moment lies in another calendar month than now, in Korea."""
    if moment is None:
        return False
    then, today = moment.astimezone(KST), now.astimezone(KST)
    return (then.year, then.month) != (today.year, today.month)


def holds_and_awaits_nothing(payment: SeenPayment, *, now: datetime) -> bool:
    """Whether a payment would end its attempt: it failed, or its account was voided or is past its due moment."""
    seen = standing(payment)
    if seen is Standing.WAITING:
        return is_over(payment.vbank_date, now=now)
    return seen in (Standing.FAILED, Standing.VOIDED)


_COUNTS = list(Standing)


def counting(payments: Iterable[Seen], *, test_mode: bool) -> Seen | None:
    """The payment that counts among all under one `merchant_uid`, or None.

    Never one of a test channel unless `test_mode`, nor one whose channel the answer doesn't tell. Of two that
    hold money, the one paid first.
    """
    real = [p for p in payments if is_proven_live(p, test_mode=test_mode)]
    return min(real, key=_rank, default=None)


def _rank(payment: SeenPayment) -> tuple[int, float]:
    seen = standing(payment)
    moment = payment.paid_at if seen is Standing.HELD else payment.started_at
    seconds = moment.timestamp() if moment else 0.0
    return _COUNTS.index(seen), seconds if seen is Standing.HELD else -seconds


def is_payable(amount: Decimal, currency: str) -> bool:
    """More than nothing, no more than a column holds, and no fractions that the currency lacks.

    0 in the window registers a card.
    """
    step = Decimal(1) if currency in WITHOUT_DECIMALS else Decimal("0.01")
    return amount.is_finite() and 0 < amount < TOO_MUCH and amount % step == 0
