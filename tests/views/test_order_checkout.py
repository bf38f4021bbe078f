"""Beginning an attempt to pay an order that exists: whose it is, what is asked, what the window is told."""

import json
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse

from django_iamport import views
from django_iamport.exceptions import RejectPayment
from django_iamport.models.registry import name_of
from django_iamport.payments import request_pay
from tests.shop.models import Order, OrderTransaction, Ticket
from tests.shopper import Shopper

NOBODYS = [
    "999999",
    "0",
    "-1",
    "",
    "abc",
    "1 OR 1=1",
    "1.5",
    "１",
    "9" * 30,
    "9" * 4_000,
    "0c6f1a2e-0000-4000-8000-000000000000",
    "../1",
    None,
    10**30,
]


@pytest.fixture
def pay(shopper):
    """What the page hands to `IMP.request_pay`."""

    def pay(order_id=None):
        order = order_id or str(shopper.begin().order_id)
        return shopper.checkout(order).json()["request_pay"]

    return pay


@pytest.mark.on_each_pair
def test_the_owner_gets_a_new_attempt_for_the_same_order_once_the_first_ones_window_opened(
    shopper, iamport_sandbox
):
    first = shopper.begin()
    iamport_sandbox.open(first)
    answer = shopper.checkout(str(first.order_id)).json()
    second = OrderTransaction.objects.get(merchant_uid=answer["merchant_uid"])
    assert second != first
    assert second.order == first.order
    assert answer["request_pay"]["merchant_uid"] == second.merchant_uid


def test_a_number_names_the_order_as_well_as_its_text(shopper):
    assert shopper.checkout(shopper.begin().order_id).status_code == 200


@pytest.mark.on_each_pair
def test_orders_of_others_and_orders_that_do_not_exist_look_the_same(shopper, stranger, make_order):
    owner = get_user_model().objects.create_user("owner")
    theirs = [stranger.begin().order_id, make_order(user=owner).pk, make_order().pk]
    responses = [shopper.checkout(order_id) for order_id in [*map(str, theirs), *theirs, *NOBODYS]]
    assert {response.status_code for response in responses} == {404}
    assert len({response.content for response in responses}) == 1
    assert OrderTransaction.objects.count() == 1


@pytest.mark.parametrize("order_id", [[1], {"pk": 1}, True, 1.0, "1\0", "\0"])
def test_an_order_id_of_another_type_is_malformed(shopper, order_id):
    response = shopper.checkout(order_id)
    assert (response.status_code, response.json()["error"]["code"]) == (400, "malformed_request")


def test_half_a_character_names_no_order(shopper):
    body = '{"order_id": "\\ud800"}'
    response = shopper.client.post("/pay/order/checkout/", body, "application/json")
    assert response.status_code in (400, 404)


def test_the_session_of_a_user_who_signed_out_is_not_the_owner(shopper, make_order):
    user = get_user_model().objects.create_user("kim")
    shopper.client.force_login(user)
    order = shopper.begin().order
    assert shopper.owns(order)
    shopper.client.logout()
    assert not shopper.owns(order)


def test_staff_is_no_owner(shopper, stranger):
    order = stranger.begin().order
    shopper.client.force_login(get_user_model().objects.create_superuser("boss"))
    assert not shopper.owns(order)


@pytest.mark.on_each_pair
def test_a_guest_who_signs_in_keeps_the_order(shopper):
    order = shopper.begin().order
    shopper.client.force_login(get_user_model().objects.create_user("kim"))
    assert shopper.owns(order)


def test_amount_currency_and_name_from_the_page_decide_nothing(shopper):
    order = shopper.begin().order
    forged = {"amount": 100, "currency": "USD", "name": "Free", "merchant_uid": "test1", "type": "card"}
    params = shopper.checkout(str(order.pk), **forged).json()["request_pay"]
    assert (params["amount"], params["currency"], params["name"]) == (50_000, "KRW", "Tea")
    assert params["merchant_uid"] != "test1"


