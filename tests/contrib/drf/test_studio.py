"""The studio's app buys through Django REST framework: tokens, errors, whose it is, transactions, the schema."""

import subprocess
import sys
import uuid
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.db import connections
from django.test import Client
from django.urls import path

pytest.importorskip("rest_framework", reason="needs the extra [drf]")

from rest_framework.generics import GenericAPIView
from rest_framework.permissions import BasePermission
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import APIView

from django_iamport import access
from django_iamport.contrib.drf.permissions import MayPay
from django_iamport.exceptions import NotAuthenticated, OrderClosed
from django_iamport.models.registry import name_of
from tests.studio import api
from tests.studio.models import Booking, BookingTransaction, Customer, Rental, RentalTransaction

pytestmark = pytest.mark.on_each_pair

User = get_user_model()


@pytest.fixture(autouse=True)
def _urls(settings):
    settings.ROOT_URLCONF = "tests.studio.api"


@pytest.fixture
def kim(db, iamport_sandbox):
    return User.objects.create_user("kim")


@pytest.fixture
def lee(db):
    return User.objects.create_user("lee")


@pytest.fixture
def make_booking(db):
    def make(user=None, **fields):
        customer, _ = Customer.objects.get_or_create(user=user) if user else (None, None)
        return Booking.objects.create(customer=customer, course="Raku", price=30_000, **fields)

    return make


class App:
    def __init__(self, token=None, session=None):
        self.client = session or Client(enforce_csrf_checks=True)
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def post(self, path, fields=None):
        return self.client.post(f"/api/{path}", fields or {}, "application/json", headers=self.headers)

    def get(self, path):
        return self.client.get(f"/api/{path}", headers=self.headers)

    def checkout(self, booking):
        return self.post("checkout/", {"order_id": str(booking.pk)})


def signed_in_as(user):
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    return client


def code(response):
    return response.status_code, response.json()["error"]["code"]


@pytest.fixture
def atomic_requests(monkeypatch):
    monkeypatch.setitem(connections.settings["default"], "ATOMIC_REQUESTS", True)
    monkeypatch.setitem(connections["default"].settings_dict, "ATOMIC_REQUESTS", True)


@pytest.mark.usefixtures("atomic_requests")
@pytest.mark.parametrize("way", ["the package's view", "an action of the studio's own"])
def test_an_app_books_pays_and_reads_what_it_paid(kim, iamport_sandbox, settings, way):
    settings.IAMPORT_RETURN_URLS = {"app": "studio://paid"}
    app = App("kim")
    booking = app.post("bookings/", {"course": "Raku", "price": 30_000}).json()
    fields = {"order_id": booking["id"], "return_to": "app"}
    own = f"bookings/{booking['id']}/checkout/"
    begun = (app.post("checkout/", fields) if way == "the package's view" else app.post(own)).json()
    assert begun["request_pay"]["amount"] == 30_000
    assert ("to=app" in begun["request_pay"]["m_redirect_url"]) is (way == "the package's view")
    attempt = BookingTransaction.objects.get(merchant_uid=begun["merchant_uid"])
    claimed = {"merchant_uid": attempt.merchant_uid, "imp_uid": iamport_sandbox.pay(attempt)}
    assert app.post("validation/", claimed).json()["status"] == "paid"
    assert app.get(f"bookings/{booking['id']}/").json()["status"] == "confirmed"
    (listed,) = app.get("transactions/").json()
    assert listed == app.get(f"transactions/{attempt.merchant_uid}/").json()
    assert (listed["status"], listed["paid_amount"]) == ("paid", "30000.00")


def test_a_payment_names_its_order_as_a_checkout_takes_it(kim, make_booking):
    """By a key alone the app would pay the order of another kind that has the same."""
    Rental.objects.create(pk=1, tenant=kim, amount=3_000)
    attempt = RentalTransaction.objects.create_new(Rental.objects.get())
    order_id = App("kim").get(f"transactions/{attempt.merchant_uid}/").json()["order_id"]
    assert order_id == name_of(attempt.order) == "studio.rental:1"
    App("kim").checkout(booking := make_booking(kim))
    assert [each["order_id"] for each in App("kim").get("transactions/").json()] == [name_of(booking)]


