"""What a day that is over came to, kept for the desk, and forgotten with whatever changes that day later."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connections, models
from django.utils import timezone

from django_iamport.gateway.moments import aware
from django_iamport.records.cancellation import Cancellation
from django_iamport.records.transaction import TransactionRecord
from django_iamport.records.write_database import RecordManager
from django_iamport.rules.dates import KST
from django_iamport.rules.status import Status

# What a row adds to the sums of some day.
OF_PAYMENTS = ("paid_at", "paid_amount", "paid_currency")
OF_ALL = ("pay_method", "reject_reason", "sandbox")
OF_DECLINES = ("status", "fail_reason")
SUMMED = (*OF_PAYMENTS, *OF_ALL, *OF_DECLINES)

# A day later than this is never kept; from a day earlier on every change is told, however long it takes to commit.
OPEN_DAYS = timedelta(days=2)


class DaySums(models.Model):
    """A Korean day. Who adds it up stores nothing where `version` is no longer what it was before."""

    day = models.DateField(primary_key=True)
    # Drawn anew by each change, within the transaction that makes it.
    version = models.UUIDField(default=uuid.uuid4)
    # By kind of transactions; null from a change until somebody adds up again.
    sums = models.JSONField(null=True)
    added_up_at = models.DateTimeField(null=True)

    objects = RecordManager["DaySums"]()

    def __str__(self) -> str:
        return f"{self.day}"


def first_open_day() -> date:
    return korean_day(timezone.now()) - OPEN_DAYS


def korean_day(moment: datetime) -> date:
    return aware(moment).astimezone(KST).date()


def can_forget(using: str) -> bool:
    """Whether one statement forgets a day, known or not: else nothing may be kept."""
    return connections[using].features.supports_update_conflicts


def forget(moments: Iterable[datetime | None], using: str) -> None:
    """Something of these days changes in the transaction that is under way."""
    over = first_open_day() + timedelta(days=1)
    days = sorted({day for moment in moments if moment is not None and (day := korean_day(moment)) < over})
    if not days or not can_forget(using):
        return
    has_target = connections[using].features.supports_update_conflicts_with_target
    DaySums.objects.using(using).bulk_create(
        [DaySums(day=day, sums=None, added_up_at=None) for day in days],
        update_conflicts=True,
        update_fields=["version", "sums", "added_up_at"],
        unique_fields=["day"] if has_target else None,
    )


@contextmanager
def forgetting(row: TransactionRecord, using: str) -> Iterator[None]:
    """Around whatever stores a transaction."""
    before = {name: row.loaded(name) for name in SUMMED}
    yield
    after = {name: getattr(row, name) for name in SUMMED}
    moments: list[datetime | None] = []
    if any(before[name] != after[name] for name in (*OF_PAYMENTS, *OF_ALL)):
        moments += [before["paid_at"], after["paid_at"]]
    if _declined(before) != _declined(after):
        moments.append(row.created)
    if row.cancel_amount and any(before[name] != after[name] for name in OF_ALL):
        refunds = Cancellation.objects.using(using).filter(merchant_uid=row.merchant_uid)
        moments += [made or heard for made, heard in refunds.values_list("cancelled_at", "created")]
    forget(moments, using)


def _declined(columns: Mapping[str, Any]) -> tuple[Any, ...] | None:
    if columns["status"] != Status.FAILED:
        return None
    return columns["fail_reason"], columns["sandbox"]
