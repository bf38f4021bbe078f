"""One run: what it may do, what it found, and how one piece of news is posted without stopping the rest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import DatabaseError

from django_iamport import conf
from django_iamport.exceptions import Busy, IamportError
from django_iamport.gateway.lookups import Unreadable
from django_iamport.ledger import backlog
from django_iamport.managers import TransactionManager
from django_iamport.models import AbstractTransaction
from django_iamport.models.registry import find_attempt
from django_iamport.payments import confirmation
from django_iamport.records import blocks
from django_iamport.records.history import Origin
from django_iamport.records.rows import rows
from django_iamport.signals import monitoring

from .report import LATER, Report

SYNC = Origin("sync")

UNEXPECTED = "unexpected_error"


class Stopped(Exception):
    """Somebody asked the run to end; the row in hand is finished."""


@dataclass
class Run:
    """Handed to each part of the work."""

    max_age: timedelta
    since: datetime | None = None
    dry_run: bool = False
    say: Callable[[str], None] = monitoring.say_of_sync
    find: Callable[[str, str], None] = lambda merchant_uid, code: None
    progress: Callable[[Report], None] = lambda report: None
    must_stop: Callable[[], bool] = lambda: False
    report: Report = field(default_factory=Report)
    # What somebody has to see to.
    listed: set[str] = field(default_factory=set)
    told: set[Unreadable] = field(default_factory=set)

    def go_on(self) -> None:
        """Called between two rows; raises `Stopped`."""
        self.progress(self.report)
        if self.must_stop():
            raise Stopped

    def found(self, merchant_uid: str, code: str) -> None:
        """Something that the next run or somebody has to see to."""
        self.report.find(merchant_uid, code)
        if code not in LATER:
            self.listed.add(merchant_uid)
        self.find(merchant_uid, code)

    def apply(self, row: AbstractTransaction, act: Callable[[], object], status: str) -> None:
        """Post news of a stored transaction; `status` is the gateway's word for it, for a dry run."""
        if self.dry_run:
            self.report.changed[status] += 1
            self.say(f"{row.merchant_uid}: {row.status} -> {status}")
            return
        if not self.attempt(row.merchant_uid, act, row):
            return
        stored = rows(type(row)).only("status", "backlog_code").get(pk=row.pk)
        if stored.backlog_code:
            self.found(row.merchant_uid, stored.backlog_code)
        self.report.changed[stored.status] += 1
        self.say(f"{row.merchant_uid}: {stored.status}")

    def attempt(self, name: str, act: Callable[[], object], row: AbstractTransaction | None = None) -> bool:
        """Act; what fails, for whatever reason, is reported, and the rest goes on. Answers whether it succeeded.

        `name` is a `merchant_uid`, or what else the trouble concerns alone (docs/reliability.md, rule 39). A `row`
        whose news raised what no posting expects is first in line at the next run.
        """
        try:
            act()
        except Stopped:
            raise
        except IamportError as error:
            code = error.code
        except Exception as error:  # noqa: BLE001 - logged
            monitoring.log("sync_row_failed", error=True, subject=name)
            code = _code_of(error)
            if row is not None and not self.dry_run:
                self.remember(row, code)
        else:
            return True
        self.found(name, code)
        self.say(f"{name}: {code}")
        return False

    def remember(self, row: AbstractTransaction, code: str) -> None:
        """Leave a row for the next run, unless it waits for something already."""
        try:
            backlog.remember(rows(type(row)).filter(pk=row.pk, backlog_since__isnull=True), code)
        except (DatabaseError, IamportError):
            monitoring.log("sync_row_not_left", error=True, merchant_uid=row.merchant_uid)

    def unreadable(self, entry: Unreadable) -> None:
        """A payment of a list that can't be read; of those of other shops nothing is expected."""
        merchant_uid = entry.merchant_uid
        if (merchant_uid and not conf.owns(merchant_uid)) or entry in self.told:
            return
        self.told.add(entry)
        self.found(entry.imp_uid or merchant_uid or "payments", "payment_unreadable")
        self.say(f"{entry.imp_uid}: {entry.problem}")
        row = find_attempt(merchant_uid) if merchant_uid else None
        if row is not None and not self.dry_run:
            self.remember(row, "payment_unreadable")


def _code_of(error: Exception) -> str:
    """What a run calls an error that is none of ours; a busy database lets the next run through."""
    if blocks.is_busy(error):
        return Busy.code
    return "database_error" if isinstance(error, DatabaseError) else UNEXPECTED


def confirm_attempt(row: AbstractTransaction) -> None:
    """Read all payments under the number, and post what they show."""
    _confirm(row, None)


def confirm_payment(row: AbstractTransaction, imp_uid: str) -> None:
    """Look one payment up by itself: what a step to paid needs (docs/reliability.md, rule 21)."""
    _confirm(row, imp_uid)


def _confirm(row: AbstractTransaction, imp_uid: str | None) -> None:
    using = TransactionManager.for_model(type(row)).write_database()
    number = row.merchant_uid if imp_uid is None else row.gateway_merchant_uid
    confirmation.confirm(type(row), using, SYNC, merchant_uid=number, imp_uid=imp_uid)
