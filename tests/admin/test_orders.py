"""Orders: a page to read, a receipt to print, a file with chosen columns."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.admin.desk import page
from tests.admin.test_exports import read
from tests.shop.models import Order, OrderItem

pytestmark = pytest.mark.urls("tests.admin.desk")


@pytest.fixture
def order(make_order):
    order = make_order(buyer_name="Kim", buyer_email="kim@example.com")
    OrderItem.objects.create(order=order, name="Tea", price=20_000, quantity=2)
    OrderItem.objects.create(order=order, name="<b>Cup</b>", price=10_000)
    return order


def test_the_page_shows_what_was_bought_by_whom_and_how_it_was_paid(boss, paid, order):
    paid.cancel(20_000, reason="part")
    text = boss.get(page("detail", order)).content.decode()
    for word in (
        "kim@example.com",
        "Tea",
        "&lt;b&gt;Cup",
        "₩40,000",
        "₩50,000",
        "₩20,000",
        paid.merchant_uid,
    ):
        assert word in text
    assert "checkout_key" not in text


def test_the_receipt_holds_no_number_of_the_gateway(boss, paid, order):
    text = boss.get(page("receipt", order)).content.decode()
    for word in ("Order number", "₩50,000", "Credit card"):
        assert word in text
    assert paid.merchant_uid not in text
    assert paid.imp_uid not in text


def test_a_receipt_of_an_unpaid_order_says_so(boss, order):
    assert "Not paid yet." in boss.get(page("receipt", order)).content.decode()


def test_chosen_columns_become_a_file(boss, paid, order, make_order):
    make_order(name="Unpaid")
    fields = {"columns": ["pay_method", "name", "amount", "status"], "rows": "order"}
    address = page("export", model=Order)
    rows = read(boss.post(address, fields))
    assert [list(row.values()) for row in rows] == [
        ["Unpaid", "50000", "awaiting payment", ""],
        ["Tea", "50000", "paid", "Credit card"],
    ]
    [row] = read(boss.post(f"{address}?id__exact={order.pk}", fields))
    assert row["payment"] == "paid"


def test_a_file_may_have_a_row_for_each_line(boss, order):
    fields = {"columns": ["id", "buyer_name"], "rows": "line"}
    rows = read(boss.post(page("export", model=Order), fields))
    assert [list(row.values())[1:] for row in rows] == [
        ["Kim", "Tea", "20000", "2", "40000"],
        ["Kim", "<b>Cup</b>", "10000", "1", "10000"],
    ]


def test_the_file_takes_as_many_queries_for_many_orders(boss, order, make_order):
    fields = {"columns": ["user", "name", "pay_method"], "rows": "line"}
    counts = []
    for more in (1, 20):
        for _ in range(more):
            make_order()
        with CaptureQueriesContext(connection) as queries:
            read(boss.post(page("export", model=Order), fields))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_no_column_is_no_file(boss, order):
    response = boss.post(page("export", model=Order), {"rows": "order"})
    assert response.context["form"].errors


@pytest.mark.parametrize(("across", "count"), [("0", 1), ("1", 2)])
def test_the_chosen_orders_are_exported_or_all_that_are_listed(boss, order, make_order, across, count):
    make_order()
    chosen = {"action": "export_selected", "_selected_action": order.pk, "select_across": across, "index": 0}
    response = boss.post(page("changelist", model=Order), chosen, follow=True)
    assert response.context["count"] == count


def test_money_of_an_order_is_not_editable(boss, paid, order):
    form = boss.get(page("change", order)).context["adminform"].form
    assert not {"amount", "status", "currency", "user", "paid_at"} & set(form.fields)
