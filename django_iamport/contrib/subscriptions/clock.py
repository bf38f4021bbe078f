"""The run of `iamport_renew`: whatever is due of each subscription, one subscription at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import DatabaseError
from django.db.models import Q
from django.utils import timezone

from django_iamport import conf
from django_iamport.exceptions import IamportError
from django_iamport.gateway import account
from django_iamport.gateway.moments import aware
from django_iamport.reconciliation.report import Findings
from django_iamport.records import locks
from django_iamport.records.rows import rows
from django_iamport.records.write_database import write_database
from django_iamport.signals import monitoring

from . import rules
from .lifecycle import charging, claims, steps
from .records import RenewalRecord, SubscriptionRecord
from .registry import subscription_models
from .rules import Missed, RenewalStatus, SubscriptionStatus

BATCH = 100
# Neither this shop's nor copied, by its prefix.
FOREIGN = "foreign_prefix"
# This machine's clock is ahead of the gateway's by more than that: it would charge what is due next month.
AHEAD, MOST_AHEAD = "clock_ahead", timedelta(hours=1)
# A period a day, unpaid for a year and more: more steps than that are a plan that goes nowhere.
MOST_STEPS = 1000
# The next run goes on with these by itself. Whatever else is found needs somebody.
LATER = frozenset(
    {
        *("gateway_unreachable", "gateway_timeout", "gateway_rate_limit", "gateway_unexpected_answer"),
        *("gateway_refused", "gateway_not_found", "outcome_unknown", "charge_unknown", "payment_unknown"),
        *("busy", "too_many_requests", "account_waiting", "renewal_under_way", "order_changed"),
    }
)


@dataclass
class Report(Findings):
    """Counts of one run. `actions`: how often what was done (of a dry run: what would be done first); `codes`:
    how many of each finding; `unfinished`: (`subscription_uid`, code), the first thousand of them."""

    later = LATER
    due: int = 0
    actions: Counter[str] = field(default_factory=Counter)

    def as_dict(self) -> dict[str, object]:
        """The report in plain values, as `--json` prints it."""
        return {
            "exit_code": self.exit_code,
            "stopped": self.stopped,
            "due": self.due,
            "actions": dict(self.actions),
            "codes": dict(self.codes),
            "unfinished": [{"subscription_uid": uid, "code": code} for uid, code in self.unfinished],
        }


def renew(
    *,
    dry_run: bool = False,
    say: Callable[[str], None] = monitoring.say_of_renewals,
    find: Callable[[str, str], None] = lambda uid, code: None,
    must_stop: Callable[[], bool] = lambda: False,
) -> Report:
    """Do what is due of every subscription: begin periods, charge, try again, skip, resume, give up, end.

    Several may run at once, and share the work by claims; what one that was killed has left, the next one takes
    up. `dry_run` says what would be done first for each, asks no gateway and stores nothing. What fails is in the
    report, and the rest goes on; of a clock that is ahead of the gateway's nothing is done. `find` is called with
    each finding, `must_stop` is asked between two subscriptions. Raises `InTransaction`.
    """
    report = Report()
    for model in subscription_models():
        locks.require_no_transaction(write_database(model()))
        for row in _due(model):
            if must_stop():
                report.stopped = True
                return report
            if not conf.owns(row.subscription_uid):
                # Of the shop that this data was copied from, its own clock takes care.
                if not conf.is_copied(row.subscription_uid):
                    report.find(row.subscription_uid, FOREIGN)
                    find(row.subscription_uid, FOREIGN)
                continue
            report.due += 1
            if not dry_run and report.due == 1 and _is_ahead():
                report.find("clock", AHEAD)
                find("clock", AHEAD)
                return report
            if dry_run:
                _foresee(row, report, say)
            else:
                _take(row, report, say, find)
    return report


def _is_ahead() -> bool:
    """Where the gateway can't be asked, nothing is charged either."""
    try:
        return aware(timezone.now()) - account.now() > MOST_AHEAD
    except IamportError:
        return False


