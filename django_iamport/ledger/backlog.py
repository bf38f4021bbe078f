"""News that was not posted yet: first in line at the next `iamport_sync`.

A transaction remembers when such news last came (`backlog_since`) and why it waits (`backlog_code`: the code of
an error, or one of the words below).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Case, F, QuerySet, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from django_iamport.exceptions import AttemptNotFound, IamportError, TooManyNotices
from django_iamport.records import locks
from django_iamport.records.history import Origin, note_error
from django_iamport.records.rows import rows
from django_iamport.records.transaction import TransactionRecord

NOTICED = "noticed"  # a notice came, and the gateway is being asked, now or by a queue
PUT_OFF = TooManyNotices.code
# Not waiting for an answer, but for a person.
REPORTED = ("taken_back", "unclear", "sums_differ")


def remember(row: QuerySet[TransactionRecord], code: str, **columns: Any) -> int:
    """Note that news of one transaction waits; answers whether there is such a row.

    Notices that were put off may concern any payment under the number: that is not forgotten for another
    reason, but stands until all of them were read.
    """
    stays = When(backlog_code=PUT_OFF, then=F("backlog_code"))
    columns |= {"backlog_since": timezone.now(), "backlog_code": Case(stays, default=Value(code))}
    return locks.retrying(lambda: row.update(**columns))


def remember_error(row: TransactionRecord | None, error: IamportError, origin: Origin, using: str) -> None:
    """Outside of the posting that was undone; noted once, however often it goes on."""
    # A claim that a lookup contradicts is nothing to remember.
    if row is None or isinstance(error, AttemptNotFound):
        return
    remember(rows(type(row), using).filter(pk=row.pk), error.code)
    note_error(row.merchant_uid, error.code, origin=origin, using=using)


def is_answered(row: TransactionRecord, looked_up_at: datetime) -> bool:
    """Whether the lookup of one payment at that moment settles what waits: not what came after it."""
    return row.backlog_since is None or (row.backlog_code != PUT_OFF and row.backlog_since <= looked_up_at)


def forget_noticed(row: QuerySet[TransactionRecord], asked_at: datetime) -> None:
    """A notice was answered by what was looked up at that moment or later."""
    _forget(row.filter(backlog_code=NOTICED), asked_at)


def forget_all(row: QuerySet[TransactionRecord], asked_at: datetime) -> None:
    """All payments under the number were read at that moment or later."""
    _forget(row.exclude(backlog_code__in=REPORTED), asked_at)


def _forget(row: QuerySet[TransactionRecord], asked_at: datetime) -> None:
    # Coalesce hides the column from its index: MariaDB would lock the index before the row, others the row first.
    answered = row.alias(since=Coalesce("backlog_since", None)).filter(since__lte=asked_at)
    locks.retrying(lambda: answered.update(backlog_since=None, backlog_code=""))
