"""Batches, leases, and runs that are stopped: work is shared, and goes on where it was left."""

from datetime import timedelta

import pytest
from django.utils import timezone

from django_iamport import reconciliation
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
def test_one_leads_until_it_lets_go_or_its_lease_is_over(later):
    assert sync_cursor.lease("lists")
    assert not sync_cursor.lease("lists")
    sync_cursor.release("lists")
    assert sync_cursor.lease("lists")
    later(minutes=3)
    assert sync_cursor.lease("lists")
