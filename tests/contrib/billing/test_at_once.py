"""Real threads on real connections: one charge for one order, one default card for one customer."""

import pytest

from django_iamport.contrib.billing.exceptions import ChargeUnknown
from tests.payments.test_at_once import at_once, insist, real_connections  # noqa: F401
from tests.shop.models import BillingKey, Order, OrderTransaction

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]

THREADS = 4
AGAIN = "POST /subscribe/payments/again"


def test_an_order_charged_by_many_at_once_is_charged_once(
    make_key, order, iamport_sandbox, charged_at_the_gateway
):
    cards = [make_key(), make_key()]

    def charge(card):
        return lambda: BillingKey.objects.get(pk=card.pk).charge(Order.objects.get(pk=order.pk)).pk

    results = at_once(*[insist(charge(cards[number % 2])) for number in range(THREADS)])

    paid = OrderTransaction.objects.get()
    assert results == [paid.pk] * THREADS
    assert (paid.status, charged_at_the_gateway()) == ("paid", 50_000)
    assert iamport_sandbox.calls.count(AGAIN) == 1


def test_a_charge_of_unknown_fate_is_repeated_by_one_of_many(
    key, order, iamport_sandbox, later, charged_at_the_gateway
):
    iamport_sandbox.fail_next("subscribe.again", timeout=True)
    with pytest.raises(ChargeUnknown):
        key.charge(order)
    later(minutes=11)
    iamport_sandbox.reset_calls()

    def charge():
        return BillingKey.objects.get(pk=key.pk).charge(Order.objects.get(pk=order.pk)).status

    assert at_once(*[insist(charge) for _ in range(THREADS)]) == ["paid"] * THREADS
    assert (iamport_sandbox.calls.count(AGAIN), charged_at_the_gateway()) == (1, 50_000)


def test_cards_saved_and_withdrawn_at_once_leave_one_default(make_key, user, iamport_sandbox):
    cards = [make_key() for _ in range(3)]

    def make_default(card):
        return lambda: BillingKey.objects.get(pk=card.pk).make_default()

    def withdraw():
        BillingKey.objects.get(pk=cards[0].pk).withdraw()

    assert at_once(withdraw, make_default(cards[1]), make_default(cards[2])) == [None] * 3
    saved = list(BillingKey.objects.saved(user))
    assert [card.is_default for card in saved] == [True, False]
