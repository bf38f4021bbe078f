"""Apps and pages of another origin: a token says who asks, and every answer is JSON."""

import secrets
from urllib.parse import parse_qs, urlsplit

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpResponse
from django.test import Client
from django.urls import include, path

from django_iamport import views
from django_iamport.access import AccessMixin, act_as, orders_of, owns, recognise, remember
from django_iamport.exceptions import NotAuthenticated
from django_iamport.payments import request_pay
from django_iamport.urls import with_access, with_order_form
from tests.shop import views as shop_views
from tests.shop.models import Order, OrderItem, OrderTransaction
from tests.shopper import Shopper, state

User = get_user_model()


class ByToken(AccessMixin):
    """A shop's one hook: the user's name is the token."""

    def get_user(self, request):
        word, _, token = request.headers.get("Authorization", "").partition(" ")
        if word != "Bearer":
            return super().get_user(request)
        user = User.objects.filter(username=token).first()
        if user is None:
            raise NotAuthenticated("No such token.")
        return user


class AppForm(shop_views.CartMixin):
    """The app sends its cart with the form; the page has one line."""

    def get_items(self):
        quantity = getattr(self, "data", {}).get("quantity", 1)
        return [OrderItem(name="Tea", price=25_000, quantity=int(quantity))]


urlpatterns = [
    path("cart/", shop_views.cart),
    path("pay/", include(with_order_form(AppForm, access=ByToken))),
]


@pytest.fixture(autouse=True)
def _urls(settings):
    settings.ROOT_URLCONF = __name__


@pytest.fixture
def kim(db, iamport_sandbox):
    return User.objects.create_user("kim")


@pytest.fixture
def lee(db):
    return User.objects.create_user("lee")


class App(Shopper):
    """Speaks JSON, knows a token and no CSRF; `client` may bring a browser's session with it."""

    def __init__(self, token, client=None):
        super().__init__(client or Client(enforce_csrf_checks=True))
        self.client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {token}"

    def order(self, key=None, **fields):
        form = {"checkout_key": key or secrets.token_urlsafe(24), "buyer_name": "Kim", "quantity": 2}
        return self.post("order_create_ajax", {**form, **fields})

    def begin(self, key=None, **fields):
        merchant_uid = self.order(key, **fields).json()["checkout"]["merchant_uid"]
        return OrderTransaction.objects.get(merchant_uid=merchant_uid)


def signed_in_as(user):
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    return client


def code(response):
    return response.status_code, response.json()["error"]["code"]


def test_two_apps_of_one_user_leave_one_order_of_a_cart_to_pay(kim, iamport_sandbox):
    phone, tablet = App("kim").begin(), App("kim").begin()
    assert Order.objects.get(status="ready") == tablet.order
    assert Order.objects.get(status="closed") == phone.order


def test_an_app_is_asked_before_it_orders_beside_an_account_of_the_same_cart(kim, lee, iamport_sandbox):
    app = App("kim")
    attempt = app.begin()
    app.claim(attempt, iamport_sandbox.issue_account(attempt))
    assert code(app.order()) == (409, "account_kept")
    assert App("lee").order().status_code == 200
    assert app.order(void_account=True).status_code == 200
    assert Order.objects.get(user=kim, status="closed") == attempt.order


@pytest.mark.on_each_pair
def test_an_app_buys_with_its_token_alone(kim, iamport_sandbox):
    app = App("kim")
    attempt = app.begin()
    answer = app.claim(attempt, iamport_sandbox.pay(attempt))
    assert (answer.status_code, answer.json()["status"]) == (200, "paid")
    assert Order.objects.get().user == kim
    assert state(app.receipt(attempt)) == "paid"
    assert "sessionid" not in app.client.cookies


def test_the_tokens_user_counts_over_a_session_signed_in_as_somebody_else(kim, lee, make_order):
    app = App("kim", signed_in_as(lee))
    assert not app.owns(make_order(user=lee))
    assert app.owns(make_order(user=kim))
    app.begin()
    assert Order.objects.latest("pk").user == kim


