"""Real threads on real connections: two workers share what is due, and charge nothing twice."""

import threading
from contextlib import suppress

import pytest

from django_iamport.contrib.subscriptions.clock import renew
from tests.payments.test_at_once import at_once, real_connections
from tests.shop.models import OrderTransaction

__all__ = ["real_connections"]

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


def test_two_workers_share_what_is_due(make_subscription, time, held):
    for _ in range(8):
        make_subscription().start(trial_days=1)
    time.move(days=1)
    barrier, waited = threading.Barrier(2, timeout=60), threading.local()

    def say(line):
        if not getattr(waited, "once", False):
            waited.once = True
            with suppress(threading.BrokenBarrierError):
                barrier.wait()

    reports = at_once(*[lambda: renew(say=say)] * 2)
    assert all(report.actions["charged_paid"] for report in reports)
    assert sum(report.actions["charged_paid"] for report in reports) == 8
    assert held() == 80_000
    assert OrderTransaction.objects.filter(status="paid").count() == 8
