"""Registering and changing: validated before, intent before the call, outcome after it."""

from datetime import datetime, timezone

import pytest
from django.db import transaction

from django_iamport.contrib.escrow import deliveries
from django_iamport.contrib.escrow.deliveries import Person
from django_iamport.contrib.escrow.exceptions import (
    DeliveryIncomplete,
    DeliveryOpen,
    DeliveryRefused,
    EscrowNotPossible,
)
from django_iamport.contrib.escrow.models import Delivery
from django_iamport.exceptions import InTransaction, OutcomeUnknown, RateLimited
from django_iamport.gateway import escrow as gateway
from django_iamport.models import History
from django_iamport.sandbox.rules.services import escrows
from tests.contrib.escrow.conftest import PARCEL, RECEIVER, noted, stored

SHIPPED = datetime(2026, 3, 2, 5, 0, tzinfo=timezone.utc)


def at_the_company(iamport_sandbox, row):
    return escrows.read(iamport_sandbox.account, row.imp_uid)


def register(row, **told):
    return deliveries.register(row, **{**PARCEL, "receiver": RECEIVER, **told})


@pytest.mark.database
def test_a_delivery_is_registered_and_the_history_names_nobody(paid, iamport_sandbox):
    delivery = register(paid, sent_at=SHIPPED, by="operator:7", source="admin")
    assert iamport_sandbox.calls == [f"POST /escrows/logis/{paid.imp_uid}"]
    assert (delivery.status, delivery.company, delivery.invoice) == ("registered", "CJGLS", "123-456-789")
    assert (delivery.sent_at, delivery.receiver["name"]) == (SHIPPED, "김지은")
    assert delivery.applied_at is not None
    assert delivery.asked == {}
    assert at_the_company(iamport_sandbox, paid)["invoice"] == "123-456-789"
    assert noted(paid) == ["delivery_sent", "delivery_registered"]
    lines = str([*History.objects.values()])
    assert "operator:7" in lines
    for personal in (RECEIVER.name, RECEIVER.tel, "세종대로"):
        assert personal not in lines


def test_another_invoice_or_receiver_changes_what_was_registered(registered, iamport_sandbox):
    register(registered, invoice="999-888")
    delivery = register(registered, invoice="999-888", receiver=Person(**{**stored().receiver, "name": "박"}))
    assert iamport_sandbox.calls == [f"PUT /escrows/logis/{registered.imp_uid}"] * 2
    assert (delivery.invoice, delivery.receiver["name"]) == ("999-888", "박")
    assert at_the_company(iamport_sandbox, registered)["invoice"] == "999-888"
    assert noted(registered)[-1] == "delivery_changed"


@pytest.mark.database
def test_what_is_registered_already_is_not_sent_again(registered, iamport_sandbox):
    deliveries.register(registered, **PARCEL)
    assert iamport_sandbox.calls == []
    assert len(noted(registered)) == 2


@pytest.mark.parametrize(
    ("pg", "told", "missing"),
    [
        ("html5_inicis", {"receiver": Person(name="김")}, ("receiver.tel", "receiver.postcode", "receiver.addr")),
        ("smartro_v2", {"receiver": Person(**dict.fromkeys(("name", "tel", "postcode", "addr"), "x"))},
         ("sender.addr_detail", "receiver.addr_detail")),
        ("daou", {}, ("sender.relationship", "parcel.receiving_at")),
        ("daou", {"receiving_at": "2026-03-04"}, ("sender.relationship", "parcel.receiving_at")),
        ("kcp", {"invoice": " "}, ("parcel.invoice",)),
        ("kcp", {"company": "PIGEON"}, ("parcel.company",)),
    ],
)  # fmt: skip
def test_what_the_payment_company_demands_is_missed_before_the_call(paid, iamport_sandbox, pg, told, missing):
    # As it is stored, whatever the object says.
    type(paid)._base_manager.filter(pk=paid.pk).update(pg_provider=pg)
    with pytest.raises(DeliveryIncomplete) as raised:
        register(paid, **told)
    assert raised.value.missing == missing
    assert iamport_sandbox.calls == []
    assert not Delivery.objects.exists()


def test_payments_without_escrow_or_money_get_no_delivery(attempt, iamport_sandbox, confirm):
    plain = confirm(attempt, iamport_sandbox.pay(attempt))
    iamport_sandbox.reset_calls()
    with pytest.raises(EscrowNotPossible):
        register(plain)
    assert iamport_sandbox.calls == []


def test_a_payment_that_was_refunded_gets_none(paid, iamport_sandbox):
    paid.cancel(reason="changed her mind")
    iamport_sandbox.reset_calls()
    with pytest.raises(EscrowNotPossible):
        register(paid)
    assert iamport_sandbox.calls == []


