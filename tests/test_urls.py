from __future__ import annotations

import pytest
from django.test import Client, override_settings
from django.urls import include, path

from django_iamport import urls, views
from django_iamport.payments import request_pay
from tests.shop.models import OrderTransaction
from tests.shop.views import CartMixin
from tests.shopper import state

pytestmark = pytest.mark.on_each_pair


def test_an_order_form_alone_makes_every_address_of_the_package() -> None:
    patterns, namespace = urls.with_order_form(CartMixin)
    assert namespace == "iamport"
    assert {pattern.name for pattern in patterns} == {pattern.name for pattern in urls.urlpatterns}


def test_page_and_ajax_view_come_from_the_same_form_and_before_the_packages_own() -> None:
    patterns, _namespace = urls.with_order_form(CartMixin)
    first = {pattern.name: pattern.callback.view_class for pattern in reversed(patterns)}  # type: ignore[attr-defined]
    assert issubclass(first["order_create"], CartMixin)
    assert issubclass(first["order_create_ajax"], CartMixin)


# An address written down without the slash at its end loses no notice, no question and no customer.


class NobodyMayPay(views.ConfirmView):
    """A shop's own, of which it wrote the spelling with the slash alone."""

    def get_refusal(self, attempt):
        return "closed for today"


urlpatterns = [
    path("pay/", include(([path("confirm/", NobodyMayPay.as_view()), *urls.urlpatterns], "iamport")))
]


@pytest.fixture(params=[True, False], ids=["append_slash", "plain"])
def gateway(request, settings):
    """A caller without session and token, in front of a shop that asks everybody to sign in."""
    settings.APPEND_SLASH = request.param
    settings.LOGIN_URL = "/login/"
    settings.MIDDLEWARE = [
        *settings.MIDDLEWARE,
        "django.contrib.auth.middleware.LoginRequiredMiddleware",
    ]
    return Client(enforce_csrf_checks=True)


def test_a_notice_to_the_address_without_the_slash_is_heard(attempt, iamport_sandbox, gateway):
    body = {"imp_uid": iamport_sandbox.pay(attempt), "merchant_uid": attempt.merchant_uid, "status": "paid"}

    response = gateway.post("/pay/webhook", body, "application/json")

    assert (response.status_code, response.json()) == (200, {"status": "stored"})
    assert OrderTransaction.objects.get().status == "paid"


def test_the_confirm_process_is_answered_by_the_shops_own_view(attempt, gateway):
    question = {"imp_uid": "imp_1", "merchant_uid": attempt.merchant_uid, "amount": 50_000}

    assert gateway.post("/pay/confirm", question, "application/json").json() == {"status": "confirmed"}
    with override_settings(ROOT_URLCONF=__name__):
        refused = gateway.post("/pay/confirm", question, "application/json")
    assert (refused.status_code, refused.json()) == (409, {"reason": "closed for today"})


def test_a_phone_comes_back_without_the_slash(attempt, iamport_sandbox, gateway):
    imp_uid = iamport_sandbox.pay(attempt)

    response = gateway.get(f"/pay/redirect?{request_pay.signed(attempt.merchant_uid)}&imp_uid={imp_uid}")

    assert (response.status_code, state(response)) == (200, "paid")


@pytest.mark.parametrize("address", ["/pay/order/checkout", "/pay/order/validation"])
def test_what_needs_a_login_has_one_spelling(attempt, gateway, address, settings):
    settings.DEBUG = False
    assert gateway.post(address, {}, "application/json").status_code in (301, 404, 302)
