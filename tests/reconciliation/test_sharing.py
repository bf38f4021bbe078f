"""Batches, leases, and runs that are stopped: work is shared, and goes on where it was left."""

from datetime import timedelta

import pytest
from django.utils import timezone

from django_iamport import reconciliation
from django_iamport.models import SyncCursor
from django_iamport.reconciliation import gateway_payments, shop_records
from django_iamport.records import sync_cursor
from django_iamport.records.sync_cursor import Batches
from tests.shop.models import Order, OrderTransaction


def sync(**options):
    return reconciliation.sync(**{"max_age": timedelta(days=30), "say": lambda line: None, **options})


class TestStopping:
    @pytest.fixture
    def after(self):
        """A wish to stop that comes when so many rows were heard."""

        def stop(number):
            lines = []
            return {"say": lines.append, "must_stop": lambda: len(lines) >= number}

        return stop

    def test_the_row_in_hand_is_finished_and_the_next_run_goes_on(
        self, begin, iamport_sandbox, unlisted, after
    ):
        for _ in range(7):
            iamport_sandbox.pay(begin())
        OrderTransaction._base_manager.update(created=timezone.now() - timedelta(days=3))
        report = sync(**after(2))
        assert (report.stopped, report.exit_code, report.changed) == (
            True,
            reconciliation.STOPPED,
            {"paid": 2},
        )
        iamport_sandbox.reset_calls()
        report = sync()
        assert (report.stopped, report.changed) == (False, {"paid": 5})
        assert report.asked == 5

    def test_lists_that_were_not_read_to_their_end_are_read_again(self, begin, iamport_sandbox, after):
        for _ in range(4):
            iamport_sandbox.pay(begin())
        assert sync(**after(2)).changed == {"paid": 2}
        report = sync()
        assert (report.listed, report.changed) == (4, {"paid": 2})


@pytest.mark.django_db
def test_a_batch_goes_to_one_of_those_who_iterate_at_once(make_order):
    orders = {make_order().pk for _ in range(10)}
    first, second = (iter(Batches("orders", Order.objects.all(), 3)) for _ in range(2))
    taken = [order.pk for each in (first, second, second, first) for order in next(each)]
    assert (len(taken), set(taken)) == (10, orders)
    assert list(first) == list(second) == []
    # a lap ended, and the next one begins at the first row
    assert len(next(iter(Batches("orders", Order.objects.all(), 3)))) == 3


@pytest.mark.django_db
def test_where_nothing_waits_nothing_is_claimed_nor_stored(make_order, django_assert_num_queries):
    with django_assert_num_queries(2):
        assert list(Batches("orders", Order.objects.all(), 3)) == []
    assert not SyncCursor.objects.exists()


@pytest.mark.django_db
def test_who_finds_nothing_left_still_says_that_another_is_at_work(make_order):
    make_order()
    working = Batches("orders", Order.objects.all(), 3)
    next(iter(working))
    Order.objects.all().delete()
    idle = Batches("orders", Order.objects.all(), 3)
    assert list(idle) == []
    assert idle.others_go_on


@pytest.mark.django_db
def test_one_leads_until_it_lets_go_or_its_lease_is_over(later):
    assert sync_cursor.lease("lists")
    assert not sync_cursor.lease("lists")
    sync_cursor.release("lists")
    assert sync_cursor.lease("lists")
    later(minutes=3)
    assert sync_cursor.lease("lists")


class Killed(BaseException):
    """The process ends at this moment."""


class TestExit0MeansThatTheyAgree:
    def test_while_another_run_reads_the_lists_or_died_at_it_that_is_said(self, attempt, iamport_sandbox):
        iamport_sandbox.pay(attempt)
        sync_cursor.lease("payments")
        report = sync()
        assert report.unfinished == [("payments", "another_run")]
        assert report.exit_code == reconciliation.LEFT_FOR_LATER

    def test_a_run_since_a_moment_waits_for_the_other_one(self, attempt, iamport_sandbox, monkeypatch):
        iamport_sandbox.pay(attempt)
        sync_cursor.lease("payments")
        slept = []

        def sleep(seconds):
            slept.append(seconds)
            if len(slept) == 3:
                sync_cursor.release("payments")

        monkeypatch.setattr(gateway_payments.time, "sleep", sleep)
        report = sync(since=timezone.now() - timedelta(days=1))
        assert (report.codes, report.changed, len(slept)) == ({}, {"paid": 1}, 3)

    def test_or_says_why_not(self, attempt, iamport_sandbox, monkeypatch):
        iamport_sandbox.pay(attempt)
        sync_cursor.lease("payments")
        monkeypatch.setattr(gateway_payments, "WAIT_FOR_ANOTHER", 0.01)
        monkeypatch.setattr(gateway_payments, "PAUSE", 0.01)
        report = sync(since=timezone.now() - timedelta(days=100))
        assert report.codes == {"another_run": 1}
        assert iamport_sandbox.calls.count("GET /payments/status/all") == 0

    @pytest.mark.parametrize("at", [1, 2, 4, 7])
    def test_a_batch_of_waiting_news_whose_run_was_killed_is_not_skipped(
        self, begin, iamport_sandbox, monkeypatch, later, at
    ):
        monkeypatch.setattr(shop_records, "BATCH", 3)
        attempts = [begin() for _ in range(7)]
        for attempt in attempts:
            iamport_sandbox.pay(attempt)
        waits = {"backlog_since": timezone.now(), "backlog_code": "noticed"}
        OrderTransaction._base_manager.update(**waits, created=timezone.now() - timedelta(days=90))
        confirm, calls = shop_records.confirm_attempt, []

        def die(row):
            calls.append(row)
            if len(calls) == at:
                raise Killed
            confirm(row)

        with monkeypatch.context() as deadly:
            deadly.setattr(shop_records, "confirm_attempt", die)
            with pytest.raises(Killed):
                sync()
        paid = OrderTransaction.objects.filter(status="paid")
        report = sync()
        assert paid.count() == 7 or report.exit_code == reconciliation.LEFT_FOR_LATER
        assert ("backlog shop.ordertransaction", "another_run") in report.unfinished
        later(minutes=3)
        assert sync().exit_code == 0
        assert paid.count() == 7

    def test_news_in_front_of_where_a_run_was_killed_is_not_skipped_either(
        self, begin, iamport_sandbox, monkeypatch, later
    ):
        monkeypatch.setattr(shop_records, "BATCH", 1)
        first, second = begin(), begin()
        SyncCursor.objects.create(part="backlog shop.ordertransaction", position=str(first.pk))
        for attempt in (first, second):
            iamport_sandbox.pay(attempt)
        OrderTransaction._base_manager.update(backlog_since=timezone.now(), backlog_code="noticed")
        sync_cursor.lease("payments")
        assert sync().changed == {"paid": 2}
        assert SyncCursor.objects.filter(part__contains="#").count() == 0
