"""Before the gateway takes the money it asks: answered quickly, from the database alone, with a reason."""

import json
from decimal import Decimal

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse

from django_iamport.exceptions import RejectPayment
from django_iamport.payments import request_pay
from django_iamport.views import ConfirmView, confirm
from tests.shop.models import Order, OrderTransaction
from tests.shopper import in_another_tab

NEUTRAL = "This order can no longer be paid. Please reload the shop's page."


@pytest.fixture
def attempt(attempt, iamport_sandbox):
    iamport_sandbox.reset_calls()
    return attempt


def ask(attempt, amount=50_000, content_type="application/json", **fields):
    body = {"imp_uid": "imp_1", "merchant_uid": getattr(attempt, "merchant_uid", attempt), "amount": amount}
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    return client.post(reverse("iamport:confirm"), {**body, **fields}, content_type)


def told(response):
    return response.status_code, response.json().get("reason")


def ask_view(view, attempt):
    body = json.dumps({"merchant_uid": attempt.merchant_uid, "amount": 50_000})
    request = RequestFactory().post("/", body, "application/json")
    return json.loads(view.as_view()(request).content)


def test_an_order_that_wants_the_payment_lets_it_go_on(attempt):
    assert ask(attempt).status_code == 200


@pytest.mark.parametrize("amount", ["50000", "50000.00", Decimal("50000.00")])
def test_a_form_and_other_ways_to_write_the_amount_are_understood(attempt, amount):
    form = f"imp_uid=imp_1&merchant_uid={attempt.merchant_uid}&amount={amount}"
    client = Client(enforce_csrf_checks=True)
    response = client.post(reverse("iamport:confirm"), form, "application/x-www-form-urlencoded")
    assert response.status_code == 200
    body = f'{{"merchant_uid": "{attempt.merchant_uid}", "amount": {amount}}}'
    assert client.post(reverse("iamport:confirm"), body, "application/json").status_code == 200


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/x-www-form-urlencoded"])
def test_json_is_understood_whatever_it_is_called(attempt, content_type):
    body = json.dumps({"imp_uid": "imp_1", "merchant_uid": attempt.merchant_uid, "amount": 50_000})
    client = Client(enforce_csrf_checks=True)
    assert client.generic("POST", reverse("iamport:confirm"), body, content_type).status_code == 200


def test_fractions_are_compared_exactly(make_order, iamport_sandbox):
    dollars = OrderTransaction.objects.create_new(make_order(amount=Decimal("10.10"), currency="USD"))
    assert ask(dollars, 10.1).status_code == 200
    assert ask(dollars, 10.11).status_code == 409


@pytest.mark.parametrize("out", ["unknown", "amount", "changed", "closed", "paid", "foreign", "upper_case"])
def test_what_is_out_of_the_question_is_refused_with_one_text_before_the_hook(
    attempt, order, iamport_sandbox, confirm, monkeypatch, settings, out
):
    def hook(self, attempt):
        raise AssertionError("the hook was asked")

    monkeypatch.setattr(ConfirmView, "get_refusal", hook)
    asked, amount = attempt, 50_000
    if out == "unknown":
        asked = "test" + "a" * 26
    elif out == "amount":
        amount = 49_999
    elif out == "changed":
        Order.objects.filter(pk=order.pk).update(amount=60_000)
    elif out == "closed":
        order.close()
    elif out == "paid":
        other = in_another_tab(order)
        confirm(other, iamport_sandbox.pay(other))
        Order.objects.filter(pk=order.pk).update(status="ready")
    elif out == "foreign":
        settings.IAMPORT_MERCHANT_UID_PREFIX = "staging"
    else:
        asked = attempt.merchant_uid.upper()
    assert told(ask(asked, amount)) == (409, NEUTRAL)


def test_the_shops_reason_reaches_the_customer(attempt, monkeypatch):
    class Shops(ConfirmView):
        def get_refusal(self, attempt):
            return f"{attempt.order.name} is sold out."

    assert ask_view(Shops, attempt) == {"reason": "Tea is sold out."}


