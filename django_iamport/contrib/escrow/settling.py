"""What goes on by itself: calls whose answer was lost are looked up by `iamport_sync`."""

from __future__ import annotations

from django.utils import timezone

from django_iamport import conf
from django_iamport.exceptions import NotFound, Refused
from django_iamport.managers import TransactionManager
from django_iamport.models import AbstractTransaction
from django_iamport.models.registry import find_attempt
from django_iamport.reconciliation.context import SYNC, Run
from django_iamport.records import locks
from django_iamport.rules.texts import storable

from . import deliveries, rules
from .models import Delivery


def go_on(run: Run) -> None:
    """A part of `iamport_sync`: learn what became of each call, and list what is to be registered again."""
    for row in list(Delivery.objects.unfinished(timezone.now())):
        run.go_on()
        attempt = find_attempt(row.merchant_uid)
        if attempt is None or not conf.owns(attempt.gateway_merchant_uid):
            continue
        if run.dry_run:
            run.say(f"{row.merchant_uid}: delivery {row.status}")
            continue
        run.attempt(row.merchant_uid, lambda attempt=attempt: _settle(run, attempt))  # type: ignore[misc]


def _settle(run: Run, attempt: AbstractTransaction) -> None:
    try:
        row = deliveries.look_up(attempt, source="sync")
    except (NotFound, Refused) as refusal:
        words = getattr(refusal, "gateway_message", "")
        row = locks.retrying(lambda: _give_up(attempt, words))
        if row is None:
            raise
    if row is None:
        return
    if row.is_open:
        run.found(row.merchant_uid, "outcome_unknown")
    elif row.code in rules.LOST and deliveries.is_possible(attempt):
        run.found(row.merchant_uid, row.code)


def _give_up(attempt: AbstractTransaction, words: str) -> Delivery | None:
    """None while it is too early: the gateway refuses a question, too, where the shop's settings are wrong."""
    now, using = timezone.now(), TransactionManager.for_model(type(attempt)).write_database()
    with locks.locked_attempt(attempt, using) as stored:
        row = deliveries.delivery_of(stored)
        if row is None or not row.is_open or row.asked_at is None or row.asked_at > now - rules.ASKED_FOR:
            return None
        row.gateway_message = storable(words or "")[:500]
        deliveries.lost(row, rules.NOT_TOLD, SYNC, using)
        return row
