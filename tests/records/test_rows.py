"""Reads whose SQL is composed once: they find what the query itself finds, on every database."""

import gc
import threading
import weakref

import pytest
from django.db import connections
from django.db.models import Exists, OuterRef

from django_iamport.records.locks import locked_row
from django_iamport.records.rows import composed, rows
from tests.shop.models import Order, OrderTransaction, Ticket
from tests.studio.models import Booking, EveningBooking, GroupBooking

pytestmark = pytest.mark.django_db


@pytest.fixture
def built():
    return []


@pytest.fixture
def read(built):
    @composed
    def by_fields(model, using, **fields):
        built.append(fields)
        return rows(model, using).filter(**fields).order_by("pk")

    return by_fields


def test_a_query_is_composed_once_and_read_with_a_value_of_its_own_each_time(read, built, make_order):
    orders = [make_order(name=name) for name in ("tea", "cups", "tea")]

    assert read(Order, "default", name="tea") == [orders[0], orders[2]]
    assert read(Order, "default", name="cups") == [orders[1]]
    assert read(Order, "default", name="") == []
    assert len(built) == 1


def test_other_fields_and_other_models_are_other_queries(read, built, order):
    for fields in ({"pk": order.pk}, {"pk": order.pk, "name": order.name}, {"name": order.name}):
        assert read(Order, "default", **fields) == [order]
    assert read(OrderTransaction, "default", pk=order.pk) == []
    assert len(built) == 4


def test_a_row_is_as_the_query_itself_reads_it(read, attempt, iamport_sandbox, confirm):
    confirm(attempt, iamport_sandbox.pay(attempt))
    stored = OrderTransaction.objects.get()

    (found,) = read(OrderTransaction, "default", merchant_uid=attempt.merchant_uid)

    of_query = {name: value for name, value in vars(stored).items() if name != "_state"}
    assert {name: value for name, value in vars(found).items() if name != "_state"} == of_query
    assert (found._state.db, found._state.adding) == ("default", False)
    assert found.get_deferred_fields() == set()


def test_a_value_is_put_as_its_column_stores_it(read):
    ticket = Ticket.objects.create(price=1)
    assert read(Ticket, "default", pk=ticket.pk) == [ticket]
    assert read(Ticket, "default", pk=str(ticket.pk)) == [ticket]


def test_values_of_the_query_itself_stay_what_they_are(order, attempt):
    @composed
    def with_attempts(using, *, pk):
        attempts = rows(OrderTransaction, using).filter(order=OuterRef("pk"), status="ready")
        return rows(Order, using).annotate(is_begun=Exists(attempts)).filter(pk=pk)

    (found,) = with_attempts("default", pk=order.pk)
    assert (found, bool(found.is_begun)) == (order, True)


@pytest.mark.parametrize("pk", [2**63, -(10**30)])
def test_a_key_that_no_column_can_hold_finds_nothing(read, order, pk):
    assert read(Order, "default", pk=pk) == list(Order.objects.filter(pk=pk)) == []
    with pytest.raises(Order.DoesNotExist), locked_row(Order, pk, "default"):
        pass


@pytest.mark.parametrize("model", [Booking, EveningBooking, GroupBooking])
def test_a_row_of_several_tables_is_read_whole(read, model):
    group = model.objects.create(course="Wheel", price=50_000)
    (found,) = read(model, "default", pk=group.pk)
    assert (type(found), found.course, found.get_deferred_fields()) == (model, "Wheel", set())
    assert read(model, "default", course="Glaze") == []


@pytest.mark.django_db(transaction=True)
def test_a_thread_that_composed_a_query_leaves_no_connection_behind(read, order):
    left = []

    def compose():
        left.append(weakref.ref(connections["default"]))
        assert read(Order, "default", pk=order.pk) == [order]
        # The driver's: Django leaves a database in memory open.
        connections["default"].connection.close()

    thread = threading.Thread(target=compose)
    thread.start()
    thread.join()
    gc.collect()

    assert left[0]() is None
    assert read(Order, "default", pk=order.pk) == [order]
