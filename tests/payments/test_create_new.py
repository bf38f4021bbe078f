"""An attempt begins: asked of the order, prepared at the gateway, stored."""

from contextlib import contextmanager
from decimal import Decimal

import pytest

from django_iamport.client.errors import IamportError
from django_iamport.exceptions import NotPayable, OrderChanged, OrderClosed, OrderPaid, RejectPayment
from django_iamport.records import locks
from tests.busy import busy
from tests.shop.models import Order, OrderTransaction
from tests.shopper import in_another_tab


def test_an_attempt_asks_what_the_order_says_and_prepares_it(order, iamport_sandbox):
    attempt = OrderTransaction.objects.create_new(order)

    prepared = iamport_sandbox.account.prepare_read(attempt.merchant_uid)
    assert (attempt.amount, attempt.currency, attempt.status) == (50_000, "KRW", "ready")
    assert (prepared["amount"], prepared["currency"]) == (50_000, "KRW")
    assert (attempt.imp_uid, attempt.paid_amount, attempt.verified_at, attempt.order) == (
        None,
        None,
        None,
        order,
    )
    assert attempt.gateway_merchant_uid == attempt.merchant_uid


def test_a_stale_copy_of_the_order_asks_for_what_is_stored(order, iamport_sandbox):
    Order.objects.update(amount=70_000)

    assert OrderTransaction.objects.create_new(order).amount == 70_000


def test_the_related_manager_begins_attempts_too(order, iamport_sandbox):
    assert order.transactions.create_new(order).order == order


def test_every_attempt_has_a_name_of_its_own_with_the_shops_prefix(order, iamport_sandbox, settings):
    settings.IAMPORT_MERCHANT_UID_PREFIX = "shop7"

    names = {in_another_tab(order).merchant_uid for _ in range(3)}

    assert len(names) == 3
    assert all(name.startswith("shop7") for name in names)


@pytest.mark.parametrize(
    ("amount", "currency"),
    [(0, "KRW"), (-1, "KRW"), ("0.50", "KRW"), ("100.5", "JPY"), ("0.00", "USD"), ("-0.01", "USD")],
)
def test_nothing_is_asked_of_the_gateway_for_an_amount_that_cannot_be_paid(
    make_order, iamport_sandbox, amount, currency
):
    order = make_order(amount=Decimal(amount), currency=currency)

    with pytest.raises(NotPayable):
        OrderTransaction.objects.create_new(order)

    assert (iamport_sandbox.calls, OrderTransaction.objects.count()) == ([], 0)


def test_fractions_of_a_currency_that_has_them_are_prepared_exactly(make_order, iamport_sandbox):
    attempt = OrderTransaction.objects.create_new(make_order(amount=Decimal("10.50"), currency="USD"))

    prepared = iamport_sandbox.account.prepare_read(attempt.merchant_uid)
    assert (prepared["amount"], prepared["currency"]) == (10.5, "USD")


def test_a_paid_order_is_refused(order, attempt, iamport_sandbox, confirm):
    confirm(attempt, iamport_sandbox.pay(attempt))
    iamport_sandbox.reset_calls()

    with pytest.raises(OrderPaid):
        OrderTransaction.objects.create_new(order)

    assert iamport_sandbox.calls == []


def test_a_payment_that_nobody_told_us_of_is_found_before_a_further_attempt(order, attempt, iamport_sandbox):
    iamport_sandbox.pay(attempt)

    with pytest.raises(OrderPaid):
        OrderTransaction.objects.create_new(order)

    order.refresh_from_db()
    assert order.status == "paid"


def test_a_closed_order_is_refused(order, iamport_sandbox):
    order.close()

    with pytest.raises(OrderClosed):
        OrderTransaction.objects.create_new(order)

    assert (iamport_sandbox.calls, OrderTransaction.objects.count()) == ([], 0)


def test_a_shops_own_refusal_is_a_closed_order(order, iamport_sandbox, monkeypatch):
    def refuse(self, transaction):
        raise RejectPayment("sold_out")

    monkeypatch.setattr(Order, "accepts_payment", refuse)

    with pytest.raises(OrderClosed, match="sold_out"):
        OrderTransaction.objects.create_new(order)


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"amount": 40_000}, OrderChanged),
        ({"currency": "USD"}, OrderChanged),
        ({"status": "closed"}, OrderClosed),
    ],
    ids=str,
)
def test_an_order_that_changed_while_it_was_prepared_gets_no_attempt(order, iamport_sandbox, change, refusal):
    iamport_sandbox.meanwhile("prepare.create", lambda: Order.objects.update(**change))

    with pytest.raises(refusal):
        OrderTransaction.objects.create_new(order)

    assert not OrderTransaction.objects.exists()


def test_a_plain_purchase_prepares_and_asks_nothing_else(order, iamport_sandbox):
    OrderTransaction.objects.create_new(order)

    assert iamport_sandbox.calls == ["POST /users/getToken", "POST /payments/prepare"]


def test_the_token_is_shared_by_all_calls(make_order, iamport_sandbox):
    for _ in range(3):
        OrderTransaction.objects.create_new(make_order())

    assert iamport_sandbox.calls.count("POST /users/getToken") == 1


def test_an_attempt_whose_window_never_opened_stops_nothing(order, attempt, iamport_sandbox):
    again = OrderTransaction.objects.create_new(order)

    attempt.refresh_from_db()
    assert (attempt.status, again.status) == ("ready", "ready")


def test_an_open_window_of_an_earlier_attempt_stops_nothing(order, attempt, iamport_sandbox):
    imp_uid = iamport_sandbox.open(attempt)

    OrderTransaction.objects.create_new(order)

    attempt.refresh_from_db()
    assert (attempt.status, attempt.imp_uid) == ("ready", imp_uid)


def test_attempts_of_another_prefix_are_not_touched(order, attempt, iamport_sandbox, settings):
    iamport_sandbox.pay(attempt)
    settings.IAMPORT_MERCHANT_UID_PREFIX = "stage"
    iamport_sandbox.reset_calls()

    assert OrderTransaction.objects.create_new(order).merchant_uid.startswith("stage")
    assert iamport_sandbox.calls == ["POST /payments/prepare"]


@pytest.mark.parametrize("lost", [1, 2])
def test_an_attempt_whose_first_write_was_lost_is_written_again(order, iamport_sandbox, monkeypatch, lost):
    """A commit may fail after the row was written: what is kept in memory isn't what is stored."""
    locked_order, failures = locks.locked_order, [busy()] * lost

    @contextmanager
    def failing_at_commit(*args, **kwargs):
        with locked_order(*args, **kwargs) as locked:
            yield locked
            if failures:
                raise failures.pop()

    monkeypatch.setattr(locks, "locked_order", failing_at_commit)

    attempt = OrderTransaction.objects.create_new(order)

    assert OrderTransaction.objects.get().merchant_uid == attempt.merchant_uid


def test_every_refusal_has_a_code_and_a_status_below_500(db):
    for refusal in (OrderPaid, OrderClosed, OrderChanged, NotPayable):
        assert issubclass(refusal, IamportError)
        assert refusal.http_status == 409
