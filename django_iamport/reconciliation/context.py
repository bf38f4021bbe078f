"""One run: what it may do, what it found, and how one piece of news is taken in without stopping the rest."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import DatabaseError

from django_iamport import conf
from django_iamport.exceptions import IamportError
from django_iamport.managers import entrance
from django_iamport.models.transaction import AbstractTransaction
from django_iamport.records.history import Origin
from django_iamport.rules import merchant_uids

from .report import Report

logger = logging.getLogger("django_iamport")

SYNC = Origin("sync")


class Stopped(Exception):
    """Somebody asked the run to end; the row in hand is finished."""


@dataclass
class Run:
    """Handed to each part of the work."""

    max_age: timedelta
    since: datetime | None = None
    dry_run: bool = False
    say: Callable[[str], None] = logger.info
    find: Callable[[str, str], None] = lambda merchant_uid, code: None
    progress: Callable[[Report], None] = lambda report: None
    must_stop: Callable[[], bool] = lambda: False
    report: Report = field(default_factory=Report)

    def go_on(self) -> None:
        """Called between two rows; raises `Stopped`."""
        self.progress(self.report)
        if self.must_stop():
            raise Stopped

    def found(self, merchant_uid: str, code: str) -> None:
        """Something that the next run or somebody has to see to."""
        self.report.find(merchant_uid, code)
        self.find(merchant_uid, code)

    def is_ours(self, merchant_uid: str) -> bool:
        """Others are counted, and left alone (docs/reliability.md, rule 16)."""
        ours = merchant_uids.is_ours(merchant_uid, conf.prefix())
        self.report.foreign += not ours
        return ours

    def hear(self, row: AbstractTransaction, take_in: Callable[[], object], told: str) -> None:
        """Take news of a stored transaction in; `told` is the gateway's word for it, for a dry run."""
        if self.dry_run:
            self.report.changed[told] += 1
            self.say(f"{row.merchant_uid}: {row.status} -> {told}")
            return
        if not self.attempt(row.merchant_uid, take_in):
            return
        stored = type(row)._base_manager.only("status", "backlog_code").get(pk=row.pk)
        if stored.backlog_code:
            self.found(row.merchant_uid, stored.backlog_code)
        self.report.changed[stored.status] += 1
        self.say(f"{row.merchant_uid}: {stored.status}")

    def attempt(self, merchant_uid: str, act: Callable[[], object]) -> bool:
        """Act; what fails is told, and the rest goes on. Answers whether it went through."""
        try:
            act()
        except IamportError as error:
            code = error.code
        except DatabaseError:
            logger.exception("%s could not be stored", merchant_uid)
            code = "database_error"
        else:
            return True
        self.found(merchant_uid, code)
        self.say(f"{merchant_uid}: {code}")
        return False


def ask_wholly(row: AbstractTransaction) -> None:
    """Read all payments under the number, and take in what they tell."""
    entrance(type(row)).confirm(merchant_uid=row.merchant_uid, source=SYNC.source)


def ask_about(row: AbstractTransaction, imp_uid: str) -> None:
    """Look one payment up by itself: what a step to paid needs (docs/reliability.md, rule 21)."""
    entrance(type(row)).confirm(merchant_uid=row.gateway_merchant_uid, imp_uid=imp_uid, source=SYNC.source)
