"""Orders that have several classes: before the attempt and when its payment comes, the same object is asked."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.signed_cookies import SessionStore
from django.db import connection
from django.test.utils import CaptureQueriesContext

from django_iamport import access
from django_iamport.exceptions import OrderClosed
from django_iamport.webhooks.confirm_process import is_payable
from tests.shop.models import OrderTransaction
from tests.studio.models import Booking, BookingTransaction, EveningBooking, GroupBooking

# Said here: a fixture that is asked for by its name is not seen when the tests are collected.
pytestmark = pytest.mark.django_db


@pytest.fixture
def group(db):
    """A booking with a table of its own, which costs twice its price."""
    return GroupBooking.objects.create(course="Wheel", price=50_000)


@pytest.fixture
def evening(db):
    return EveningBooking.objects.create(course="Glaze", price=30_000)


@pytest.fixture
def guest(rf):
    request = rf.get("/")
    request.user, request.session = AnonymousUser(), SessionStore()
    return request


def read_as(model, order):
    return model.objects.get(pk=order.pk)


def pay(attempt, sandbox):
    return BookingTransaction.objects.confirm(imp_uid=sandbox.pay(attempt), source="webhook")


@pytest.mark.parametrize("model", [Booking, EveningBooking, GroupBooking])
def test_a_child_is_asked_by_whichever_class_it_was_read(iamport_sandbox, group, model):
    attempt = BookingTransaction.objects.create_new(read_as(model, group))
    assert (attempt.amount, type(attempt.order)) == (100_000, GroupBooking)
    assert type(BookingTransaction.objects.get().order) is GroupBooking
    assert is_payable(BookingTransaction.objects.get(), attempt.amount)
    assert pay(attempt, iamport_sandbox).status == "paid"
    group.refresh_from_db()
    assert (group.status, group.is_table_laid) == (Booking.Status.CONFIRMED, True)


@pytest.mark.parametrize("model", [Booking, GroupBooking])
def test_a_group_without_places_is_paid_by_nobody(iamport_sandbox, group, model):
    attempt = BookingTransaction.objects.create_new(group)
    GroupBooking.objects.update(are_places_left=False)
    with pytest.raises(OrderClosed):
        BookingTransaction.objects.create_new(read_as(model, group))
    refused = pay(attempt, iamport_sandbox)
    assert (refused.status, refused.reject_reason) == ("cancelled", "order_closed")
    group.refresh_from_db()
    assert (group.status, group.is_table_laid) == (Booking.Status.ASKED, False)


def test_receivers_and_hooks_are_told_the_child(iamport_sandbox, group, heard):
    paid = pay(BookingTransaction.objects.create_new(read_as(Booking, group)), iamport_sandbox)
    paid.cancel(reason="called off")
    told = [arguments["order"] for _name, arguments in heard.sent if "order" in arguments]
    assert {type(order) for order in told} == {GroupBooking}


def test_a_child_is_settled_and_given_up_as_itself(guest, iamport_sandbox, group):
    access.remember(guest, group)
    Booking.objects.update(price=0)
    assert access.paid_orders(guest, BookingTransaction) == []
    BookingTransaction.objects.settle_free(read_as(Booking, group))
    group.refresh_from_db()
    assert group.is_table_laid
    assert access.paid_orders(guest, BookingTransaction) == [group]
    full = GroupBooking.objects.create(course="Wheel", price=1, are_places_left=False)
    assert not BookingTransaction.objects.give_up(read_as(Booking, full))
    other = GroupBooking.objects.create(course="Wheel", price=1)
    assert BookingTransaction.objects.give_up(read_as(Booking, other))
    other.refresh_from_db()
    assert other.status == Booking.Status.CALLED_OFF


@pytest.mark.parametrize(
    ("made", "asked"), [("group", Booking), ("group", GroupBooking), ("evening", Booking)]
)
def test_a_session_knows_an_order_by_all_of_its_classes(request, guest, iamport_sandbox, made, asked):
    order = request.getfixturevalue(made)
    access.remember(guest, order)
    assert access.owns(guest, read_as(asked, order))
    assert access.owns(guest, order)
    assert [each.pk for each in access.orders_of(guest, BookingTransaction)] == [order.pk]
    assert access.order_by_key(guest, Booking, "") == order
    access.remember(guest, read_as(asked, order))
    assert len(guest.session[access.SESSION_KEY]) == 1


@pytest.mark.parametrize("made", ["group", "evening"])
def test_the_cart_of_a_proxy_and_of_a_child_is_emptied(request, guest, iamport_sandbox, made):
    order = request.getfixturevalue(made)
    access.remember(guest, order)
    assert access.paid_orders(guest, BookingTransaction) == []
    pay(BookingTransaction.objects.create_new(order), iamport_sandbox)
    assert access.is_settled(order)
    assert [each.pk for each in access.paid_orders(guest, BookingTransaction)] == [order.pk]
    assert access.paid_orders(guest, BookingTransaction) == []


@pytest.mark.parametrize("made", ["group", "evening"])
def test_an_order_that_the_shop_hides_is_paid_all_the_same(request, iamport_sandbox, made):
    """Its manager leaves out what was removed, and joins and sorts by other tables."""
    order = request.getfixturevalue(made)
    attempt = BookingTransaction.objects.create_new(order)
    imp_uid = iamport_sandbox.pay(attempt)
    Booking.objects.update(is_removed=True)
    assert not Booking.objects.exists()
    paid = BookingTransaction.objects.confirm(imp_uid=imp_uid, source="webhook")
    paid.refresh_from_db()
    assert (paid.status, paid.order.status) == ("paid", Booking.Status.CONFIRMED)
    paid.cancel(reason="called off")
    assert paid.status == "cancelled"


@pytest.mark.parametrize("made", ["group", "evening"])
def test_an_order_that_the_shop_hides_is_in_no_list_of_its_customers(request, guest, made):
    order = request.getfixturevalue(made)
    access.remember(guest, order)
    Booking.objects.update(is_removed=True)
    assert not access.orders_of(guest, BookingTransaction).exists()
    assert access.owns(guest, order)


def test_orders_without_children_cost_no_further_query(iamport_sandbox, make_order, group):
    counts = {}
    for model, order in ((OrderTransaction, make_order()), (BookingTransaction, group)):
        with CaptureQueriesContext(connection) as queries:
            model.objects.create_new(order)
        counts[model] = [query["sql"] for query in queries if "EXISTS" in query["sql"]]
    assert len(counts[OrderTransaction]) == 1
    assert len(counts[BookingTransaction]) > 1
