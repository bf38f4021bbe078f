import pytest
from django.db import transaction

from django_iamport import signals
from django_iamport.exceptions import (
    AccountWaiting,
    InTransaction,
    NotPayable,
    OrderClosed,
    OrderPaid,
    ReceiverFailed,
    RejectPayment,
)
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


def test_an_order_whose_account_was_issued_meanwhile_is_not_settled(
    attempt, order, iamport_sandbox, confirm, heard
):
    iamport_sandbox.open(attempt)

    def issue():
        other = OrderTransaction.objects.create_new(order)
        confirm(other, iamport_sandbox.issue_account(other))
        Order.objects.update(amount=0)

    iamport_sandbox.meanwhile("payments", issue)
    with pytest.raises(AccountWaiting):
        OrderTransaction.objects.settle_free(order)

    assert "order_settled" not in heard.names
    OrderTransaction.objects.settle_free(order)
    assert heard.names[-1] == "order_settled"


def test_a_receiver_that_raises_undoes_the_settlement(make_order, receive):
    order = make_order(amount=0)

    def receiver(**kwargs):
        raise RuntimeError("bug")

    receive(signals.order_settled, receiver)
    with pytest.raises(ReceiverFailed):
        OrderTransaction.objects.settle_free(order)

    assert Order.objects.get().status == "ready"


@pytest.mark.parametrize("where", ["accepts_payment", "payment_received", "order_settled"])
def test_a_shop_may_refuse_an_order_with_nothing_to_pay(make_order, receive, monkeypatch, heard, where):
    order = make_order(amount=0)

    def sold_out(*args, **kwargs):
        raise RejectPayment("sold_out")

    if where == "order_settled":
        receive(signals.order_settled, sold_out)
    else:
        monkeypatch.setattr(Order, where, sold_out)
    with pytest.raises(OrderClosed):
        OrderTransaction.objects.settle_free(order)

    assert Order.objects.get().status == "ready"


@pytest.mark.django_db(transaction=True)
def test_earlier_attempts_are_not_asked_about_inside_a_transaction(attempt, order, iamport_sandbox):
    iamport_sandbox.reset_calls()

    with transaction.atomic(), pytest.raises(InTransaction):
        OrderTransaction.objects.settle_free(order)

    assert iamport_sandbox.calls == []
