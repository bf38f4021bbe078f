"""Charging a saved card: one charge for an order, whatever is lost on the way."""

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from django_iamport import signals
from django_iamport.contrib.billing.exceptions import (
    BillingKeyForeign,
    BillingKeyGone,
    BillingKeyNotIssued,
    ChargeDeclined,
    ChargeUnknown,
)
from django_iamport.exceptions import (
    ConnectionFailed,
    InTransaction,
    OrderClosed,
    OrderPaid,
    PaymentUnknown,
    ReceiverFailed,
    RejectPayment,
)
from django_iamport.gateway import client
from tests.shop.models import BillingKey, Order, OrderTransaction, Ticket

AGAIN = "POST /subscribe/payments/again"
LIMIT = "4000-0000-0000-0010"
LATE = "4000-0000-0000-0101"


def charges(gateway):
    return gateway.calls.count(AGAIN)


def test_a_saved_card_pays_an_order_in_three_calls(key, order, iamport_sandbox, heard):
    iamport_sandbox.reset_calls()
    paid = key.charge(order)
    order.refresh_from_db()
    assert (paid.status, paid.paid_amount, order.status) == ("paid", 50_000, "paid")
    assert heard.names == ["payment_paid"]
    assert [call.split("/")[1] for call in iamport_sandbox.calls] == ["subscribe", "subscribe", "payments"]
    payment = iamport_sandbox.payment(paid.imp_uid)
    assert (payment["customer_uid"], payment["name"]) == (key.customer_uid, "Tea")


def test_the_intent_is_stored_before_the_card_is_charged(key, order, iamport_sandbox):
    stored = []
    iamport_sandbox.meanwhile("subscribe.again", lambda: stored.extend(OrderTransaction.objects.all()))
    paid = key.charge(order, name="Tea, June")
    assert [(row.pk, row.status) for row in stored] == [(paid.pk, "ready")]
    assert iamport_sandbox.payment(paid.imp_uid)["name"] == "Tea, June"


def test_an_order_charged_before_answers_what_paid_it(key, order, iamport_sandbox, charged_at_the_gateway):
    first = key.charge(order)
    assert key.charge(order) == first
    assert charged_at_the_gateway() == 50_000


def test_an_order_paid_in_a_window_is_not_charged(key, order, iamport_sandbox, confirm):
    attempt = OrderTransaction.objects.create_new(order)
    confirm(attempt, iamport_sandbox.pay(attempt))
    with pytest.raises(OrderPaid):
        key.charge(order)
    assert charges(iamport_sandbox) == 0


@pytest.mark.parametrize("answers", ["failed", "refused"])
def test_a_decline_is_a_failed_attempt_with_its_reason(make_key, order, iamport_sandbox, heard, answers):
    iamport_sandbox.switch(declined_card_answers=answers)
    key = make_key(card_number=LIMIT)
    with pytest.raises(ChargeDeclined) as declined:
        key.charge(order)
    row = OrderTransaction.objects.get()
    assert declined.value.transaction == row
    assert (row.status, "한도" in row.fail_reason) == ("failed", True)
    assert declined.value.reason == row.fail_reason
    assert heard.names == ["payment_failed"]
    assert key.is_chargeable


def test_a_decline_of_which_the_gateway_keeps_nothing_is_a_failed_attempt(key, order, iamport_sandbox, heard):
    refusal = {"code": -1, "message": "[카드사 거절] 한도가 초과되었습니다.", "response": None}
    iamport_sandbox.fail_next("subscribe.again", body=refusal)
    with pytest.raises(ChargeDeclined) as declined:
        key.charge(order)
    row = OrderTransaction.objects.get()
    assert (row.status, row.fail_reason, row.imp_uid) == ("failed", declined.value.reason, None)
    assert [line.event for line in row.history] == ["failed"]
    assert heard.names == ["payment_failed"]
    # Another day.
    assert key.charge(order).status == "paid"


def test_a_receiver_that_fails_at_a_decline_undoes_it_and_the_order_may_be_charged_again(
    key, order, iamport_sandbox, receive
):
    iamport_sandbox.fail_next("subscribe.again", body={"code": -1, "message": "no", "response": None})

    def fail(**kwargs):
        raise ZeroDivisionError

    receive(signals.payment_failed, fail)
    with pytest.raises(ReceiverFailed):
        key.charge(order)
    assert OrderTransaction.objects.get().status == "ready"


