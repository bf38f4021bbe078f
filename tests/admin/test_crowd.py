"""With however many rows: no page of the desk reads more of a table than it shows, counts or adds up."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import connection
from django.db.models import QuerySet
from django.test import Client
from django.utils import timezone

from django_iamport.access import MOST_ORDERS, made_by_forms, orders_of
from django_iamport.admin import lists, transactions
from django_iamport.ledger.books import closed_days
from django_iamport.ledger.erasing import Eraser, moved_before
from django_iamport.models import History, OperatorCall, Refund
from django_iamport.models.registry import find_attempt, find_by_imp_uid
from django_iamport.reconciliation import prefixes
from django_iamport.records.rows import rows
from django_iamport.records.sync_cursor import Batches
from tests.admin import desk
from tests.admin.crowd import PAUSE, TABLES, fill, of_a_day, questions
from tests.shop.models import Order, OrderTransaction

ONLY_POSTGRESQL = "counts what PostgreSQL's planner reads"
pytestmark = [
    pytest.mark.database,
    pytest.mark.urls("tests.admin.desk"),
    pytest.mark.skipif(connection.vendor != "postgresql", reason=ONLY_POSTGRESQL),
]

# To a page, to a count and to the totals as a million to theirs; the planner takes an index by itself. A day has
# fewer refunds than are counted.
ROWS, MOST, MOST_SUMMED = 20_000, 200, 1000
MOST_QUERIES = 20
# These are about a day's rows, which are read.
OF_A_PERIOD = ("paid on a day", "refunded on a day", "declined on a day", "books of a day")
# More than are listed: some are taken wherever the planner meets them.
FOUND_TOO_MANY = {f"ordertransaction found {words}" for words in ("a thousand", "many", "many, of one time")}


@pytest.fixture(scope="module")
def crowd(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    try:
        with django_db_blocker.unblock():
            fill(ROWS)
        yield
    finally:
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {', '.join(model._meta.db_table for model in TABLES)} CASCADE")


def test_no_page_filter_or_search_reads_more_rows_than_it_shows_counts_or_adds_up(
    crowd, admin_client, monkeypatch
):
    monkeypatch.setattr(lists, "MOST", MOST)
    monkeypatch.setattr(transactions, "MOST_SUMMED", MOST_SUMMED)
    for listed in (admin.ModelAdmin, desk.OrderTransactionAdmin):
        monkeypatch.setattr(listed, "list_max_show_all", MOST)
        monkeypatch.setattr(listed, "list_per_page", MOST // 10)
    too_much, too_many = [], {}
    for question, address in [*questions().items(), *of_some_days()]:
        if question.startswith("overview"):
            # Sums of a month or a year, however much that is.
            continue
        queries = asked(partial(get, admin_client, address))
        if len(queries) > MOST_QUERIES:
            too_many[question] = len(queries)
        for sql, params in queries:
            # A row by its entry in an index, what belongs to it likewise, and what had to be sorted.
            is_of_period = "SUM(" in sql or f"OFFSET {MOST_SUMMED}" in sql or question in OF_A_PERIOD
            is_of_period |= question in FOUND_TOO_MANY
            too_much += more_than(4 * (MOST_SUMMED if is_of_period else MOST), question, sql, params)
    assert (too_much, too_many) == ([], {})


def test_the_books_read_no_payment_but_its_entries_in_indexes(crowd, admin_client):
    queries = asked(partial(get, admin_client, questions()["books of a day"]))
    summed = [node for sql, params in queries if "SUM(" in sql for node in nodes(plan_of(sql, params))]
    of_payments = [node for node in summed if node.get("Relation Name") == OrderTransaction._meta.db_table]
    of_days, of_refunds = sorted(of_payments, key=lambda node: "merchant_uid" in node["Index Cond"])
    # Whether a row is looked at besides its entry is up to the vacuum, which an open snapshot keeps from its work;
    # then any index that begins with the number will do for a refund's payment.
    whole = {index.name: index.fields[0] for index in OrderTransaction._meta.indexes if len(index.fields) > 3}
    assert whole[of_days["Index Name"]] == "paid_at"
    assert whole.get(of_refunds["Index Name"], "merchant_uid") == "merchant_uid"


def test_what_runs_beside_the_desk_reads_no_more_rows_than_it_is_about(crowd, db, rf):
    long_ago, a_while = timezone.now() - 2 * ROWS * PAUSE, timedelta(hours=1)
    first = OrderTransaction.objects.earliest("pk")
    request = rf.get("/")
    request.user, request.session = User.objects.create_user("kim"), {}
    Order.objects.filter(pk__lte=3).update(user=request.user)

    def batch(found: QuerySet[Any]) -> Callable[[], object]:
        return lambda: next(iter(Batches("part", found, MOST, alone=True)), None)

    unsettled = rows(OrderTransaction).filter(backlog_since=None)
    work = {
        "news that waits": batch(rows(OrderTransaction).exclude(backlog_since=None)),
        "attempts that may be paid": batch(unsettled.filter(prefixes.may_have_news(a_while))),
        "refunds that are due": batch(Refund.objects.due(timezone.now())),
        "payments of nobody": lambda: [*prefixes.orphans(a_while)],
        "calls": lambda: [*OperatorCall.objects.due(timezone.now())],
        "history to prune": lambda: History.objects.older_than(long_ago).prune(1000),
        "days to add up": lambda: [*closed_days.due(rows(OrderTransaction))],
        "payments to erase": lambda: [
            *moved_before(OrderTransaction, long_ago, "default").order_by("pk")[:500]
        ],
        "somebody's hand": lambda: Eraser("default").erase_hands("operator:77"),
        "a notice": lambda: (find_attempt(first.merchant_uid), find_by_imp_uid("imp_9")),
        "orders of a customer": lambda: [*orders_of(request)],
    }
    too_much = [
        told
        for name, act in work.items()
        for sql, params in asked(act)
        for told in more_than(4 * MOST, name, sql, params)
    ]
    assert too_much == []


def test_the_form_reads_no_more_orders_than_its_customer_has(crowd, db, rf):
    """Be they the shop's oldest, and he one of many."""
    customers = ROWS // MOST
    first, *_others = User.objects.bulk_create(User(username=f"kim{number}") for number in range(customers))
    table = Order._meta.db_table
    with connection.cursor() as cursor:
        theirs = f"user_id = %s + (id - 1) / {MOST}, checkout_key = 'key' || id"
        cursor.execute(f"UPDATE {table} SET {theirs}", [first.pk])
        cursor.execute(f"ANALYZE {table}")
    request = rf.get("/")
    request.user, request.session = first, {}
    found: list[Any] = []
    queries = asked(lambda: found.extend(made_by_forms(request, Order)))
    assert len(found) == MOST_ORDERS
    assert [told for sql, params in queries for told in more_than(4 * MOST, "form", sql, params)] == []


