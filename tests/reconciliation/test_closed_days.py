"""A run adds up beforehand what the desk would add up with the first look of a day."""

from datetime import timedelta

import pytest
from django.utils import timezone

from django_iamport import reconciliation
from django_iamport.ledger.books import bookkeeping, day_sums
from django_iamport.ledger.books.closed_days import BEFOREHAND, KEPT, LONGEST
from django_iamport.ledger.books.day_sums import DaySums
from django_iamport.models import SyncCursor
from tests.admin.overview.made import returned, stored
from tests.ledger.books.test_closed_days import A_DAY, today
from tests.reconciliation.test_run import Run
from tests.shop.models import OrderTransaction, TicketTransaction

__all__ = ["today"]

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("db", "iamport_sandbox")]
A_RUN = 35


def run(**options):
    told = {"max_age": timedelta(days=30), "say": lambda line: None, **options}
    report = reconciliation.sync(**told)
    return report.days_added_up


def books(today, days=LONGEST - 1):
    """Of the longest period that somebody can look at."""
    edges = bookkeeping.days_of(today - days * A_DAY, today)
    rows = OrderTransaction.objects.all()
    return bookkeeping.lines(rows, edges), *bookkeeping.declined(rows, edges)


@pytest.fixture
def added_up(monkeypatch):
    """The days that are added up from the rows."""
    days = []
    add_up = bookkeeping._add_up

    def listen(transactions, edges):
        days.extend(edges[:-1])
        return add_up(transactions, edges)

    monkeypatch.setattr(bookkeeping, "_add_up", listen)
    return days


def sold(today, ago, **columns):
    return stored(at=f"{today - ago * A_DAY}T10:00", **columns)


def test_the_latest_weeks_come_first_and_the_next_run_goes_on(today, added_up):
    for ago in (0, 1, 2, 3, 40, 80):
        sold(today, ago, amount=1000 + ago)
    returned(sold(today, 50), at=f"{today - 45 * A_DAY}T00:00", amount=10)
    expected = books(today)
    DaySums.objects.all().delete()
    # Today, yesterday and the day before may still be told of.
    assert run() == A_RUN
    assert (max(added_up[-A_RUN:]), min(added_up[-A_RUN:])) == (today - 3 * A_DAY, today - 37 * A_DAY)
    assert [run(), run(), run()] == [A_RUN, 80 - 2 * (A_RUN + 1), 0]
    assert DaySums.objects.count() == 78
    del added_up[:]
    assert books(today, days=80) == expected
    assert added_up == [today - 2 * A_DAY, today - A_DAY, today]


def test_each_kind_of_transactions_is_added_up(today, added_up):
    sold(today, 10)
    sold(today, 4, model=TicketTransaction, amount=777)
    assert run() == 8 + 2
    del added_up[:]
    rows = TicketTransaction.objects.all()
    [line] = bookkeeping.lines(rows, bookkeeping.days_of(today - 4 * A_DAY, today - 3 * A_DAY))
    assert (line.paid, added_up) == (777, [])


def test_what_changed_is_added_up_again_and_nothing_else(today, added_up):
    sold(today, 20)
    assert run() == 18
    later = sold(today, 5, amount=500)
    day_sums.forget([later.paid_at], "default")
    del added_up[:]
    assert (run(), added_up) == (1, [today - 5 * A_DAY])


def test_what_will_soon_be_added_up_again_is_before_somebody_has_to_wait(today, added_up):
    sold(today, 9)
    run()
    age = KEPT - BEFOREHAND
    DaySums.objects.update(added_up_at=timezone.now() - age + timedelta(minutes=1))
    assert run() == 0
    DaySums.objects.update(added_up_at=timezone.now() - age - timedelta(minutes=1))
    assert (run(), run()) == (7, 0)
    assert DaySums.objects.filter(added_up_at__lt=timezone.now() - timedelta(hours=1)).count() == 0


def test_a_shop_without_payments_has_nothing_to_add_up(today):
    assert (run(), DaySums.objects.count()) == (0, 0)
    sold(today, 1)
    assert (run(), DaySums.objects.count()) == (0, 0)


def test_a_dry_run_and_play_money_keep_nothing(today, settings):
    sold(today, 9)
    assert run(dry_run=True) == 0
    settings.IAMPORT_TEST_MODE = True
    assert (run(), DaySums.objects.count()) == (0, 0)


def test_a_run_that_is_stopped_ends_behind_a_week(today):
    sold(today, 30)
    report = reconciliation.sync(
        max_age=timedelta(days=30), must_stop=lambda: DaySums.objects.exists(), say=lambda line: None
    )
    assert (report.stopped, report.days_added_up, run()) == (True, 7, 21)


def test_the_report_tells_how_many_days(today):
    sold(today, 9)
    assert '"days_added_up": 7,' in "".join(Run("--json").out)
    DaySums.objects.all().delete()
    assert Run("-v", "2").out == ["days shop.ordertransaction: 7"]
    DaySums.objects.all().delete()
    SyncCursor.objects.all().delete()
    assert Run().out == []
