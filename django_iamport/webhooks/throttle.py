"""How often the gateway is asked because of notices: per attempt, and for notices that name no attempt."""

from __future__ import annotations

from datetime import timedelta
from typing import NoReturn

from django.db.models import Case, F, Q, Value, When
from django.utils import timezone

from django_iamport.exceptions import TooManyNotices
from django_iamport.gateway import budgets
from django_iamport.ledger import backlog
from django_iamport.records.rows import rows
from django_iamport.records.transaction import TransactionRecord

# One attempt is asked about once in PAUSE, and AT_ONCE times at once: an account that is issued, paid into and
# refunded makes three notices.
PAUSE = timedelta(seconds=3)
AT_ONCE = 5

# So many payments that the gateway doesn't know may notices name, for one attempt; from then on all payments under
# its number are read instead, once in SLOW_SECONDS.
UNKNOWN = 10
UNKNOWN_SECONDS = 600
SLOW_SECONDS = 60

# Notices that name no attempt of ours share this many lookups.
FOREIGN_LOOKUPS = 20
FOREIGN_SECONDS = 60


def book_lookup(attempt: TransactionRecord, imp_uid: str) -> bool:
    """Store the hint before anybody is asked, and book one of the attempt's lookups.

    Answers whether the payment that it names is to be asked about, or all under the attempt's number alone. Raises
    `TooManyNotices` where none is free; this notice is then answered together with the next one.
    """
    is_guess = bool(imp_uid) and imp_uid != attempt.imp_uid and _is_guessed(attempt)
    if is_guess:
        slow = budgets.count("slow", attempt.merchant_uid, SLOW_SECONDS)
        if slow is not None and slow.times > 1:
            _put_off(attempt)
    now = timezone.now()
    busy = When(notices_booked_until__gt=now, then=F("notices_booked_until") + PAUSE)
    free = Q(notices_booked_until__isnull=True) | Q(notices_booked_until__lte=now + (AT_ONCE - 1) * PAUSE)

    row = rows(type(attempt)).filter(pk=attempt.pk)
    until = Case(busy, default=Value(now + PAUSE))
    if not backlog.remember(row.filter(free), backlog.NOTICED, notices_booked_until=until):
        _put_off(attempt)
    return not is_guess


def _put_off(attempt: TransactionRecord) -> NoReturn:
    backlog.remember(rows(type(attempt)).filter(pk=attempt.pk), backlog.PUT_OFF)
    raise TooManyNotices(f"{attempt.merchant_uid} was looked up a moment ago.")


def count_unknown(attempt: TransactionRecord) -> None:
    """A notice named a payment that the gateway doesn't know."""
    budgets.count("unknown", attempt.merchant_uid, UNKNOWN_SECONDS)


def _is_guessed(attempt: TransactionRecord) -> bool:
    """Whether somebody guesses payments of this attempt."""
    unknown = budgets.count("unknown", attempt.merchant_uid, UNKNOWN_SECONDS, add=0)
    return unknown is not None and unknown.times >= UNKNOWN


def require_budget() -> None:
    """Take one of the lookups of a minute for notices that name no attempt.

    Raises `TooManyNotices` where none is left, or where the cache can't count them. The gateway's own notices
    name their attempt and never come here.
    """
    spent = budgets.count("foreign", "", FOREIGN_SECONDS)
    if spent is None or spent.times > FOREIGN_LOOKUPS:
        raise TooManyNotices("Too many webhooks name no attempt of this shop.")
