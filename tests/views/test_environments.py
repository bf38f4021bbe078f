"""The same purchase in every kind of project: transactions, CSRF, login walls, prefixes, proxies, subclasses."""

import json
import re
from decimal import Decimal

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.core.cache import cache
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.core.handlers.base import BaseHandler
from django.db import connections
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import include, path, reverse, set_script_prefix
from urllib3.connectionpool import HTTPConnectionPool

from django_iamport import views
from django_iamport.gateway import connection
from django_iamport.payments import request_pay
from django_iamport.sandbox.database import DatabaseStore
from django_iamport.sandbox.rules import Account, Merchant
from django_iamport.sandbox.state.clock import Clock
from django_iamport.urls import urlpatterns as iamport_urlpatterns
from django_iamport.views.sessions import make_storable
from tests.shop import views as shop_views
from tests.shop.models import Order, OrderTransaction, Ticket
from tests.shopper import Shopper, state


def marked(view):
    """A shop's subclass with a `dispatch` of its own."""

    class Own(view):
        def dispatch(self, request, *args, **kwargs):
            response = super().dispatch(request, *args, **kwargs)
            response["X-Shop"] = view.__name__
            return response

    return Own.as_view()


pay = [
    path("order/create/", marked(shop_views.OrderCreateView), name="order_create"),
    path("order/create_ajax/", marked(shop_views.OrderCreateAjaxView), name="order_create_ajax"),
    path("order/checkout/", marked(views.OrderCheckoutAjaxView), name="order_checkout"),
    path("order/validation/", marked(views.OrderImpAjaxView), name="order_validation"),
    path("redirect/", marked(views.RedirectView), name="redirect"),
    path("webhook/", marked(views.WebhookView), name="webhook"),
    *iamport_urlpatterns,
]
urlpatterns = [
    path("cart/", shop_views.cart),
    path("login/", lambda request: HttpResponse("sign in")),
    path("pay/", include((pay, "iamport"))),
]


class Browser:
    """What checkout.js does, with the CSRF check on: the token of the page's configuration in its header."""

    def __init__(self, **extra):
        self.client, self.extra = Client(enforce_csrf_checks=True), extra

    def open_page(self):
        self.client.get("/cart/?add=Tea,25000,2", **self.extra)
        page = self.client.get("/pay/order/create/", **self.extra)
        found = re.search(r'type="application/json">(.*?)</script>', page.content.decode(), re.DOTALL)
        self.config = json.loads(found[1])
        self.key = page.context["checkout_key"]
        return page

    def post(self, url, fields, content_type="application/json"):
        csrf = self.config["csrf"]
        header = {"HTTP_" + csrf["header"].upper().replace("-", "_"): csrf["token"]}
        body = [fields] if content_type is None else [fields, content_type]
        return self.client.post(self.path(url), *body, **header, **self.extra)

    def path(self, url):
        return url.removeprefix(self.extra.get("SCRIPT_NAME", ""))

    def buy(self, gateway, content_type="application/json"):
        self.open_page()
        urls = self.config["urls"]
        form = {"checkout_key": self.key, "buyer_name": "Kim"}
        created = self.post(urls["create"], form, content_type).json()
        attempt = OrderTransaction.objects.get(merchant_uid=created["checkout"]["merchant_uid"])
        claimed = {"merchant_uid": attempt.merchant_uid, "imp_uid": gateway.pay(attempt)}
        answer = self.post(urls["validation"], claimed, content_type).json()
        return answer, self.client.get(self.path(answer["next"]), **self.extra), created


ENVIRONMENTS = [
    {},
    {"CSRF_COOKIE_HTTPONLY": True},
    {"CSRF_USE_SESSIONS": True},
    {"CSRF_HEADER_NAME": "HTTP_X_SHOP_TOKEN"},
    {"SESSION_ENGINE": "django.contrib.sessions.backends.signed_cookies"},
    {"SESSION_COOKIE_SAMESITE": "Strict", "SESSION_SAVE_EVERY_REQUEST": True},
    {"TIME_ZONE": "Asia/Seoul", "LANGUAGE_CODE": "ko", "USE_THOUSAND_SEPARATOR": True},
    {"ROOT_URLCONF": __name__},
    {"DEBUG": False, "ALLOWED_HOSTS": ["testserver"]},
]