@pytest.mark.parametrize("lost", [{"timeout": True}, {"disconnect": True}, {"html": True}], ids=str)
def test_a_lost_answer_is_looked_up(key, order, iamport_sandbox, lost):
    iamport_sandbox.fail_next("subscribe.again", after=True, **lost)
    assert key.charge(order).status == "paid"
    assert charges(iamport_sandbox) == 1


def test_a_charge_of_unknown_fate_is_never_sent_again_while_it_may_arrive(
    key, order, iamport_sandbox, later, charged_at_the_gateway
):
    iamport_sandbox.fail_next("subscribe.again", timeout=True)
    with pytest.raises(ChargeUnknown) as unknown:
        key.charge(order)
    row = unknown.value.transaction
    for _ in range(2):
        with pytest.raises(ChargeUnknown):
            key.charge(order)
    assert charges(iamport_sandbox) == 1
    later(minutes=9)
    with pytest.raises(ChargeUnknown):
        key.charge(order)
    later(minutes=11)
    paid = key.charge(order)
    # Under the same number: the gateway takes it once.
    assert (paid.pk, charges(iamport_sandbox), charged_at_the_gateway()) == (row.pk, 2, 50_000)


def test_a_charge_that_arrived_late_is_found_and_not_repeated(
    key, order, iamport_sandbox, later, charged_at_the_gateway
):
    iamport_sandbox.fail_next("subscribe.again", after=True, timeout=True)
    iamport_sandbox.fail_next("payments", times=2, timeout=True)
    with pytest.raises(ChargeUnknown):
        key.charge(order)
    later(minutes=11)
    assert key.charge(order).status == "paid"
    assert (charges(iamport_sandbox), charged_at_the_gateway()) == (1, 50_000)


def test_a_charge_that_arrives_between_lookup_and_repetition_is_refused_by_the_gateway_and_found(
    key, order, iamport_sandbox, later, charged_at_the_gateway
):
    iamport_sandbox.fail_next("subscribe.again", timeout=True)
    with pytest.raises(ChargeUnknown) as unknown:
        key.charge(order)
    later(minutes=11)

    def arrives():
        merchant_uid = unknown.value.transaction.merchant_uid
        client().subscribe.again(key.customer_uid, merchant_uid, 50_000, "Tea")

    iamport_sandbox.meanwhile("billing_keys.find", arrives)
    assert key.charge(order).status == "paid"
    assert charged_at_the_gateway() == 50_000


def test_a_clock_set_back_repeats_nothing(key, order, iamport_sandbox, later):
    iamport_sandbox.fail_next("subscribe.again", timeout=True)
    with pytest.raises(ChargeUnknown):
        key.charge(order)
    later(days=-30)
    with pytest.raises(ChargeUnknown):
        key.charge(order)
    assert charges(iamport_sandbox) == 1


def test_no_window_opens_while_a_charge_is_under_way_and_the_order_is_not_given_up(
    key, order, iamport_sandbox
):
    iamport_sandbox.fail_next("subscribe.again", timeout=True)
    with pytest.raises(ChargeUnknown):
        key.charge(order)
    iamport_sandbox.reset_calls()
    with pytest.raises(PaymentUnknown):
        OrderTransaction.objects.create_new(order)
    assert "POST /payments/prepare" not in iamport_sandbox.calls
    assert OrderTransaction.objects.give_up(order) is False


def test_a_window_that_stood_open_is_refused_while_a_charge_is_under_way(
    key, order, iamport_sandbox, client, later
):
    window = OrderTransaction.objects.create_new(order)
    iamport_sandbox.fail_next("subscribe.again", timeout=True)
    with pytest.raises(ChargeUnknown):
        key.charge(order)
    asked = {"merchant_uid": window.merchant_uid, "imp_uid": "imp_1", "amount": 50_000}

    def answer():
        return client.post(reverse("iamport:confirm"), asked, "application/json").status_code

    assert answer() == 409
    later(minutes=11)
    assert answer() == 200


