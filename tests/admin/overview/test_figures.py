"""The figures of the overview, against sums made by hand; each bar leads to the rows that it counts."""

from decimal import Decimal
from itertools import pairwise
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.db.models import Count
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from django_iamport.admin import TransactionAdminMixin
from django_iamport.admin.overview.periods import months_so_far, spans
from django_iamport.ledger.books import bookkeeping
from tests.admin.desk import page
from tests.admin.overview.made import kst, returned, stored
from tests.admin.overview.two_kinds import OrderTransactionAdmin
from tests.shop.models import OrderTransaction, TicketTransaction

pytestmark = [pytest.mark.database, pytest.mark.urls("tests.admin.overview.two_kinds")]
MARCH = {"begin": "2026-03-30", "end": "2026-04-02"}


@pytest.fixture
def today(monkeypatch):
    """The shop's clock stands at a moment in Korea."""

    def stop(text):
        monkeypatch.setattr(timezone, "now", lambda: kst(text))

    stop("2026-04-02T12:00")
    return stop


@pytest.fixture
def books(db):
    """Around the end of March in Korea, when it is still March in UTC."""
    stored(at="2026-03-31T23:59:59", amount=10_000)
    first = stored(at="2026-04-01T00:00:00", amount=20_000)
    second = stored(at="2026-04-01T08:59:00", amount=30_000, pay_method="vbank")
    old = stored(at="2026-02-01T10:00", amount=70_000, status="cancelled", reject_reason="refund")
    type(old)._base_manager.filter(pk=old.pk).update(status="paid", **accepted(old))
    returned(first, at="2026-04-01T23:59:59", amount=5_000)
    returned(first, at="2026-04-02T00:00:00", amount=6_000)
    returned(second, at="2026-04-02T10:00", amount=1_000, cancelled_at=None, created=kst("2026-04-02T10:00"))
    returned(old, at="2026-03-31T10:00", amount=70_000)
    stored(
        at="2026-04-01T10:00", amount=12, paid_currency="USD", currency="USD", paid_amount=Decimal("12.50")
    )
    stored(at="2026-04-01T10:00", amount=900, sandbox=True)
    rejected = stored(
        at="2026-04-01T10:00", amount=444, cancel_amount=44, status="rejected", reject_reason="forged"
    )
    returned(rejected, at="2026-04-01T11:00", amount=44)
    stored(TicketTransaction, at="2026-04-01T10:00", amount=777)


def accepted(row):
    return {"reject_reason": "", "verified_at": row.paid_at, "paid_order_key": str(row.order_id)}


def figures(client, model=OrderTransaction, **query):
    answer = client.get(page("overview", model=model), query)
    assert answer.status_code == 200
    return answer.context


def drawn(plot):
    return {
        column.label: (column.up.amount, column.down.amount if column.down else 0)
        for column in plot.columns
        if column.up.amount or (column.down and column.down.amount)
    }


def listed(client, url):
    answer = client.get(url)
    assert answer.status_code == 200, answer.headers
    return list(answer.context["cl"].result_list)


def test_each_day_is_korean_and_each_currency_stands_alone(boss, today, books):
    won, dollars = figures(boss, **MARCH)["money"]
    assert drawn(won.by_day) == {
        "Mar 31": (10_000, 70_000),
        "Apr 1": (50_000, 5_000),
        "Apr 2": (0, 7_000),
    }
    assert dict(won.totals) == {
        "payments": "₩60,000 (3)",
        "refunds": "₩82,000 (4)",
        "net amount": "-₩22,000",
        "rejected payments": "₩444",
    }
    assert [(row.label, row.words, row.length, row.note) for row in won.by_method] == [
        ("Credit card", "₩30,000 (2)", "100.00%", "50.0%"),
        ("Virtual account", "₩30,000 (1)", "100.00%", "50.0%"),
    ]
    assert drawn(dollars.by_day) == {"Apr 1": (Decimal("12.50"), 0)}


def test_another_kind_of_transactions_has_an_overview_of_its_own(boss, today, books):
    [won] = figures(boss, TicketTransaction, **MARCH)["money"]
    assert drawn(won.by_day) == {"Apr 1": (777, 0)}
    [row] = listed(boss, won.by_day.columns[2].up.url)
    assert row.amount == 777


def test_what_a_shop_s_own_admin_adds_to_its_rows_multiplies_no_sum(boss, today, books, monkeypatch):
    def with_lines(self, request):
        rows = TransactionAdminMixin.get_queryset(self, request)
        return rows.annotate(lines=Count("order__items"), attempts=Count("order__transactions"))

    before = figures(boss, **MARCH)
    for row in OrderTransaction.objects.all():
        for price in (1, 2):
            row.order.items.create(name="Tea", price=price, quantity=1)
    monkeypatch.setattr(OrderTransactionAdmin, "get_queryset", with_lines)
    after = figures(boss, **MARCH)
    assert [drawn(each.by_day) for each in after["money"]] == [drawn(each.by_day) for each in before["money"]]
    assert after["waits"][0][1][0][0].amounts == before["waits"][0][1][0][0].amounts == ["₩400"]
    assert len(listed(boss, after["money"][0].by_day.columns[2].up.url)) == 2


