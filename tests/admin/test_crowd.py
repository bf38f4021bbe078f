"""With however many rows: no page of the desk reads more of a table than it shows, counts or adds up."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client

from django_iamport.admin import lists, transactions
from tests.admin import desk
from tests.admin.crowd import fill, questions

ONLY_POSTGRESQL = "counts what PostgreSQL's planner reads"
pytestmark = [
    pytest.mark.database,
    pytest.mark.urls("tests.admin.desk"),
    pytest.mark.skipif(connection.vendor != "postgresql", reason=ONLY_POSTGRESQL),
]

# To a page, to a count and to the totals as a million to theirs; the planner takes an index by itself.
ROWS, MOST, MOST_SUMMED = 20_000, 100, 1000
MOST_QUERIES = 20
# These are about a day's rows, which are read.
OF_A_PERIOD = ("paid on a day", "refunded on a day", "declined on a day", "books of a day")


def test_no_page_filter_or_search_reads_more_rows_than_it_shows_counts_or_adds_up(
    transactional_db, admin_client, monkeypatch
):
    monkeypatch.setattr(lists, "MOST", MOST)
    monkeypatch.setattr(transactions, "MOST_SUMMED", MOST_SUMMED)
    for listed in (admin.ModelAdmin, desk.OrderTransactionAdmin):
        monkeypatch.setattr(listed, "list_max_show_all", MOST)
        monkeypatch.setattr(listed, "list_per_page", MOST // 10)
    fill(ROWS)
    too_much, too_many = {}, {}
    for question, address in questions().items():
        if question.startswith("overview"):
            # Sums of a month or a year, however much that is.
            continue
        queries = asked(admin_client, address)
        if len(queries) > MOST_QUERIES:
            too_many[question] = len(queries)
        for sql, params in queries:
            # A row by its entry in an index, what belongs to it likewise, and what had to be sorted.
            is_of_period = "SUM(" in sql or f"OFFSET {MOST_SUMMED}" in sql or question in OF_A_PERIOD
            most = 4 * (MOST_SUMMED if is_of_period else MOST)
            if (read := rows_read(sql, params)) > most:
                too_much[question] = (read, sql)
    told = "\n".join(f"{question}: {read} rows of {sql}" for question, (read, sql) in too_much.items())
    assert (told, too_many) == ("", {})


def asked(client: Client, address: str) -> list[tuple[str, Any]]:
    """What the page asks the database."""
    queries: list[tuple[str, Any]] = []

    def listen(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        queries.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(listen):
        answer = client.get(address)
        text = answer.getvalue() if answer.streaming else answer.content
    assert (answer.status_code, bool(text)) == (200, True), address
    return [query for query in queries if query[0].lstrip().startswith(("SELECT", "WITH"))]


def rows_read(sql: str, params: Any) -> float:
    """Rows and entries of indexes that a query meets, those that it passes over included."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {sql}", params)
        plan = cursor.fetchone()[0]
    told = json.loads(plan) if isinstance(plan, str) else plan
    return sum(
        node["Actual Loops"]
        * (
            node["Actual Rows"]
            + node.get("Rows Removed by Filter", 0)
            + node.get("Rows Removed by Index Recheck", 0)
        )
        for node in nodes(told[0]["Plan"])
        if "Scan" in node["Node Type"]
    )


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes(part)