def test_nobody_is_told_that_his_order_is_cancelled_while_a_charge_is_under_way(
    key, order, user, iamport_sandbox, client
):
    iamport_sandbox.fail_next("subscribe.again", timeout=True)
    with pytest.raises(ChargeUnknown):
        key.charge(order)
    client.force_login(user)
    asked = {"order_id": str(order.pk)}
    response = client.post(reverse("iamport:order_cancel"), asked, "application/json")
    assert (response.status_code, response.json()["error"]["code"]) == (503, "payment_unknown")
    order.refresh_from_db()
    assert order.status == "ready"


def test_a_shops_hook_that_fails_before_the_card_is_charged_keeps_no_order_waiting(
    key, order, iamport_sandbox, monkeypatch
):
    with monkeypatch.context() as patched:
        patched.setattr(Order, "get_payment_name", lambda self: 1 / 0)
        with pytest.raises(ReceiverFailed):
            key.charge(order)
    assert charges(iamport_sandbox) == 0
    assert key.charge(order).status == "paid"


def test_a_charge_that_never_left_may_be_repeated_at_once(key, order, iamport_sandbox, monkeypatch):
    def refuse(*args, **kwargs):
        raise ConnectionFailed

    with monkeypatch.context() as patched:
        patched.setattr("django_iamport.gateway.billing_keys.charge", refuse)
        with pytest.raises(ConnectionFailed):
            key.charge(order)
    row = OrderTransaction.objects.get()
    assert key.charge(order).pk == row.pk


def test_another_card_after_a_charge_that_came_to_nothing_is_another_attempt(
    make_key, order, iamport_sandbox, later
):
    first, second = make_key(), make_key()
    iamport_sandbox.fail_next("subscribe.again", timeout=True)
    with pytest.raises(ChargeUnknown):
        first.charge(order)
    with pytest.raises(ChargeUnknown):
        second.charge(order)
    later(minutes=11)
    paid = second.charge(order)
    assert paid.asked["customer_uid"] == second.customer_uid
    assert OrderTransaction.objects.count() == 2


def test_a_late_approval_is_found_before_the_order_is_charged_again(make_key, order, iamport_sandbox):
    key = make_key(card_number=LATE)
    with pytest.raises(ChargeDeclined):
        key.charge(order)
    iamport_sandbox.tick(minutes=11)
    assert key.charge(order).status == "paid"
    assert charges(iamport_sandbox) == 1


def test_a_webhook_may_come_first(key, order, iamport_sandbox, client, heard):
    iamport_sandbox.meanwhile("subscribe.again", lambda: iamport_sandbox.deliver_webhooks(client))
    assert key.charge(order).status == "paid"
    assert heard.names == ["payment_paid"]


@pytest.mark.parametrize(
    "told", [{"customer_uid": "somebody"}, {"amount": 60_000}, {"merchant_uid": "other"}], ids=str
)
def test_a_payment_that_is_not_what_was_charged_for_is_never_paid(key, order, iamport_sandbox, told):
    def forge():
        (found,) = (
            r for r in iamport_sandbox.account.store.find("payment", sort="started_at") if int(r["amount"])
        )
        iamport_sandbox.edit(found["imp_uid"], **told)

    iamport_sandbox.meanwhile("subscribe.again", forge)
    with pytest.raises((ChargeDeclined, ChargeUnknown)):
        key.charge(order)
    order.refresh_from_db()
    assert order.status == "ready"
    assert OrderTransaction.objects.get().status in ("rejected", "ready", "cancelled")


def test_nobody_elses_order_is_charged(key, order, iamport_sandbox):
    other = get_user_model().objects.create_user("lee")
    Order.objects.filter(pk=order.pk).update(user=other)
    iamport_sandbox.reset_calls()
    with pytest.raises(BillingKeyForeign):
        key.charge(Order.objects.get(pk=order.pk))
    with pytest.raises(BillingKeyForeign):
        key.charge(Order.objects.create(name="A guest's", amount=1000))
    with pytest.raises(BillingKeyForeign):
        key.charge(Ticket.objects.create(price=1000))
    assert iamport_sandbox.calls == []


@pytest.mark.parametrize("moved", ["order", "card"])
def test_an_order_or_a_card_that_is_somebody_elses_by_now_is_not_charged(key, order, iamport_sandbox, moved):
    assert key.user == order.user
    other = get_user_model().objects.create_user("lee")
    {"order": Order, "card": BillingKey}[moved].objects.update(user=other)
    with pytest.raises(BillingKeyForeign):
        key.charge(order)
    assert charges(iamport_sandbox) == 0
    assert not OrderTransaction.objects.exists()