def test_nobody_is_asked_within_a_transaction(paid, iamport_sandbox, transactional_db):
    with transaction.atomic(), pytest.raises(InTransaction):
        register(paid)
    assert iamport_sandbox.calls == []


@pytest.mark.database
def test_a_lost_answer_is_looked_up_and_never_registered_twice(paid, iamport_sandbox):
    iamport_sandbox.fail_next("escrow.register", after=True)
    with pytest.raises(OutcomeUnknown):
        register(paid)
    assert stored().status == "unknown"
    iamport_sandbox.reset_calls()
    delivery = deliveries.look_up(paid)
    assert delivery is not None
    assert (delivery.status, delivery.invoice, delivery.receiver["name"]) == (
        "registered",
        "123-456-789",
        "김지은",
    )
    assert iamport_sandbox.calls == [f"GET /escrows/logis/{paid.imp_uid}"]


def test_what_the_gateway_did_is_not_refused_because_its_answer_is_odd(paid, iamport_sandbox):
    odd = {
        "code": 0,
        "message": None,
        "response": {"company": "", "invoice": "", "sent_at": 1, "applied_at": 1},
    }
    iamport_sandbox.fail_next("escrow.register", body=odd)
    with pytest.raises(OutcomeUnknown):
        register(paid)
    assert stored().status == "unknown"


@pytest.mark.database
def test_not_registered_is_believed_after_minutes(paid, iamport_sandbox, later):
    iamport_sandbox.fail_next("escrow.register", timeout=True)
    with pytest.raises(OutcomeUnknown):
        register(paid)
    delivery = deliveries.look_up(paid)
    assert delivery is not None
    assert delivery.status == "unknown"
    later(minutes=11)
    delivery = deliveries.look_up(paid)
    assert delivery is not None
    assert (delivery.status, delivery.code) == ("refused", "delivery_not_found")


def test_another_try_after_a_lost_answer_sends_nothing_twice(paid, iamport_sandbox):
    iamport_sandbox.fail_next("escrow.register", after=True)
    with pytest.raises(OutcomeUnknown):
        register(paid)
    iamport_sandbox.reset_calls()
    # Of some companies nothing can be changed for an hour.
    iamport_sandbox.fail_next("escrow.change", status=409)
    assert register(paid).is_registered
    assert iamport_sandbox.calls == [f"GET /escrows/logis/{paid.imp_uid}"]


def test_a_conflict_that_nobody_can_explain_leaves_the_outcome_unknown(paid, iamport_sandbox):
    iamport_sandbox.fail_next("escrow.register", status=409)
    iamport_sandbox.fail_next("escrow.find", timeout=True, times=2)
    with pytest.raises(OutcomeUnknown):
        register(paid)
    assert stored().status == "unknown"


def test_a_lost_change_of_the_receiver_is_not_taken_for_made(registered, iamport_sandbox, later):
    other = Person(**{**stored().receiver, "name": "박"})
    iamport_sandbox.fail_next("escrow.change", timeout=True)
    with pytest.raises(OutcomeUnknown):
        register(registered, receiver=other)
    deliveries.look_up(registered)
    assert (stored().status, stored().receiver["name"]) == ("unknown", "김지은")
    later(minutes=11)
    deliveries.look_up(registered)
    assert (stored().status, stored().receiver["name"], stored().code) == (
        "registered",
        "김지은",
        "delivery_not_changed",
    )
    assert noted(registered)[-1] == "delivery_refused"
    iamport_sandbox.reset_calls()
    assert register(registered, receiver=other).receiver["name"] == "박"
    assert iamport_sandbox.calls == [f"PUT /escrows/logis/{registered.imp_uid}"]


def test_a_lost_change_that_was_made_is_known_by_its_moment(registered, iamport_sandbox):
    other = Person(**{**stored().receiver, "name": "박"})
    iamport_sandbox.tick(minutes=5)
    iamport_sandbox.fail_next("escrow.change", after=True)
    with pytest.raises(OutcomeUnknown):
        register(registered, receiver=other)
    deliveries.look_up(registered)
    assert (stored().status, stored().receiver["name"]) == ("registered", "박")


@pytest.mark.database
def test_a_change_that_ended_during_a_look_up_is_not_undone_by_what_it_saw(
    registered, iamport_sandbox, monkeypatch
):
    find = gateway.find

    def find_and_wait(imp_uid):
        seen = find(imp_uid)
        register(registered, invoice="777")
        return seen

    monkeypatch.setattr(gateway, "find", find_and_wait)
    deliveries.look_up(registered)
    assert stored().invoice == "777"


