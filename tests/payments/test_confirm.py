"""What becomes of a payment, a verdict each; from lookup to row, order, refund and signal."""

from decimal import Decimal

import pytest

from django_iamport import signals
from django_iamport.exceptions import RejectPayment
from django_iamport.models import Refund
from tests.shop.models import Order, OrderTransaction, Ticket, TicketTransaction
from tests.shopper import in_another_tab


def other_amount(gateway, attempt):
    return gateway.pay(attempt, amount=100)


def more_than_asked(gateway, attempt):
    return gateway.pay(attempt, amount=60_000)


def other_currency(gateway, attempt):
    return gateway.pay(attempt, currency="USD")


def changed_amount(gateway, attempt):
    Order.objects.update(amount=40_000)
    return gateway.pay(attempt)


def changed_currency(gateway, attempt):
    Order.objects.update(currency="USD")
    return gateway.pay(attempt)


def closed_order(gateway, attempt):
    Order.objects.get(pk=attempt.order_id).close()
    return gateway.pay(attempt)


def paid_by_another(gateway, attempt):
    other = in_another_tab(attempt.order)
    imp_uid = gateway.pay(other)
    OrderTransaction.objects.confirm(merchant_uid=other.merchant_uid, imp_uid=imp_uid, source="webhook")
    return gateway.pay(attempt)


def promotion(gateway, attempt):
    imp_uid = gateway.pay(attempt)
    gateway.edit(imp_uid, amount=45_000, promotion={"id": "promo", "discount": 5_000})
    return imp_uid


def unnamed_discount(gateway, attempt):
    imp_uid = gateway.pay(attempt)
    gateway.edit(imp_uid, amount=45_000, promotion={"id": "promo", "discount": 4_999})
    return imp_uid


def swapped_channel(gateway, attempt):
    return gateway.pay(attempt, channel="test")


def card_registration(gateway, attempt):
    return gateway.pay(attempt, customer_uid="slipped-in")


def registration_told_only_by_its_usage(gateway, attempt):
    return gateway.pay(attempt, customer_uid_usage="issue")


REFUNDED = [
    (other_amount, "forged"),
    (more_than_asked, "forged"),
    (other_currency, "forged"),
    (changed_amount, "order_changed"),
    (changed_currency, "order_changed"),
    (closed_order, "order_closed"),
    (paid_by_another, "duplicate"),
]
NEVER_REFUNDED = [
    (promotion, "discount"),
    (swapped_channel, "test_payment"),
    (card_registration, "not_a_payment"),
    (registration_told_only_by_its_usage, "not_a_payment"),
]


@pytest.mark.database
def test_a_payment_as_asked_makes_attempt_and_order_paid(attempt, order, iamport_sandbox, confirm, heard):
    imp_uid = iamport_sandbox.pay(attempt)

    row = confirm(attempt, imp_uid, "browser")

    order.refresh_from_db()
    assert (row.pk, row.status, row.imp_uid, row.reject_reason) == (attempt.pk, "paid", imp_uid, "")
    assert (row.paid_amount, row.paid_currency, row.cancel_amount) == (50_000, "KRW", 0)
    assert row.sandbox is False
    assert row.verified_at is not None
    assert (order.status, order.paid_at) == ("paid", row.paid_at)
    assert heard.names == ["payment_paid"]
    assert heard["payment_paid"][0]["transaction"] == row
    assert heard["payment_paid"][0]["order"] == order


@pytest.mark.parametrize(("forge", "reason"), REFUNDED)
def test_what_the_rules_refuse_is_stored_with_its_refund_request_and_goes_back(
    attempt, iamport_sandbox, confirm, heard, forge, reason
):
    imp_uid = forge(iamport_sandbox, attempt)

    row = confirm(attempt, imp_uid)

    held = iamport_sandbox.payment(imp_uid)["amount"]
    assert (row.status, row.reject_reason) == ("cancelled", reason)
    assert (row.paid_amount, row.cancel_amount) == (held, held)
    refund = Refund.objects.get(imp_uid=imp_uid)
    assert (refund.kind, refund.status, refund.amount, refund.reason) == ("refund", "done", held, reason)
    assert iamport_sandbox.payment(imp_uid)["cancel_amount"] == held
    assert heard["payment_rejected"][0]["reason"] == reason
    assert heard["payment_returned"][0]["amount"] == held
    assert heard.names.count("payment_paid") == (1 if reason == "duplicate" else 0)
    assert Order.objects.get().status != "paid" or reason == "duplicate"


