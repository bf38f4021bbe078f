"""A page that fails is reported to the shop's operators, and through them to others: without anybody's values."""

import inspect
import json
import re
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.forms.boundfield import BoundField
from django.urls import URLResolver, get_resolver, reverse

from django_iamport import signals, views
from django_iamport.admin.pages import PagesMixin
from django_iamport.forms import RefundAccountForm
from django_iamport.gateway import client as gateway_client
from django_iamport.models import Refund
from django_iamport.payments import request_pay
from django_iamport.records.transaction import TransactionRecord
from django_iamport.refunds import execution, requests
from django_iamport.sandbox import urls as sandbox_urls
from django_iamport.testing.adapter import Adapter
from django_iamport.urls import urlpatterns as iamport_urlpatterns
from django_iamport.views import IamportView, refund_account
from tests.error_mail import BrokenHook, broken, error_mails, values_in_djangos_report
from tests.shop.models import Order, OrderTransaction
from tests.shop.views import CartMixin, OrderCreateAjaxView, OrderForm

ACCOUNT = {"bank": "088", "account": "110-123-456789", "holder": "홍길동", "tel": "010-9753-1864"}
VALUES = ("110-123-456789", "110123456789", "홍길동", "010-9753-1864", "01097531864", "hong@shop.example")


def assert_mailed_without_values(mails, *values):
    """Text and HTML; that there is a mail shows that it was a 500."""
    assert mails
    for text in mails:
        assert [value for value in (*VALUES, *values, "test-secret") if value in text] == []


@pytest.fixture
def reported(shopper):
    """The mails of what fails while the shopper's browser goes on."""
    shopper.client.raise_request_exception = False
    with error_mails() as mails:
        yield mails


@pytest.fixture
def unwanted(shopper, user, iamport_sandbox):
    """A deposit over a forged amount, for which the customer's page asks an account."""
    shopper.client.force_login(user)
    attempt = shopper.begin(buyer_name="홍길동", buyer_email="hong@shop.example")
    iamport_sandbox.deposit(imp_uid := iamport_sandbox.issue_account(attempt, amount=60_000))
    shopper.claim(attempt, imp_uid)
    return OrderTransaction.objects.get()


# From the view down to the wire, each with the account in hand.
PLACES = {
    "view": (refund_account, "give"),
    "form": (RefundAccountForm, "clean"),
    "page": (BoundField, "as_widget"),
    "signal": (requests.signals.refund_account_given, "send"),
    "row": (Refund, "save_base"),
    "request": (execution, "_cancel"),
    "bank": (execution, "wire_bank"),
    "wire": (Adapter, "send"),
}


@pytest.mark.parametrize("by", ["page", "address"])
@pytest.mark.parametrize("place", [*PLACES, "database"])
def test_no_account_is_mailed_wherever_it_fails(reported, shopper, unwanted, monkeypatch, by, place):
    page = {"page": reverse("iamport:order_complete", args=[unwanted.merchant_uid])}
    address = page.get(by) or unwanted.get_refund_account_url()
    wrong = {"account": "110-123-456789-x"} if place == "page" else {}
    if place in PLACES:
        monkeypatch.setattr(*PLACES[place], broken)

    with connection.execute_wrapper(breaks_where_account_is_stored if place == "database" else passes):
        shopper.client.post(address, ACCOUNT | wrong)

    assert_mailed_without_values(reported())


def breaks_where_account_is_stored(execute, sql, params, many, context):
    if "110123456789" in (params or ()):
        broken(sql, params)
    return execute(sql, params, many, context)


def passes(execute, sql, params, many, context):
    return execute(sql, params, many, context)


ORDER = {"buyer_name": "홍길동", "buyer_email": "hong@shop.example", "note": "010-9753-1864"}


@pytest.mark.parametrize("content_type", ["application/json", "application/x-www-form-urlencoded"])
@pytest.mark.parametrize(
    "hook",
    [
        (CartMixin, "get_items"),
        (OrderForm, "clean"),
        (Order, "save_base"),
        (Order, "get_buyer"),
        (OrderCreateAjaxView, "get_request_pay"),
        (OrderCreateAjaxView, "get_next"),
    ],
    ids=lambda hook: hook[1],
)
def test_what_a_customer_typed_into_the_order_is_not_mailed(
    reported, shopper, monkeypatch, content_type, hook
):
    shopper.add()
    fields = {"checkout_key": shopper.key(), **ORDER}
    body = json.dumps(fields) if "json" in content_type else urlencode(fields)
    monkeypatch.setattr(*hook, broken)

    answer = shopper.client.post(reverse("iamport:order_create_ajax"), body, content_type)

    if hook[1] == "get_next":
        assert answer.status_code == 200  # asked only where nothing is to be paid
    else:
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "receiver_failed")
        assert_mailed_without_values(reported(), fields["checkout_key"])