@pytest.mark.database
def test_the_shops_own_code_that_fails_leaves_nothing_under_way(pay, monkeypatch):
    paid = pay("welcome")

    def fail(self, transaction):
        raise LookupError

    monkeypatch.setattr(type(paid.order), "get_escrow_products", fail, raising=False)
    with pytest.raises(LookupError):
        register(paid)
    assert not Delivery.objects.exists()


@pytest.mark.parametrize(
    ("products", "missing"),
    [
        ([], ("products.id", "products.name", "products.amount")),
        ([{"id": 1, "name": "차"}], ("products.amount",)),
    ],
)
def test_products_that_the_company_demands_are_missed_before_the_call(
    pay, iamport_sandbox, monkeypatch, products, missing
):
    paid = pay("welcome")
    monkeypatch.setattr(
        type(paid.order), "get_escrow_products", lambda self, transaction: products, raising=False
    )
    with pytest.raises(DeliveryIncomplete) as raised:
        register(paid)
    assert raised.value.missing == missing
    assert iamport_sandbox.calls == []


def test_another_day_of_arrival_is_a_change(pay, iamport_sandbox, settings):
    settings.IAMPORT_ESCROW_SENDER = {"addr": "서울", "relationship": "본인"}
    paid = pay("daou")
    assert register(paid, receiving_at="20260304").receiving_at == "20260304"
    assert register(paid, receiving_at="20260305").receiving_at == "20260305"
    assert [call.split()[0] for call in iamport_sandbox.calls] == ["POST", "PUT"]


def test_after_a_lost_answer_another_try_asks_first(paid, iamport_sandbox):
    iamport_sandbox.fail_next("escrow.register", after=True)
    with pytest.raises(OutcomeUnknown):
        register(paid)
    iamport_sandbox.reset_calls()
    assert register(paid, invoice="777").invoice == "777"
    assert [call.split()[0] for call in iamport_sandbox.calls] == ["GET", "PUT"]


@pytest.mark.database
def test_a_second_operator_waits_for_the_first(paid, iamport_sandbox):
    register(paid)
    Delivery.objects.update(status="sent")
    with pytest.raises(DeliveryOpen):
        register(paid, invoice="777")


def test_what_was_registered_in_the_companys_console_is_shown_before_it_is_changed(paid, iamport_sandbox):
    shipping = escrows.Shipping("HANJIN", "555", int(SHIPPED.timestamp()))
    escrows.register(iamport_sandbox.account, paid.imp_uid, shipping)
    with pytest.raises(DeliveryRefused):
        register(paid)
    assert (stored().status, stored().company, stored().invoice) == ("registered", "HANJIN", "555")
    assert register(paid).invoice == "123-456-789"


def test_a_refused_change_leaves_what_is_registered(registered, iamport_sandbox):
    iamport_sandbox.fail_next("escrow.change", status=409)
    with pytest.raises(DeliveryRefused):
        register(registered, invoice="777")
    assert (stored().status, stored().invoice, stored().code) == (
        "registered",
        "123-456-789",
        "gateway_conflict",
    )
    assert noted(registered)[-1] == "delivery_refused"


def test_a_company_that_changes_nothing_is_not_asked_to(registered, iamport_sandbox):
    type(registered)._base_manager.filter(pk=registered.pk).update(pg_provider="nice_v2")
    registered.refresh_from_db()
    with pytest.raises(EscrowNotPossible):
        register(registered, invoice="777")
    assert iamport_sandbox.calls == []


def test_nothing_of_the_receiver_is_in_errors_or_reprs(paid, iamport_sandbox, caplog):
    iamport_sandbox.fail_next("escrow.register", status=400)
    with pytest.raises(DeliveryRefused) as raised:
        register(paid)
    told = f"{raised.value!r} {raised.value} {RECEIVER!r} {stored()!r} {caplog.text}"
    assert RECEIVER.name not in told
    assert RECEIVER.tel not in told


def test_the_receiver_is_the_orders_buyer_until_another_was_registered(paid):
    type(paid.order).objects.filter(pk=paid.order_id).update(buyer_name="이")
    paid.order.refresh_from_db()
    assert deliveries.receiver_of(paid).name == "이"
    register(paid)
    assert deliveries.receiver_of(paid) == RECEIVER


def test_a_receiver_that_was_refused_gets_no_parcel(registered, iamport_sandbox):
    iamport_sandbox.fail_next("escrow.change", status=400)
    with pytest.raises(DeliveryRefused):
        register(registered, receiver=Person(**{**stored().receiver, "name": "박"}))
    assert deliveries.receiver_of(registered) == RECEIVER


def test_a_gateway_that_did_nothing_leaves_nothing_open(paid, iamport_sandbox):
    iamport_sandbox.fail_next("escrow.register", status=429)
    with pytest.raises(RateLimited):
        register(paid)
    assert (stored().status, stored().code) == ("refused", "gateway_rate_limit")
    assert register(paid).is_registered
