"""The list: found by what people quote, summed up, and as quick with many rows as with few."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.translation import override

from django_iamport.admin.time_zones import knows_time_zones
from django_iamport.models import Refund
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
    for word in ("결제 완료", "50,000원", "신용카드", "이 목록의 합계"):
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
    """MySQL and MariaDB come without; the years and days above the list are left out there."""
    settings.TIME_ZONE = "Asia/Seoul"

    answer = boss.get(page(LIST), {"created__year": timezone.localtime().year})

    assert (answer.status_code, [*answer.context["cl"].result_list]) == (200, [paid])
    assert answer.context["cl"].date_hierarchy == ("created" if knows_time_zones(connection.alias) else None)