@pytest.mark.parametrize(
    ("state", "code"),
    [("closed", "order_closed"), ("paid", "order_paid"), ("free", "not_payable"), ("broken", "not_payable")],
)
def test_an_order_that_wants_no_payment_is_refused(shopper, iamport_sandbox, state, code):
    attempt = shopper.begin()
    order = Order.objects.get(pk=attempt.order_id)
    if state == "closed":
        order.close()
    elif state == "paid":
        shopper.claim(attempt, iamport_sandbox.pay(attempt))
    else:
        Order.objects.update(amount={"free": 0, "broken": Decimal("10.50")}[state])
    response = shopper.checkout(str(order.pk))
    assert (response.status_code, response.json()["error"]["code"]) == (409, code)
    assert OrderTransaction.objects.count() == 1


def test_an_order_whose_total_changed_is_asked_for_anew(shopper, iamport_sandbox):
    first = shopper.begin()
    Order.objects.update(amount=60_000)
    assert shopper.checkout(str(first.order_id)).json()["request_pay"]["amount"] == 60_000
    shopper.claim(first, iamport_sandbox.pay(first))
    first.refresh_from_db()
    assert (first.status, first.reject_reason) == ("cancelled", "order_changed")


def test_the_earlier_attempt_is_asked_about_first(shopper, iamport_sandbox):
    attempt = shopper.begin()
    iamport_sandbox.pay(attempt)
    response = shopper.checkout(str(attempt.order_id))
    assert (response.status_code, response.json()["error"]["code"]) == (409, "order_paid")
    attempt.refresh_from_db()
    assert attempt.status == "paid"


@pytest.mark.parametrize("operation", ["payments.find_all_page", "prepare.create"])
def test_where_the_gateway_is_down_no_window_opens(shopper, iamport_sandbox, operation):
    attempt = shopper.begin()
    iamport_sandbox.open(attempt)
    iamport_sandbox.fail_next(operation, status=500)
    response = shopper.checkout(str(attempt.order_id))
    assert response.status_code == 503
    assert "request_pay" not in response.json()
    assert OrderTransaction.objects.count() == 1


