"""How far `iamport_sync` has come, shared by all that run at once, and how its runs ended."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from django.db import models, router
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from django_iamport.gateway.moments import as_stored
from django_iamport.records import locks

from .write_database import RecordManager

# Whoever leads a part and dies is followed by another one after this long.
LEASE = timedelta(minutes=2)

AnyModel = TypeVar("AnyModel", bound=models.Model)


class SyncCursor(models.Model):
    """One part of the work: `position` is what was done last, `lap` counts how often the end was reached.

    A batch that somebody works on is a row of its own, leased like the part of a leader: what follows `position`,
    up to `until`, is still to be done.
    """

    part = models.CharField(max_length=150, unique=True)
    position = models.CharField(max_length=100, blank=True)
    until = models.CharField(max_length=100, blank=True, default="")
    lap = models.PositiveIntegerField(default=0)
    leased_until = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.part} {self.position}"


# A run every ten minutes is usual; what is older than this is noticed.
EXPECTED_WITHIN = timedelta(hours=1)

# A week of runs, one every ten minutes.
RUNS_KEPT = 1000


class SyncRun(models.Model):
    """One run and its outcome, for whoever looks whether shop and gateway were compared; the last thousand."""

    begun_at = models.DateTimeField(_("started at"))
    # Null while it runs, and for good where it was killed.
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    exit_code = models.PositiveSmallIntegerField(pgettext_lazy("column", "outcome"), null=True, blank=True)
    # How many of each finding.
    codes = models.JSONField(pgettext_lazy("column", "findings"), default=dict, blank=True)

    objects = RecordManager["SyncRun"]()

    class Meta:
        verbose_name = _("reconciliation run")
        verbose_name_plural = _("reconciliation runs")
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"{self.begun_at:%Y-%m-%d %H:%M} {'' if self.exit_code is None else self.exit_code}".rstrip()

    @classmethod
    def begin(cls) -> SyncRun:
        run = locks.retrying(lambda: cls.objects.create(begun_at=timezone.now()))
        locks.retrying(lambda: cls.objects.filter(pk__lte=run.pk - RUNS_KEPT).delete())
        return run

    @classmethod
    def last_outcome(cls) -> tuple[datetime, int | None] | None:
        """When a run ended last, and with what."""
        ended = cls.objects.filter(ended_at__isnull=False).order_by("-ended_at")
        return ended.values_list("ended_at", "exit_code").first()

    def end(self, exit_code: int, codes: Mapping[str, int]) -> None:
        mine = type(self).objects.filter(pk=self.pk)
        outcome = {"ended_at": timezone.now(), "exit_code": exit_code, "codes": dict(codes)}
        locks.retrying(lambda: mine.update(**outcome))


class Overview(SyncRun):
    """No table: what the page to look at first stands under in the index of Django's admin."""

    class Meta:
        proxy = True
        default_permissions = ()
        verbose_name = pgettext_lazy("table", "overview")
        verbose_name_plural = pgettext_lazy("table", "overview")


def cursor_of(part: str) -> SyncCursor:
    return locks.retrying(lambda: SyncCursor.objects.using(_using()).get_or_create(part=part)[0])


def lease(part: str) -> bool:
    """Whether this process leads the part from now on, for the length of a lease."""
    cursor, now = cursor_of(part), timezone.now()
    free = Q(leased_until__isnull=True) | Q(leased_until__lte=now)
    mine = SyncCursor.objects.using(_using()).filter(free, pk=cursor.pk)
    return bool(locks.retrying(lambda: mine.update(leased_until=now + LEASE)))


def is_free_within(part: str, span: timedelta) -> bool:
    """Whether the lease of a part, unless it is renewed, ends within that time."""
    held = SyncCursor.objects.using(_using()).filter(part=part, leased_until__gt=timezone.now() + span)
    return not held.exists()


def renew(part: str) -> None:
    """Go on leading."""
    mine = SyncCursor.objects.using(_using()).filter(part=part)
    locks.retrying(lambda: mine.update(leased_until=timezone.now() + LEASE))


def release(part: str, **position: str) -> None:
    """Lead no longer; `position` is stored where it is given."""
    mine = SyncCursor.objects.using(_using()).filter(part=part)
    locks.retrying(lambda: mine.update(leased_until=None, **position))


def listed_until(part: str) -> datetime | None:
    """The moment that a part's position names."""
    cursor = SyncCursor.objects.using(_using()).filter(part=part).first()
    return as_stored(datetime.fromisoformat(cursor.position)) if cursor and cursor.position else None


