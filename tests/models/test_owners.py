"""Whose an existing order is: by whatever way `owner_field` names, compared as users and never by a key."""

import logging

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.contrib.sessions.backends.signed_cookies import SessionStore
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.urls import reverse

from django_iamport import access
from django_iamport.exceptions import ByInvalid
from django_iamport.records.hands import hand_of
from django_iamport.views import OrderCreateAjaxView
from tests.shop.models import Ticket
from tests.studio.models import Booking, BookingTransaction, Customer, Rental, RentalTransaction


@pytest.fixture
def visit(rf):
    def visit(user=None):
        request = rf.get("/")
        request.user, request.session = user or AnonymousUser(), SessionStore()
        return request

    return visit


@pytest.fixture
def kim(db):
    return Customer.objects.create(user=User.objects.create_user("kim"))


@pytest.fixture
def lee(kim):
    """A user whose key is the one of Kim's profile."""
    return User.objects.filter(pk=kim.pk).first() or User.objects.create_user("lee", pk=kim.pk)


@pytest.fixture
def booking(kim):
    return Booking.objects.create(customer=kim, course="Wheel", price=50_000)


def test_an_order_of_a_profile_belongs_to_the_profiles_user(visit, kim, booking):
    other = visit(User.objects.create_user("park"))
    guest = visit()
    access.remember(guest, booking)
    assert booking.get_owner() == kim.user
    assert access.owns(visit(kim.user), booking)
    assert access.is_user_of(visit(kim.user), booking)
    assert not access.owns(other, booking)
    assert not access.owns(guest, booking)


@pytest.mark.parametrize("without", ["a profile", "a user"])
def test_an_order_whose_way_ends_before_a_user_is_a_guests(visit, kim, booking, without):
    if without == "a profile":
        booking.customer = None
    else:
        kim.user = None
        kim.save()
    booking.save()
    guest = visit()
    assert booking.get_owner() is None
    assert not access.owns(guest, booking)
    access.remember(guest, booking)
    assert access.owns(guest, booking)
    assert list(access.orders_of(guest, BookingTransaction)) == [booking]


def test_my_orders_are_found_by_the_way_to_the_owner(visit, kim, booking):
    request = visit(kim.user)
    others = Booking.objects.create(
        course="Wheel", price=1, customer=Customer.objects.create(user=User.objects.create_user("park"))
    )
    rental = Rental.objects.create(tenant=kim.user, amount=3_000)
    for order in (others, rental):
        access.remember(request, order)
    assert list(access.orders_of(request, BookingTransaction)) == [booking]
    assert list(access.orders_of(request, RentalTransaction)) == [rental]
    assert list(access.orders_of(visit(), BookingTransaction)) == []


def test_a_profile_is_not_the_user_of_the_same_key(monkeypatch, visit, kim, lee, booking):
    monkeypatch.setattr(Booking, "owner_field", "customer")
    assert booking.get_owner() == kim
    assert kim.pk == lee.pk
    assert not access.owns(visit(lee), booking)
    with pytest.raises(ValueError, match="Must be"):
        access.orders_of(visit(lee), BookingTransaction)
    kim.is_authenticated = True
    with pytest.raises(ByInvalid):
        hand_of(kim)


def test_an_owner_who_is_gone_leaves_the_order_to_nobody(visit, kim, booking):
    guest = visit()
    access.remember(guest, booking)
    booking.customer_id = 999
    assert not access.owns(guest, booking)
    assert not access.owns(visit(kim.user), booking)


@pytest.mark.parametrize("name", ["user", "customer__owner"])
def test_a_wrong_name_is_told_and_is_no_bare_404(client, caplog, monkeypatch, settings, kim, booking, name):
    settings.IAMPORT_TRANSACTION_MODEL, settings.DEBUG = "studio.BookingTransaction", False
    monkeypatch.setattr(Booking, "owner_field", name)
    with pytest.raises(ImproperlyConfigured, match="owner_field"):
        booking.get_owner()
    client.raise_request_exception = False
    client.force_login(kim.user)
    with caplog.at_level(logging.ERROR):
        response = client.post(
            reverse("iamport:order_checkout"), {"order_id": str(booking.pk)}, "application/json"
        )
    assert (response.status_code, response.json()["error"]["code"]) == (503, "receiver_failed")
    assert "owner_field" in caplog.text


def test_the_owner_is_set_by_the_same_way(kim):
    booking, rental, ticket = Booking(), Rental(), Ticket()
    for order in (booking, rental, ticket):
        order.set_owner(kim.user)
    assert (booking.customer, rental.tenant, ticket.get_owner()) == (kim, kim.user, None)
    booking.set_owner(User.objects.create_user("without-profile"))
    assert booking.customer is None


def test_a_view_that_makes_the_order_gives_it_to_its_visitor(visit, kim):
    class Create(OrderCreateAjaxView):
        transaction_model = RentalTransaction

    view, rental = Create(), Rental()
    view.setup(visit(kim.user))
    view.get_amount, view.get_name = lambda items: 3_000, lambda items: "Kiln"
    view.fill_order(rental, [], "k" * 32)
    assert (rental.tenant, rental.amount, rental.name) == (kim.user, 3_000, "Kiln")


def test_erasing_a_user_reaches_orders_by_the_same_way(iamport_sandbox, kim, booking):
    attempt = BookingTransaction.objects.create_new(booking)
    BookingTransaction.objects.confirm(imp_uid=iamport_sandbox.pay(attempt), source="webhook")
    call_command("iamport_erase", user=str(kim.user.pk))
    assert attempt.history.filter(event="erased").exists()


def test_a_guests_booking_joins_the_profile_of_whoever_signs_in(kim, client, rf):
    booking = Booking.objects.create(course="Wheel", price=50_000)
    request = rf.get("/")
    request.session = session = client.session
    access.remember(request, booking)
    session.save()

    client.force_login(kim.user)

    booking.refresh_from_db()
    assert booking.customer == kim