@pytest.mark.on_each_pair
class TestRequestPay:
    def test_what_a_plain_shop_sends(self, pay):
        params = pay()
        redirect = urlsplit(params.pop("m_redirect_url"))
        assert (redirect.scheme, redirect.netloc, redirect.path) == ("http", "testserver", "/pay/redirect/")
        assert request_pay.unsigned(parse_qs(redirect.query)["attempt"][0]) == params.pop("merchant_uid")
        assert params == {
            "pay_method": "card",
            "name": "Tea",
            "buyer_name": "Kim",
            "buyer_email": "",
            "amount": 50_000,
            "currency": "KRW",
            "notice_url": "http://testserver/pay/webhook/",
        }

    def test_settings_hook_and_buyer_add_parameters_and_decide_nothing_about_money(
        self, pay, settings, monkeypatch
    ):
        settings.IAMPORT_CHANNEL_KEY = "channel-key-1"
        settings.IAMPORT_REQUEST_PAY = {"digital": False, "language": "ko", "amount": 1}
        forged = {"merchant_uid": "mine", "amount": 1, "currency": "USD", "name": "Gift", "language": "en"}
        monkeypatch.setattr(
            views.OrderCheckoutAjaxView, "get_request_pay", lambda self, order, attempt: forged
        )
        params = pay()
        assert (params["amount"], params["currency"]) == (50_000, "KRW")
        assert params["merchant_uid"].startswith("test")
        assert (params["channelKey"], params["digital"]) == ("channel-key-1", False)
        assert (params["language"], params["name"]) == ("en", "Gift")

    def test_a_pg_code_is_sent_where_there_is_no_channel_key(self, pay, settings):
        settings.IAMPORT_PG = "html5_inicis"
        assert pay()["pg"] == "html5_inicis"

    def test_the_page_names_one_of_the_channels_in_the_settings_and_no_other(self, shopper, settings):
        settings.IAMPORT_CHANNELS = {"kakaopay": {"channelKey": "channel-key-2", "pay_method": "kakaopay"}}
        order = str(shopper.begin().order_id)
        params = shopper.checkout(order, channel="kakaopay").json()["request_pay"]
        assert (params["channelKey"], params["pay_method"]) == ("channel-key-2", "kakaopay")
        assert "channelKey" not in shopper.checkout(order, channel="").json()["request_pay"]
        for channel in ("channel-key-2", "card", "\ud55c"):
            response = shopper.checkout(order, channel=channel)
            assert (response.status_code, response.json()["error"]["code"]) == (400, "channel_unknown")
        assert shopper.checkout(order, channel=["kakaopay"]).json()["error"]["code"] == "malformed_request"

    def test_the_hook_may_name_what_the_payment_must_show(self, shopper, monkeypatch):
        monkeypatch.setattr(views.OrderCheckoutAjaxView, "get_asked", lambda self, order: {"escrow": True})
        answer = shopper.checkout(str(shopper.begin().order_id)).json()
        attempt = OrderTransaction.objects.get(merchant_uid=answer["merchant_uid"])
        assert attempt.asked == {"escrow": True, "language": "en"}

    def test_addresses_never_come_from_the_host_header(self, shopper, settings):
        settings.IAMPORT_SITE_URL = "https://shop.example/"
        order = str(shopper.begin().order_id)
        response = shopper.post("order_checkout", {"order_id": order}, headers={"host": "evil.example"})
        params = response.json()["request_pay"]
        assert params["m_redirect_url"].startswith("https://shop.example/pay/redirect/?attempt=")
        assert params["notice_url"] == "https://shop.example/pay/webhook/"
        assert "evil" not in response.content.decode()

    def test_without_a_site_url_the_page_completes_the_address_and_no_notice_is_asked_for(
        self, pay, settings
    ):
        settings.IAMPORT_SITE_URL = None
        params = pay()
        assert params["m_redirect_url"].startswith("/pay/redirect/?attempt=")
        assert "notice_url" not in params

    def test_a_shop_may_set_its_notices_in_the_console(self, pay, settings):
        settings.IAMPORT_SEND_NOTICE_URL = False
        assert "notice_url" not in pay()

    @pytest.mark.parametrize(
        ("amount", "currency", "told"),
        [
            (1_234_567, "KRW", "1234567"),
            (Decimal("10.50"), "USD", "10.5"),
            (Decimal(999999999999), "KRW", "999999999999"),
        ],
    )
    def test_amounts_are_json_numbers_whatever_the_locale(self, shopper, settings, amount, currency, told):
        settings.USE_THOUSAND_SEPARATOR = True
        order = shopper.begin().order
        Order.objects.update(amount=amount, currency=currency)
        body = shopper.checkout(str(order.pk)).content.decode()
        assert f'"amount": {told},' in body
        assert json.loads(body)["request_pay"]["currency"] == currency

    def test_a_name_fits_the_window(self, shopper, monkeypatch):
        monkeypatch.setattr(Order, "get_payment_name", lambda self: "차" * 100)
        name = shopper.checkout(str(shopper.begin().order_id)).json()["request_pay"]["name"]
        assert name == "차" * 40


@pytest.mark.on_each_pair
class TestUuidKeys:
    @pytest.fixture
    def ticket(self, shopper):
        shopper.client.post("/tickets/create_ajax/", {"checkout_key": "k" * 32}, "application/json")
        return Ticket.objects.get()

    def checkout(self, visitor, order_id):
        return visitor.client.post("/tickets/checkout/", {"order_id": order_id}, "application/json")

    def test_the_owner_begins_another_attempt(self, shopper, ticket):
        assert self.checkout(shopper, str(ticket.pk)).json()["request_pay"]["amount"] == 9_000

    def test_what_is_nobodys_looks_like_what_is_not_there(self, shopper, ticket):
        there = self.checkout(Shopper(), str(ticket.pk))
        others = [self.checkout(shopper, order_id) for order_id in NOBODYS]
        assert {response.content for response in others} == {there.content}
        assert {response.status_code for response in others} == {there.status_code} == {404}