@pytest.mark.parametrize("environment", ENVIRONMENTS, ids=lambda e: next(iter(e), "plain"))
def test_a_purchase_works(db, iamport_sandbox, environment):
    with override_settings(**environment):
        answer, receipt, _ = Browser().buy(iamport_sandbox)
    assert (answer["status"], receipt.status_code, state(receipt)) == ("paid", 200, "paid")
    assert Order.objects.get().status == "paid"


def test_a_project_without_time_zones_is_told_before_it_takes_money(db, settings):
    settings.USE_TZ = False
    assert "iamport" in " ".join(str(message.id) for message in run_checks())


@pytest.fixture
def atomic_requests(monkeypatch):
    monkeypatch.setitem(connections.settings["default"], "ATOMIC_REQUESTS", True)
    monkeypatch.setitem(connections["default"].settings_dict, "ATOMIC_REQUESTS", True)


@pytest.mark.parametrize("urlconf", ["tests.urls", __name__])
@pytest.mark.usefixtures("atomic_requests")
def test_it_works_with_atomic_requests_and_a_dispatch_of_the_shops_own(db, iamport_sandbox, urlconf):
    with override_settings(ROOT_URLCONF=urlconf):
        answer, _receipt, _created = Browser().buy(iamport_sandbox)
        assert answer["status"] == "paid"
        iamport_sandbox.cancel_in_console(OrderTransaction.objects.get().imp_uid)
        responses = iamport_sandbox.deliver_webhooks(Client(enforce_csrf_checks=True))
        assert {response.status_code for response in responses} == {200}
        query = request_pay.signed(answer["merchant_uid"])
        assert state(Client().get(f"/pay/redirect/?{query}")) == "cancelled"


@pytest.mark.parametrize("pattern", iamport_urlpatterns, ids=lambda pattern: pattern.name)
def test_no_database_makes_a_transaction_of_these_views(monkeypatch, pattern):
    atomic = {**connections.settings["default"], "ATOMIC_REQUESTS": True}
    for alias in ("default", "orders"):
        monkeypatch.setitem(connections.settings, alias, atomic)
    view = pattern.callback.view_class.as_view()
    assert BaseHandler().make_view_atomic(view) is view


@pytest.mark.parametrize("content_type", ["application/json", None])
def test_forms_are_taken_with_the_csrf_check_on(db, iamport_sandbox, content_type):
    """A shop's own script may post `new FormData(form)`, which is multipart."""
    answer, _receipt, _created = Browser().buy(iamport_sandbox, content_type)
    assert answer["status"] == "paid"


@pytest.mark.parametrize("urlconf", ["tests.urls", __name__])
@pytest.mark.parametrize("view", ["create", "checkout", "validation"])
def test_a_post_without_the_csrf_token_does_nothing(db, iamport_sandbox, settings, view, urlconf):
    settings.ROOT_URLCONF = urlconf
    browser = Browser()
    browser.open_page()
    form = {"checkout_key": browser.key, "buyer_name": "Kim"}
    response = browser.client.post(browser.config["urls"][view], form, "application/json")
    assert (response.status_code, response.json()["error"]["code"]) == (403, "csrf_failed")
    # A shop's own dispatch isn't entered either.
    assert "X-Shop" not in response.headers
    assert not Order.objects.exists()


@pytest.mark.parametrize("urlconf", ["tests.urls", __name__])
def test_without_djangos_csrf_middleware_the_check_stays(db, iamport_sandbox, settings, urlconf):
    settings.MIDDLEWARE = [m for m in settings.MIDDLEWARE if "Csrf" not in m]
    settings.ROOT_URLCONF = urlconf
    answer, _receipt, _created = Browser().buy(iamport_sandbox)
    assert answer["status"] == "paid"
    browser = Browser()
    browser.open_page()
    assert browser.client.post(browser.config["urls"]["checkout"], {}).status_code == 403


@pytest.mark.parametrize("urlconf", ["tests.urls", __name__])
def test_behind_a_login_wall_gateway_and_returning_phone_are_not_asked_to_log_in(
    db, iamport_sandbox, settings, attempt, urlconf
):
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "django.contrib.auth.middleware.LoginRequiredMiddleware"]
    settings.ROOT_URLCONF, settings.LOGIN_URL = urlconf, "/login/"
    imp_uid = iamport_sandbox.pay(attempt)
    assert [response.status_code for response in iamport_sandbox.deliver_webhooks()] == [200]
    phone = Client().get(f"/pay/redirect/?{request_pay.signed(attempt.merchant_uid)}&imp_uid={imp_uid}")
    assert (phone.status_code, state(phone)) == (200, "paid")
    assert Client().get("/pay/order/create/").status_code == 302


