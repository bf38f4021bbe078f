"""What `iamport_sync` does: ask about everything that is unfinished, one by one, and take the answers in."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from django_iamport import conf, merchant_uids, refunds
from django_iamport.attempts import may_still_be_paid
from django_iamport.exceptions import IamportError
from django_iamport.managers import entrance
from django_iamport.models.registry import find_attempt, transaction_models
from django_iamport.models.transaction import AbstractTransaction
from django_iamport.records.refund import Refund, refunds_to_go_on_with

logger = logging.getLogger("django_iamport")


@dataclass
class Report:
    """What a run found: statuses after the lookups, and what still needs somebody or another run."""

    statuses: Counter[str] = field(default_factory=Counter)
    refunds: Counter[str] = field(default_factory=Counter)
    foreign: int = 0
    unfinished: list[tuple[str, str]] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        return not self.unfinished


def sync(*, max_age: timedelta, say: Callable[[str], None] = logger.info) -> Report:
    """Look up attempts that may still be paid, those with pending news first, then go on with unfinished refunds.

    `max_age`: attempts without news are asked about for this long after they began, failed ones too, which may
    be approved late; waiting accounts and pending news always. What fails is listed in the report, the rest
    goes on. Raises nothing of the gateway's.
    """
    report = Report()
    for model in transaction_models():
        for row in _unfinished(model, max_age):
            _look_up(row, report, say)
    for refund in refunds_to_go_on_with(timezone.now()):
        _go_on(refund, report, say)
    waiting = Refund.objects.filter(status="needs_operator").order_by("pk")
    report.unfinished += [(refund.merchant_uid, f"{refund.kind}_needs_operator") for refund in waiting]
    return report


def _unfinished(model: type[AbstractTransaction], max_age: timedelta) -> Iterator[AbstractTransaction]:
    rows: Any = model._base_manager
    backlog = list(
        rows.filter(backlog_since__isnull=False).order_by("backlog_since").values_list("pk", flat=True)
    )
    recent = Q(created__gte=timezone.now() - max_age) & may_still_be_paid()
    waiting = Q(status="ready") & ~Q(vbank_num="")
    quiet = rows.filter(recent | waiting, backlog_since__isnull=True).order_by("pk")
    for pk in [*backlog, *quiet.values_list("pk", flat=True)]:
        yield rows.get(pk=pk)


def _look_up(row: AbstractTransaction, report: Report, say: Callable[[str], None]) -> None:
    if not merchant_uids.is_ours(row.gateway_merchant_uid, conf.prefix()):
        report.foreign += 1
        return
    try:
        # By this number alone: there may be several payments under it, and any of them may be the news.
        entrance(type(row)).confirm(merchant_uid=row.merchant_uid, source="sync")
    except IamportError as error:
        report.unfinished.append((row.merchant_uid, error.code))
        say(f"{row.merchant_uid}: {error.code}")
        return
    row.refresh_from_db()
    report.statuses[row.status] += 1
    if row.backlog_since:
        report.unfinished.append((row.merchant_uid, row.backlog_code))
    say(f"{row.merchant_uid}: {row.status}")


def _go_on(refund: Refund, report: Report, say: Callable[[str], None]) -> None:
    if not merchant_uids.is_ours(refund.merchant_uid, conf.prefix()):
        report.foreign += 1
        return
    row = find_attempt(refund.merchant_uid)
    if row is None:
        report.unfinished.append((refund.merchant_uid, "refund_without_transaction"))
        return
    try:
        refunds.carry_out_one(refund, entrance(type(row)))
    except IamportError as error:
        report.unfinished.append((refund.merchant_uid, error.code))
    refund.refresh_from_db()
    report.refunds[refund.status] += 1
    if refund.is_open:
        report.unfinished.append((refund.merchant_uid, f"{refund.kind}_{refund.status}"))
    say(f"{refund.merchant_uid}: {refund.kind} {refund.status}")
