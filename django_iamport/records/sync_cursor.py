"""How far `iamport_sync` has come, shared by all that run at once; a stopped run goes on from there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import models, router
from django.db.models import Q
from django.utils import timezone

from django_iamport.records import locks

# Whoever leads a part and dies is followed by another one after this long.
LEASE = timedelta(minutes=2)

AnyModel = TypeVar("AnyModel", bound=models.Model)


class SyncCursor(models.Model):
    """One part of the work: `position` is what was done last, `lap` counts how often the end was reached."""

    part = models.CharField(max_length=150, unique=True)
    position = models.CharField(max_length=100, blank=True)
    lap = models.PositiveIntegerField(default=0)
    leased_until = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.part} {self.position}"


def cursor_of(part: str) -> SyncCursor:
    return SyncCursor.objects.using(_using()).get_or_create(part=part)[0]


def lease(part: str) -> bool:
    """Whether this process leads the part from now on, for the length of a lease."""
    cursor, now = cursor_of(part), timezone.now()
    free = Q(leased_until__isnull=True) | Q(leased_until__lte=now)
    mine = SyncCursor.objects.using(_using()).filter(free, pk=cursor.pk)
    return bool(locks.retrying(lambda: mine.update(leased_until=now + LEASE)))


def renew(part: str) -> None:
    """Go on leading."""
    SyncCursor.objects.using(_using()).filter(part=part).update(leased_until=timezone.now() + LEASE)


def release(part: str, **position: str) -> None:
    """Lead no longer; `position` is stored where it is given."""
    SyncCursor.objects.using(_using()).filter(part=part).update(leased_until=None, **position)


def listed_until(part: str) -> datetime | None:
    """The moment that a part's position names."""
    cursor = SyncCursor.objects.using(_using()).filter(part=part).first()
    return datetime.fromisoformat(cursor.position) if cursor and cursor.position else None


class Batches:
    """The rows of a part in batches by key: each goes to one of those who iterate at once.

    A lap ends with the last row. Who begins after a run that was stopped goes on behind its last row. With
    `alone` nothing is stored, and all rows are read.
    """

    def __init__(self, part: str, rows: models.QuerySet[AnyModel], size: int, *, alone: bool = False) -> None:
        self.part, self.rows, self.size, self.alone = part, rows, size, alone
        self.before = self.position = ""

    def __iter__(self) -> Iterator[list[Any]]:
        cursor = None if self.alone else cursor_of(self.part)
        while batch := self._read(self.position) if cursor is None else self._claim(cursor):
            self.position = str(batch[-1].pk)
            yield batch

    def stop_behind(self, row: models.Model | None) -> None:
        """What follows a row of the batch in hand (all of it, for None) is left to whoever comes next.

        Unless others went on meanwhile: then the rest waits for the next lap.
        """
        if not self.alone:
            here = SyncCursor.objects.using(_using()).filter(part=self.part, position=self.position)
            here.update(position=self.before if row is None else str(row.pk))

    def _read(self, position: str) -> list[Any]:
        rows: Any = self.rows
        if position:
            rows = rows.filter(pk__gt=rows.model._meta.pk.to_python(position))
        return list(rows.order_by("pk")[: self.size])

    def _claim(self, cursor: SyncCursor) -> list[Any]:
        def claim() -> list[Any]:
            with locks.locked_row(SyncCursor, cursor.pk, _using()) as shared:
                if shared.lap != cursor.lap:
                    return []
                self.before = shared.position
                batch = self._read(self.before)
                shared.position = str(batch[-1].pk) if batch else ""
                shared.lap += not batch
                shared.save(using=_using())
                return batch

        return locks.retrying(claim)


def _using() -> str:
    return router.db_for_write(SyncCursor)
