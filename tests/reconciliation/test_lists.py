"""The gateway's side, read by listing: few calls, flat, no row lost, and what the shop never heard of."""

import dataclasses
import math
import re
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from django_iamport import reconciliation
from django_iamport.client.operations.payments import Payments
from django_iamport.client.results import Page
from django_iamport.exceptions import Refused
from django_iamport.gateway import listing
from django_iamport.gateway.lookups import find as look_up
from django_iamport.models import SyncCursor
from django_iamport.models.registry import transaction_models
from django_iamport.reconciliation import gateway_payments
from tests.shop.models import OrderTransaction

MONTH = timedelta(days=30)


def sync(**options):
    return reconciliation.sync(**{"max_age": MONTH, "say": lambda line: None, **options})


def count(calls, *beginnings):
    return sum(call.startswith(beginnings) for call in calls)


@pytest.fixture
def small_pages(monkeypatch):
    monkeypatch.setattr(listing, "LARGEST_PAGE", 20)


def statuses():
    return sorted(OrderTransaction.objects.values_list("status", flat=True))


@pytest.mark.parametrize("kept", [0, 1, 4])
def test_news_of_many_attempts_cost_lists_and_one_lookup_for_each_that_becomes_paid(
    begin, iamport_sandbox, small_pages, monkeypatch, kept
):
    monkeypatch.setattr(gateway_payments, "KEPT_PAGES", kept)
    for _ in range(15):
        iamport_sandbox.pay(begin())
        iamport_sandbox.decline(begin())
        iamport_sandbox.issue_account(begin())
        iamport_sandbox.open(begin())
        iamport_sandbox.void(iamport_sandbox.issue_account(begin()))
    iamport_sandbox.reset_calls()

    assert sync().is_clean

    wanted = ["cancelled"] * 15 + ["failed"] * 15 + ["paid"] * 15 + ["ready"] * 30
    assert statuses() == wanted
    calls = iamport_sandbox.calls
    pages = math.ceil(75 / 20)
    assert count(calls, "GET /payments/status/all") <= pages + (pages if kept < pages else 0)
    assert count(calls, "GET /payments/imp") == 15
    assert len(calls) - 15 == count(calls, "GET /payments/status/all") + 2

    iamport_sandbox.reset_calls()
    with CaptureQueriesContext(connection) as queries:
        sync()
    assert count(iamport_sandbox.calls, "GET /payments/status/") == len(iamport_sandbox.calls) == pages + 2
    assert not [query for query in queries.captured_queries if re.match(r"UPDATE .shop_", query["sql"])]


def test_a_hundred_thousand_attempts_are_two_hundred_calls():
    """Each page twice but for those kept, two more lists, a token."""
    pages = 100_000 // listing.LARGEST_PAGE
    assert pages + (pages - gateway_payments.KEPT_PAGES) + 2 + 1 <= 200


class Gateway:
    """Lists of as many payments as one likes."""

    def __init__(self, example, number):
        self.payments = [
            dataclasses.replace(
                example,
                imp_uid=f"imp_{n:012}",
                merchant_uid=uid(n),
            )
            for n in range(number)
        ]
        self.calls = 0

    def by_status_page(self, status, *, page, limit, **options):
        self.calls += 1
        rows = self.payments[(page - 1) * limit : page * limit] if status == "all" else []
        more = page * limit < len(self.payments) and status == "all"
        return Page(tuple(rows), len(self.payments), page - 1, page + 1 if more else 0)


def uid(number):
    letters = "abcdefghij"
    return "test" + "".join(letters[int(digit)] for digit in f"{number:026}")


def copy_for(payments, row):
    """The row once more for each payment; copied by the database, as instances would cost seconds."""
    name = connection.ops.quote_name
    own = ["merchant_uid", "gateway_merchant_uid", "paid_order_key", "imp_uid"]
    fields = [field.column for field in row._meta.concrete_fields if not field.primary_key]
    copied = [name(column) for column in fields if column not in own]
    table, pk = name(row._meta.db_table), name(row._meta.pk.column)
    into, kept = ", ".join([*map(name, own), *copied]), ", ".join(copied)
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {table} ({into}) SELECT %s, %s, %s, %s, {kept} FROM {table} WHERE {pk} = %s",
            [(*[payment.merchant_uid] * 3, payment.imp_uid, row.pk) for payment in payments],
        )


