"""Amounts registered before the window opens: the same again is a success, another one a change."""

from __future__ import annotations

from decimal import Decimal

import pytest

from django_iamport.client import NotFound, Refused


def prepared(amount=1000, currency: str | None = "KRW"):
    return {"merchant_uid": "m1", "amount": amount, "currency": currency}


def test_an_amount_is_prepared(client, gateway, answers):
    gateway.answers = [answers.ok(prepared())]
    assert client.prepare.create("m1", Decimal("1000.00")).amount == 1000
    assert (gateway.calls, gateway.seen[-1].body) == (["POST /payments/prepare"], prepared())


def test_an_amount_prepared_before_is_a_success_where_it_is_the_same(client, gateway, answers):
    gateway.answers = [answers.refusal(200, 1), answers.ok(prepared())]
    assert client.prepare.create("m1", Decimal("1000.00")).currency == "KRW"
    assert gateway.calls == ["POST /payments/prepare", "GET /payments/prepare/m1"]


@pytest.mark.parametrize("known", [prepared(999), prepared(currency="USD"), prepared(currency=None)])
def test_another_amount_or_currency_prepared_before_is_changed(client, gateway, answers, known):
    gateway.answers = [answers.refusal(200, 1), answers.ok(known), answers.ok(prepared())]
    assert client.prepare.create("m1", 1000).amount == 1000
    assert gateway.calls[-1] == "PUT /payments/prepare"
    assert gateway.seen[-1].body == prepared()


@pytest.mark.parametrize(("status", "code"), [(404, -1), (200, 1)])
def test_a_refusal_for_another_reason_stays_one(client, gateway, answers, status, code):
    gateway.answers = [answers.refusal(200, 1, "why"), answers.refusal(status, code)]
    with pytest.raises(Refused) as caught:
        client.prepare.create("m1", 1000)
    assert caught.value.gateway_message == "why"


@pytest.mark.parametrize(("status", "code"), [(404, -1), (200, 1)])
def test_an_unknown_prepared_amount_is_not_found_however_the_gateway_says_it(
    client, gateway, answers, status, code
):
    gateway.answers = [answers.refusal(status, code)]
    with pytest.raises(NotFound):
        client.prepare.read("m1")
