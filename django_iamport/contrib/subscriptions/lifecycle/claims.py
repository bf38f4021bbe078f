"""Which worker has a subscription in hand: no two charge it at once, and whoever died is followed by another."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from django_iamport.records import locks
from django_iamport.records.rows import rows
from django_iamport.records.write_database import write_database

from ..exceptions import RenewalUnderWay
from ..records import SubscriptionRecord

# One charge and the lookups around it end sooner. Nobody claims for longer: what seems to be is of a clock that
# was set back since, and free.
LEASE = timedelta(minutes=5)
CLOCKS_DIFFER = timedelta(minutes=5)


def is_free(now: datetime) -> Q:
    return (
        Q(claimed_until=None) | Q(claimed_until__lte=now) | Q(claimed_until__gt=now + LEASE + CLOCKS_DIFFER)
    )


def claim(subscription: SubscriptionRecord, now: datetime) -> bool:
    """Whether this process has it in hand from now on, for the length of a lease."""
    free: Any = rows(type(subscription), write_database(subscription)).filter(
        is_free(now), pk=subscription.pk
    )
    return bool(locks.retrying(lambda: free.update(claimed_until=now + LEASE)))


def release(subscription: SubscriptionRecord) -> None:
    mine: Any = rows(type(subscription), write_database(subscription)).filter(pk=subscription.pk)
    locks.retrying(lambda: mine.update(claimed_until=None))


@contextmanager
def claimed(subscription: SubscriptionRecord) -> Iterator[None]:
    """Raises `RenewalUnderWay` where somebody else has it in hand."""
    if not claim(subscription, timezone.now()):
        raise RenewalUnderWay("Another process is charging this subscription.")
    try:
        yield
    finally:
        release(subscription)