@pytest.mark.once
def test_ten_thousand_transactions_take_the_same_few_queries_for_each_page(
    attempt, iamport_sandbox, confirm, monkeypatch
):
    stored = confirm(attempt, iamport_sandbox.pay(attempt))
    gateway = Gateway(look_up(stored.imp_uid).payment, 10_000)
    monkeypatch.setattr(
        Payments, "by_status_page", lambda self, *args, **options: gateway.by_status_page(*args, **options)
    )
    first, *others = gateway.payments
    paid = OrderTransaction(
        order_id=attempt.order_id,
        merchant_uid=first.merchant_uid,
        gateway_merchant_uid=first.merchant_uid,
        imp_uid=first.imp_uid,
        amount=50_000,
        status="paid",
        paid_amount=Decimal(50_000),
        paid_currency="KRW",
        verified_at=timezone.now(),
        paid_order_key=first.merchant_uid,
    )
    OrderTransaction._base_manager.bulk_create([paid])
    copy_for(others, OrderTransaction._base_manager.get(merchant_uid=first.merchant_uid))
    assert OrderTransaction._base_manager.filter(status="paid").count() == 1 + 10_000
    all_of_them = gateway.payments
    queries = {}
    for number in (1, 1000, 10_000):
        gateway.payments, gateway.calls = all_of_them[:number], 0
        with CaptureQueriesContext(connection) as asked:
            report = sync(since=timezone.now())
        queries[number] = len(asked)
        assert (report.is_clean, report.listed, dict(report.changed)) == (True, number, {})
        assert gateway.calls == math.ceil(number / 1000) + 2
    assert queries[10_000] - queries[1000] == 9 * len(transaction_models())


@pytest.mark.database
def test_what_the_shop_never_heard_of_is_told_and_never_refunded(attempt, iamport_sandbox):
    stray = iamport_sandbox.pay(merchant_uid=uid(7), amount=1000)
    iamport_sandbox.pay(merchant_uid="somebodyelses", amount=1000)
    iamport_sandbox.decline(merchant_uid=uid(8), amount=1000)
    iamport_sandbox.pay(merchant_uid=uid(9), amount=1000, channel="test")
    report = sync()
    assert report.unfinished == [(uid(7), "unknown_to_the_shop")]
    assert (report.foreign_payments, report.exit_code) == (1, reconciliation.NEEDS_SOMEBODY)
    assert iamport_sandbox.payment(stray)["cancel_amount"] == 0


def test_windows_are_of_at_most_ninety_days_and_the_last_one_is_open():
    now = timezone.now()
    spans = list(listing.windows(now - timedelta(days=200), now))
    assert [end - begin for begin, end in spans[:-1]] == [timedelta(days=89)] * 2
    assert [begin for begin, _ in spans[1:]] == [end for _, end in spans[:-1]]
    assert spans[-1][1] is None


@pytest.fixture
def asked_from(iamport_sandbox, monkeypatch):
    """From when on lists were asked for."""
    asked = []
    ask = Payments.by_status_page

    def by_status_page(self, status, **options):
        asked.append(options["from_"])
        return ask(self, status, **options)

    monkeypatch.setattr(Payments, "by_status_page", by_status_page)
    return asked


@pytest.mark.database
def test_the_next_run_lists_from_the_last_one_on(db, asked_from):
    begun = timezone.now()
    sync()
    sync()
    assert abs(asked_from[0] - (begun - MONTH)) < timedelta(minutes=1)
    assert abs(asked_from[-1] - (begun - gateway_payments.OVERLAP)) < timedelta(minutes=1)


def test_since_lists_from_that_moment_on_window_by_window(db, asked_from):
    since = timezone.now() - timedelta(days=200)
    assert sync(since=since).is_clean
    assert asked_from[:3] == [since, since + timedelta(days=89), since + timedelta(days=178)]


@pytest.mark.database
def test_since_leaves_no_gap_for_the_next_run(db, asked_from):
    listed_until = timezone.now() - timedelta(days=5)
    SyncCursor.objects.create(part="payments", position=listed_until.isoformat())
    sync(since=timezone.now() - timedelta(days=1))
    sync()
    assert asked_from[-1] == listed_until - gateway_payments.OVERLAP


@pytest.mark.database
def test_where_many_old_attempts_are_open_they_are_listed_instead_of_looked_up(begin, iamport_sandbox):
    sync()
    attempt = begin()
    order = attempt.order
    OrderTransaction._base_manager.bulk_create(
        OrderTransaction(order=order, merchant_uid=uid(n), gateway_merchant_uid=uid(n), amount=1000)
        for n in range(500)
    )
    OrderTransaction._base_manager.update(created=timezone.now() - timedelta(days=10))
    iamport_sandbox.reset_calls()
    sync()
    assert count(iamport_sandbox.calls, "GET /payments/status/") == len(iamport_sandbox.calls) == 3