def test_it_works_under_a_url_prefix(db, iamport_sandbox, settings):
    settings.IAMPORT_SITE_URL = "https://shop.example"
    set_script_prefix("/shop/")
    browser = Browser(SCRIPT_NAME="/shop")
    answer, receipt, created = browser.buy(iamport_sandbox)
    assert browser.config["urls"]["create"] == "/shop/pay/order/create_ajax/"
    params = created["checkout"]["request_pay"]
    assert params["m_redirect_url"].startswith("https://shop.example/shop/pay/redirect/?attempt=")
    assert params["notice_url"] == "https://shop.example/shop/pay/webhook/"
    assert (answer["next"][:15], state(receipt)) == ("/shop/pay/order", "paid")


def test_it_works_behind_a_proxy_that_ends_tls(db, iamport_sandbox, settings):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.SECURE_SSL_REDIRECT = settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    settings.IAMPORT_SITE_URL = "https://shop.example"
    page = "https://shop.example/pay/order/create/"
    proxied = {"HTTP_X_FORWARDED_PROTO": "https", "HTTP_HOST": "shop.example", "HTTP_REFERER": page}
    answer, receipt, created = Browser(**proxied).buy(iamport_sandbox)
    assert (answer["status"], state(receipt)) == ("paid", "paid")
    assert created["checkout"]["request_pay"]["m_redirect_url"].startswith("https://shop.example/")


@pytest.mark.parametrize(
    ("name", "without_login"),
    [
        ("order_create", False),
        # They answer the login wall in JSON, once a token was asked for.
        ("order_create_ajax", True),
        ("order_checkout", True),
        ("order_cancel", True),
        ("order_validation", True),
        ("order_complete", False),
        ("refund_account", True),
        ("redirect", True),
        ("webhook", True),
    ],
)
@pytest.mark.parametrize("patterns", [iamport_urlpatterns, pay])
def test_the_marks_of_each_view_survive_a_subclass(patterns, name, without_login):
    view = next(pattern.callback for pattern in patterns if pattern.name == name)
    assert getattr(view, "login_required", True) is not without_login
    assert view._non_atomic_requests == {"default"}


def test_opener_policy_survives_a_subclass(db, iamport_sandbox):
    with override_settings(ROOT_URLCONF=__name__):
        page = Browser().open_page()
    assert page.headers["Cross-Origin-Opener-Policy"] == "same-origin-allow-popups"
    assert page.headers["X-Shop"] == "OrderCreateView"


def test_a_shops_hooks_decide_who_pays_and_who_sees(shopper, stranger, monkeypatch):
    attempt = stranger.begin()
    monkeypatch.setattr(views.IamportView, "may_see", lambda self, order: True)
    assert shopper.claim(attempt).status_code == 200
    assert shopper.receipt(attempt).status_code == 200
    assert shopper.checkout(str(attempt.order_id)).status_code == 404
    monkeypatch.setattr(views.IamportView, "may_pay", lambda self, order: True)
    assert shopper.checkout(str(attempt.order_id)).status_code == 200


def test_every_url_name_is_reachable_without_a_subclass():
    names = {pattern.name for pattern in iamport_urlpatterns}
    assert names - {None} == {
        "order_create",
        "order_create_ajax",
        "order_checkout",
        "order_cancel",
        "order_validation",
        "order_complete",
        "confirm",
        "refund_account",
        "redirect",
        "webhook",
    }
    assert reverse("iamport:webhook") == "/pay/webhook/"


def test_a_form_class_that_is_missing_is_named(db, rf):
    with pytest.raises(NotImplementedError, match="OrderCreateView must define get_items"):
        views.OrderCreateView.as_view()(rf.get("/"))