@pytest.mark.parametrize(
    ("reason", "text"), [("sold_out", "Sold out, alas."), ("a word for the shop alone", NEUTRAL)]
)
def test_a_reason_of_the_order_is_told_where_customers_may_read_it(attempt, monkeypatch, reason, text):
    def sold_out(self, transaction):
        raise RejectPayment(reason)

    monkeypatch.setattr(Order, "accepts_payment", sold_out)
    monkeypatch.setattr(OrderTransaction, "REJECT_REASONS", {"sold_out": "Sold out, alas."})
    assert told(ask(attempt)) == (409, text)


def test_a_yes_is_no_promise_the_same_is_asked_under_the_lock(attempt, order, iamport_sandbox, confirm):
    assert ask(attempt).status_code == 200
    order.close()
    assert confirm(attempt, iamport_sandbox.pay(attempt)).reject_reason == "order_closed"


def test_nobody_is_asked_and_nothing_written(attempt, iamport_sandbox, django_assert_num_queries):
    before = OrderTransaction.objects.values().get()
    with django_assert_num_queries(3):
        ask(attempt)
    assert iamport_sandbox.calls == []
    assert OrderTransaction.objects.values().get() == before


@pytest.mark.parametrize("error", [KeyError("tea"), DatabaseError("gone"), ImproperlyConfigured("key")])
def test_an_exception_refuses(attempt, monkeypatch, error):
    def fail(self, transaction):
        raise error

    monkeypatch.setattr(Order, "accepts_payment", fail)
    response = ask(attempt)
    assert told(response) == (500, NEUTRAL)
    assert str(error) not in response.content.decode()


@pytest.mark.parametrize(
    "amount", [None, True, "", "5e4", "-50000", "NaN", "50000원", [50_000], 10**15, 50_000.001]
)
def test_an_amount_that_is_none_is_refused(attempt, amount):
    assert told(ask(attempt, amount)) == (400, NEUTRAL)


@pytest.mark.parametrize("body", ["", "[]", "{", '{"amount": NaN}', "x" * 200_000])
def test_a_body_that_can_t_be_read_is_refused(db, body):
    response = Client().post(reverse("iamport:confirm"), body, "application/json")
    assert response.status_code in (400, 413)
    assert response.json() == {"reason": NEUTRAL}


def test_the_barcode_of_a_convenience_store_tells_no_amount(attempt, order):
    def barcode():
        more = {"event": "Galaxia.Cvs.Confirm", "status": "ready", "extra": {"payType": "cash"}}
        return ask(attempt, None, **more).status_code

    assert barcode() == 200
    order.close()
    assert barcode() == 409


def test_a_slow_answer_is_logged(attempt, monkeypatch, caplog):
    monkeypatch.setattr(confirm, "SECONDS", 0)
    ask(attempt)
    assert "The confirm process took" in caplog.text


def test_it_stays_open_where_a_shop_demands_login(attempt, settings):
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "django.contrib.auth.middleware.LoginRequiredMiddleware"]
    assert ask(attempt).status_code == 200


def test_a_subclass_with_a_dispatch_of_its_own_still_refuses_what_fails(attempt, monkeypatch):
    class Shops(ConfirmView):
        def dispatch(self, request, *args, **kwargs):
            response = super().dispatch(request, *args, **kwargs)
            assert isinstance(response, HttpResponse)
            return response

        def get_refusal(self, attempt):
            raise KeyError

    assert ask_view(Shops, attempt) == {"reason": NEUTRAL}


def test_its_address_is_sent_where_the_shop_wants_it(attempt, order, settings):
    assert "confirm_url" not in request_pay.parameters(order, attempt)
    settings.IAMPORT_SEND_CONFIRM_URL = True
    assert request_pay.parameters(order, attempt)["confirm_url"] == "http://testserver/pay/confirm/"
    settings.IAMPORT_SITE_URL = None
    assert "confirm_url" not in request_pay.parameters(order, attempt)
