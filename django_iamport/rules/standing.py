"""What a payment amounts to, and which payment counts among several (docs/reliability.md, rules 2 and 14)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Protocol, TypeVar

from .dates import is_over
from .payment import SeenPayment
from .status import Status

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


def standing(payment: SeenPayment) -> Standing:
    """Say what a payment amounts to (docs/reliability.md, rule 2)."""
    if payment.status == Status.PAID:
        untouched = payment.cancel_amount == 0
        return Standing.HELD if untouched or _is_partly_refunded(payment) else Standing.UNCLEAR
    if payment.status == Status.CANCELLED:
        return _standing_of_cancelled(payment)
    if payment.status == Status.READY:
        return Standing.WAITING if payment.vbank_num else Standing.OPEN
    return Standing.FAILED if payment.status == Status.FAILED else Standing.UNCLEAR


def _standing_of_cancelled(payment: SeenPayment) -> Standing:
    if payment.cancel_amount == 0:
        return Standing.UNCLEAR if payment.paid_at else Standing.VOIDED
    if _is_partly_refunded(payment):
        return Standing.HELD
    return Standing.REFUNDED if payment.cancel_amount == payment.amount else Standing.UNCLEAR


def _is_partly_refunded(payment: SeenPayment) -> bool:
    return 0 < payment.cancel_amount < payment.amount


class Booked(Protocol):
    """The sums that are stored of a payment; `paid_amount` is None where it took no money."""

    @property
    def status(self) -> str: ...
    @property
    def paid_amount(self) -> Decimal | None: ...
    @property
    def paid_currency(self) -> str: ...
    @property
    def cancel_amount(self) -> Decimal: ...


def sums_differ(booked: Booked, payment: SeenPayment) -> bool:
    """Whether the gateway has other sums of a booked payment; that more of it was refunded is news, no difference.

    A refund that came undone is one, and so is money of which the gateway knows nothing any more
    (docs/reliability.md, rule 41).
    """
    seen = standing(payment)
    if seen is Standing.UNCLEAR:
        return False
    if booked.paid_amount is None:
        # Money under an account that was voided.
        return booked.status == Status.CANCELLED and seen is Standing.HELD
    if seen not in (Standing.HELD, Standing.REFUNDED):
        return True
    paid = (Decimal(payment.amount), payment.currency[:3])
    return paid != (booked.paid_amount, booked.paid_currency) or payment.cancel_amount < booked.cancel_amount


def is_test_payment(payment: SeenPayment, *, test_mode: bool) -> bool:
    return payment.sandbox is True and not test_mode


def is_proven_live(payment: SeenPayment, *, test_mode: bool) -> bool:
    """Only an explicit `sandbox: false` proves a live payment; a missing flag proves nothing."""
    return test_mode or payment.sandbox is False


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