def test_a_permission_of_the_studios_own_is_asked_of_each_object(kim, make_booking, monkeypatch):
    class NotOnSundays(BasePermission):
        asked = []

        def has_object_permission(self, request, view, obj):
            self.asked.append(type(obj))
            return False

    app = App("kim")
    number = app.checkout(make_booking(kim)).json()["merchant_uid"]
    for view in (api.Checkout, api.Validation, api.Transactions):
        monkeypatch.setattr(view, "permission_classes", [NotOnSundays])
    refused = [
        app.checkout(make_booking(kim)),
        app.post("validation/", {"merchant_uid": number}),
        app.get(f"transactions/{number}/"),
    ]
    assert [response.status_code for response in refused] == [403, 403, 403]
    assert NotOnSundays.asked == [Booking, BookingTransaction, BookingTransaction]


class PlainView(APIView):
    """Without the package's mixin, only with its permission."""

    authentication_classes = api.TOKEN_OR_SESSION
    permission_classes = [MayPay]

    def post(self, request, pk):
        self.check_object_permissions(request, Booking.objects.get(pk=pk))
        return Response()


def test_a_permission_knows_tokens_and_guests_without_the_mixin(kim, make_booking, began, monkeypatch):
    monkeypatch.setattr(api, "urlpatterns", [path("api/plain/<uuid:pk>/", PlainView.as_view())])
    order = make_booking()
    guest = began(order)
    address = f"plain/{order.pk}/"
    assert App(session=guest).post(address).status_code == 403
    assert App("kim", guest).post(address).status_code == 403
    guest.handler.enforce_csrf_checks = False
    assert App(session=guest).post(address).status_code == 200
    assert App("kim", guest).post(address).status_code == 403
    assert App("kim").post(f"plain/{make_booking(kim).pk}/").status_code == 200


@pytest.mark.usefixtures("atomic_requests")
def test_a_refusal_undoes_what_a_view_of_the_studios_own_has_stored(kim, monkeypatch):
    def post(self, request):
        Booking.objects.create(course="Raku", price=1)
        raise OrderClosed("Called off.")

    view = type("View", (api.PaymentAPIMixin, GenericAPIView), {"post": post})
    monkeypatch.setattr(api, "urlpatterns", [path("api/own/", view.as_view())])
    assert code(App().post("own/")) == (409, "order_closed")
    assert not Booking.objects.exists()


def test_the_tokens_user_counts_over_a_session_signed_in_as_somebody_else(kim, lee, make_booking):
    app = App("kim", signed_in_as(lee))
    assert code(app.checkout(make_booking(lee))) == (404, "not_found")
    assert app.checkout(make_booking(kim)).status_code == 200


@pytest.fixture
def began(rf):
    """The browser of a guest who began an order."""

    def begin(order):
        guest, request = Client(enforce_csrf_checks=True), rf.get("/")
        request.session = guest.session
        access.remember(request, order)
        request.session.save()
        guest.cookies["sessionid"] = request.session.session_key
        return guest

    return begin


def test_a_session_signed_in_is_checked_for_csrf_and_a_guests_too(kim, make_booking, began):
    assert App(session=signed_in_as(kim)).checkout(make_booking(kim)).status_code == 403
    order = make_booking()
    guest = began(order)
    assert App(session=guest).checkout(order).status_code == 403
    guest.handler.enforce_csrf_checks = False
    assert App(session=guest).checkout(order).status_code == 200
    assert code(App("kim", guest).checkout(order)) == (404, "not_found")


def test_orders_and_payments_of_others_are_not_there(kim, lee, make_booking):
    theirs = make_booking(lee)
    begun = App("lee").checkout(theirs).json()
    app = App("kim")
    for address in (
        f"bookings/{theirs.pk}/",
        f"transactions/{begun['merchant_uid']}/",
        "transactions/nobodys/",
    ):
        assert app.get(address).status_code == 404
    assert app.get("transactions/").json() == []
    assert code(app.checkout(theirs)) == code(app.post("checkout/", {"order_id": "no such"}))
    assert code(app.post("validation/", {"merchant_uid": begun["merchant_uid"]})) == (404, "not_found")
    assert App().get("bookings/").status_code == 401
    assert App("nobody").get("transactions/").status_code == 401


def test_who_may_pay_is_what_the_view_says(kim, lee, make_booking, monkeypatch):
    booking = make_booking(kim)
    monkeypatch.setattr(access.AccessMixin, "may_pay", lambda self, order: False)
    assert code(App("kim").checkout(booking)) == (404, "not_found")
    assert App("kim").post(f"bookings/{booking.pk}/checkout/").status_code == 403


