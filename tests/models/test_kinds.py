"""Several kinds of order: whatever names an order names its kind, for the same key is another kind's, too."""

import json
import re

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.contrib.sessions.backends.signed_cookies import SessionStore
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import models
from django.template import engines
from django.test.utils import isolate_apps

from django_iamport import access
from django_iamport.exceptions import OrderPaid
from django_iamport.models import PayableMixin
from django_iamport.models.registry import find_order, name_of, named
from django_iamport.records import kinds
from tests.shop.models import Order, OrderTransaction
from tests.studio.models import (
    Booking,
    BookingTransaction,
    Customer,
    EveningBooking,
    GroupBooking,
    Rental,
    RentalTransaction,
)

pytestmark = pytest.mark.urls("tests.studio.urls")


@pytest.fixture
def kim(db):
    return User.objects.create_user("kim")


@pytest.fixture
def rental(kim):
    return Rental.objects.create(tenant=kim, amount=3_000)


@pytest.fixture
def order(kim, rental):
    """An order of the default kind that has the rental's key."""
    return Order.objects.create(pk=rental.pk, name="Kiln", amount=500_000, user=kim)


@pytest.fixture
def visit(client, kim):
    client.force_login(kim)
    return client


def in_page(response):
    """What the page of `{% iamport_checkout %}` knows the order by."""
    found = re.search(
        r'<script id="iamport-checkout-1" type="application/json">(.*?)</script>', response.content.decode()
    )
    return json.loads(found.group(1))["orderId"]


def checkout(client, order_id, view="/pay/order/checkout/"):
    return client.post(view, {"order_id": order_id}, "application/json")


def test_the_button_of_a_rental_opens_the_window_of_that_rental(visit, iamport_sandbox, rental, order):
    order_id = in_page(visit.get(f"/buy/rental/{rental.pk}/"))
    answer = checkout(visit, order_id).json()
    assert (order_id, answer["request_pay"]["amount"]) == (f"studio.rental:{rental.pk}", 3_000)
    assert rental.transactions.get().merchant_uid == answer["merchant_uid"]
    assert checkout(visit, name_of(order)).json()["request_pay"]["amount"] == 500_000


def test_a_key_alone_is_of_the_views_own_kind(visit, iamport_sandbox, rental, order):
    assert checkout(visit, str(rental.pk)).json()["request_pay"]["amount"] == 500_000
    own = checkout(visit, str(rental.pk), "/rentals/checkout/").json()
    assert own["request_pay"]["amount"] == 3_000


def test_a_view_of_one_kind_finds_no_other(visit, iamport_sandbox, rental, order):
    assert checkout(visit, name_of(order), "/rentals/checkout/").status_code == 404
    assert checkout(visit, name_of(rental), "/rentals/checkout/").status_code == 200


@pytest.mark.parametrize(
    "name", ["studio.rental:", "studio.rental:x", "studio.customer:1", "auth.user:1", ":1", "x:y:z"]
)
def test_a_name_of_nothing_is_the_404_of_any_other(visit, iamport_sandbox, rental, order, name):
    assert checkout(visit, name).json() == checkout(visit, "studio.rental:999").json()


@pytest.mark.parametrize(
    "way", ['{% iamport_checkout order=order button="#pay" %}', "{{ order|iamport_order_id }}"]
)
@isolate_apps("tests.studio")
def test_a_kind_that_nothing_pays_is_refused_when_its_page_is_made(rf, way):
    class Donation(PayableMixin):
        class Meta:
            app_label = "studio"

    template = engines["django"].from_string("{% load iamport %}" + way)
    with pytest.raises(ImproperlyConfigured, match="No transaction model pays Donation"):
        template.render({"order": Donation(pk=1)}, rf.get("/"))


def test_a_session_that_began_a_rental_owns_no_order_of_its_key(rf, rental, order):
    Rental.objects.update(tenant=None)
    Order.objects.update(user=None)
    rental.refresh_from_db()
    request = rf.get("/")
    request.user, request.session = AnonymousUser(), SessionStore()
    access.remember(request, rental)
    assert access.owns(request, rental)
    assert not access.owns(request, Order.objects.get(pk=order.pk))
    assert [*access.orders_of(request)] == []
    assert [*access.orders_of(request, RentalTransaction)] == [rental]


def test_transactions_of_one_kind_take_no_order_of_another(iamport_sandbox, rental, order):
    for call in ("create_new", "settle_free", "give_up", "settle_open_attempts"):
        with pytest.raises(TypeError, match="OrderTransaction pays Order, not Rental"):
            getattr(OrderTransaction.objects, call)(rental)


def test_a_paid_rental_leaves_the_order_of_its_key_unpaid(iamport_sandbox, rental, order):
    attempt = RentalTransaction.objects.create_new(rental)
    RentalTransaction.objects.confirm(imp_uid=iamport_sandbox.pay(attempt), source="webhook")
    assert access.is_settled(rental)
    assert not access.is_settled(order)
    with pytest.raises(OrderPaid):
        RentalTransaction.objects.create_new(rental)
    assert OrderTransaction.objects.create_new(order).order == order


def test_erasing_by_a_key_that_several_kinds_have_asks_which_one(iamport_sandbox, rental, order):
    attempt = RentalTransaction.objects.create_new(rental)
    OrderTransaction.objects.create_new(order)
    with pytest.raises(CommandError, match=f"shop.order:{order.pk}, studio.rental:{rental.pk}"):
        call_command("iamport_erase", order=[str(rental.pk)])
    call_command("iamport_erase", order=[name_of(rental)])
    assert attempt.history.filter(event="erased").exists()
    assert not order.transactions.get().history.filter(event="erased").exists()


def test_all_classes_of_an_order_have_one_name(db):
    group = GroupBooking.objects.create(course="Wheel", price=1)
    others = [model.objects.get(pk=group.pk) for model in (Booking, EveningBooking)]
    assert {name_of(each) for each in (group, *others)} == {f"studio.booking:{group.pk}"}
    model, key = named(name_of(group))
    assert model is BookingTransaction
    assert type(find_order(model, key)) is GroupBooking


def test_a_profile_is_no_order(db):
    with pytest.raises(LookupError):
        name_of(Customer(pk=1))


@isolate_apps("tests.shop")
def test_a_child_whose_class_is_made_later_is_known():
    class Basket(models.Model):
        class Meta:
            app_label = "shop"

    assert kinds.children(Basket) == ()

    class Hamper(Basket):
        class Meta:
            app_label = "shop"

    assert kinds.children(Basket) == (Hamper,)