class TestGatewayCalls:
    """The customer's path: one prepare, one lookup; a webhook one lookup more; a second claim none."""

    def test_a_purchase_costs_two_calls_and_a_webhook_one_more(self, db, iamport_sandbox):
        Browser().buy(iamport_sandbox)
        iamport_sandbox.deliver_webhooks()
        iamport_sandbox.reset_calls()
        shopper = Shopper()
        attempt = shopper.begin()
        imp_uid = iamport_sandbox.pay(attempt)
        for _ in range(2):
            shopper.claim(attempt, imp_uid)
        shopper.receipt(attempt)
        shopper.claim(attempt)
        assert iamport_sandbox.calls == ["POST /payments/prepare", f"GET /payments/{imp_uid}"]
        iamport_sandbox.deliver_webhooks()
        assert iamport_sandbox.calls[2:] == [f"GET /payments/{imp_uid}"]

    def test_a_warm_worker_opens_no_new_connection(self, site, settings, monkeypatch):
        settings.IAMPORT_SANDBOX_ALLOWED = True
        settings.IAMPORT_API_URL = f"{site.url}/sandbox/api"
        merchant = Merchant()
        settings.IAMPORT_KEY, settings.IAMPORT_SECRET = merchant.key, merchant.secret
        at_the_gateway = Account(DatabaseStore(), Clock(), merchant)

        def buy():
            shopper = Shopper()
            attempt = shopper.begin()
            params = {"merchant_uid": attempt.merchant_uid, "amount": 50_000, "currency": "KRW"}
            imp_uid = at_the_gateway.open_window(params)["imp_uid"]
            at_the_gateway.approve(imp_uid)
            assert shopper.claim(attempt, imp_uid).json()["status"] == "paid"

        opened, asked = [], []
        new_connection, request = HTTPConnectionPool._new_conn, HTTPConnectionPool.urlopen

        def count_connection(pool):
            opened.append(pool)
            return new_connection(pool)

        def count_request(pool, method, url, *args, **kwargs):
            asked.append(method)
            return request(pool, method, url, *args, **kwargs)

        monkeypatch.setattr(HTTPConnectionPool, "_new_conn", count_connection)
        monkeypatch.setattr(HTTPConnectionPool, "urlopen", count_request)
        buy()
        assert (len(opened), asked) == (1, ["POST", "POST", "GET"])
        for _ in range(3):
            buy()
        cache.clear()
        connection.session().close()
        assert (len(opened), asked[3:]) == (1, ["POST", "GET"] * 3)


class TestSessionThatCannotBeStored:
    """A cart has put into it what no session takes."""

    @pytest.fixture
    def request_with(self, rf):
        def make(**values):
            request = rf.get("/")
            request.session = SessionStore()
            for name, value in values.items():
                request.session[name] = value
            return request

        return make

    def test_rows_go_and_sums_become_text(self, db, request_with, caplog):
        entry = {"quantity": 2, "price": Decimal("1000.50"), "product": Ticket(price=1), "note": None}
        request = request_with(cart={"5": entry}, lines=[(Decimal(1), Ticket())], other="text")
        make_storable(request)
        request.session.save()
        assert dict(SessionStore(request.session.session_key).items()) == {
            "cart": {"5": {"quantity": 2, "price": "1000.50", "note": None}},
            "lines": [["1"]],
            "other": "text",
        }
        assert [record.getMessage().partition(". ")[0] for record in caplog.records] == [
            "session['cart'] is stored without what can't be: Decimal, Ticket",
            "session['lines'] is stored without what can't be: Decimal, Ticket",
        ]

    def test_what_can_be_stored_is_left_as_it_is(self, request_with, caplog):
        cart = {"5": {"quantity": 2}}
        request = request_with(cart=cart)
        make_storable(request)
        assert request.session["cart"] is cart
        assert caplog.records == []

    def test_a_session_that_is_not_changed_is_not_even_read(self, rf, caplog):
        request = rf.get("/")
        request.session = SessionStore("never-asked-for")
        make_storable(request)
        assert not request.session.accessed
        make_storable(rf.get("/"))

    def test_anything_else_is_named_and_not_shown(self, request_with):
        class Basket:
            def __repr__(self):
                return "secret"

        with pytest.raises(
            ImproperlyConfigured, match=r"session\['cart'\] holds .*: Basket\. Let the cart"
        ) as error:
            make_storable(request_with(cart={"5": [Basket()]}))
        assert "secret" not in str(error.value)

    def test_a_shop_that_stores_anything_stores_anything(self, request_with, settings, monkeypatch):
        class Everything:
            def dumps(self, value):
                return b""

        request = request_with(cart={"5": Ticket(price=1)})
        monkeypatch.setattr(request.session, "serializer", Everything)
        make_storable(request)
        assert isinstance(request.session["cart"]["5"], Ticket)
