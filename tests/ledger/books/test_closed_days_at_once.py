"""Real threads on real connections: what changes while a day is added up is not kept without the change."""

import threading
from functools import partial

import pytest
from django.db import transaction
from django.utils import timezone

from django_iamport.ledger.books import bookkeeping, closed_days, day_sums
from django_iamport.ledger.books.day_sums import DaySums
from django_iamport.records import locks
from tests.admin.overview.made import stored
from tests.ledger.books.test_closed_days import A_DAY, afresh, kept, later, today
from tests.payments.test_at_once import PATIENCE, at_once, real_connections
from tests.shop.models import OrderTransaction

__all__ = ["later", "real_connections", "today"]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(("is_known", "is_told_first"), [(False, True), (True, False)])
def test_whoever_adds_up_beside_a_change_keeps_nothing(
    real_connections, later, today, is_known, is_told_first
):
    stored(at=f"{today}T00:00", amount=1000)
    later()
    if is_known:
        kept(today)
        DaySums.objects.update(added_up_at=timezone.now() - 2 * A_DAY)
    changed, added_up = threading.Event(), threading.Event()

    def change():
        with transaction.atomic():
            OrderTransaction._base_manager.update(paid_amount=2000)
            if is_told_first:
                day_sums.forget([timezone.now()], "default")
            changed.set()
            added_up.wait(PATIENCE)
            if not is_told_first:
                day_sums.forget([timezone.now()], "default")

    def look():
        rows, days, seen = OrderTransaction.objects.all(), bookkeeping.days_of(today, today), []
        changed.wait(PATIENCE)

        def add_up(span):
            seen.extend(bookkeeping.daily(rows, today, today, afresh=True))
            added_up.set()
            return {}

        list(closed_days.read(rows, days[:1], add_up))
        return [line.paid for line in seen]

    # A database that keeps snapshots refuses the change beside what was kept meanwhile; then it is made again.
    assert at_once(partial(locks.retrying, change), look) == [None, [1000]]
    [line] = kept(today)[0]
    assert (line.paid, [line]) == (2000, afresh(today))
