"""The order's lock at each isolation level: whoever has waited for it reads what came before."""

import threading

import pytest
from django.db import connection, models, transaction
from django.test.utils import isolate_apps

from django_iamport.exceptions import Busy, InTransaction, OrderClosed
from django_iamport.records import locks
from tests.payments.test_at_once import PATIENCE, THREADS, at_once, hears, insist, news, real_connections
from tests.shop.models import Order, OrderItem, OrderTransaction, Ticket, TicketTransaction

__all__ = ["hears", "real_connections"]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def level(real_connections, request):
    return request.node.callspec.params["real_connections"]


def test_these_tests_run_at_the_level_that_they_name(level):
    if connection.vendor == "sqlite":
        pytest.skip("SQLite has one level: writers follow one another")
    with connection.cursor() as cursor:
        postgresql = connection.vendor == "postgresql"
        cursor.execute("SHOW transaction_isolation" if postgresql else "SELECT @@session.tx_isolation")
        assert cursor.fetchone()[0].lower().replace("-", " ") == level


@pytest.fixture
def licence(make_order, monkeypatch):
    """An order whose payment leaves its own row alone: it is kept in another table."""
    shelf = make_order(name="licences")

    def accepts(self, transaction):
        return not OrderItem.objects.filter(name=str(self.pk)).exists()

    def received(self, transaction):
        OrderItem.objects.create(order=shelf, name=str(self.pk), price=0)

    monkeypatch.setattr(Ticket, "accepts_payment", accepts)
    monkeypatch.setattr(Ticket, "payment_received", received)
    return Ticket.objects.create(price=0)


def test_a_free_order_that_keeps_its_payment_elsewhere_is_settled_once(licence, heard):
    results = at_once(*[insist(lambda: TicketTransaction.objects.settle_free(licence))] * THREADS)

    assert OrderItem.objects.count() == len(heard["order_settled"]) == results.count(None) == 1
    assert [type(result) for result in results if result is not None] == [OrderClosed] * (THREADS - 1)


def test_under_the_lock_everything_is_as_its_last_holder_left_it(licence):
    """The waiting one begins while the other holds the lock, which changes other rows alone."""
    held, seen = threading.Event(), []

    def change():
        with locks.locked_row(Ticket, licence.pk, "default"):
            held.set()
            threading.Event().wait(0.3)
            licence.payment_received(None)

    def wait():
        held.wait(PATIENCE)

        def look():
            with locks.locked_row(Ticket, licence.pk, "default") as order:
                seen.append(order.accepts_payment(None))

        locks.retrying(look)

    assert at_once(change, wait) == [None, None]
    assert seen == [False]


def test_an_open_transaction_that_has_read_before_settles_nothing_twice(licence, level):
    """Its reads may be older than the lock: then it fails."""

    def settle():
        TicketTransaction.objects.settle_free(licence)

    def settle_within():
        with transaction.atomic():
            if not OrderItem.objects.exists() and not reading_locks:
                assert at_once(settle) == [None]
            settle()

    # Nobody can write what such a transaction has read.
    reading_locks = connection.vendor == "mysql" and level == "serializable"
    if connection.vendor == "sqlite":
        settle()
    refusal = OrderClosed
    if level != "read committed":
        refusal = InTransaction if connection.vendor == "mysql" else Busy
    with pytest.raises(refusal):
        settle_within()
    assert OrderItem.objects.count() == (not reading_locks)


@pytest.fixture
def inherited(transactional_db, real_connections):
    """An order of a child with a table of its own, paid by the transactions of its parent."""
    with isolate_apps("tests.shop"):

        class GroupOrder(Order):
            group = models.CharField(max_length=20, default="")

            class Meta:
                app_label = "shop"

    with connection.schema_editor() as editor:
        editor.create_model(GroupOrder)
    yield GroupOrder.objects.create(name="Tea", amount=50_000)
    with connection.schema_editor() as editor:
        editor.delete_model(GroupOrder)


def test_a_child_and_its_parent_are_locked_by_one_row(inherited):
    inside, most = [], []

    def hold(model):
        def step():
            with locks.locked_row(model, inherited.pk, "default") as order:
                assert type(order) is model
                inside.append(1)
                most.append(len(inside))
                threading.Event().wait(0.1)
                inside.pop()

        return lambda: locks.retrying(step)

    assert at_once(hold(Order), hold(type(inherited)), hold(Order)) == [None] * 3
    assert most == [1, 1, 1]


@pytest.mark.parametrize("_turn", range(3))
def test_an_inherited_order_is_not_closed_and_paid_at_once(inherited, iamport_sandbox, monkeypatch, _turn):
    attempt = OrderTransaction.objects.create_new(Order.objects.get(pk=inherited.pk))
    imp_uid = iamport_sandbox.pay(attempt)
    accepts = Order.accepts_payment

    def accepts_after_a_while(self, transaction):
        accepted = accepts(self, transaction)
        threading.Event().wait(0.1)
        return accepted

    monkeypatch.setattr(Order, "accepts_payment", accepts_after_a_while)
    at_once(insist(news(attempt, imp_uid)), inherited.close)

    order, row = Order.objects.get(pk=inherited.pk), OrderTransaction.objects.get()
    assert (order.status, row.status) in {("paid", "paid"), ("closed", "cancelled")}


def test_beyond_read_committed_a_held_lock_leaves_its_mark_on_the_row(licence, level):
    """On PostgreSQL alone; elsewhere the row's lock is enough, and costs no write."""
    if connection.vendor != "postgresql":
        pytest.skip("PostgreSQL's snapshots are older than its locks")
    with connection.cursor() as cursor:
        version = "SELECT xmin::text FROM shop_ticket"
        cursor.execute(version)
        before = cursor.fetchone()
        with locks.locked_row(Ticket, licence.pk, "default"):
            pass
        cursor.execute(version)
        assert (cursor.fetchone() == before) is (level == "read committed")
