"""The gateway's notices: hints, upon which the gateway is asked; how often, by whom, and what of a flood."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.core.cache import caches
from django.db import router
from django.db.models import Case, F, Q, QuerySet, Value, When
from django.utils import timezone
from django.utils.module_loading import import_string

from django_iamport import conf
from django_iamport.exceptions import AttemptNotFound, NotFound, PaymentUnknown, TooManyNotices
from django_iamport.gateway import connection
from django_iamport.ledger import backlog
from django_iamport.managers import entrance
from django_iamport.models.registry import find_attempt, find_by_imp_uid
from django_iamport.models.transaction import AbstractTransaction
from django_iamport.rules import merchant_uids

logger = logging.getLogger("django_iamport")

# The gateway waits 30 seconds for the answer to a notice.
ANSWER_SECONDS = 20

# One attempt is asked about once in PAUSE, and AT_ONCE times at once: an account that is issued, paid into and
# refunded makes three notices.
PAUSE = timedelta(seconds=3)
AT_ONCE = 5

# Notices that name no attempt of ours share this many lookups.
FOREIGN_LOOKUPS = 20
FOREIGN_SECONDS = 60

STORED, QUEUED, IGNORED = "stored", "queued", "ignored"


def hear(merchant_uid: str, imp_uid: str) -> str:
    """Take in what a notice hints at; either id may be empty.

    Answers `stored`, `queued`, or `ignored` where it is none of this shop's business. Raises `TooManyNotices`
    where it was put off, and as `confirm()` does. The attempt is first in line at the next `iamport_sync` then.
    """
    with connection.time_limit(ANSWER_SECONDS):
        attempt = find_attempt(merchant_uid) if merchant_uid else _attempt_of_payment(imp_uid)
        if attempt is None or not merchant_uids.is_ours(attempt.gateway_merchant_uid, conf.prefix()):
            return IGNORED
        _book(attempt)
        if _is_queued(attempt.merchant_uid, imp_uid):
            return QUEUED
        return ask(attempt.merchant_uid, imp_uid)


def ask(merchant_uid: str, imp_uid: str) -> str:
    """Ask the gateway about one notice of ours, at once; what a queue's worker does, too.

    Where other notices were put off, all payments under the number are read first. Answers and raises as
    `hear` does.
    """
    attempt = find_attempt(merchant_uid)
    if attempt is None:
        return IGNORED
    manager, asked_at = entrance(type(attempt)), timezone.now()
    answer = STORED
    try:
        if imp_uid and attempt.backlog_code == backlog.PUT_OFF:
            manager.confirm(merchant_uid=merchant_uid, source="webhook")
        manager.confirm(merchant_uid=merchant_uid, imp_uid=imp_uid or None, source="webhook")
    except AttemptNotFound:
        answer = IGNORED
    backlog.forget_noticed(_row(attempt), asked_at)
    return answer


def _book(attempt: AbstractTransaction) -> None:
    """Store the hint before anybody is asked, and book one of the attempt's lookups.

    Raises `TooManyNotices` where none is free; this notice is then answered together with the next one.
    """
    now = timezone.now()
    busy = When(notices_booked_until__gt=now, then=F("notices_booked_until") + PAUSE)
    free = Q(notices_booked_until__isnull=True) | Q(notices_booked_until__lte=now + (AT_ONCE - 1) * PAUSE)

    until = Case(busy, default=Value(now + PAUSE))
    if not backlog.remember(_row(attempt).filter(free), backlog.NOTICED, notices_booked_until=until):
        backlog.remember(_row(attempt), backlog.PUT_OFF)
        raise TooManyNotices(f"{attempt.merchant_uid} was asked about a moment ago.")


def _row(attempt: AbstractTransaction) -> QuerySet[Any]:
    model = type(attempt)
    return model._base_manager.using(router.db_for_write(model)).filter(pk=attempt.pk)


def _is_queued(merchant_uid: str, imp_uid: str) -> bool:
    """Hand the work to the shop's queue, where there is one; what it can't take is done at once."""
    path = conf.get("IAMPORT_WEBHOOK_QUEUE")
    if not path:
        return False
    enqueue: Callable[[str, str], object] = import_string(path)
    try:
        enqueue(merchant_uid, imp_uid)
    except Exception:
        logger.exception("%s: %s could not take a notice", merchant_uid, path)
        return False
    return True


# Notices that name no attempt.


def _attempt_of_payment(imp_uid: str) -> AbstractTransaction | None:
    """Whose payment it is: as stored, else as the gateway says, within the budget of foreign numbers.

    Nothing is remembered of a number that the gateway doesn't know: it may be guessed today and real tomorrow.
    Raises `PaymentUnknown`, `TooManyNotices`, `GatewayError`.
    """
    if not imp_uid:
        return None
    attempt = find_by_imp_uid(imp_uid)
    if attempt is not None:
        return attempt
    if not _is_within_budget():
        raise TooManyNotices("Too many notices name no attempt of this shop.")
    try:
        payment = connection.look_up(imp_uid).payment
    except NotFound as error:
        raise PaymentUnknown(f"The gateway doesn't know {imp_uid} yet.") from error
    return find_attempt(payment.merchant_uid)


def _is_within_budget() -> bool:
    """One of the lookups of this minute; none where the cache can't count them.

    The gateway's own notices name their attempt and never come here.
    """
    cache = caches[conf.get("IAMPORT_CACHE")]
    key = f"iamport-foreign-notices-{int(timezone.now().timestamp()) // FOREIGN_SECONDS}"
    try:
        cache.add(key, 0, FOREIGN_SECONDS)
        return int(cache.incr(key)) <= FOREIGN_LOOKUPS
    except Exception as error:  # noqa: BLE001 - a cache's driver raises what it likes
        logger.warning("the cache that counts foreign notices failed: %s", type(error).__name__)
        return False