@pytest.mark.parametrize(("forge", "reason"), REFUNDED)
def test_without_auto_cancel_refused_money_is_held_and_never_counts_as_paid(
    attempt, iamport_sandbox, confirm, settings, forge, reason
):
    settings.IAMPORT_AUTO_CANCEL = ()

    row = confirm(attempt, forge(iamport_sandbox, attempt))

    assert (row.status, row.reject_reason) == ("rejected", reason)
    assert row.held_amount == row.paid_amount > 0
    assert not Refund.objects.exists()
    assert "POST /payments/cancel" not in iamport_sandbox.calls


@pytest.mark.parametrize(("forge", "reason"), NEVER_REFUNDED)
def test_discounts_test_payments_and_registrations_are_refused_and_never_refunded_by_rule(
    attempt, order, iamport_sandbox, confirm, settings, forge, reason
):
    settings.IAMPORT_AUTO_CANCEL = ("discount", "test_payment", "not_a_payment")

    row = confirm(attempt, forge(iamport_sandbox, attempt))

    order.refresh_from_db()
    assert (row.status, row.reject_reason, order.status) == ("rejected", reason, "ready")
    assert not Refund.objects.exists()
    assert "POST /payments/cancel" not in iamport_sandbox.calls


@pytest.mark.parametrize("forge", [swapped_channel, card_registration])
def test_play_money_and_a_registered_card_hold_nothing(attempt, iamport_sandbox, confirm, forge):
    row = confirm(attempt, forge(iamport_sandbox, attempt))

    assert (row.paid_amount, row.held_amount, row.paid_at is None) == (None, 0, False)


@pytest.mark.parametrize(
    ("forge", "told"),
    [(promotion, "discount"), (card_registration, "not_a_payment"), (swapped_channel, None)],
)
def test_an_operator_is_told_of_discounts_and_registrations(
    attempt, iamport_sandbox, confirm, heard, forge, told
):
    confirm(attempt, forge(iamport_sandbox, attempt))

    assert [news["reason"] for news in heard["operator_needed"]] == ([told] if told else [])


def test_a_difference_other_than_the_named_discount_is_a_forgery(attempt, iamport_sandbox, confirm, settings):
    settings.IAMPORT_AUTO_CANCEL = ()

    assert confirm(attempt, unnamed_discount(iamport_sandbox, attempt)).reject_reason == "forged"


def test_a_shop_may_accept_the_gateways_discount(attempt, order, iamport_sandbox, confirm, monkeypatch):
    seen = []
    monkeypatch.setattr(Order, "accepts_discount", lambda self, t, discount: seen.append(discount) or True)

    row = confirm(attempt, promotion(iamport_sandbox, attempt))

    order.refresh_from_db()
    assert (row.status, row.paid_amount, row.amount) == ("paid", 45_000, 50_000)
    assert (order.status, seen) == ("paid", [Decimal(5_000)])


@pytest.mark.parametrize(
    "asked", [{"pg_id": "other-mid"}, {"escrow": True}, {"customer_uid_usage": "payment"}]
)
def test_what_the_attempt_named_must_be_what_was_paid(order, iamport_sandbox, confirm, asked):
    attempt = OrderTransaction.objects.create_new(order, **asked)

    assert confirm(attempt, iamport_sandbox.pay(attempt)).status != "paid"


def test_what_the_attempt_named_and_got_is_paid(order, iamport_sandbox, confirm):
    attempt = OrderTransaction.objects.create_new(
        order, pg_id="mid-1", escrow=True, customer_uid_usage="payment"
    )
    imp_uid = iamport_sandbox.pay(attempt, pg_id="mid-1", escrow=True, customer_uid_usage="payment")

    assert confirm(attempt, imp_uid).status == "paid"


def test_real_money_without_the_asked_registration_stays_in_sight(order, iamport_sandbox, confirm):
    attempt = OrderTransaction.objects.create_new(order, customer_uid_usage="issue")

    row = confirm(attempt, iamport_sandbox.pay(attempt))

    assert row.paid_amount == 50_000


# A shop's own refusal.


@pytest.mark.database
def test_a_receiver_that_refuses_turns_the_payment_down_and_undoes_its_own_writes(
    attempt, order, iamport_sandbox, confirm, receive, heard
):
    def sold_out(sender, transaction, order, **kwargs):
        Order.objects.filter(pk=order.pk).update(note="written before the refusal")
        raise RejectPayment("sold_out")

    receive(signals.payment_paid, sold_out)
    row = confirm(attempt, iamport_sandbox.pay(attempt))

    order.refresh_from_db()
    assert (row.status, row.reject_reason, row.paid_order_key) == ("cancelled", "sold_out", None)
    assert (order.status, order.paid_at, order.note) == ("ready", None, "")
    assert Refund.objects.get().status == "done"
    assert heard["payment_rejected"][0]["reason"] == "sold_out"


def _refuse(monkeypatch, receive, where, refund):
    def refuse(*args, **kwargs):
        raise RejectPayment("sold_out", refund=refund)

    if where == "payment_paid":
        receive(signals.payment_paid, refuse)
    else:
        monkeypatch.setattr(Order, where, refuse)