class Batches(Generic[AnyModel]):
    """The rows of a part in batches by key: each goes to one of those who iterate at once.

    A lap ends with the last row. What a run that was stopped or killed left of its batch goes to whoever comes
    when its lease is over, and who begins in the middle goes round to where he began: nothing is skipped. With
    `alone` nothing is stored, and all rows are read.
    """

    def __init__(self, part: str, rows: models.QuerySet[AnyModel], size: int, *, alone: bool = False) -> None:
        self.part, self.rows, self.size, self.alone = part, rows, size, alone
        self.claim: SyncCursor | None = None
        self.renewed_at = timezone.now()
        # Where he who begins in the middle, and alone, has to come round to.
        self.goal = ""
        # Whether somebody else still works on a batch, or died at it a moment ago.
        self.others_go_on = False

    def __iter__(self) -> Iterator[list[AnyModel]]:
        if self.alone:
            yield from self._all()
            return
        if self._is_idle():
            return
        cursor = cursor_of(self.part)
        if not self._claims().filter(leased_until__gt=timezone.now()).exists():
            self.goal = cursor.position
        while batch := self._take_over() or self._claim(cursor):
            yield batch
            self._end()
        self.others_go_on = self._claims().exists()

    def done(self, row: models.Model) -> None:
        """Behind this row of the batch in hand somebody else may go on."""
        if self.claim is not None:
            self.claim.position = str(row.pk)
            if timezone.now() - self.renewed_at > LEASE / 4:
                self._store_claim(timezone.now() + LEASE)

    def leave_the_rest(self) -> None:
        """What is left of the batch in hand goes to whoever comes next."""
        if self.claim is not None:
            self._store_claim(timezone.now())

    def _all(self) -> Iterator[list[AnyModel]]:
        position = ""
        while batch := self._read(position):
            position = str(batch[-1].pk)
            yield batch

    def _read(self, position: str, until: str = "") -> list[AnyModel]:
        rows = self.rows
        to_python = rows.model._meta.pk.to_python
        if position:
            rows = rows.filter(pk__gt=to_python(position))
        if until:
            rows = rows.filter(pk__lte=to_python(until))
        return list(_by_key(rows)[: self.size])

    def _is_idle(self) -> bool:
        """Whether no row waits and nobody is at work: there is nothing to claim then, and nothing to store."""
        return not _by_key(self.rows).values("pk")[:1] and not self._claims().exists()

    def _claims(self) -> models.QuerySet[SyncCursor]:
        return SyncCursor.objects.using(_using()).filter(part__startswith=f"{self.part}#").order_by("pk")

    def _take_over(self) -> list[AnyModel]:
        """A batch whose lease is over."""
        for claim in self._claims().filter(leased_until__lte=timezone.now()):
            self.renewed_at = timezone.now()
            mine = self._claims().filter(pk=claim.pk, leased_until=claim.leased_until)
            if not mine.update(leased_until=self.renewed_at + LEASE):
                continue
            self.claim = claim
            batch = self._read(claim.position, claim.until)
            if batch:
                return batch
            self._end()
        return []

    def _claim(self, cursor: SyncCursor) -> list[AnyModel]:
        def claim() -> list[AnyModel]:
            with locks.locked_row(SyncCursor, cursor.pk, _using()) as shared:
                before = shared.position
                batch: list[AnyModel] = []
                if shared.lap == cursor.lap:
                    batch = self._read(before)
                    if not batch:
                        shared.lap, before = shared.lap + 1, ""
                if not batch and self.goal and shared.lap == cursor.lap + 1:
                    batch = self._read(before, self.goal)
                if batch:
                    self.claim = self._new_claim(before, str(batch[-1].pk))
                shared.position = str(batch[-1].pk) if batch else before
                shared.save(using=_using())
                return batch

        return locks.retrying(claim)

    def _new_claim(self, position: str, until: str) -> SyncCursor:
        self.renewed_at = timezone.now()
        part = f"{self.part}#{uuid.uuid4().hex[:16]}"
        leased_until = self.renewed_at + LEASE
        claims = SyncCursor.objects.using(_using())
        return claims.create(part=part, position=position, until=until, leased_until=leased_until)

    def _store_claim(self, leased_until: datetime) -> None:
        if self.claim is not None:
            self.renewed_at = timezone.now()
            mine = self._claims().filter(pk=self.claim.pk)
            mine.update(position=self.claim.position, leased_until=leased_until)

    def _end(self) -> None:
        if self.claim is not None:
            self._claims().filter(pk=self.claim.pk).delete()
            self.claim = None


def _by_key(rows: models.QuerySet[AnyModel]) -> models.QuerySet[AnyModel]:
    # Sorted by the key without its index: where few rows are wanted, a database that walks along that one
    # expects a hundred of them soon, and meets all rows.
    return rows.order_by(Coalesce("pk", None))


def _using() -> str:
    return router.db_for_write(SyncCursor)