def _due(model: type[SubscriptionRecord]) -> Iterator[SubscriptionRecord]:
    """Those that have something due and nobody in hand, the longest waiting first; each once a run."""
    now, behind = timezone.now(), Q()
    while True:
        waiting: Any = rows(model).filter(behind, claims.is_free(timezone.now()), next_at__lte=now)
        batch = list(waiting.order_by("next_at", "pk")[:BATCH])
        yield from batch
        if len(batch) < BATCH:
            return
        last = batch[-1]
        behind = Q(next_at__gt=last.next_at) | Q(next_at=last.next_at, pk__gt=last.pk)


def _foresee(row: SubscriptionRecord, report: Report, say: Callable[[str], None]) -> None:
    action = next_action(row, steps.open_renewal(row), timezone.now())
    if action:
        report.actions[action] += 1
        say(f"{row.subscription_uid}: {action}")


def _take(
    row: SubscriptionRecord,
    report: Report,
    say: Callable[[str], None],
    find: Callable[[str, str], None],
) -> None:
    """Whatever is due of one; its trouble, of whatever kind, is its own."""
    uid = row.subscription_uid
    try:
        if not claims.claim(row, timezone.now()):
            return
        try:
            for action in advance(row):
                report.actions[action] += 1
                say(f"{uid}: {action}")
        finally:
            claims.release(row)
        return
    except IamportError as error:
        code = error.code
    except Exception as error:  # noqa: BLE001 - logged
        monitoring.log("renewal_failed", error=True, subject=uid)
        code = "database_error" if isinstance(error, DatabaseError) else "unexpected_error"
    report.find(uid, code)
    find(uid, code)


def advance(row: SubscriptionRecord) -> Iterator[str]:
    """Do what is due of a claimed subscription, step by step; yields the word for each step that was done."""
    for _step in range(MOST_STEPS):
        now = timezone.now()
        row.refresh_from_db()
        action = next_action(row, steps.open_renewal(row), now)
        if action is None:
            return
        yield _do(action, row, now)


def next_action(row: SubscriptionRecord, renewal: RenewalRecord | None, now: datetime) -> str | None:
    """What is to be done for a subscription now; None where nothing is."""
    if row.next_at is None or row.next_at > now:
        return None
    if renewal is not None:
        return _next_for(row, renewal)
    if row.ends_at_period_end:
        return "end"
    if row.status == SubscriptionStatus.PAUSED:
        return "resume"
    today = row.day_of(now)
    series, number = row.next_series
    if series.start(number) > today:
        return None
    return "skip" if row.missed is Missed.SKIP and rules.is_missed(series, number, today) else "begin"


def _next_for(row: SubscriptionRecord, renewal: RenewalRecord) -> str:
    first, tried = renewal.first_declined_at, renewal.tried_at
    if steps.is_left_to_customer(row, renewal):
        return "give_up"
    if first is None or tried is None or renewal.is_trying or row.next_at is None:
        return "charge"
    is_over = row.next_at >= row.dunning.ends_at(first) and row.dunning.next_try(first, tried) is None
    return "give_up" if is_over else "charge"


def _do(action: str, row: SubscriptionRecord, now: datetime) -> str:
    """Answers the word for what was done."""
    if action == "charge":
        outcome = charging.charge(row, steps.CLOCK)
        words = {RenewalStatus.OPEN.value: "declined", charging.ACCOUNT_WAITS: charging.ACCOUNT_WAITS}
        return words.get(outcome, f"charged_{outcome}")
    if action == "give_up":
        return _give_up(row, now)

    def step() -> None:
        with steps.locked(row) as current:
            if next_action(current, steps.open_renewal(current), now) != action:
                # Somebody asked for something else in the meantime.
                return
            STEPS[action](current, now)

    steps.run(row, step)
    return action


STEPS: dict[str, Callable[[SubscriptionRecord, datetime], object]] = {
    "begin": lambda row, now: steps.open_next(row, now, steps.CLOCK),
    "skip": lambda row, now: steps.skip_next(row, now, steps.CLOCK),
    "resume": lambda row, now: steps.resume(row, now, steps.CLOCK),
    "end": lambda row, now: steps.end(row, rules.CANCELLED, now, steps.CLOCK),
}


def _give_up(row: SubscriptionRecord, now: datetime) -> str:
    renewal = steps.open_renewal(row)
    if renewal is not None:
        try:
            charging.give_up(row, renewal, now, steps.CLOCK)
        except IamportError as error:
            steps.put_off(row, now, error.code)
            raise
    return "given_up"
