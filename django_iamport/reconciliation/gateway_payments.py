"""What the gateway has: its payments since a moment, compared with what is stored; unknown ones are reported."""

from __future__ import annotations

import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial

from django.utils import timezone

from django_iamport import conf
from django_iamport.gateway.listing import LARGEST_PAGE, Lists
from django_iamport.gateway.lookups import Unreadable
from django_iamport.ledger.comparison import COLUMNS, is_news
from django_iamport.managers import TransactionManager
from django_iamport.models import AbstractTransaction
from django_iamport.models.registry import transaction_models
from django_iamport.payments.open_attempts import may_still_be_paid
from django_iamport.records import sync_cursor
from django_iamport.records.rows import rows
from django_iamport.refunds.execution import post_and_execute
from django_iamport.rules.payment import EVIDENCE_LIFE, Evidence, SeenPayment
from django_iamport.rules.standing import Standing, holds_and_awaits_nothing, is_test_payment, standing
from django_iamport.rules.status import Status

from .context import SYNC, Run, confirm_payment

PART = "payments"

# Lists begin this long before the last one ended: a window that was open then may have been paid since.
OVERLAP = timedelta(hours=2)
# The gateway's clock and ours may differ; a payment begins after its attempt.
CLOCKS_DIFFER = timedelta(minutes=10)
# How long a run that was told from when on waits for another one: that one may have died.
WAIT_FOR_ANOTHER = (sync_cursor.LEASE + timedelta(seconds=10)).total_seconds()
PAUSE = 1.0
# A lease is renewed when this much of it has gone.
RENEW_AFTER = sync_cursor.LEASE / 4
# A run of so many pages reads each of them once, unless posting money lasted longer than evidence lives.
KEPT_PAGES = 3
KEPT_FOR = EVIDENCE_LIFE * 0.75

Family = list[AbstractTransaction]
Act = Callable[[AbstractTransaction, SeenPayment, datetime], None]


def compare(run: Run) -> datetime | None:
    """Read the lists and post what is news.

    Answers from when on attempts are covered by them, also where another process reads them at this moment (or
    died reading them, which is reported as well); None where they could not be read.
    """
    if not run.dry_run and not _lead(run):
        run.found(PART, "another_run")
        return _usual_since(run) + CLOCKS_DIFFER
    begun, since = timezone.now(), run.since or _usual_since(run)
    try:
        if not run.attempt(PART, Reading(run, since).read):
            return None
        if not run.dry_run and _leaves_no_gap(run):
            sync_cursor.release(PART, position=begun.isoformat())
        return since + CLOCKS_DIFFER
    finally:
        if not run.dry_run:
            sync_cursor.release(PART)


def _lead(run: Run) -> bool:
    """Whether this run reads the lists; where it was told from when on, it waits until another one has done so."""
    if sync_cursor.lease(PART):
        return True
    if run.since is None:
        return False
    run.say(f"{PART}: waiting for another run")
    until = time.monotonic() + WAIT_FOR_ANOTHER
    while time.monotonic() < until and sync_cursor.is_free_within(PART, sync_cursor.LEASE):
        run.go_on()
        time.sleep(PAUSE)
        if sync_cursor.lease(PART):
            return True
    return False


def _leaves_no_gap(run: Run) -> bool:
    """Whether the next run may begin where this one ended: not where it was asked to begin later than usual."""
    listed_until = sync_cursor.listed_until(PART)
    return run.since is None or (listed_until is not None and run.since <= listed_until)


def _usual_since(run: Run) -> datetime:
    """Since the last run, or as far back as lists are cheaper than looking up."""
    now = timezone.now()
    earliest = now - run.max_age
    listed_until = sync_cursor.listed_until(PART)
    if listed_until is None:
        return earliest
    since = listed_until - OVERLAP
    lookups = pages = 0.0
    for model in transaction_models():
        older = rows(model).filter(created__gte=earliest, created__lt=since)
        lookups += older.filter(may_still_be_paid()).count() / 100
        pages += 2 * older.count() / LARGEST_PAGE
    return min(since, earliest) if lookups > pages + 1 else since