def test_play_money_counts_in_test_mode_alone(boss, today, books, settings):
    settings.IAMPORT_TEST_MODE = True
    won, _dollars = figures(boss, **MARCH)["money"]
    assert drawn(won.by_day)["Apr 1"] == (50_900, 5_000)


def test_each_bar_leads_to_the_rows_that_it_counts(boss, today, books):
    won, dollars = figures(boss, **MARCH)["money"]
    for figure in (won, dollars):
        for column in figure.by_day.columns:
            if column.up.url:
                assert sum(row.paid_amount for row in listed(boss, column.up.url)) == column.up.amount
    by_card, by_deposit = (listed(boss, row.url) for row in won.by_method)
    assert ([row.amount for row in by_deposit], len(by_card)) == ([30_000], 2)
    of_april = listed(boss, won.by_day.columns[3].down.url)
    assert sorted(row.amount for row in of_april) == [20_000, 30_000]
    url = won.by_day.columns[1].up.url
    assert "payments, 2026-03-31" in boss.get(url).content.decode()
    file = boss.get(url.replace("/?", "/export/?"))
    assert len(b"".join(file.streaming_content).splitlines()) == 2


def test_what_was_paid_is_listed_as_it_was_paid_unless_the_operator_sorts_it(boss, today, books):
    stored(at="2026-04-01T07:00", created="2026-03-01T10:00", amount=7)
    won, _dollars = figures(boss, **MARCH)["money"]
    url = won.by_day.columns[2].up.url
    paid, created = ([row.amount for row in listed(boss, url + sorted_by)] for sorted_by in ("", "&o=-7"))
    assert (paid, created) == ([30_000, 7, 20_000], [30_000, 20_000, 7])
    marked = [
        "sorted descending" in boss.get(url + sorted_by).content.decode() for sorted_by in ("", "&o=-7")
    ]
    assert marked == [False, True]


def test_what_was_refunded_is_listed_page_by_page(boss, today, books, monkeypatch):
    monkeypatch.setattr(OrderTransactionAdmin, "list_per_page", 1)
    won, _dollars = figures(boss, **MARCH)["money"]
    url = won.by_day.columns[3].down.url
    pages = [listed(boss, f"{url}&p={number}") for number in (1, 2)]
    assert [[row.amount for row in page] for page in pages] == [[30_000], [20_000]]


@pytest.mark.parametrize(
    "query",
    [
        {"figure": "paid"},
        {"figure": "paid", "begin": "nonsense", "end": "2026-01-01"},
        {"figure": "paid", "begin": "2026-01-02", "end": "2026-01-01"},
        {"figure": "nonsense", "begin": "2026-01-01", "end": "2026-01-01"},
    ],
)
def test_an_address_that_names_no_figure_lists_nothing_wrong(boss, db, query):
    answer = boss.get(page("changelist"), query)
    assert (answer.status_code, answer.headers["Location"]) == (302, page("changelist") + "?e=1")


def test_this_month_stands_beside_the_same_days_of_the_last(boss, today, db):
    today("2026-03-30T12:00")
    for at, amount in [("01-31", 1), ("02-01", 10), ("02-28", 100), ("03-01", 1000), ("03-30", 10_000)]:
        returned(stored(at=f"2026-{at}T12:00", amount=amount), at=f"2026-{at}T13:00", amount=amount)
    [won] = figures(boss, begin="2020-01-01", end="2020-01-02")["money"]
    for _head, rows in won.months:
        assert [(row.label, row.words) for row in rows] == [
            ("This month", "₩11,000 (2)"),
            ("Last month, up to the same day", "₩110 (2)"),
            ("Last month, all of it", "₩110 (2)"),
        ]
    today("2026-03-27T12:00")
    [won] = figures(boss, begin="2020-01-01", end="2020-01-02")["money"]
    [_payments, rows], _refunds = won.months
    assert [row.words for row in rows] == ["₩1,000 (1)", "₩10 (1)", "₩110 (2)"]
    assert [len(listed(boss, row.url)) for row in rows] == [1, 1, 2]


def test_a_year_is_drawn_by_month(boss, today, books):
    won, _dollars = figures(boss, begin="2026-01-15", end="2026-04-02")["money"]
    assert drawn(won.by_day) == {
        "Feb 2026": (70_000, 0),
        "Mar 2026": (10_000, 70_000),
        "Apr 2026": (50_000, 12_000),
    }
    assert sorted(row.amount for row in listed(boss, won.by_day.columns[3].up.url)) == [20_000, 30_000]


