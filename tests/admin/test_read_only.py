"""The admin shows all of it and changes nothing that decides money."""

import pytest
from django.contrib import admin
from django.urls import reverse

from django_iamport.models import Refund
from django_iamport.records.transaction import GATEWAY_COLUMNS
from tests.admin.desk import change
from tests.shop.models import Order, OrderTransaction

pytestmark = pytest.mark.urls("tests.admin.desk")


def test_the_list_shows_and_finds_transactions(boss, paid):
    url = reverse("admin:shop_ordertransaction_changelist")
    for query in (paid.merchant_uid, paid.imp_uid):
        text = boss.get(url, {"q": query}).content.decode()
        assert paid.merchant_uid in text
        assert "₩50,000" in text
    assert paid.merchant_uid not in boss.get(url, {"q": "nothing"}).content.decode()
    assert boss.get(url, {"status__exact": "paid"}).status_code == 200


def test_no_gateway_column_can_be_edited(boss, paid):
    page = boss.get(change(paid))
    form = page.context["adminform"].form
    assert set(form.fields) == {"note"}
    for shown in ("shown_status", "shown_paid", "imp_uid", "answer", "shown_backlog"):
        assert f"field-{shown}" in page.content.decode()
    assert not GATEWAY_COLUMNS.intersection(form.fields)


@pytest.mark.parametrize(
    "column", ["status", "amount", "paid_amount", "imp_uid", "verified_at", "cancel_amount"]
)
def test_posting_gateway_columns_changes_none(boss, attempt, column):
    before = OrderTransaction.objects.values().get()
    values = {"status": "paid", "imp_uid": "imp_1", "verified_at": "2026-01-01"}
    response = boss.post(change(attempt), {"note": "seen", column: values.get(column, "1")})
    assert response.status_code == 302
    after = OrderTransaction.objects.values().get()
    assert after.pop("note") == "seen"
    assert {name: value for name, value in before.items() if name in after} == {
        **after,
        "modified": before["modified"],
    }


def test_a_paid_transaction_is_saved_without_asking_the_gateway(boss, paid, iamport_sandbox):
    iamport_sandbox.reset_calls()
    assert boss.post(change(paid), {"note": "seen"}).status_code == 302
    assert iamport_sandbox.calls == []
    assert OrderTransaction.objects.get().status == "paid"


@pytest.mark.parametrize("page", ["add", "delete"])
def test_transactions_are_neither_added_nor_deleted(boss, paid, page):
    arguments = [] if page == "add" else [paid.pk]
    assert boss.get(reverse(f"admin:shop_ordertransaction_{page}", args=arguments)).status_code == 403


def test_the_delete_action_is_not_offered(boss, paid):
    text = boss.get(reverse("admin:shop_ordertransaction_changelist")).content.decode()
    assert "delete_selected" not in text


def test_an_order_shows_its_attempts_and_cannot_be_ticked_paid(boss, attempt):
    page = boss.get(change(attempt.order))
    assert attempt.merchant_uid in page.content.decode()
    management = {f"transactions-{name}_FORMS": 0 for name in ("TOTAL", "INITIAL")}
    response = boss.post(change(attempt.order), {"buyer_name": "Kim", "status": "paid", **management})
    assert response.status_code == 302
    order = Order.objects.get()
    assert (order.buyer_name, order.status, order.amount) == ("Kim", "ready", 50_000)


def test_an_order_with_attempts_is_not_deleted(boss, attempt):
    url = reverse("admin:shop_order_delete", args=[attempt.order_id])
    boss.post(url, {"post": "yes"})
    assert Order.objects.exists()


def test_refunds_are_shown_and_left_alone(boss, attempt, iamport_sandbox, confirm):
    iamport_sandbox.fail_next(
        "payments.cancel", body={"code": 1, "message": "<b>취소 불가</b>", "response": None}
    )
    confirm(attempt, iamport_sandbox.pay(attempt, amount=100))
    refund = Refund.objects.get()
    text = boss.get(reverse("admin:django_iamport_refund_changelist")).content.decode()
    assert '<span class="iamport-status iamport-bad">needs an operator</span>' in text
    page = boss.get(change(refund))
    assert page.status_code == 200
    assert "<b>취소" not in page.content.decode()
    assert boss.post(change(refund), {"status": "done"}).status_code == 403
    assert boss.get(reverse("admin:django_iamport_refund_add")).status_code == 403


def test_what_the_gateway_says_is_escaped(boss, attempt, iamport_sandbox, confirm):
    imp_uid = iamport_sandbox.decline(attempt, reason="<script>alert(1)</script>")
    iamport_sandbox.edit(imp_uid, card_name="<script>alert(2)</script>")
    confirm(attempt, imp_uid)
    assert "<script>alert" not in boss.get(change(attempt)).content.decode()


def test_the_settings_site_offers_refunds_alone():
    assert admin.site.is_registered(Refund)
    assert not admin.site.is_registered(OrderTransaction)
