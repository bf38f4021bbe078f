"""The run of `iamport_sync`, part by part."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial

from django_iamport.managers import TransactionManager
from django_iamport.models.registry import transaction_models
from django_iamport.records import locks
from django_iamport.records.sync_cursor import SyncRun
from django_iamport.signals import monitoring

from . import closed_days, further, gateway_payments, operators, shop_records
from .context import Run, Stopped
from .report import Report


def sync(
    *,
    max_age: timedelta,
    since: datetime | None = None,
    dry_run: bool = False,
    say: Callable[[str], None] = monitoring.say_of_sync,
    find: Callable[[str, str], None] = lambda merchant_uid, code: None,
    progress: Callable[[Report], None] = lambda report: None,
    must_stop: Callable[[], bool] = lambda: False,
) -> Report:
    """Compare shop and gateway: news that waits, the gateway's lists, open attempts, refunds, unpaid orders. Then
    add up, for the desk, days that are over.

    `max_age`: attempts without news are asked about for this long after they began, failed ones too, which may
    be approved late; waiting accounts and pending news always. `since`: list the gateway's payments from that
    moment on; by default since the last run. `dry_run` asks, and stores nothing. Several may run at once, and
    share the work. `find` is called with each finding, `progress` often, `must_stop` is asked between two rows.
    What fails is in the report, and the rest goes on. Raises `InTransaction`, nothing of the gateway's.
    """
    for model in transaction_models():
        locks.require_no_transaction(TransactionManager.for_model(model).write_database())
    run = Run(max_age, since, dry_run, say, find, progress, must_stop)
    covered_from: list[datetime | None] = [None]

    def compare() -> None:
        covered_from[0] = gateway_payments.compare(run)

    parts: dict[str, Callable[[], None]] = {
        "backlog": lambda: shop_records.process_backlog(run),
        "payments": compare,
        "open": lambda: shop_records.look_up_open(run, covered_from[0]),
        "refunds": lambda: shop_records.go_on_with_refunds(run),
        "unpaid": lambda: shop_records.give_up_unpaid(run),
        "pending": lambda: shop_records.report_pending(run),
        **{name: partial(part, run) for name, part in further.PARTS.items()},
        "prefixes": lambda: shop_records.report_orphans(run),
        "held": lambda: operators.report_held(run),
        "calls": lambda: operators.call_again(run),
        "days": lambda: closed_days.add_up(run),
    }
    with monitoring.timed("iamport.sync") as tags, _remembered(run):
        try:
            for name, part in parts.items():
                run.attempt(name, part)
        except Stopped:
            run.report.stopped = True
        tags["outcome"] = str(run.report.exit_code)
    return run.report


@contextmanager
def _remembered(run: Run) -> Iterator[None]:
    """Store that it ran and how it ended; where that can't be stored, it runs all the same."""
    if run.dry_run:
        yield
        return
    stored: list[SyncRun] = []
    run.attempt("runs", lambda: stored.append(SyncRun.begin()))
    yield
    for row in stored:
        run.attempt("runs", partial(row.end, run.report.exit_code, run.report.codes))