def test_the_packages_hook_is_asked_here_too(kim, lee, make_booking, monkeypatch):
    def get_user(self, request):
        if request.headers.get("X-Till") != "7":
            raise NotAuthenticated
        return lee

    monkeypatch.setattr(api.Checkout, "get_user", get_user)
    app = App("kim")
    refused = app.checkout(make_booking(lee))
    assert (*code(refused), refused["WWW-Authenticate"]) == (401, "not_authenticated", "Bearer")
    app.headers["X-Till"] = "7"
    assert app.checkout(make_booking(lee)).status_code == 200
    assert code(app.checkout(make_booking(kim))) == (404, "not_found")


def test_errors_are_those_of_the_packages_views(kim, make_booking, iamport_sandbox, settings):
    app, booking = App("kim"), make_booking(kim)
    iamport_sandbox.fail_next("prepare.create", status=500)
    assert app.checkout(booking).status_code == 503
    settings.IAMPORT_ORDER_BUDGET = (1, 300)
    answers = [app.post(f"bookings/{booking.pk}/checkout/") for _ in range(2)]
    assert code(answers[-1]) == (429, "too_many_requests")
    assert int(answers[-1].headers["Retry-After"]) > 0
    fields = {"order_id": str(booking.pk), "return_to": "elsewhere"}
    assert code(app.post("checkout/", fields)) == (400, "malformed_request")
    assert app.post("checkout/", {}).json() == {"order_id": ["This field is required."]}
    assert app.get("checkout/").status_code == 405


def test_no_cache_keeps_what_was_answered(kim, make_booking):
    app, booking = App("kim"), make_booking(kim)
    begun = app.checkout(booking)
    number = begun.json()["merchant_uid"]
    answers = [
        begun,
        app.checkout(make_booking()),
        app.get("transactions/"),
        app.get(f"transactions/{number}/"),
    ]
    assert [answer["Cache-Control"] for answer in answers] == ["no-store"] * 4
    assert {answer.status_code for answer in answers} == {200, 404}


def test_a_failure_of_the_studios_code_is_json(kim, make_booking, settings, monkeypatch):
    settings.DEBUG = False
    monkeypatch.setattr(api.Checkout, "may_pay", lambda self, order: 1 / 0)
    app = App("kim", Client(raise_request_exception=False))
    assert code(app.checkout(make_booking(kim))) == (503, "receiver_failed")


def test_drf_spectacular_draws_all_of_it(kim, settings, capsys):
    pytest.importorskip("drf_spectacular", reason="draws the schema")
    settings.REST_FRAMEWORK = {"DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema"}
    from drf_spectacular.generators import SchemaGenerator
    from drf_spectacular.settings import patched_settings
    from drf_spectacular.validation import validate_schema

    assert api_settings.DEFAULT_SCHEMA_CLASS.__module__.startswith("drf_spectacular")
    named = {"PaymentStatusEnum": "django_iamport.contrib.drf.serializers.STATUSES"}
    with patched_settings({"ENUM_NAME_OVERRIDES": named}):
        schema = SchemaGenerator(patterns=api.urlpatterns).get_schema(request=None, public=True)
    validate_schema(schema)
    told = [line for line in capsys.readouterr().err.splitlines() if "resolve authenticator" not in line]
    assert told == []
    assert {"/api/checkout/", "/api/validation/", "/api/transactions/{merchant_uid}/"} <= set(schema["paths"])
    checkout = schema["components"]["schemas"]["Checkout"]["properties"]
    assert checkout["order_id"]["writeOnly"]
    assert checkout["request_pay"]["readOnly"]
    answer = schema["paths"]["/api/checkout/"]["post"]["responses"]["200"]["content"]["application/json"]
    assert answer["schema"] == {"$ref": "#/components/schemas/Checkout"}


def test_a_number_is_unguessable_for_the_list_too(kim):
    assert App("kim").get(f"transactions/{uuid.uuid4().hex}/").status_code == 404


@pytest.mark.once
def test_nothing_of_the_package_needs_the_framework():
    code = """
import sys
sys.modules["rest_framework"] = None
import django
django.setup()
import django_iamport.admin, django_iamport.urls, django_iamport.tasks, django_iamport.testing
"""
    root = Path(__file__).resolve().parents[3]
    subprocess.run([sys.executable, "-c", code], check=True, cwd=root, timeout=60)
