"""How often the gateway is asked because of notices: per attempt, and for notices that name no attempt."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.core.cache import caches
from django.db.models import Case, F, Q, Value, When
from django.utils import timezone

from django_iamport import conf
from django_iamport.exceptions import TooManyNotices
from django_iamport.ledger import backlog
from django_iamport.records.rows import rows
from django_iamport.records.transaction import TransactionRecord

logger = logging.getLogger("django_iamport")

# One attempt is asked about once in PAUSE, and AT_ONCE times at once: an account that is issued, paid into and
# refunded makes three notices.
PAUSE = timedelta(seconds=3)
AT_ONCE = 5

# Notices that name no attempt of ours share this many lookups.
FOREIGN_LOOKUPS = 20
FOREIGN_SECONDS = 60


def book_lookup(attempt: TransactionRecord) -> None:
    """Store the hint before anybody is asked, and book one of the attempt's lookups.

    Raises `TooManyNotices` where none is free; this notice is then answered together with the next one.
    """
    now = timezone.now()
    busy = When(notices_booked_until__gt=now, then=F("notices_booked_until") + PAUSE)
    free = Q(notices_booked_until__isnull=True) | Q(notices_booked_until__lte=now + (AT_ONCE - 1) * PAUSE)

    row = rows(type(attempt)).filter(pk=attempt.pk)
    until = Case(busy, default=Value(now + PAUSE))
    if not backlog.remember(row.filter(free), backlog.NOTICED, notices_booked_until=until):
        backlog.remember(row, backlog.PUT_OFF)
        raise TooManyNotices(f"{attempt.merchant_uid} was looked up a moment ago.")


def require_budget() -> None:
    """Take one of the lookups of this minute for notices that name no attempt.

    Raises `TooManyNotices` where none is left, or where the cache can't count them. The gateway's own notices
    name their attempt and never come here.
    """
    cache = caches[conf.get("IAMPORT_CACHE")]
    key = f"iamport-foreign-notices-{int(timezone.now().timestamp()) // FOREIGN_SECONDS}"
    try:
        cache.add(key, 0, FOREIGN_SECONDS)
        is_within = int(cache.incr(key)) <= FOREIGN_LOOKUPS
    except Exception as error:  # noqa: BLE001 - a cache's driver raises what it likes
        logger.warning("the cache that counts foreign notices failed: %s", type(error).__name__)
        is_within = False
    if not is_within:
        raise TooManyNotices("Too many webhooks name no attempt of this shop.")
