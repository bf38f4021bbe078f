"""What goes on by itself: calls whose answer was lost are looked up by `iamport_sync`."""

from __future__ import annotations

from django.utils import timezone

from django_iamport import conf
from django_iamport.models import AbstractTransaction
from django_iamport.models.registry import find_attempt
from django_iamport.reconciliation.context import Run

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
    row = deliveries.look_up(attempt, source="sync")
    if row is None:
        return
    if row.is_open:
        run.found(row.merchant_uid, "outcome_unknown")
    elif row.code in (rules.NOT_FOUND, rules.NOT_CHANGED) and deliveries.is_possible(attempt):
        run.found(row.merchant_uid, row.code)