class TestCancelled:
    """The customer gives an unpaid order up."""

    def cancel(self, shopper, order, **headers):
        return shopper.post("order_cancel", {"order_id": str(order.pk)}, **headers)

    def by_form(self, shopper, order, **fields):
        """As a browser posts a form without a script."""
        accept = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
        fields = {"order_id": str(order.pk), **fields}
        return shopper.client.post(reverse("iamport:order_cancel"), fields, headers={"accept": accept})

    @pytest.mark.on_each_pair
    def test_an_unpaid_order_is_closed_and_a_later_payment_goes_back(self, shopper, iamport_sandbox):
        attempt = shopper.begin()
        response = self.cancel(shopper, attempt.order)
        assert response.json() == {"order_id": name_of(attempt.order), "next": f"/orders/{attempt.order_id}/"}
        assert Order.objects.get().status == "closed"
        shopper.claim(attempt, iamport_sandbox.pay(attempt))
        attempt.refresh_from_db()
        assert (attempt.status, attempt.reject_reason) == ("cancelled", "order_closed")

    def test_its_waiting_account_is_voided(self, shopper, iamport_sandbox):
        attempt = shopper.begin()
        imp_uid = iamport_sandbox.issue_account(attempt)
        shopper.claim(attempt, imp_uid)
        assert self.cancel(shopper, attempt.order).status_code == 200
        assert (Order.objects.get().status, iamport_sandbox.payment(imp_uid)["status"]) == (
            "closed",
            "cancelled",
        )

    def test_an_account_that_another_tab_has_issued_meanwhile_keeps_it(self, shopper, iamport_sandbox):
        """Told that it was cancelled, nobody would expect a deposit to be taken."""
        attempt = shopper.begin()
        iamport_sandbox.open(attempt)

        def issue():
            other = OrderTransaction.objects.create_new(attempt.order)
            shopper.claim(other, iamport_sandbox.issue_account(other))

        iamport_sandbox.meanwhile("payments", issue)
        response = self.cancel(shopper, attempt.order)
        assert (response.status_code, response.json()["error"]["code"]) == (409, "account_waiting")
        assert Order.objects.get().status == "ready"
        assert self.cancel(shopper, attempt.order).status_code == 200

    def test_a_paid_order_stays_paid_though_nobody_had_told_of_it(self, shopper, iamport_sandbox):
        attempt = shopper.begin()
        iamport_sandbox.pay(attempt)
        response = self.cancel(shopper, attempt.order)
        assert (response.status_code, response.json()["error"]["code"]) == (409, "order_paid")
        assert Order.objects.get().status == "paid"

    @pytest.mark.on_each_pair
    def test_somebody_elses_order_is_not_found(self, shopper, stranger):
        order = shopper.begin().order
        assert self.cancel(stranger, order).status_code == 404
        assert Order.objects.get().status == "ready"

    def test_cancelled_twice_it_is_cancelled(self, shopper):
        order = shopper.begin().order
        assert [self.cancel(shopper, order).status_code for _ in range(2)] == [200, 200]

    def test_an_order_that_the_shop_can_no_longer_sell_is_closed_too(self, shopper, monkeypatch):
        order = shopper.begin().order

        def sold_out(order, transaction):
            raise RejectPayment("sold_out")

        monkeypatch.setattr(Order, "accepts_payment", sold_out)
        assert self.cancel(shopper, order).status_code == 200
        assert Order.objects.get().status == "closed"

    @pytest.mark.on_each_pair
    def test_a_form_without_a_script_is_sent_on(self, shopper):
        order = shopper.begin().order
        response = self.by_form(shopper, order)
        assert (response.status_code, response["Location"]) == (302, f"/orders/{order.pk}/")
        assert Order.objects.get().status == "closed"

    @pytest.mark.parametrize(("language", "words"), [("en", "already been paid"), ("ko", "이미 결제")])
    def test_it_reads_why_nothing_was_cancelled(self, shopper, iamport_sandbox, language, words):
        attempt = shopper.begin()
        iamport_sandbox.pay(attempt)
        shopper.client.cookies["django_language"] = language
        response = self.by_form(shopper, attempt.order)
        assert (response.status_code, response["Content-Type"]) == (409, "text/html; charset=utf-8")
        assert words in response.content.decode()
