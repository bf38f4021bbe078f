"""Days that are over are added up once: what they came to is kept until something of them changes (`DaySums`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Any

from django.db import DatabaseError, router, transaction
from django.db.models import Min, QuerySet
from django.utils import timezone

from django_iamport import conf

from .day_sums import DaySums, can_forget, first_open_day, korean_day

# What was changed past this package, in SQL or by `loaddata`, is found out after so long.
KEPT = timedelta(days=1)
# Whoever adds up beforehand does it so long before that is over.
BEFOREHAND = timedelta(hours=4)
# The longest period that somebody looks at, and the days of it that are added up beforehand at once.
LONGEST, WEEK = 366, 7

# What a day came to, as JSON.
Sums = dict[str, Any]
# Adds up the days from the first to the one before the last.
AddUp = Callable[[Sequence[date]], Mapping[date, Sums]]


def split(transactions: QuerySet[Any], edges: Sequence[date]) -> tuple[list[date], list[date]]:
    """The days that may be kept, and the edges of the spans after them; one edge, where nothing is left."""
    first, last = edges[0], edges[-1]
    border = min(max(first, first_open_day()), last) if _may_keep(transactions) else first
    days = [first + timedelta(days=number) for number in range((border - first).days)]
    return days, [border, *(day for day in edges if day > border)]


def read(
    transactions: QuerySet[Any], days: Sequence[date], add_up: AddUp, kept: timedelta = KEPT
) -> Iterator[tuple[date, Sums]]:
    """What each of these days came to; what isn't kept is added up now, at once."""
    if not days:
        return
    kind, fresh = _kind(transactions), timezone.now() - kept
    stored = DaySums.objects.using(transactions.db).filter(day__range=(days[0], days[-1])).in_bulk()
    found = {day: sums[kind] for day, row in stored.items() if kind in (sums := _kept(row, fresh))}
    missing = [day for day in days if day not in found]
    if missing:
        span = [missing[0] + timedelta(days=number) for number in range((missing[-1] - missing[0]).days + 2)]
        added = add_up(span)
        new = {day: added.get(day, {}) for day in missing}
        found |= new
        # Nobody waits for it, and a database that refuses to write it will add up again.
        with suppress(DatabaseError), transaction.atomic(transactions.db):
            _keep(kind, new, stored, fresh, transactions.db)
    yield from sorted(found.items())


def due(transactions: QuerySet[Any]) -> Iterator[list[date]]:
    """The days that nobody added up, or that will soon have to be again: the latest first, a week at a time."""
    now = timezone.now()
    days, _edges = split(transactions, [korean_day(now - timedelta(days=LONGEST)), korean_day(now)])
    first = _first_day(transactions) if days else None
    if first is None:
        return
    kind, fresh = _kind(transactions), now - KEPT + BEFOREHAND
    stored = DaySums.objects.using(transactions.db).filter(day__range=(days[0], days[-1])).in_bulk()
    for end in range(len(days), 0, -WEEK):
        week = [day for day in days[max(end - WEEK, 0) : end] if day >= first]
        missing = [day for day in week if day not in stored or kind not in _kept(stored[day], fresh)]
        if missing:
            yield missing


def _first_day(transactions: QuerySet[Any]) -> date | None:
    """Before it there is nothing to add up."""
    moments = transactions.order_by().aggregate(Min("created"), Min("paid_at")).values()
    return min((korean_day(moment) for moment in moments if moment is not None), default=None)


def _kind(transactions: QuerySet[Any]) -> str:
    concrete: Any = transactions.model._meta.concrete_model
    return str(concrete._meta.label_lower)


def _may_keep(transactions: QuerySet[Any]) -> bool:
    """Of all transactions of a kind alone, where they are written to, without play money."""
    query, using = transactions.query, transactions.db
    is_part = (
        query.where
        or query.annotations
        or query.distinct
        or query.is_sliced
        or query.combinator
        or query.extra
    )
    is_source = using == router.db_for_write(transactions.model) == router.db_for_write(DaySums)
    return not is_part and is_source and not conf.test_mode() and can_forget(using)


def _kept(row: DaySums, fresh: datetime) -> dict[str, Sums]:
    """By kind of transactions."""
    return row.sums or {} if row.added_up_at is not None and row.added_up_at >= fresh else {}


def _keep(
    kind: str, new: Mapping[date, Sums], stored: Mapping[date, DaySums], fresh: datetime, using: str
) -> None:
    """Nothing of a day that changed since it was `stored`: its version is another one."""
    now, known, unknown = timezone.now(), [], []
    for day, sums in new.items():
        row = stored.get(day)
        if row is None:
            unknown.append(DaySums(day=day, sums={kind: sums}, added_up_at=now))
            continue
        others = _kept(row, fresh)
        row.added_up_at = row.added_up_at if others else now
        row.sums = {**others, kind: sums}
        known.append(row)
    rows = DaySums.objects.using(using)
    rows.bulk_create(unknown, ignore_conflicts=True)
    rows.filter(version__in=[row.version for row in known]).bulk_update(known, ["sums", "added_up_at"])