REFUSALS = ["payment_paid", "payment_received", "accepts_payment"]


@pytest.mark.database
@pytest.mark.parametrize("where", REFUSALS)
def test_a_shops_refusal_is_refunded(attempt, iamport_sandbox, confirm, monkeypatch, receive, where):
    _refuse(monkeypatch, receive, where, refund=True)

    row = confirm(attempt, iamport_sandbox.pay(attempt))

    assert (row.status, row.reject_reason) == ("cancelled", "sold_out")


@pytest.mark.parametrize("where", REFUSALS)
def test_a_shops_refusal_is_not_refunded_without_auto_cancel(
    attempt, iamport_sandbox, confirm, monkeypatch, receive, settings, where
):
    settings.IAMPORT_AUTO_CANCEL = ()
    _refuse(monkeypatch, receive, where, refund=True)

    row = confirm(attempt, iamport_sandbox.pay(attempt))

    assert (row.status, row.reject_reason, Refund.objects.count()) == ("rejected", "sold_out", 0)


@pytest.mark.parametrize("where", REFUSALS)
def test_a_shops_refusal_that_keeps_the_money_makes_no_refund(
    attempt, iamport_sandbox, confirm, monkeypatch, receive, where
):
    _refuse(monkeypatch, receive, where, refund=False)

    row = confirm(attempt, iamport_sandbox.pay(attempt))

    assert (row.status, row.reject_reason, row.held_amount) == ("rejected", "sold_out", 50_000)
    assert not Refund.objects.exists()


@pytest.mark.database
def test_after_a_refusal_receivers_see_what_is_stored(
    attempt, iamport_sandbox, confirm, monkeypatch, receive
):
    seen = {}

    def look(transaction, order, **kwargs):
        seen.update(order=order.status, paid=order.paid_at, proof=transaction.verified_at)
        seen.update(key=transaction.paid_order_key)

    receive(signals.payment_rejected, look)
    _refuse(monkeypatch, receive, "payment_paid", refund=False)

    confirm(attempt, iamport_sandbox.pay(attempt))

    assert seen == {"order": "ready", "paid": None, "proof": None, "key": None}


# Nonsense.


CONTRADICTIONS = [
    {"status": "cancelled", "cancel_amount": 0},
    {"status": "paid", "cancel_amount": 50_000},
    {"status": "cancelled", "cancel_amount": 60_000},
    {"status": "something_new"},
]


@pytest.mark.parametrize("told", CONTRADICTIONS)
@pytest.mark.parametrize("before", ["ready", "paid"])
def test_an_answer_that_contradicts_itself_changes_nothing_and_calls_the_operator(
    attempt, order, iamport_sandbox, confirm, heard, told, before
):
    imp_uid = iamport_sandbox.pay(attempt)
    if before == "paid":
        confirm(attempt, imp_uid)
    iamport_sandbox.edit(imp_uid, **told)

    row = confirm(attempt, imp_uid)

    row.refresh_from_db()
    order.refresh_from_db()
    assert (row.status, row.cancel_amount, order.status) == (before, 0, before)
    assert [news["reason"] for news in heard["operator_needed"]] == ["unclear"]
    assert (row.backlog_since is not None, row.backlog_code) == (True, "unclear")


def test_a_cancelled_payment_that_never_held_money_never_pays(attempt, order, iamport_sandbox, confirm):
    imp_uid = iamport_sandbox.issue_account(attempt)
    iamport_sandbox.void(imp_uid)

    row = confirm(attempt, imp_uid)

    order.refresh_from_db()
    assert (row.status, row.paid_amount, row.held_amount, order.status) == ("cancelled", None, 0, "ready")


@pytest.mark.database
def test_a_second_kind_of_transaction_with_uuid_keys_works_the_same(db, iamport_sandbox):
    ticket = Ticket.objects.create(price=9_900)
    attempt = TicketTransaction.objects.create_new(ticket)
    imp_uid = iamport_sandbox.pay(attempt)

    row = TicketTransaction.objects.confirm(
        merchant_uid=attempt.merchant_uid, imp_uid=imp_uid, source="browser"
    )

    ticket.refresh_from_db()
    assert (row.status, row.paid_order_key, ticket.is_sold) == ("paid", str(ticket.pk), True)


@pytest.mark.database
def test_fractions_of_a_currency_that_has_them_are_exact(make_order, iamport_sandbox, confirm):
    order = make_order(amount=Decimal("10.50"), currency="USD")
    attempt = OrderTransaction.objects.create_new(order)

    row = confirm(attempt, iamport_sandbox.pay(attempt))

    assert (row.status, row.paid_amount, row.paid_currency) == ("paid", Decimal("10.50"), "USD")
