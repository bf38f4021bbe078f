"""The list: found by what people quote, summed up, and as quick with many rows as with few."""

from datetime import datetime, timedelta
from datetime import timezone as zone

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.translation import override

from django_iamport.admin import lists, transactions
from django_iamport.models import Cancellation, Refund
from tests.admin import desk
from tests.admin.desk import change, hire, page
from tests.shop.models import Order, OrderTransaction

pytestmark = [pytest.mark.database, pytest.mark.urls("tests.admin.desk")]
LIST = "changelist"


def listed(client, **filters):
    return list(client.get(page(LIST), filters).context["cl"].result_list)


def many(count):
    """Stored as they are: lists are slow or quick whatever the gateway says."""
    orders = Order.objects.bulk_create(Order(name="Tea", amount=1000) for _ in range(count))
    now = timezone.now()
    OrderTransaction._base_manager.bulk_create(
        OrderTransaction(
            order=order,
            merchant_uid=f"testmany{order.pk}",
            gateway_merchant_uid=f"testmany{order.pk}",
            imp_uid=f"imp_many{order.pk}",
            amount=1000,
            status="paid",
            paid_amount=1000,
            paid_currency="KRW",
            verified_at=now,
            paid_at=now,
            paid_order_key=str(order.pk),
            pay_method="card",
        )
        for order in orders
    )


def test_a_payment_is_found_by_all_that_somebody_would_quote(boss, make_order, iamport_sandbox, confirm):
    OrderTransaction.objects.create_new(make_order())
    # An order's number of digits that no made up merchant_uid contains.
    attempt = OrderTransaction.objects.create_new(make_order(pk=1089))
    paid = confirm(attempt, iamport_sandbox.pay(attempt))
    quoted = [paid.merchant_uid, paid.gateway_merchant_uid, paid.imp_uid, str(paid.order_id)]
    quoted += [paid.answer["pg_tid"], paid.answer["apply_num"]]
    for number in quoted:
        assert listed(boss, q=number) == [paid], number
    assert listed(boss, q="nothing") == []
    assert listed(boss, q="1" * 30) == []


def test_each_search_says_what_it_takes(boss, db):
    for model, words in {
        OrderTransaction: "The whole order number; or the whole or the beginning of merchant_uid",
        Refund: "The whole merchant_uid or imp_uid",
        Cancellation: "The whole merchant_uid, imp_uid, or refund number",
    }.items():
        assert words in boss.get(page(LIST, model=model)).content.decode()


def test_a_deposit_is_found_by_the_account_it_went_to(boss, attempt, iamport_sandbox, confirm):
    waiting = confirm(attempt, iamport_sandbox.issue_account(attempt))
    assert listed(boss, q=waiting.vbank_num) == [waiting]
    assert "awaiting deposit" in boss.get(page(LIST)).content.decode()


def test_totals_are_of_the_filtered_list_in_one_query(boss, paid, make_order, iamport_sandbox, confirm):
    paid.cancel(20_000, reason="part")
    forged = OrderTransaction.objects.create_new(make_order())
    iamport_sandbox.fail_next("payments.cancel", body={"code": 1, "message": "no", "response": None})
    confirm(forged, iamport_sandbox.pay(forged, amount=100))
    [totals] = boss.get(page(LIST)).context["iamport_totals"]
    assert totals == {
        "count": 2,
        "paid": "₩50,000",
        "refunded": "₩20,000",
        "held": "₩30,000",
        "rejected": "₩100",
    }
    # Attempts, which a bookkeeper must not read as payments.
    assert (
        "<dt>결제 시도 건수</dt><dd>2</dd>"
        in boss.get(page(LIST), headers={"accept-language": "ko"}).content.decode()
    )
    [totals] = boss.get(page(LIST), {"status__exact": "paid"}).context["iamport_totals"]
    assert (totals["count"], totals["rejected"]) == (1, "")
    with CaptureQueriesContext(
        connection,
    ) as queries:
        boss.get(page(LIST))
    assert len([query for query in queries if "SUM(" in query["sql"]]) == 1


@pytest.mark.once
def test_a_thousand_rows_take_as_many_queries_as_ten(boss, db):
    counts = []
    for more in (10, 990):
        many(more)
        with CaptureQueriesContext(connection) as queries:
            response = boss.get(page(LIST), {"all": ""})
        counts.append(len(queries))
    assert response.context["cl"].result_count == 1000
    assert len(response.context["cl"].result_list) == 1000
    assert counts[0] == counts[1]
    assert counts[1] < 15