def test_a_hook_that_fails_is_told_in_json_and_reported_once_with_its_traceback(
    shopper, monkeypatch, caplog, settings
):
    shopper.add()
    shopper.client.raise_request_exception = False
    monkeypatch.setattr(CartMixin, "get_items", broken)

    answer = shopper.order("a" * 32)

    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "receiver_failed")
    assert [record.exc_info[0] for record in caplog.records if record.exc_info] == [BrokenHook]
    settings.DEBUG = True
    assert b"Traceback" in shopper.order("a" * 32).content


def news_of(shopper, attempt, imp_uid):
    """Every way by which a customer's browser or the gateway brings the news of a payment."""
    ids = {"merchant_uid": attempt.merchant_uid, "imp_uid": imp_uid}
    post = shopper.client.post
    return {
        "validation": lambda: shopper.claim(attempt, imp_uid),
        "redirect": lambda: shopper.client.get(
            f"{reverse('iamport:redirect')}?{request_pay.signed(attempt.merchant_uid)}&imp_uid={imp_uid}"
        ),
        "receipt": lambda: shopper.receipt(attempt),
        "webhook": lambda: post(reverse("iamport:webhook"), ids, "application/json"),
        "confirm": lambda: post(reverse("iamport:confirm"), {**ids, "amount": 50_000}, "application/json"),
    }


@pytest.mark.parametrize("way", ["validation", "redirect", "receipt", "webhook", "confirm"])
@pytest.mark.parametrize(
    "place",
    [
        (signals.payment_paid, "send"),
        (Order, "accepts_payment"),
        (Adapter, "send"),
        (TransactionRecord, "store_news"),
    ],
    ids=lambda place: place[1],
)
def test_nothing_of_the_gateways_answer_is_mailed(
    reported, shopper, iamport_sandbox, monkeypatch, way, place
):
    shopper.add()
    attempt = shopper.begin(**ORDER)
    imp_uid = iamport_sandbox.pay(attempt)
    private = {"buyer_tel": "010-9753-1864", "vbank_num": "110123456789", "card_number": "4092-02**-1234"}
    iamport_sandbox.edit(imp_uid, **private, vbank_holder="홍길동")
    token = gateway_client().get_token()
    go = news_of(shopper, attempt, imp_uid)[way]
    monkeypatch.setattr(*place, broken)

    go()

    for text in reported():
        assert [
            value for value in (*VALUES, "4092-02**-1234", token, "sandbox-secret") if value in text
        ] == []


def addresses(resolver):
    for pattern in resolver.url_patterns:
        yield from addresses(pattern) if isinstance(pattern, URLResolver) else [pattern]


def is_ours(view):
    view_class, model_admin = getattr(view, "view_class", object), getattr(view, "model_admin", None)
    ours = (IamportView, PagesMixin)
    return (
        issubclass(view_class, ours)
        or isinstance(model_admin, ours)
        or view.__module__.startswith("django_iamport")
    )


OURS = [
    (str(found.pattern), found.callback) for found in addresses(get_resolver()) if is_ours(found.callback)
]


def test_the_walk_finds_the_shops_pages_the_desk_and_the_sandbox():
    assert {str(pattern.pattern) for pattern in iamport_urlpatterns} <= {address for address, _view in OURS}
    assert {str(pattern.pattern) for pattern in sandbox_urls.urlpatterns} <= {
        address for address, _view in OURS
    }
    assert [
        view for view in vars(views).values() if inspect.isclass(view) and not is_ours(view.as_view())
    ] == []


def test_no_view_is_forgotten(rf, settings):
    """A request that no view can begin to read: whatever raises, the report holds no field and no variable."""
    settings.DEBUG, settings.IAMPORT_SANDBOX_ALLOWED = False, True

    assert [address for address, view in OURS if tells_what_was_sent(address, view, rf)] == []


def tells_what_was_sent(address, view, rf):
    request = rf.post("/pay/webhook", {"account": "110-123-456789"})
    request._dont_enforce_csrf_checks = True
    del request.content_params
    text = ""
    try:
        view(request, **dict.fromkeys(re.findall(r"<(?:\w+:)?(\w+)>", address), "1"))
    except AttributeError as error:
        text = values_in_djangos_report(error)
    is_marked = getattr(request, "sensitive_post_parameters", None) == "__ALL__"
    return not is_marked or "110-123-456789" in text
