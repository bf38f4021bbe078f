"""What a notice says of the buyer: shown, told to the shop, believed only of the payment it belongs to."""

import json

import pytest
from django.urls import reverse

from django_iamport.contrib.escrow import hearing
from django_iamport.contrib.escrow.models import Delivery
from django_iamport.contrib.escrow.signals import escrow_changed
from django_iamport.models import History, OperatorCall
from django_iamport.webhooks import throttle
from tests.contrib.escrow.conftest import noted, stored

CONFIRMED, REFUSED, REFUSAL_CONFIRMED = "3", "4", "10"


@pytest.fixture
def notice(client, later):
    """Each some seconds after the one before, as the gateway's are."""

    def notice(row, status, imp_uid=None, **extra):
        body = {
            "event": "Inicis.Escrow.Changed",
            "imp_uid": imp_uid or row.imp_uid,
            "merchant_uid": row.merchant_uid,
            "status": "paid",
            "extra": {"escrow_status": status, **extra},
        }
        return client.post(reverse("iamport:webhook"), json.dumps(body), content_type="application/json")

    return notice


@pytest.fixture
def told(receive):
    heard = []
    receive(escrow_changed, lambda sender, delivery, transaction, order, **kwargs: heard.append(
        (sender, delivery.escrow_status, transaction.merchant_uid, order.pk)))  # fmt: skip
    return heard


@pytest.mark.database
def test_a_confirmation_is_stored_once_and_told_once(registered, notice, told):
    for _ in range(2):
        assert notice(registered, CONFIRMED, changed_at=1_790_000_000).status_code == 200
    assert stored().is_confirmed
    assert stored().changed_at.timestamp() == 1_790_000_000
    assert told == [(type(registered), CONFIRMED, registered.merchant_uid, registered.order_id)]
    assert noted(registered)[-1:] == ["escrow_changed"]
    assert History.objects.filter(event="escrow_changed").get().reason == "escrow_confirmed"
    registered.refresh_from_db()
    assert registered.status == "paid"


@pytest.mark.database
def test_a_refusal_calls_an_operator_until_it_is_settled(registered, notice, heard):
    notice(registered, REFUSED, denied_reason="상자가 젖었어요")
    assert stored().denied_reason == "상자가 젖었어요"
    assert [call["reason"] for call in heard["operator_needed"]] == ["escrow_refused"]
    assert OperatorCall.objects.open().count() == 1
    assert "상자" not in str([*History.objects.values()])
    notice(registered, REFUSAL_CONFIRMED)
    assert OperatorCall.objects.open().count() == 0


def test_a_delivery_that_was_registered_elsewhere_is_heard_of_too(paid, notice):
    notice(paid, CONFIRMED)
    assert (stored().status, stored().escrow_status) == ("none", CONFIRMED)


@pytest.mark.parametrize("status", ["7", "", None, True, {}, "confirmed"])
def test_a_word_that_nobody_knows_is_passed_over(registered, notice, told, status):
    assert notice(registered, status).status_code == 200
    assert (stored().escrow_status, told) == ("", [])


@pytest.mark.database
def test_late_news_changes_nothing(registered, notice):
    notice(registered, REFUSED, changed_at=1_790_000_100)
    notice(registered, CONFIRMED, changed_at=1_790_000_000)
    assert stored().escrow_status == REFUSED


def test_a_moment_yet_to_come_keeps_no_later_news_out(registered, notice):
    notice(registered, CONFIRMED, changed_at=9_000_000_000)
    notice(registered, REFUSED)
    assert stored().escrow_status == REFUSED


def test_a_foreign_imp_uid_is_worth_nothing(registered, iamport_sandbox, make_order, notice, told):
    other = iamport_sandbox.pay(merchant_uid="somebodyelse", amount=100, escrow=True, pg="html5_inicis")
    notice(registered, CONFIRMED, imp_uid=other)
    notice(registered, CONFIRMED, imp_uid="imp_000000000000")
    # Whatever stands before it.
    hearing.hear(registered, other, {"escrow_status": CONFIRMED})
    assert (stored().escrow_status, told) == ("", [])


def test_a_payment_that_is_not_in_escrow_has_no_such_news(attempt, iamport_sandbox, confirm, notice, told):
    plain = confirm(attempt, iamport_sandbox.pay(attempt))
    notice(plain, CONFIRMED)
    assert not Delivery.objects.exists()
    assert told == []


@pytest.mark.database
def test_a_receiver_that_fails_undoes_it_and_the_notice_comes_again(registered, notice, receive, told):
    def fail(**kwargs):
        raise RuntimeError("no stock")

    receive(escrow_changed, fail)
    assert notice(registered, CONFIRMED).status_code == 503
    assert stored().escrow_status == ""
    escrow_changed.disconnect(fail)
    assert notice(registered, CONFIRMED).status_code == 200
    assert stored().is_confirmed


def test_whoever_sends_notices_in_turns_calls_nobody_without_end(registered, notice, heard, monkeypatch):
    monkeypatch.setattr(throttle, "AT_ONCE", 100)
    for _ in range(hearing.MOST_CHANGES):
        notice(registered, REFUSED)
        notice(registered, CONFIRMED)
    assert noted(registered).count("escrow_changed") == hearing.MOST_CHANGES
    assert len(heard["operator_needed"]) <= hearing.MOST_CHANGES
