"""One window that takes the first payment and saves the card that it was paid with."""

import pytest
from django.urls import reverse

from django_iamport.contrib.billing.exceptions import BillingKeyForeign
from tests.shop.models import BillingKey, Order, OrderTransaction


@pytest.fixture
def begun(user, order, iamport_sandbox):
    return BillingKey.objects.create_with_payment(user, order)


def pay(sandbox, card, attempt, **changed):
    asked = {"customer_uid": card.customer_uid, "pg": "kakaopay", "customer_uid_usage": "issue", **changed}
    return sandbox.pay(attempt, **asked)


def test_the_payment_is_accepted_and_the_card_saved_which_pays_the_next_order(
    begun, user, order, iamport_sandbox, confirm
):
    card, attempt = begun
    opened = attempt.request_pay(customer_uid=card.customer_uid)
    assert (opened["customer_uid"], opened["amount"]) == (card.customer_uid, 50_000)
    assert confirm(attempt, pay(iamport_sandbox, card, attempt)).status == "paid"
    card.confirm()
    assert (card.status, card.is_default) == ("active", True)
    order.refresh_from_db()
    assert order.status == "paid"
    another = Order.objects.create(name="Tea", amount=7_000, user=user)
    assert card.charge(another).status == "paid"


def test_the_gateways_notice_brings_both(begun, iamport_sandbox, client):
    card, attempt = begun
    told = {"merchant_uid": attempt.merchant_uid, "imp_uid": pay(iamport_sandbox, card, attempt)}
    assert client.post(reverse("iamport:webhook"), told, "application/json").json() == {"status": "stored"}
    card.refresh_from_db()
    attempt.refresh_from_db()
    assert (card.status, attempt.status) == ("active", "paid")


def test_asked_first_the_card_brings_the_payment_too(begun, iamport_sandbox):
    card, attempt = begun
    pay(iamport_sandbox, card, attempt)
    card.confirm()
    attempt.refresh_from_db()
    assert (card.status, attempt.status) == ("active", "paid")


@pytest.mark.parametrize(
    "changed", [{"amount": 100}, {"amount": 0}, {"pg": "html5_inicis"}], ids=["less", "nothing", "no money"]
)
def test_with_a_payment_that_is_refused_no_card_is_saved(begun, iamport_sandbox, changed):
    card, attempt = begun
    pay(iamport_sandbox, card, attempt, **changed)
    card.confirm()
    attempt.refresh_from_db()
    assert attempt.status in ("rejected", "cancelled")
    assert (card.status, card.reason) == ("deleted", "forged")
    assert iamport_sandbox.billing_keys == []


def test_another_key_slipped_into_the_page_is_neither_paid_nor_saved(
    begun, make_key, iamport_sandbox, confirm
):
    card, attempt = begun
    row = confirm(attempt, pay(iamport_sandbox, card, attempt, customer_uid="somebody-else"))
    assert row.status in ("rejected", "cancelled")
    card.confirm()
    assert card.status == "ready"


def test_a_declined_window_saves_nothing_and_says_why(begun, iamport_sandbox):
    card, attempt = begun
    iamport_sandbox.decline(attempt, customer_uid=card.customer_uid, pg="kakaopay")
    card.confirm()
    assert (card.status, bool(card.reason)) == ("ready", True)


def test_a_window_that_never_opened_is_not_the_one_of_a_registration_alone(begun, user):
    card, _attempt = begun
    card.confirm()
    assert card.status == "ready"
    assert BillingKey.objects.create_new(user) != card


def test_nobody_elses_order_begins(order, django_user_model, iamport_sandbox):
    with pytest.raises(BillingKeyForeign):
        BillingKey.objects.create_with_payment(django_user_model.objects.create_user("lee"), order)
    assert (OrderTransaction.objects.count(), iamport_sandbox.calls) == (0, [])