def of_some_days() -> list[tuple[str, str]]:
    """About early days and late ones: what a planner chooses depends on where in the table a day is."""
    days = OrderTransaction.objects.dates("created", "day")
    return [asked for day in days[::3] for asked in of_a_day(day).items()]


def asked(act: Callable[[], object]) -> list[tuple[str, Any]]:
    """What is read from the database meanwhile."""
    queries: list[tuple[str, Any]] = []

    def listen(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        queries.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(listen):
        act()
    return [query for query in queries if query[0].lstrip().startswith(("SELECT", "WITH"))]


def get(client: Client, address: str) -> None:
    answer = client.get(address)
    text = answer.getvalue() if answer.streaming else answer.content
    assert (answer.status_code, bool(text)) == (200, True), address


def more_than(most: int, name: str, sql: str, params: Any) -> list[str]:
    read = rows_read(sql, params)
    return [f"{name}: {read} rows of {sql}"] if read > most else []


def rows_read(sql: str, params: Any) -> float:
    """Rows and entries of indexes that a query meets, those that it passes over included."""
    return sum(
        node["Actual Loops"]
        * (
            node["Actual Rows"]
            + node.get("Rows Removed by Filter", 0)
            + node.get("Rows Removed by Index Recheck", 0)
        )
        for node in nodes(plan_of(sql, params))
        if "Scan" in node["Node Type"]
    )


def plan_of(sql: str, params: Any) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {sql}", params)
        told = cursor.fetchone()[0]
    plan: dict[str, Any] = (json.loads(told) if isinstance(told, str) else told)[0]["Plan"]
    return plan


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes(part)