@pytest.mark.on_each_pair
@pytest.mark.parametrize("answered", ["kim", None])
def test_code_that_is_async_reads_the_same_user(kim, lee, rf, answered):
    request = rf.get("/")
    request.user = lee
    request.auser = lambda: pytest.fail("the session was read")
    recognise(request, answered and kim)
    assert async_to_sync(request.auser)() == request.user == (kim if answered else AnonymousUser())


def test_a_token_is_no_key_to_what_a_session_began(kim, iamport_sandbox):
    guest = Shopper()
    guest.client.post(
        "/pay/order/create_ajax/",
        {"checkout_key": "k" * 20, "buyer_name": "Guest", "quantity": 1},
        "application/json",
    )
    order = Order.objects.get()
    assert order.user is None
    assert guest.owns(order)
    assert not App("kim", guest.client).owns(order)


def test_a_session_remembers_nothing_of_what_a_token_did(kim, lee):
    browser = signed_in_as(lee)
    app = App("kim", browser)
    app.begin()
    assert app.key()
    assert not [name for name, _note in browser.session.items() if name.startswith("iamport")]


def test_the_same_order_is_answered_to_the_same_key_and_to_nobody_elses_token(kim, lee):
    key = secrets.token_urlsafe(24)
    first, again = (App("kim").order(key).json()["order_id"] for _ in range(2))
    assert first == again
    assert code(App("lee").order(key)) == (404, "not_found")


@pytest.mark.on_each_pair
@pytest.mark.parametrize("view", ["order_create_ajax", "order_checkout", "order_validation"])
def test_a_session_is_checked_for_csrf_although_the_shop_takes_tokens(kim, view):
    response = signed_in_as(kim).post(f"/pay/{view.replace('_', '/', 1)}/", {}, "application/json")
    assert code(response) == (403, "csrf_failed")


@pytest.mark.on_each_pair
class TestWhoseAnswerItIs:
    """A hook may hand on the session's user in any shape: it never lifts the check that the session needs."""

    def answered(self, monkeypatch, get_user, **headers):
        monkeypatch.setattr(ByToken, "get_user", lambda self, request: get_user(request))
        return code(signed_in_as(User.objects.get(username="kim")).post("/pay/order/checkout/", **headers))

    @pytest.mark.parametrize(
        "get_user",
        [
            lambda request: request.user,
            lambda request: User.objects.get(pk=request.user.pk),
            lambda request: None,
        ],
        ids=["itself", "read anew", "nobody"],
    )
    def test_the_sessions_user_needs_the_csrf_token(self, kim, monkeypatch, get_user):
        assert self.answered(monkeypatch, get_user) == (403, "csrf_failed")

    def test_read_anew_the_sessions_user_stays_who_he_is(self, kim, monkeypatch, make_order):
        monkeypatch.setattr(ByToken, "get_user", lambda self, request: User.objects.get(pk=request.user.pk))
        shopper = Shopper()
        shopper.client.force_login(kim)
        assert shopper.owns(make_order(user=kim))

    @pytest.mark.parametrize("sent", ["Basic a2ltOmtpbQ==", "negotiate YIIG", "Digest username=kim", ""])
    def test_a_header_that_a_browser_sends_by_itself_is_no_token(self, kim, monkeypatch, sent):
        headers = {"HTTP_AUTHORIZATION": sent}
        answer = self.answered(monkeypatch, lambda request: User.objects.get(username="kim"), **headers)
        assert answer == (403, "csrf_failed")

    def test_the_same_user_with_a_token_does_not(self, kim, monkeypatch):
        headers = {"HTTP_AUTHORIZATION": "Bearer kim"}
        answer = self.answered(monkeypatch, lambda request: User.objects.get(username="kim"), **headers)
        assert answer == (404, "not_found")

    def test_nobody_is_nobody_over_a_session_too(self, kim, monkeypatch, make_order):
        monkeypatch.setattr(ByToken, "get_user", lambda self, request: None)
        shopper = Shopper()
        shopper.client.force_login(kim)
        assert not shopper.owns(make_order(user=kim))

    def test_the_session_is_not_even_read_for_a_notice_of_the_gateway(
        self, kim, monkeypatch, iamport_sandbox, attempt
    ):
        monkeypatch.setattr(ByToken, "get_user", lambda self, request: pytest.fail("asked"))
        iamport_sandbox.pay(attempt)
        assert [response.status_code for response in iamport_sandbox.deliver_webhooks()] == [200]


