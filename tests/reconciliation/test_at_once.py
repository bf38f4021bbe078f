"""Two runs at once, in real threads on real connections: they share the work, and do nothing twice."""

import contextlib
import threading
from collections import Counter
from datetime import timedelta

import pytest
from django.utils import timezone

from django_iamport import reconciliation
from django_iamport.exceptions import IamportError
from django_iamport.ledger.books.day_sums import DaySums
from django_iamport.models import Refund
from django_iamport.records import sync_cursor
from tests.admin.overview.made import stored
from tests.ledger.books.test_closed_days import A_DAY, today
from tests.payments.test_at_once import at_once, hears, real_connections
from tests.shop.models import OrderTransaction

__all__ = ["hears", "real_connections", "today"]

pytestmark = pytest.mark.django_db(transaction=True)


def sync(**options):
    return reconciliation.sync(**{"max_age": timedelta(days=30), "say": lambda line: None, **options})


def test_two_runs_share_the_attempts(begin, iamport_sandbox, unlisted, heard):
    for _ in range(12):
        iamport_sandbox.pay(begin())
    OrderTransaction._base_manager.update(created=timezone.now() - timedelta(days=3))
    barrier = threading.Barrier(2, timeout=60)
    waited = threading.local()

    def progress(report):
        # Neither is done before the other one has begun.
        if report.asked == 1 and not getattr(waited, "once", False):
            waited.once = True
            barrier.wait()

    iamport_sandbox.reset_calls()
    reports = at_once(*[lambda: sync(progress=progress)] * 2)
    # The lists are another one's, and the first to end finds the other one at work.
    assert all(set(report.codes) == {"another_run"} for report in reports)
    assert all(report.exit_code == reconciliation.LEFT_FOR_LATER for report in reports)
    assert all(report.changed["paid"] for report in reports)
    assert sum((report.changed for report in reports), Counter()) == {"paid": 12}
    assert heard.names == ["payment_paid"] * 12
    lookups = [call for call in iamport_sandbox.calls if call.startswith("GET /payments/imp")]
    assert len(lookups) == len(set(lookups)) == 12


def test_two_runs_that_read_the_same_news_take_it_in_once(begin, iamport_sandbox, heard, monkeypatch):
    for _ in range(6):
        iamport_sandbox.pay(begin())
    monkeypatch.setattr(sync_cursor, "lease", lambda part: True)
    at_once(*[sync] * 2)
    assert set(OrderTransaction.objects.values_list("status", flat=True)) == {"paid"}
    assert heard.names == ["payment_paid"] * 6


def test_two_runs_refund_once(begin, iamport_sandbox, confirm):
    attempts = [begin() for _ in range(4)]
    for attempt in attempts:
        iamport_sandbox.fail_next("payments.cancel", disconnect=True)
        with contextlib.suppress(IamportError):
            confirm(attempt, iamport_sandbox.pay(attempt, amount=100))
    Refund.objects.update(status="wanted", sent_at=None)
    iamport_sandbox.reset_calls()
    at_once(*[sync] * 2)
    sync()
    assert iamport_sandbox.calls.count("POST /payments/cancel") == 4
    assert set(Refund.objects.values_list("status", flat=True)) == {"done"}
    assert set(OrderTransaction.objects.values_list("status", flat=True)) == {"cancelled"}


def test_two_runs_that_add_up_the_same_days_keep_what_one_would(real_connections, today, iamport_sandbox):
    for ago in range(3, 30):
        stored(at=f"{today - ago * A_DAY}T10:00", amount=1000 + ago)
    reports = at_once(*[sync] * 3)
    assert {report.exit_code for report in reports} <= {reconciliation.CLEAN, reconciliation.LEFT_FOR_LATER}
    assert sync().days_added_up == 0
    sums = DaySums.objects.order_by("day").values_list("sums", flat=True)
    paid = [float(day["shop.ordertransaction"]["lines"][0][3]) for day in sums]
    assert paid == [1000 + ago for ago in reversed(range(3, 30))]
