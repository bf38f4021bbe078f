"""Files for a spreadsheet: Korean in Excel, read row by row, and nothing in them that runs."""

import csv
import io
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from django.db import connection
from django.http import StreamingHttpResponse
from django.test.utils import CaptureQueriesContext

from django_iamport.admin.exports import cell, csv_response
from django_iamport.gateway.moments import as_stored
from django_iamport.models import Cancellation
from tests.admin.desk import hire, page
from tests.shop.models import Order, OrderTransaction

pytestmark = [pytest.mark.database, pytest.mark.urls("tests.admin.desk")]
KST = timezone(timedelta(hours=9))


def read(response):
    """The rows of a download, by their heads."""
    assert isinstance(response, StreamingHttpResponse)
    raw = b"".join(response.streaming_content)
    assert raw.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "＝1", "＋1", "－1", "＠a", "\u3000=1"],
)
def test_a_text_never_runs_as_a_formula(text):
    assert cell(text) == f"'{text}"


def test_other_values_stay_what_they_are():
    values = ["차", "a=b", -5, Decimal("-5.00"), Decimal("10.50"), None, "", date(2026, 1, 2), "1234"]
    assert [cell(value) for value in values] == [
        *("차", "a=b", -5, -5, Decimal("10.50"), "", "", "2026-01-02", "1234"),
    ]
    assert cell(datetime(2026, 1, 1, 15, 30, tzinfo=timezone.utc)) == "2026-01-02 00:30"


@pytest.mark.parametrize("digits", ["01012345678", "1234567890123456"])
def test_a_number_that_is_none_keeps_its_digits(digits):
    assert cell(digits) == f"\t{digits}"


def test_rows_are_made_while_they_are_sent():
    made = []

    def rows():
        for number in range(3):
            made.append(number)
            yield [number]

    sent = iter(csv_response("주문", ["수"], rows()).streaming_content)
    assert (next(sent).decode("utf-8-sig"), made) == ("수\r\n", [])
    assert (next(sent), made) == (b"0\r\n", [0])


def test_the_filtered_list_becomes_a_file(boss, paid, make_order):
    OrderTransaction.objects.create_new(make_order(name="=HYPERLINK(1)"))
    response = boss.get(page("export"), {"status__exact": "paid"})
    assert response.headers["Content-Disposition"] == 'attachment; filename="transactions.csv"'
    [row] = read(response)
    assert row["payment number (merchant_uid)"] == paid.merchant_uid
    assert (row["amount paid"], row["amount refunded"], row["payment method"]) == (
        "50000",
        "0",
        "Credit card",
    )
    rows = read(boss.get(page("export")))
    assert sorted(row["order"][:11] for row in rows) == ["'=HYPERLINK", f"Tea ({paid.order_id})"[:11]]


def test_nonsense_filters_make_no_file(boss, paid):
    assert boss.get(page("export"), {"nonsense": "1"}).status_code == 404


def test_the_file_takes_as_many_queries_for_many_rows(boss, make_order, paid):
    counts = []
    for more in (1, 20):
        for _ in range(more):
            OrderTransaction.objects.create_new(make_order())
        with CaptureQueriesContext(connection) as queries:
            read(boss.get(page("export")))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def books(client, begin, end):
    return read(client.get(page("bookkeeping"), {"begin": begin, "end": end, "download": "1"}))


@pytest.mark.parametrize("use_tz", [True, False])
def test_the_books_count_each_day_in_korean_time_by_method(
    boss, make_order, iamport_sandbox, confirm, settings, use_tz
):
    settings.USE_TZ = use_tz
    attempt = OrderTransaction.objects.create_new(make_order())
    paid = confirm(attempt, iamport_sandbox.pay(attempt))
    assert [boss.get(page(name)).status_code for name in ("changelist", "overview")] == [200, 200]
    late = as_stored(datetime(2026, 3, 31, 23, 30, tzinfo=KST))
    OrderTransaction._base_manager.filter(pk=paid.pk).update(paid_at=late)
    by_deposit = OrderTransaction.objects.create_new(make_order(amount=7000))
    confirm(by_deposit, iamport_sandbox.pay(by_deposit, pay_method="vbank"))
    OrderTransaction._base_manager.filter(pk=by_deposit.pk).update(paid_at=late)
    paid.refresh_from_db()
    for amount in (20_000, 5_000):
        paid.cancel(amount, reason="part")
    Cancellation.objects.update(cancelled_at=late + timedelta(hours=1))
    assert [list(row.values()) for row in books(boss, "2026-03-01", "2026-03-31")] == [
        ["2026-03-31", "Credit card", "KRW", "1", "50000", "0", "0", "50000", "0", "0"],
        ["2026-03-31", "Virtual account", "KRW", "1", "7000", "0", "0", "7000", "0", "0"],
    ]
    # A refund counts on its own day, however old its payment is.
    assert [list(row.values()) for row in books(boss, "2026-04-01", "2026-04-30")] == [
        ["2026-04-01", "Credit card", "KRW", "0", "0", "2", "25000", "-25000", "0", "0"],
    ]
    assert books(boss, "2026-05-01", "2026-05-31") == []


def test_rejected_money_stands_beside_the_books(boss, attempt, iamport_sandbox, confirm):
    confirm(attempt, iamport_sandbox.pay(attempt, amount=100))
    today = datetime.now(timezone.utc).date()
    [row] = books(boss, *(str(today + timedelta(days=days)) for days in (-1, 1)))
    assert (row["paid"], row["net amount"]) == ("0", "0")
    assert (row["rejected"], row["refunds of rejected payments"]) == ("100", "100")


def test_the_books_ask_for_a_period_that_can_be(boss, paid):
    assert "begin" in boss.get(page("bookkeeping")).context["form"].initial
    response = boss.get(page("bookkeeping"), {"begin": "2026-02-01", "end": "2026-01-01"})
    assert "The end date is before the start date." in response.content.decode()


@pytest.mark.parametrize("name", ["export", "bookkeeping"])
def test_files_are_for_those_who_may_look(client, paid, name):
    client.force_login(hire("view_order"))
    assert client.get(page(name), {"begin": "2026-01-01", "end": "2026-01-01"}).status_code == 403
    assert client.get(page("export", model=Order)).status_code == 200


def test_orders_are_for_those_who_may_look(client, paid):
    client.force_login(hire("view_payments"))
    assert client.get(page("export", model=Order)).status_code == 403
    assert client.get(page("detail", paid.order)).status_code == 403
