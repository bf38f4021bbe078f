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
from django_iamport.models import History
from django_iamport.sandbox.rules.services import escrows
from tests.contrib.escrow.conftest import PARCEL, RECEIVER, noted, stored

pytestmark = pytest.mark.database

SHIPPED = datetime(2026, 3, 2, 5, 0, tzinfo=timezone.utc)


def at_the_company(iamport_sandbox, row):
    return escrows.read(iamport_sandbox.account, row.imp_uid)


def register(row, **told):
    return deliveries.register(row, **{**PARCEL, "receiver": RECEIVER, **told})


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
    for personal in ("김지은", "1234", "세종대로"):
        assert personal not in lines


def test_another_invoice_or_receiver_changes_what_was_registered(registered, iamport_sandbox):
    register(registered, invoice="999-888")
    delivery = register(registered, invoice="999-888", receiver=Person(**{**stored().receiver, "name": "박"}))
    assert iamport_sandbox.calls == [f"PUT /escrows/logis/{registered.imp_uid}"] * 2
    assert (delivery.invoice, delivery.receiver["name"]) == ("999-888", "박")
    assert at_the_company(iamport_sandbox, registered)["invoice"] == "999-888"
    assert noted(registered)[-1] == "delivery_changed"


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
        ("kcp", {"invoice": " "}, ("parcel.invoice",)),
        ("kcp", {"company": "PIGEON"}, ("parcel.company",)),
    ],
)  # fmt: skip
def test_what_the_payment_company_demands_is_missed_before_the_call(paid, iamport_sandbox, pg, told, missing):
    paid.pg_provider = pg
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


def test_after_a_lost_answer_another_try_asks_first(paid, iamport_sandbox):
    iamport_sandbox.fail_next("escrow.register", after=True)
    with pytest.raises(OutcomeUnknown):
        register(paid)
    iamport_sandbox.reset_calls()
    assert register(paid, invoice="777").invoice == "777"
    assert [call.split()[0] for call in iamport_sandbox.calls] == ["GET", "PUT"]


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
    assert "김지은" not in told
    assert "1234" not in told


def test_the_receiver_is_the_orders_buyer_until_another_was_registered(paid):
    type(paid.order).objects.filter(pk=paid.order_id).update(buyer_name="이")
    paid.order.refresh_from_db()
    assert deliveries.receiver_of(paid).name == "이"
    register(paid)
    assert deliveries.receiver_of(paid) == RECEIVER


def test_a_gateway_that_did_nothing_leaves_nothing_open(paid, iamport_sandbox):
    iamport_sandbox.fail_next("escrow.register", status=429)
    with pytest.raises(RateLimited):
        register(paid)
    assert (stored().status, stored().code) == ("refused", "gateway_rate_limit")
    assert register(paid).is_registered
