"""What is under way under numbers whose prefix no setting names: nobody goes on with it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import F, Q
from django.utils import timezone

from django_iamport import conf
from django_iamport.models import Refund
from django_iamport.models.registry import transaction_models
from django_iamport.payments.open_attempts import may_still_be_paid
from django_iamport.records.rows import rows
from django_iamport.rules.status import UNFINISHED_REFUNDS, Status

MAX_AGE = timedelta(days=30)


def may_have_news(max_age: timedelta) -> Q:
    """Attempts that may still be paid and began so long ago at most, and all waiting accounts."""
    recent = Q(created__gte=timezone.now() - max_age) & may_still_be_paid()
    waiting = Q(status=Status.READY, vbank_num__gt="")
    return recent | waiting


def orphans(max_age: timedelta = MAX_AGE) -> Iterator[str]:
    """The `merchant_uid` of everything under way that is neither this shop's nor copied, each once.

    Under way are attempts and accounts that may still be paid, news that waits, rejected money that is held, and
    refunds that are not finished.
    """
    told: set[str] = set()
    for merchant_uid in _under_way(max_age):
        is_known = conf.owns(merchant_uid) or conf.is_copied(merchant_uid)
        if not is_known and merchant_uid not in told:
            told.add(merchant_uid)
            yield merchant_uid


def _under_way(max_age: timedelta) -> Iterator[str]:
    rejected = Q(status=Status.REJECTED, paid_amount__gt=F("cancel_amount"))
    wanted = may_have_news(max_age) | Q(backlog_since__isnull=False) | rejected
    for model in transaction_models():
        found = rows(model).filter(wanted).order_by("pk")
        yield from found.values_list("merchant_uid", flat=True).iterator()
    unfinished = rows(Refund).filter(status__in=UNFINISHED_REFUNDS).order_by("pk")
    yield from unfinished.values_list("merchant_uid", flat=True).iterator()