def test_a_count_stops_and_says_so(boss, db, monkeypatch):
    monkeypatch.setattr(lists, "MOST", 20)
    for admin_class in (admin.ModelAdmin, desk.OrderTransactionAdmin):
        monkeypatch.setattr(admin_class, "list_max_show_all", 20)
        monkeypatch.setattr(admin_class, "list_per_page", 10)
    many(20)
    answer = boss.get(page(LIST))
    assert (answer.context["cl"].result_count, answer.context["cl"].paginator.num_pages) == (20, 2)
    assert "&gt;" not in answer.content.decode().partition('class="paginator"')[2].partition("</nav>")[0]

    many(5)
    answer = boss.get(page(LIST), {"p": 2, "all": ""})
    text = answer.content.decode()
    assert ">20 order transactions" in text.replace("&gt;", ">")
    assert "There are more than 20, and the pages end there." in text
    assert (len(answer.context["cl"].result_list), answer.context["cl"].paginator.num_pages) == (10, 2)
    assert boss.get(page(LIST), {"p": 3}).status_code == 302
    assert ">20" in boss.get(page("export", model=Order)).content.decode().replace("&gt;", ">")


def test_each_page_of_a_counted_list_holds_its_rows_in_order(boss, db, monkeypatch):
    monkeypatch.setattr(desk.OrderTransactionAdmin, "list_per_page", 3)
    many(7)
    newest = [*OrderTransaction.objects.order_by("-created", "-pk")]
    assert [listed(boss, p=number) for number in (1, 2, 3)] == [newest[:3], newest[3:6], newest[6:]]


def test_a_search_asks_each_table_and_takes_the_capital_letter_of_a_telephone(
    boss, make_order, iamport_sandbox
):
    attempt = OrderTransaction.objects.create_new(make_order(buyer_email="kim@shop.example"))
    OrderTransaction.objects.create_new(make_order(buyer_email="lee@shop.example"))

    def found(q):
        return [*boss.get(page(LIST, model=Order), {"q": q}).context["cl"].result_list]

    for q in (
        "kim@",
        attempt.merchant_uid[:20],
        f"kim@ {attempt.merchant_uid}",
        "Kim@",
        '"kim@shop.example"',
    ):
        assert found(q) == [attempt.order], q
    assert found("lee@ " + attempt.merchant_uid) == found("im@") == []
    assert listed(boss, q=attempt.merchant_uid.capitalize()) == [attempt]


@pytest.fixture
def short_lists(monkeypatch):
    """They end at four rows, two on a page."""
    monkeypatch.setattr(lists, "MOST", 4)
    for admin_class in (admin.ModelAdmin, desk.OrderTransactionAdmin):
        monkeypatch.setattr(admin_class, "list_max_show_all", 4)
        monkeypatch.setattr(admin_class, "list_per_page", 2)


def test_a_search_that_finds_too_much_lists_a_part_says_so_and_its_file_holds_all(boss, db, short_lists):
    many(4)
    answer = boss.get(page(LIST), {"q": "testmany"})
    assert (answer.context["cl"].result_count, answer.context["cl"].found_more) == (4, False)
    assert [total["count"] for total in answer.context["iamport_totals"]] == [4]
    many(5)
    answer = boss.get(page(LIST), {"q": "testmany"})
    assert "More than 4 were found, and some of them are listed." in answer.content.decode()
    assert "There are more than" not in answer.content.decode()
    assert "Totals are shown of up to 4 transactions" in answer.content.decode()
    pages = [listed(boss, q="testmany", p=number) for number in (1, 2)]
    shown = [row for rows in pages for row in rows]
    assert [len(rows) for rows in pages] == [2, 2]
    assert shown == sorted(set(shown), key=lambda row: (row.created, row.pk), reverse=True)
    file = boss.get(page("export"), {"q": "testmany"})
    assert len(b"".join(file).decode().strip().splitlines()) == 1 + 9
    # A filter is asked first.
    assert len(listed(boss, q="testmany", status__exact="paid", created__year=1999)) == 0
    assert len(listed(boss, q=f"testmany{shown[0].order_id}")) == 1


def test_play_money_counts_in_the_totals_in_test_mode_alone(boss, paid, settings):
    OrderTransaction._base_manager.filter(pk=paid.pk).update(sandbox=True)
    assert "iamport_totals" in (context := boss.get(page(LIST)).context)
    assert (context["iamport_totals"], listed(boss)) == ([], [paid])
    settings.IAMPORT_TEST_MODE = True
    [totals] = boss.get(page(LIST)).context["iamport_totals"]
    assert totals["paid"] == "₩50,000"


def test_totals_are_of_this_month_unless_a_period_is_chosen(boss, db, monkeypatch):
    many(4)
    before = timezone.now() - timedelta(days=40)
    old = [*OrderTransaction.objects.values_list("pk", flat=True)[:3]]
    OrderTransaction._base_manager.filter(pk__in=old).update(created=before)

    def totals(**filters):
        answer = boss.get(page(LIST), filters)
        return [total["count"] for total in answer.context.get("iamport_totals", [])], answer.content.decode()

    counts, text = totals()
    assert (counts, "Totals of this month" in text) == ([1], True)
    for chosen in ({"created__lt": timezone.now().isoformat()}, {"q": "testmany"}):
        counts, text = totals(**chosen)
        assert (counts, "Totals of this list" in text) == ([4], True), chosen
    assert totals(attention="backlog")[0] == []
    monkeypatch.setattr(transactions, "MOST_SUMMED", 3)
    counts, text = totals(q="testmany")
    assert (counts, "Totals are shown of up to 3 transactions" in text) == ([], True)


