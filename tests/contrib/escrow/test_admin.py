"""Deliveries at the desk: on the order's page, registered and changed from it, and in a list."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import include, path

from django_iamport.contrib.escrow import deliveries
from django_iamport.contrib.escrow.admin import DeliveryAdmin, EscrowOrderAdminMixin
from django_iamport.contrib.escrow.models import Delivery
from django_iamport.models import History
from tests.admin.desk import OrderTransactionAdmin
from tests.contrib.escrow.conftest import PARCEL, RECEIVER, stored
from tests.shop.models import Order, OrderTransaction

pytestmark = [pytest.mark.django_db, pytest.mark.on_each_pair, pytest.mark.urls(__name__)]

site = admin.AdminSite()
site.register(Delivery, DeliveryAdmin)
site.register(OrderTransaction, OrderTransactionAdmin)


@admin.register(Order, site=site)
class OrderAdmin(EscrowOrderAdminMixin, admin.ModelAdmin):
    pass


urlpatterns = [path("admin/", site.urls), path("pay/", include("django_iamport.urls"))]
FIELDS = {
    **PARCEL,
    "sent_at": "2026-03-02T14:00",
    **{name: getattr(RECEIVER, name) for name in ("name", "tel", "postcode", "addr", "addr_detail")},
}
LIST = "/admin/iamport_escrow/delivery/"


def hire(*permissions):
    user, _made = User.objects.get_or_create(username="kim", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


@pytest.fixture
def kim(db):
    return hire("view_order", "register_deliveries")


def detail(row):
    return f"/admin/shop/order/{row.order_id}/detail/"


def form(row):
    return f"/admin/shop/order/{row.order_id}/delivery/?merchant_uid={row.merchant_uid}"


def text(response):
    assert response.status_code == 200
    return response.content.decode()


def test_the_orders_page_leads_to_the_form_and_then_shows_the_delivery(kim, paid, iamport_sandbox):
    page = text(kim.get(detail(paid)))
    assert "Register the delivery" in page
    assert form(paid) in page
    iamport_sandbox.reset_calls()

    page = text(kim.post(form(paid), FIELDS, follow=True))
    assert iamport_sandbox.calls == [f"POST /escrows/logis/{paid.imp_uid}"]
    for word in ("The delivery was registered.", "123-456-789", "CJ Logistics", "김지은", "2026-03-02 14:00"):
        assert word in page
    assert "Change the delivery" in page
    line = History.objects.get(event="delivery_registered")
    assert (line.source, line.by) == ("admin", f"operator:{User.objects.get(username='kim').pk}")


def test_a_change_begins_with_what_is_registered(kim, registered, iamport_sandbox):
    shown = kim.get(form(registered)).context["form"]
    assert {name: shown[name].value() for name in FIELDS if name != "sent_at"} == {
        name: value for name, value in FIELDS.items() if name != "sent_at"
    }
    kim.post(form(registered), {**FIELDS, "invoice": "999", "name": "박"})
    assert iamport_sandbox.calls == [f"PUT /escrows/logis/{registered.imp_uid}"]
    assert (stored().invoice, stored().receiver["name"]) == ("999", "박")


def test_what_the_payment_company_demands_is_asked_for_in_the_form(kim, pay, iamport_sandbox, settings):
    paid = pay()
    page = text(kim.post(form(paid), {**FIELDS, "postcode": ""}))
    assert "errorlist" in page
    settings.IAMPORT_ESCROW_SENDER = {"name": "Tea shop"}
    page = text(kim.post(form(paid), FIELDS))
    assert "IAMPORT_ESCROW_SENDER lacks postcode" in page
    type(paid)._base_manager.filter(pk=paid.pk).update(pg_provider="daou")
    assert kim.get(form(paid)).context["form"].fields["receiving_at"].required is True
    assert iamport_sandbox.calls == []


def test_a_form_of_before_somebody_elses_change_overwrites_nothing(kim, registered, iamport_sandbox):
    shown = kim.get(form(registered)).context["form"]
    known = {"known": shown["known"].value()}
    kim.post(form(registered), {**FIELDS, **known, "invoice": "777"})
    iamport_sandbox.reset_calls()

    assert "changed in the meantime" in text(kim.post(form(registered), {**FIELDS, **known, "name": "박"}))

    # Whoever clicked twice asked for what there is.
    assert kim.post(form(registered), {**FIELDS, **known, "invoice": "777"}).status_code == 302
    assert iamport_sandbox.calls == []
    assert (stored().invoice, stored().receiver["name"]) == ("777", "김지은")


def test_a_second_click_is_no_error(kim, paid, iamport_sandbox):
    deliveries.register(paid, receiver=RECEIVER, **PARCEL)
    Delivery.objects.update(status="sent")
    iamport_sandbox.reset_calls()
    page = kim.post(form(paid), FIELDS, follow=True)
    assert "being registered just now" in text(page)
    assert page.redirect_chain
    assert iamport_sandbox.calls == []


def test_the_list_shows_what_needs_somebody(registered):
    client = hire("view_delivery")
    attention = f"{LIST}?attention=any"
    assert "123-456-789" not in text(client.get(attention))
    for wrong in ({"status": "unknown"}, {"code": "gateway_refused"}, {"escrow_status": "4"}):
        Delivery.objects.update(**{"status": "registered", "code": "", "escrow_status": "", **wrong})
        assert "123-456-789" in text(client.get(attention))


def test_what_no_company_demands_is_not_demanded(kim, pay, iamport_sandbox):
    paid = pay("kcp")
    kim.post(form(paid), {**PARCEL, "sent_at": FIELDS["sent_at"]})
    assert iamport_sandbox.calls == [f"POST /escrows/logis/{paid.imp_uid}"]


def test_a_form_sent_as_it_was_shown_changes_nothing(kim, pay, iamport_sandbox, settings):
    settings.IAMPORT_ESCROW_SENDER = {"addr": "서울", "relationship": "본인"}
    paid = pay("daou")
    deliveries.register(paid, receiver=RECEIVER, receiving_at="20260304", **PARCEL)
    iamport_sandbox.reset_calls()
    shown = kim.get(form(paid)).context["form"]
    kim.post(form(paid), {name: shown[name].value() or "" for name in shown.fields})
    assert iamport_sandbox.calls == []


@pytest.mark.parametrize(
    "moment", ["0001-01-01T00:00", "1969-12-31T00:00", "9999-12-31T23:59", "yesterday", "2026-03-02"]
)
def test_a_moment_that_no_parcel_leaves_at_is_asked_for_again(kim, paid, iamport_sandbox, moment):
    page = kim.post(form(paid), {**FIELDS, "sent_at": moment})
    assert page.status_code == 200
    assert page.context["form"].errors["sent_at"]
    assert iamport_sandbox.calls == []


def test_what_the_shops_own_code_leaves_out_of_the_products_is_said(kim, pay, monkeypatch):
    paid = pay("welcome")
    monkeypatch.setattr(Order, "get_escrow_products", lambda self, transaction: [], raising=False)
    assert "get_escrow_products() lacks amount" in text(kim.post(form(paid), FIELDS))


def test_a_refusal_is_told_in_the_companys_words_and_nothing_has_to_be_typed_again(
    kim, paid, iamport_sandbox
):
    iamport_sandbox.fail_next(
        "escrow.register", status=400, body={"code": -1, "message": "송장번호 오류", "response": None}
    )
    assert "송장번호 오류" in text(kim.post(form(paid), FIELDS))
    assert kim.get(form(paid)).context["form"]["invoice"].value() == "123-456-789"
    assert "송장번호 오류" in text(kim.get(detail(paid)))


def test_a_lost_answer_is_said_and_looked_up_by_a_button(kim, paid, iamport_sandbox):
    iamport_sandbox.fail_next("escrow.register", after=True)
    page = text(kim.post(form(paid), FIELDS, follow=True))
    assert "outcome unknown" in page
    page = text(kim.post(form(paid), {"look_up": "1"}, follow=True))
    assert "as the gateway shows it" in page
    assert stored().is_registered


def test_what_the_buyer_says_is_on_the_page(kim, registered):
    assert "no answer yet" in text(kim.get(detail(registered)))
    Delivery.objects.update(escrow_status="4", denied_reason="wet box")
    page = text(kim.get(detail(registered)))
    assert "refused by the buyer" in page
    assert "wet box" in page


def test_registering_is_a_permission_of_its_own(paid, iamport_sandbox):
    client = hire("view_order", "view_payments", "change_order")
    assert form(paid) not in text(client.get(detail(paid)))
    assert client.get(form(paid)).status_code == 403
    assert client.post(form(paid), FIELDS).status_code == 403
    assert hire("register_deliveries").post(form(paid), FIELDS).status_code == 403
    assert iamport_sandbox.calls == []


def test_another_orders_payment_is_not_delivered_with_this_one(kim, paid, make_order, iamport_sandbox):
    other = make_order()
    address = f"/admin/shop/order/{other.pk}/delivery/?merchant_uid={paid.merchant_uid}"
    assert kim.post(address, FIELDS).status_code == 404
    assert iamport_sandbox.calls == []


def test_an_order_without_escrow_shows_nothing_of_it(kim, attempt, iamport_sandbox, confirm):
    plain = confirm(attempt, iamport_sandbox.pay(attempt))
    assert "escrow" not in text(kim.get(detail(plain)))
    assert "registered or changed here" in text(kim.get(form(plain), follow=True))


def test_the_list_is_read_by_whoever_may_view_deliveries(registered):
    client = hire("view_delivery")
    assert "123-456-789" in text(client.get(LIST))
    page = text(client.get(f"{LIST}{stored().pk}/change/"))
    assert "김지은" in page
    assert 'name="_save"' not in page
    assert client.get(f"{LIST}add/").status_code == 403
    assert hire("view_payments").get(LIST).status_code == 403


def test_every_word_of_the_pages_is_korean(kim, registered):
    Delivery.objects.update(escrow_status="3")
    for address in (detail(registered), form(registered)):
        page = text(kim.get(address, headers={"accept-language": "ko"}))
        assert "에스크로 배송" in page
        for word in ("delivery", "Recipient", "Courier", "buyer"):
            assert word not in page.split("</head>")[1].replace("/delivery/", "")
    assert deliveries.delivery_of(registered).is_confirmed


def test_what_was_refused_is_on_the_overview(registered):
    boss = Client(headers={"accept-language": "en"})
    boss.force_login(User.objects.create_superuser("boss"))
    overview, words = "/admin/shop/ordertransaction/overview/", "Escrow deliveries that were refused"
    assert words not in text(boss.get(overview))
    Delivery.objects.update(escrow_status="4")
    shown = text(boss.get(overview))
    assert words in shown
    assert f"{LIST}?attention=any" in shown