def test_a_copy_of_the_data_with_another_prefix_charges_and_deletes_nothing(
    key, order, iamport_sandbox, settings
):
    settings.IAMPORT_MERCHANT_UID_PREFIX = "copy"
    iamport_sandbox.reset_calls()
    for deed in (lambda: key.charge(order), key.withdraw, key.confirm):
        with pytest.raises(BillingKeyForeign):
            deed()
    assert iamport_sandbox.calls == []


def test_a_card_without_an_owner_is_charged_no_more(key, order, user):
    BillingKey.objects.filter(pk=key.pk).update(user=None)
    Order.objects.filter(pk=order.pk).update(user=None)
    with pytest.raises(BillingKeyForeign):
        BillingKey.objects.get(pk=key.pk).charge(Order.objects.get(pk=order.pk))


def test_a_key_that_the_gateway_no_longer_knows_is_noticed_before_anything_begins(
    key, order, iamport_sandbox
):
    iamport_sandbox.delete_key(key.customer_uid)
    with pytest.raises(BillingKeyGone):
        key.charge(order)
    assert (key.status, key.is_default, key.card_number) == ("gone", False, "")
    assert not OrderTransaction.objects.exists()
    assert charges(iamport_sandbox) == 0


def test_a_key_that_vanishes_during_the_charge_is_noticed_and_the_attempt_failed(key, order, iamport_sandbox):
    iamport_sandbox.meanwhile("billing_keys.find", lambda: iamport_sandbox.delete_key(key.customer_uid))
    with pytest.raises(BillingKeyGone) as gone:
        key.charge(order)
    assert (key.status, gone.value.transaction.status) == ("gone", "failed")


def test_a_card_withdrawn_while_it_is_being_charged_takes_no_money(
    key, order, iamport_sandbox, charged_at_the_gateway
):
    send, withdrawn = iamport_sandbox._adapter.send, []

    def send_later(request, *args, **kwargs):
        if request.path_url.endswith("/again") and not withdrawn:
            withdrawn.append(BillingKey.objects.get(pk=key.pk))
            withdrawn[0].withdraw()
        return send(request, *args, **kwargs)

    iamport_sandbox._adapter.send = send_later
    with pytest.raises(BillingKeyGone):
        key.charge(order)
    key.refresh_from_db()
    assert (key.status, order.transactions.get().status) == ("deleted", "failed")
    assert charged_at_the_gateway() == 0


def test_a_card_that_was_never_registered_is_not_charged(user, order, iamport_sandbox):
    key = BillingKey.objects.create_new(user)
    with pytest.raises(BillingKeyNotIssued):
        key.charge(order)


def test_a_closed_order_is_not_charged(key, order, iamport_sandbox):
    order.close()
    with pytest.raises(OrderClosed):
        key.charge(order)
    assert charges(iamport_sandbox) == 0


def test_nothing_is_charged_within_a_transaction(key, order, iamport_sandbox, transactional_db):
    iamport_sandbox.reset_calls()
    with transaction.atomic(), pytest.raises(InTransaction):
        key.charge(order)
    assert iamport_sandbox.calls == []


def test_a_charge_is_refunded_as_any_payment(key, order, iamport_sandbox):
    paid = key.charge(order)
    paid.cancel(20_000, reason="A cup was broken")
    assert (paid.status, paid.cancel_amount) == ("paid", 20_000)
    assert timezone.now() - paid.paid_at < timedelta(days=1)


def test_while_refused_money_is_held_no_card_is_charged_for_the_order(
    key, make_key, order, receive, charged_at_the_gateway
):
    def refuse(sender, order, **kwargs):
        raise RejectPayment("sold_out", refund=False)

    receive(signals.payment_paid, refuse)
    with pytest.raises(ChargeDeclined) as declined:
        key.charge(order)
    signals.payment_paid.disconnect(refuse)
    for card in (key, make_key()):
        with pytest.raises(PaymentUnknown):
            card.charge(order)
    assert charged_at_the_gateway() == 50_000
    declined.value.transaction.cancel(reason="sold out")
    assert key.charge(order).status == "paid"
