"""News that was not taken in yet: first in line at the next `iamport_sync`.

A transaction remembers when such news last came (`backlog_since`) and why it waits (`backlog_code`: the code of
an error, or one of the words below).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Case, F, QuerySet, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from django_iamport.exceptions import TooManyNotices
from django_iamport.records import locks

NOTICED = "noticed"  # a notice came, and the gateway is being asked, now or by a queue
PUT_OFF = TooManyNotices.code
# Not waiting for an answer, but for a person.
REPORTED = ("taken_back", "unclear")


def remember(row: QuerySet[Any], code: str, **columns: Any) -> int:
    """Note that news of one transaction waits; answers whether there is such a row.

    Notices that were put off may tell of any payment under the number: that is not forgotten for another
    reason, but stands until all of them were read.
    """
    stays = When(backlog_code=PUT_OFF, then=F("backlog_code"))
    columns |= {"backlog_since": timezone.now(), "backlog_code": Case(stays, default=Value(code))}
    return locks.repeated(lambda: row.update(**columns))


def is_answered(backlog_since: datetime | None, backlog_code: str, looked_up_at: datetime) -> bool:
    """Whether the lookup of one payment at that moment settles what waits: not what came after it."""
    return backlog_since is None or (backlog_code != PUT_OFF and backlog_since <= looked_up_at)


def forget_noticed(row: QuerySet[Any], asked_at: datetime) -> None:
    """A notice was answered by what the gateway said at that moment or later."""
    _forget(row.filter(backlog_code=NOTICED), asked_at)


def forget_all(row: QuerySet[Any], asked_at: datetime) -> None:
    """All payments under the number were read at that moment or later."""
    _forget(row.exclude(backlog_code__in=REPORTED), asked_at)


def _forget(row: QuerySet[Any], asked_at: datetime) -> None:
    # Coalesce hides the column from its index: MariaDB would lock the index before the row, others the row first.
    answered = row.alias(since=Coalesce("backlog_since", None)).filter(since__lte=asked_at)
    locks.repeated(lambda: answered.update(backlog_since=None, backlog_code=""))
