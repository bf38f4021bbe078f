"""What waits for a human, and since when; whether the gateway and the regular check are heard of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, F, Max, Min, OuterRef, QuerySet, Sum
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from django_iamport.admin.filters import ATTENTION, waits
from django_iamport.admin.wording import CALLS, FOR_OPERATORS
from django_iamport.formatting import amount_in_words
from django_iamport.ledger.books.bookkeeping import plain
from django_iamport.models import History, OperatorCall, Refund
from django_iamport.reconciliation import CLEAN, LEFT_FOR_LATER, NEEDS_SOMEBODY, STOPPED
from django_iamport.records.sync_cursor import EXPECTED_WITHIN, SyncRun
from django_iamport.rules.status import RefundStatus

A_DAY = timedelta(days=1)

# These go on by themselves; who waits for longer than this has something to look at.
BY_ITSELF: Mapping[str, timedelta] = {"unknown": A_DAY, "backlog": EXPECTED_WITHIN}

OUTCOMES: Mapping[int, tuple[str, Promise]] = {
    CLEAN: ("good", _("Shop and gateway agree.")),
    LEFT_FOR_LATER: ("waiting", _("Something is left for the next run.")),
    NEEDS_SOMEBODY: ("bad", _("It found something for an operator.")),
    STOPPED: ("waiting", _("It was stopped; the next run continues.")),
}

# What a run finds, in an operator's words (docs/operating.md); the rest has words elsewhere, or is a code.
FINDINGS: Mapping[str, str | Promise] = {
    **FOR_OPERATORS,
    **CALLS,
    "rejected_money_held": _("Money is held for a payment that no order accepts."),
    "refund_needs_operator": _("A refund could not be carried out."),
    "void_needs_operator": _("A virtual account could not be voided."),
    "unknown_to_the_shop": _("The gateway holds money that the shop knows nothing of."),
    "foreign_prefix": _("A payment is under way with another shop’s prefix."),
    "sums_differ": _("The amounts here and at the gateway differ."),
    "another_run": _("Another run is at work."),
}


@dataclass(frozen=True)
class Waiting:
    """`since`: when the oldest began to wait; of accounts, when the first one lapses. `text` says what waits,
    where ATTENTION doesn't; `reasons`: how many wait why.
    """

    name: str
    count: int
    amounts: list[str]
    since: datetime | None
    is_pressing: bool
    text: str | Promise = ""
    reasons: Sequence[tuple[int, str]] = ()

    @property
    def words(self) -> str | Promise:
        return self.text or ATTENTION[self.name]


def what_waits(transactions: QuerySet[Any]) -> list[Waiting]:
    """What there is to do about these transactions; nothing of what there is none of. Six queries."""
    now, rows = timezone.now(), plain(transactions)
    mine = Exists(rows.filter(merchant_uid=OuterRef("merchant_uid")))
    refunds = Refund.objects.using(transactions.db).filter(mine)
    calls = OperatorCall.objects.using(transactions.db).open().filter(mine).order_by()
    held = F("paid_amount") - F("cancel_amount")
    counted: dict[str, Iterable[dict[str, Any]]] = {
        "operator": _by_currency(refunds.filter(status=RefundStatus.NEEDS_OPERATOR), "created", "amount"),
        "held": _by_currency(rows.filter(waits("held", now)), "heard_at", held, currency="paid_currency"),
        "called": _at_all(calls, "created"),
        "unknown": _by_currency(refunds.filter(status__in=Refund.OPEN), "created", "amount"),
        "backlog": _at_all(rows.filter(waits("backlog", now)), "backlog_since"),
        "lapsing": _by_currency(rows.filter(waits("lapsing", now)), "vbank_date", "amount"),
    }
    found = [_waiting(name, list(sums), now) for name, sums in counted.items()]
    return [waiting for waiting in found if waiting.count]


def _at_all(found: QuerySet[Any], since: str) -> list[dict[str, Any]]:
    return [found.aggregate(count=Count("merchant_uid", distinct=True), since=Min(since))]


def _by_currency(
    found: QuerySet[Any], since: str, amount: Any, *, currency: str = "currency"
) -> Iterable[Any]:
    told = found.order_by().values(told_currency=F(currency))
    summed: Iterable[Any] = told.annotate(
        count=Count("merchant_uid", distinct=True), told_amount=Sum(amount), since=Min(since)
    ).order_by("told_currency")
    return summed


def _waiting(name: str, sums: list[dict[str, Any]], now: datetime) -> Waiting:
    moments = [row["since"] for row in sums if row["since"] is not None]
    since = min(moments, default=None)
    is_late = since is not None and since < now - BY_ITSELF.get(name, timedelta())
    return Waiting(
        name=name,
        count=sum(row["count"] for row in sums),
        amounts=[
            amount_in_words(row["told_amount"], row["told_currency"])
            for row in sums
            if row.get("told_amount")
        ],
        since=since,
        is_pressing=name != "lapsing" and is_late,
    )


@dataclass(frozen=True)
class Told:
    """How something stands: a tone of `wording.badge`, and words."""

    tone: str
    words: str | Promise


def outcome_of(run: SyncRun | None, now: datetime) -> Told:
    if run is None:
        return Told("bad", _("It has never run."))
    if run.exit_code is not None:
        return Told(*OUTCOMES.get(run.exit_code, ("bad", str(run.exit_code))))
    if now - run.begun_at > EXPECTED_WITHIN:
        return Told("bad", _("It did not end."))
    return Told("waiting", _("It is running."))


def findings_of(run: SyncRun) -> list[tuple[int, str | Promise]]:
    """How many of each finding, the most first."""
    counted = sorted(run.codes.items(), key=lambda item: (-item[1], item[0]))
    return [(count, FINDINGS.get(code, code)) for code, count in counted]


@dataclass(frozen=True)
class Connection:
    """The last run of `iamport_sync` that ended, else the last that began; the gateway's notices of a day."""

    run: SyncRun | None
    outcome: Told
    findings: list[tuple[int, str | Promise]]
    is_overdue: bool
    webhooks: int
    last_webhook: datetime | None
    # Payments came in, and no notice told of any.
    is_deaf: bool


def connection(transactions: Iterable[QuerySet[Any]], using: str) -> Connection:
    now = timezone.now()
    runs = list(SyncRun.objects.using(using).order_by("-pk")[:10])
    run = next((run for run in runs if run.exit_code is not None), runs[0] if runs else None)
    heard = (
        History.objects.using(using)
        .filter(source="webhook", created__gte=now - A_DAY)
        .aggregate(count=Count("pk"), last=Max("created"))
    )
    paid = [rows.order_by().filter(paid_at__gte=now - A_DAY).exists() for rows in transactions]
    return Connection(
        run=run,
        outcome=outcome_of(run, now),
        findings=findings_of(run) if run else [],
        is_overdue=run is not None and now - (run.ended_at or run.begun_at) > EXPECTED_WITHIN,
        webhooks=heard["count"],
        last_webhook=heard["last"],
        is_deaf=any(paid) and not heard["count"],
    )