@pytest.mark.on_each_pair
class TestErrors:
    def test_a_token_that_does_not_hold_is_a_401_and_says_which_scheme(self, kim):
        response = App("nobody").checkout("1")
        assert code(response) == (401, "not_authenticated")
        assert (response.headers["WWW-Authenticate"], response.headers["Cache-Control"]) == (
            "Bearer",
            "no-store",
        )

    def test_a_page_of_the_shops_own_refuses_it_too(self, kim, monkeypatch):
        page = type("Page", (ByToken,), {"get": lambda self, request: HttpResponse(request.user.username)})
        monkeypatch.setattr(f"{__name__}.urlpatterns", [path("page/", page.as_view())])
        answers = [App(token).client.get("/page/") for token in ("kim", "nobody")]
        assert [answer.status_code for answer in answers] == [200, 403]
        assert answers[0].content == b"kim"

    def test_a_page_refuses_it_as_django_does(self, kim, attempt):
        assert App("nobody").receipt(attempt).status_code == 403

    @pytest.mark.parametrize(
        ("raised", "answer"),
        [
            (Http404, (404, "not_found")),
            (PermissionDenied, (403, "forbidden")),
            (SuspiciousOperation, (400, "malformed_request")),
        ],
    )
    @pytest.mark.parametrize("hook", ["get_user", "may_pay", "dispatch"])
    def test_what_a_shops_hook_raises_of_djangos_own_is_json(
        self, kim, make_order, monkeypatch, settings, raised, answer, hook
    ):
        def refuse(*args, **kwargs):
            raise raised

        class Refusing(ByToken):
            pass

        setattr(Refusing, hook, refuse)
        view = type("Checkout", (Refusing, views.OrderCheckoutAjaxView), {}).as_view()
        monkeypatch.setattr(f"{__name__}.urlpatterns", [path("checkout/", view)])
        settings.DEBUG = False
        response = Client().post("/checkout/", {"order_id": make_order(user=kim).pk}, "application/json")
        assert code(response) == answer

    def test_a_failure_of_the_hook_is_json_too_and_reported(self, kim, monkeypatch, settings, caplog):
        settings.DEBUG = False
        monkeypatch.setattr(ByToken, "get_user", lambda self, request: 1 / 0)
        client = Client(raise_request_exception=False)
        assert code(client.post("/pay/order/checkout/", {}, "application/json")) == (503, "receiver_failed")
        assert "ZeroDivisionError" in caplog.text

    def test_a_login_wall_answers_in_json_and_lets_a_token_through(self, kim, settings, make_order):
        settings.MIDDLEWARE = [
            *settings.MIDDLEWARE,
            "django.contrib.auth.middleware.LoginRequiredMiddleware",
        ]
        order = make_order(user=kim)
        assert code(Client().post("/pay/order/checkout/", {"order_id": order.pk})) == (
            401,
            "not_authenticated",
        )
        assert App("kim").owns(order)
        assert Client().get("/pay/order/create/").status_code == 302