def test_years_months_and_days_lead_from_the_first_row_to_the_last(boss, db):
    def dates(**chosen):
        named = {f"created__{part}": number for part, number in chosen.items()}
        told = boss.get(page(LIST), named).context["iamport_dates"]
        return [choice["title"] for choice in told["choices"]], told["back"] and told["back"]["title"]

    assert boss.get(page(LIST)).context["iamport_dates"] is None
    many(2)
    first, last = OrderTransaction.objects.values_list("pk", flat=True)
    for pk, moment in ((first, (2024, 11, 29)), (last, (2026, 1, 2))):
        OrderTransaction._base_manager.filter(pk=pk).update(created=datetime(*moment, tzinfo=zone.utc))
    assert dates() == (["2024", "2025", "2026"], None)
    assert dates(year=2024) == (["November 2024", "December 2024"], "All dates")
    assert dates(year=2024, month=11) == (["November 29", "November 30"], "2024")
    assert dates(year=2024, month=11, day=29) == (["November 29"], "November 2024")
    OrderTransaction._base_manager.update(created=datetime(2026, 1, 2, tzinfo=zone.utc))
    assert dates() == (["January 2"], "2026")


def test_what_has_to_be_looked_after_is_a_filter(boss, paid, make_order, iamport_sandbox, confirm):
    forged = OrderTransaction.objects.create_new(make_order())
    iamport_sandbox.fail_next("payments.cancel", body={"code": 1, "message": "no", "response": None})
    confirm(forged, iamport_sandbox.pay(forged, amount=100))
    assert listed(boss, attention="operator") == [forged]
    assert listed(boss, attention="held") == [forged]
    assert listed(boss, attention="unknown") == []
    Refund.objects.update(status="unknown", open_key=forged.merchant_uid)
    assert listed(boss, attention="unknown") == [forged]
    OrderTransaction._base_manager.filter(pk=paid.pk).update(backlog_since=timezone.now())
    assert listed(boss, attention="backlog") == [paid]


def test_the_list_speaks_korean(boss, paid):
    text = boss.get(page(LIST), headers={"accept-language": "ko"}).content.decode()
    for word in ("결제 완료", "50,000원", "신용카드", "이번 달 합계"):
        assert word in text
    with override("ko"):
        assert "아임포트에 조회" in boss.get(change(paid), headers={"accept-language": "ko"}).content.decode()


def test_pages_hold_neither_inline_script_nor_inline_style(boss, paid, rejected_other):
    pages = [page(LIST), page("bookkeeping"), change(paid), page("refund", paid)]
    pages += [page("accept", rejected_other), page("export", model=Order)]
    pages += [page("detail", paid.order), page("receipt", paid.order)]
    for address in pages:
        text = boss.get(address).content.decode()
        assert " style=" not in text, address
        assert "<style" not in text, address
        assert "onclick" not in text, address
        assert "django_iamport/admin.css" in text, address


@pytest.fixture
def rejected_other(make_order, iamport_sandbox, confirm):
    other = OrderTransaction.objects.create_new(make_order())
    iamport_sandbox.fail_next("payments.cancel", body={"code": 1, "message": "no", "response": None})
    return confirm(other, iamport_sandbox.pay(other, amount=100))


def test_money_is_not_editable_in_the_list(boss, paid):
    boss.post(page(LIST), {"form-0-status": "ready", "form-0-id": paid.pk, "_save": "Save"})
    assert OrderTransaction.objects.get().status == "paid"


def test_the_clerk_who_may_only_look_finds_no_form_to_save(client, paid):
    client.force_login(hire("view_payments"))
    assert 'name="_save"' not in client.get(change(paid)).content.decode()
    assert client.post(change(paid), {"note": "mine"}).status_code == 403


def test_old_and_new_are_told_apart_by_date(boss, paid):
    OrderTransaction._base_manager.update(created=timezone.now() - timedelta(days=400))
    year = OrderTransaction.objects.get().created.year
    assert listed(boss, created__year=year) == [paid]
    assert listed(boss, created__year=year + 1) == []


def test_the_list_needs_no_time_zones_of_the_database(boss, paid, settings):
    """MySQL and MariaDB come without; years, months and days are told without them."""
    settings.TIME_ZONE = "Asia/Seoul"
    today = timezone.localtime()

    answer = boss.get(page(LIST), {"created__year": today.year})

    assert (answer.status_code, [*answer.context["cl"].result_list]) == (200, [paid])
    assert f"created__month={today.month}&" in answer.content.decode().replace("&amp;", "&")