def test_a_gateway_that_grants_a_hundred_only_is_read_by_hundreds(begin, iamport_sandbox, monkeypatch):
    limits = []
    ask = Payments.by_status_page

    def by_status_page(self, status, *, limit, **options):
        limits.append(limit)
        if limit > 100:
            raise Refused("limit")
        return ask(self, status, limit=limit, **options)

    monkeypatch.setattr(Payments, "by_status_page", by_status_page)
    iamport_sandbox.pay(begin())
    assert sync().changed == {"paid": 1}
    assert limits == [1000, 100, 100, 100]


def test_no_payment_is_lost_where_one_leaves_the_list_while_it_is_read(monkeypatch, iamport_sandbox):
    rows = [SimpleNamespace(number=number, promotion=None) for number in range(6)]
    leaves = rows[0]

    def by_status_page(self, status, *, page, limit, **options):
        listed = rows[(page - 1) * 2 : page * 2]
        total, more = len(rows), page * 2 < len(rows)
        answer = Page(tuple(listed), total, page - 1, page + 1 if more else 0)
        if page == 1 and leaves in rows:
            rows.remove(leaves)
        return answer

    monkeypatch.setattr(Payments, "by_status_page", by_status_page)
    read = {row.number for _, page in listing.Lists().pages("paid", timezone.now()) for row in page}
    assert read == set(range(6))


@pytest.mark.database
def test_a_payment_of_another_channel_or_window_comes_before_a_failure(attempt, iamport_sandbox, heard):
    """Rule 14: of two windows under one number, the failed one doesn't end the attempt."""
    iamport_sandbox.decline(attempt)
    iamport_sandbox.open(attempt)
    sync()
    assert heard.names == []
    iamport_sandbox.decline(attempt)
    window = iamport_sandbox.open(attempt)
    iamport_sandbox.approve(window)
    sync()
    assert heard.names == ["payment_paid"]


def test_a_refund_in_the_console_of_a_payment_of_long_ago_is_taken_in(
    attempt, iamport_sandbox, confirm, heard
):
    imp_uid = iamport_sandbox.pay(attempt)
    confirm(attempt, imp_uid)
    sync()
    iamport_sandbox.edit(imp_uid, started_at=int((timezone.now() - timedelta(days=80)).timestamp()))
    iamport_sandbox.cancel_in_console(imp_uid, 20_000)
    sync()
    attempt.refresh_from_db()
    assert (attempt.status, attempt.cancel_amount) == ("paid", 20_000)
    assert heard.names == ["payment_paid", "payment_cancelled"]


def test_play_money_in_the_lists_is_rejected_without_a_lookup(attempt, iamport_sandbox):
    iamport_sandbox.pay(attempt, channel="test")
    iamport_sandbox.reset_calls()
    assert sync().changed == {"rejected": 1}
    assert len(iamport_sandbox.calls) == 3


@pytest.mark.database
def test_while_another_process_reads_the_lists_only_what_they_don_t_cover_is_looked_up(
    begin, iamport_sandbox
):
    old, covered = begin(), begin()
    for attempt in (old, covered):
        iamport_sandbox.pay(attempt)
    now = timezone.now()
    OrderTransaction._base_manager.filter(pk=old.pk).update(created=now - timedelta(days=3))
    SyncCursor.objects.create(
        part="payments", position=now.isoformat(), leased_until=now + timedelta(minutes=1)
    )
    iamport_sandbox.reset_calls()
    assert sync().changed == {"paid": 1}
    assert count(iamport_sandbox.calls, "GET /payments/status/") == 0
    old.refresh_from_db()
    assert old.status == "paid"


@pytest.mark.database
def test_lists_left_by_a_process_that_died_are_read_when_its_lease_is_over(attempt, iamport_sandbox):
    SyncCursor.objects.create(part="payments", leased_until=timezone.now() - timedelta(seconds=1))
    iamport_sandbox.reset_calls()
    sync()
    assert count(iamport_sandbox.calls, "GET /payments/status/") == 3


def test_an_attempt_from_before_the_lists_is_not_ended_by_them_alone(attempt, iamport_sandbox, heard):
    """Of an older one not all payments were read: all of them are asked for first."""
    sync()
    iamport_sandbox.decline(attempt)
    OrderTransaction._base_manager.update(created=timezone.now() - timedelta(days=3))
    iamport_sandbox.reset_calls()
    assert sync().changed == {"failed": 1}
    assert f"GET /payments/findAll/{attempt.merchant_uid}" in iamport_sandbox.calls
    assert heard.names == ["payment_failed"]
