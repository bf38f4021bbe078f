"""The order: what a shop answers, and what it gets told."""

from decimal import Decimal

import pytest
from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction
from django.test.utils import isolate_apps

from django_iamport.exceptions import OrderClosed, OrderPaid
from django_iamport.models import PayableMixin
from tests.shop.models import Order, OrderItem, OrderTransaction
from tests.shopper import in_another_tab

STATES = [("ready", True), ("paid", False), ("refunded", False), ("closed", False)]


def test_an_order_asks_for_its_own_columns(make_order):
    order = make_order(amount=Decimal("10.50"), currency="USD", name="Two teas")

    assert (order.get_payment_amount(), order.get_payment_currency()) == (Decimal("10.50"), "USD")
    assert (order.get_payment_name(), order.get_buyer()["buyer_name"]) == ("Two teas", "")


@pytest.mark.parametrize(("status", "accepts"), STATES)
def test_an_order_accepts_one_payment_while_it_waits(make_order, status, accepts):
    assert make_order(status=status).accepts_payment(None) is accepts


def test_a_discount_is_for_a_person_to_accept(order):
    assert order.accepts_discount(None, Decimal(1)) is False


@isolate_apps("tests.shop")
@pytest.mark.parametrize("method", ["get_payment_amount", "get_payment_name", "accepts_payment"])
def test_a_mixin_order_must_say_what_it_wants(method):
    class Forgetful(PayableMixin):
        class Meta:
            app_label = "shop"

    arguments = [None] if method == "accepts_payment" else []
    with pytest.raises(NotImplementedError, match="Forgetful"):
        getattr(Forgetful(), method)(*arguments)


def test_a_closed_order_frees_its_one_time_key(make_order):
    order = make_order(checkout_key="key")

    order.close()

    stored = Order.objects.get()
    assert (stored.status, stored.checkout_key) == ("closed", None)


def test_an_order_that_was_paid_meanwhile_is_not_closed(attempt, iamport_sandbox):
    order = Order.objects.get()
    iamport_sandbox.pay(attempt)
    OrderTransaction.objects.settle_open_attempts(order)

    with pytest.raises(OrderPaid):
        order.close()

    assert Order.objects.get().status == "paid"


@pytest.fixture
def paid(attempt, iamport_sandbox, confirm):
    return confirm(attempt, iamport_sandbox.pay(attempt))


def to_ship():
    return Order.objects.filter(status="paid").count()


def test_the_paid_orders_are_those_to_ship(paid, iamport_sandbox, confirm):
    paid.cancel(10_000, reason="part")
    assert (to_ship(), Order.objects.get().refunded_at) == (1, None)

    iamport_sandbox.cancel_in_console(paid.imp_uid, 40_000)
    confirm(paid, paid.imp_uid)

    order = Order.objects.get()
    assert (to_ship(), order.status) == (0, "refunded")
    assert order.refunded_at == OrderTransaction.objects.get().cancelled_at
    assert order.paid_at is not None


def test_a_refunded_order_is_neither_paid_again_nor_closed(paid):
    paid.cancel(reason="all")
    order = Order.objects.get()

    with pytest.raises(OrderClosed):
        OrderTransaction.objects.create_new(order)
    with pytest.raises(OrderPaid):
        order.close()

    assert OrderTransaction.objects.give_up(order) is False
    assert Order.objects.get().status == "refunded"


def test_a_refunded_order_whose_second_payment_is_accepted_is_to_be_shipped(
    order, attempt, iamport_sandbox, confirm, settings
):
    settings.IAMPORT_AUTO_CANCEL = ()
    other = in_another_tab(order)
    first = confirm(attempt, iamport_sandbox.pay(attempt))
    second = confirm(other, iamport_sandbox.pay(other))
    first.cancel(reason="all")
    assert to_ship() == 0

    second.accept(reason="the customer keeps it")

    order.refresh_from_db()
    assert (to_ship(), order.refunded_at) == (1, None)
    second.cancel(reason="after all")
    assert Order.objects.get().status == "refunded"


def test_a_stale_copy_of_an_order_does_not_take_its_refund_back(paid):
    stale = Order.objects.get()
    paid.cancel(reason="all")

    stale.note = "late"
    stale.save()

    stored = Order.objects.get()
    assert (stored.status, stored.note, stored.refunded_at is not None) == ("refunded", "late", True)


def test_a_stale_copy_closes_the_order_too(make_order):
    make_order(status="closed")
    stale = Order.objects.get()
    Order.objects.update(status="ready")

    stale.close()

    assert (stale.status, Order.objects.get().status) == ("closed", "closed")


def test_a_one_time_key_makes_one_order(make_order):
    make_order(checkout_key="key")
    with pytest.raises(IntegrityError), transaction.atomic():
        make_order(checkout_key="key")
    make_order()
    make_order()


def test_a_stale_copy_of_an_order_does_not_take_its_payment_back(attempt, order, iamport_sandbox, confirm):
    stale = Order.objects.get()
    confirm(attempt, iamport_sandbox.pay(attempt))

    stale.note = "late"
    stale.save()

    stored = Order.objects.get()
    assert (stored.status, stored.note, stored.paid_at is not None) == ("paid", "late", True)


def test_orders_outlive_their_customer(make_order):
    user = get_user_model().objects.create_user("kim")
    order = make_order(user=user)

    user.delete()

    order.refresh_from_db()
    assert order.user is None


def test_a_line_keeps_name_and_price_as_they_were(order):
    item = OrderItem.objects.create(order=order, name="Tea", price=Decimal("10.50"), quantity=3)

    assert (item.get_total(), str(item)) == (Decimal("31.50"), "Tea × 3")
    order.delete()
    assert not OrderItem.objects.exists()
