import pytest

from django_iamport import signals
from django_iamport.exceptions import NotPayable, OrderClosed, OrderPaid
from tests.shop.models import Order, OrderTransaction


def test_an_order_with_nothing_to_pay_is_settled_without_gateway_and_transaction(
    make_order, iamport_sandbox, heard
):
    order = make_order(amount=0)

    OrderTransaction.objects.settle_free(order)

    stored = Order.objects.get()
    assert (stored.status, stored.paid_at is not None) == ("paid", True)
    assert (heard.names, heard["order_settled"][0]["order"]) == (["order_settled"], order)
    assert (OrderTransaction.objects.count(), iamport_sandbox.calls) == (0, [])


def test_it_is_settled_once(make_order, heard):
    order = make_order(amount=0)
    OrderTransaction.objects.settle_free(order)

    with pytest.raises(OrderClosed):
        OrderTransaction.objects.settle_free(order)

    assert heard.names == ["order_settled"]


@pytest.mark.parametrize("amount", [1, 50_000, -1])
def test_an_order_with_an_amount_is_not_settled_for_free(make_order, heard, amount):
    order = make_order(amount=amount)

    with pytest.raises(NotPayable):
        OrderTransaction.objects.settle_free(order)

    assert (Order.objects.get().status, heard.names) == ("ready", [])


def test_what_is_stored_counts_not_the_copy_in_hand(make_order, heard):
    order = make_order(amount=50_000)
    order.amount = 0

    with pytest.raises(NotPayable):
        OrderTransaction.objects.settle_free(order)


def test_a_paid_order_is_not_settled(attempt, order, iamport_sandbox, confirm):
    confirm(attempt, iamport_sandbox.pay(attempt))

    with pytest.raises(OrderPaid):
        OrderTransaction.objects.settle_free(order)


def test_a_receiver_that_raises_undoes_the_settlement(make_order, receive):
    order = make_order(amount=0)

    def receiver(**kwargs):
        raise RuntimeError("bug")

    receive(signals.order_settled, receiver)
    with pytest.raises(RuntimeError):
        OrderTransaction.objects.settle_free(order)

    assert Order.objects.get().status == "ready"