class Reading:
    """The lists, read once, and all but their last pages once more where attempts ended without money.

    Several payments may stand under one number, and nothing ends before all of them were read (rule 14). So the
    first reading posts money, accounts and open windows; what failed comes afterwards, where no other
    payment came first. Only the last pages are kept in memory.
    """

    def __init__(self, run: Run, since: datetime) -> None:
        self.run, self.since = run, since
        self.unread: set[str] = set()
        self.lists = Lists(self._not_read)
        self.renewed_at = timezone.now()
        self.first_end: datetime | None = None
        self.is_all_kept = True
        self.last_pages: deque[tuple[datetime, tuple[SeenPayment, ...]]] = deque(maxlen=KEPT_PAGES)

    def read(self) -> None:
        for page in self._pages("all", self.since):
            self._compare(*page, self._post)
            self.is_all_kept = len(self.last_pages) < KEPT_PAGES
            self.last_pages.append(page)
        for status in (Status.PAID, Status.CANCELLED):
            self._read_begun_before(status)
        if self.first_end is not None:
            self._post_ends(self.first_end)

    def _post_ends(self, since: datetime) -> None:
        fresh = [page for page in self.last_pages if timezone.now() - page[0] < KEPT_FOR and page[1]]
        for page in fresh:
            self._compare(*page, self._post_end)
        if self.is_all_kept and len(fresh) == len(self.last_pages):
            return
        until = fresh[0][1][0].started_at if fresh else None
        if until is None or since <= until:
            for asked_at, payments in self._pages("all", since):
                first = payments[0].started_at if payments else None
                if until and first and first > until:
                    return
                self._compare(asked_at, payments, self._post_end)

    def _read_begun_before(self, status: str) -> None:
        """What began before the lists and was paid or refunded since: a deposit, a refund in the console."""
        for asked_at, payments in self._pages(status, self.since):
            before = [p for p in payments if p.started_at is None or p.started_at < self.since]
            self._compare(asked_at, before, self._post)
            if len(before) < len(payments):
                return

    def _pages(self, status: str, since: datetime) -> Iterator[tuple[datetime, tuple[SeenPayment, ...]]]:
        for asked_at, payments in self.lists.pages(status, since):
            self._go_on()
            yield asked_at, payments

    def _not_read(self, entry: Unreadable) -> None:
        """Nothing ends under a number of which a payment can't be read."""
        self.unread.add(entry.merchant_uid or "")
        self.run.unreadable(entry)

    def _go_on(self) -> None:
        self.run.go_on()
        if not self.run.dry_run and timezone.now() - self.renewed_at > RENEW_AFTER:
            sync_cursor.renew(PART)
            self.renewed_at = timezone.now()

    def _compare(self, asked_at: datetime, payments: Sequence[SeenPayment], act: Act) -> None:
        ours = [p for p in payments if conf.owns(p.merchant_uid)]
        stored = _families({payment.merchant_uid for payment in ours})
        if act == self._post:
            self.run.report.listed += len(ours)
            self.run.report.foreign_payments += sum(
                not conf.owns(p.merchant_uid) and not conf.is_copied(p.merchant_uid) for p in payments
            )
        for payment in ours:
            family = stored.get(payment.merchant_uid)
            if family:
                row = _row_of(family, payment)
                self.run.attempt(payment.merchant_uid, partial(act, row, payment, asked_at), row)
            elif act == self._post:
                self._report_unknown(payment)

    def _report_unknown(self, payment: SeenPayment) -> None:
        """Money under a number that would be ours, and no such attempt: reported, never refunded."""
        # The registration of a card is listed as a payment of nothing.
        is_money = standing(payment) is Standing.HELD and payment.amount != 0
        if is_money and not is_test_payment(payment, test_mode=conf.test_mode()):
            self.run.found(payment.merchant_uid, "unknown_to_the_shop")

    def _post(self, row: AbstractTransaction, payment: SeenPayment, asked_at: datetime) -> None:
        if not is_news(row, payment, now=timezone.now()):
            return
        if holds_and_awaits_nothing(payment, now=timezone.now()):
            began = payment.started_at or self.since
            self.first_end = min(began, self.first_end or began)
            return
        self._go_on()
        if _needs_a_lookup(row, payment):
            act: Callable[[], object] = partial(confirm_payment, row, payment.imp_uid)
        else:
            act = partial(_post_listed, row, Evidence(payment, asked_at))
        self.run.apply(row, act, payment.status)

    def _post_end(self, row: AbstractTransaction, payment: SeenPayment, asked_at: datetime) -> None:
        now = timezone.now()
        ends = holds_and_awaits_nothing(payment, now=now)
        # Of an older attempt not all payments were read.
        if not ends or row.created < self.since + CLOCKS_DIFFER or not is_news(row, payment, now=now):
            return
        if payment.merchant_uid in self.unread:
            return
        self._go_on()
        act = partial(_post_listed, row, Evidence(payment, asked_at))
        self.run.apply(row, act, payment.status)


def _post_listed(row: AbstractTransaction, evidence: Evidence) -> None:
    using = TransactionManager.for_model(type(row)).write_database()
    post_and_execute(type(row), evidence, SYNC, using)


def _needs_a_lookup(row: AbstractTransaction, payment: SeenPayment) -> bool:
    """Whether it may make the transaction paid, or is a second payment of it; play money can't."""
    if is_test_payment(payment, test_mode=conf.test_mode()):
        return False
    is_known = row.imp_uid == payment.imp_uid and row.status in (Status.PAID, Status.REJECTED)
    return standing(payment) is Standing.HELD and not is_known


def _families(numbers: set[str]) -> dict[str, Family]:
    """All rows under these numbers of the gateway's, whichever model they are in: one query for each model."""
    found: dict[str, Family] = defaultdict(list)
    for model in transaction_models() if numbers else ():
        family = rows(model).filter(gateway_merchant_uid__in=numbers)
        for row in family.only(*COLUMNS).order_by():
            found[row.gateway_merchant_uid].append(row)
    return found


def _row_of(family: Family, payment: SeenPayment) -> AbstractTransaction:
    """The row of this payment, else that of the attempt."""
    same = (row for row in family if row.imp_uid == payment.imp_uid)
    attempt = (row for row in family if row.merchant_uid == row.gateway_merchant_uid)
    return next(same, None) or next(attempt, family[0])