class TestReturnAddresses:
    @pytest.fixture(autouse=True)
    def _addresses(self, settings):
        settings.IAMPORT_RETURN_URLS = {"app": "myshop://paid", "web": "https://app.example/?from=pay#/done"}

    def come_back(self, attempt, answer, imp_uid=""):
        """As a phone's browser, which knows neither token nor session."""
        address = urlsplit(answer["m_redirect_url"])
        return Client().get(f"{address.path}?{address.query}&imp_uid={imp_uid}")

    @pytest.mark.on_each_pair
    @pytest.mark.parametrize(
        ("name", "address"),
        [
            ("app", "myshop://paid?merchant_uid={}&status=paid"),
            ("web", "https://app.example/?from=pay&merchant_uid={}&status=paid#/done"),
        ],
    )
    @pytest.mark.parametrize("view", ["create", "checkout"])
    def test_a_phone_goes_on_to_the_address_that_the_attempt_began_with(
        self, kim, iamport_sandbox, name, address, view
    ):
        app = App("kim")
        created = app.order(return_to=name).json()
        answer = created["checkout"]
        if view == "checkout":
            answer = app.checkout(created["order_id"], return_to=name).json()
        attempt = OrderTransaction.objects.get(merchant_uid=answer["merchant_uid"])
        response = self.come_back(attempt, answer["request_pay"], iamport_sandbox.pay(attempt))
        attempt.refresh_from_db()
        assert (response.status_code, attempt.status) == (302, "paid")
        assert response.headers["Location"] == address.format(attempt.merchant_uid)

    @pytest.mark.parametrize("name", ["https://evil.example/", "myshop://paid", "APP", "x" * 5_000])
    def test_an_address_that_is_not_listed_is_refused_before_an_order_is_made(self, kim, name):
        assert code(App("kim").order(return_to=name)) == (400, "malformed_request")

    @pytest.mark.parametrize(
        ("debug", "detail"), [(True, "'app2' is not one of IAMPORT_RETURN_URLS."), (False, None)]
    )
    def test_a_developer_is_told_which_word_it_is(self, kim, settings, debug, detail):
        settings.DEBUG = debug
        error = App("kim").order(return_to="app2").json()["error"]
        assert error.get("detail") == detail
        assert not Order.objects.exists()

    def test_a_forged_name_goes_nowhere_and_without_a_signature_nothing_does(self, kim, attempt):
        query = request_pay.signed(attempt.merchant_uid)
        assert Client().get(f"/pay/redirect/?{query}&to=https://evil.example/").status_code == 200
        assert Client().get(f"/pay/redirect/?attempt={attempt.merchant_uid}&to=app").status_code == 404

    def test_a_shop_that_lets_in_tokens_alone_lets_a_phone_come_back(
        self, kim, monkeypatch, iamport_sandbox, attempt
    ):
        def get_user(self, request):
            raise NotAuthenticated("No token.")

        monkeypatch.setattr(ByToken, "get_user", get_user)
        imp_uid = iamport_sandbox.pay(attempt)
        query = f"{request_pay.signed(attempt.merchant_uid)}&imp_uid={imp_uid}"
        assert state(Client().get(f"/pay/redirect/?{query}")) == "paid"
        assert App("kim").receipt(attempt).status_code == 403

    def test_the_builder_takes_it_as_the_views_do(self, attempt):
        params = attempt.request_pay(return_to="app", app_scheme="myshop", amount=1)
        assert parse_qs(urlsplit(params["m_redirect_url"]).query)["to"] == ["app"]
        assert (params["app_scheme"], params["amount"]) == ("myshop", 50_000)


def test_code_of_a_shop_can_say_itself_for_whom_a_request_is(kim, lee, rf, make_order):
    request = rf.get("/")
    request.user, request.session = lee, {}
    theirs, guests, mine = make_order(user=lee), make_order(), make_order(user=kim)
    remember(request, guests)
    assert owns(request, guests)
    act_as(request, kim)
    remember(request, make_order())
    assert [owns(request, order) for order in (theirs, guests, mine)] == [False, False, True]
    assert [*orders_of(request)] == [mine]
    assert len(request.session["iamport_orders"]) == 1


@pytest.mark.on_each_pair
def test_every_address_has_the_shops_access(monkeypatch):
    patterns, name = with_access(ByToken)
    assert name == "iamport"
    assert all(issubclass(pattern.callback.view_class, ByToken) for pattern in patterns)