def test_a_decline_is_the_payment_company_s_and_no_deadline(boss, today, db):
    for reason in ("limit", "limit", "", "expired", "order_changed"):
        stored(at="2026-04-01T10:00", status="failed", fail_reason=reason)
    stored(at="2026-04-01T10:00", status="failed", fail_reason="limit", sandbox=True)
    stored(at="2026-04-01T10:00")
    stored(at="2026-04-01T10:00", status="ready")
    stored(at="2026-04-01T10:00", status="cancelled", reject_reason="void", paid_at=None)
    stored(at="2026-03-01T10:00", status="failed", fail_reason="limit")
    declines = figures(boss, **MARCH)["declines"]
    assert (declines.declined, declines.answered, declines.share) == (3, 4, "75.0%")
    assert drawn(declines.by_day) == {"Apr 1": (75, 0)}
    assert [(row.label, row.words, row.note) for row in declines.reasons] == [
        ("limit", "2", "66.7%"),
        ("no reason given", "1", "33.3%"),
    ]
    assert [len(listed(boss, row.url)) for row in declines.reasons] == [2, 1]
    assert len(listed(boss, declines.url)) == 3


def test_many_reasons_end_in_the_others(boss, today, db):
    for number in range(10):
        stored(at="2026-04-01T10:00", status="failed", fail_reason=f"reason {number}")
    reasons = figures(boss, **MARCH)["declines"].reasons
    assert [(row.label, row.words) for row in reasons[-2:]] == [("reason 7", "1"), ("other reasons", "2")]


def test_an_empty_shop_has_an_overview(boss, today):
    text = boss.get(page("overview")).content.decode()
    assert "Nothing is waiting." in text
    assert "No payments in this period, nor in this month or the last." in text
    assert "No attempts in this period." in text
    assert "No payments and no refunds in this period." in boss.get(page("bookkeeping")).content.decode()


def test_a_period_is_chosen_and_bounded(boss, today, db):
    context = figures(boss)
    assert (str(context["begin"]), str(context["end"])) == ("2026-03-04", "2026-04-02")
    for _words, url, _is_shown in context["choices"]:
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        chosen = figures(boss, **asked)
        assert {"begin": str(chosen["begin"]), "end": str(chosen["end"])} == asked
    answer = boss.get(page("overview"), {"begin": "2020-01-01", "end": "2026-01-01"})
    assert "Choose at most 366 days." in answer.content.decode()
    assert str(answer.context["begin"]) == "2026-03-04"


def test_days_and_months_have_no_gap():
    days = bookkeeping.days_of(kst("2026-01-15").date(), kst("2026-04-02").date())
    for found in (spans(days[0], days[-2]), spans(days[-3], days[-2])):
        assert all(before.end < after.begin for before, after in pairwise(found))
        assert (
            sum((span.end - span.begin).days + 1 for span in found)
            == (found[-1].end - found[0].begin).days + 1
        )


@pytest.mark.parametrize(
    ("now", "edge"), [("2026-03-31T00:30", "2026-02-28"), ("2026-02-01T00:30", "2026-01-01")]
)
def test_the_same_day_of_a_shorter_month_is_its_last(today, now, edge):
    today(now)
    assert str(months_so_far()[0].end) == edge


def test_many_rows_take_as_many_queries_as_few(boss, today, books):
    counts = []
    for query in (MARCH, {"begin": "2025-04-03", "end": "2026-04-02"}):
        figures(boss, **query)
        with CaptureQueriesContext(connection) as queries:
            figures(boss, **query)
        counts.append(len(queries))
        for number in range(5):
            row = stored(at=f"2026-04-01T1{number}:00", pay_method=f"wallet{number}")
            returned(row, at="2026-04-02T10:00", amount=10)
            stored(at="2026-04-01T10:00", status="failed", fail_reason=f"reason {number}")
    assert counts[0] == counts[1]
    # Session and user; what waits, six for each kind; two of money, one of declines, two of
    # days that are over; run, webhooks, payments.
    assert counts[1] <= 23


def test_the_books_and_the_declines_are_found_by_an_index(db):
    if connection.vendor == "mysql":
        pytest.skip("with few rows its planner reads them all")
    days = bookkeeping.days_of(kst("2026-03-01").date(), kst("2026-03-31").date())
    paid = bookkeeping.counted(OrderTransaction.objects.all()).filter(
        bookkeeping.within("paid_at", days), paid_amount__isnull=False
    )
    declined = OrderTransaction.objects.order_by().filter(
        bookkeeping.DECLINED, bookkeeping.within("created", days)
    )
    returned = bookkeeping.made_within(days, "default")
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
    for rows, index in ((paid, "paid_at"), (declined, "status"), (returned, "cancelled")):
        plan = rows.explain()
        assert "Seq Scan" not in plan, plan
        assert index in plan, plan
