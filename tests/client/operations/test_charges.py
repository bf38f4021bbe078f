"""Charges without a window: what is sent, and a failed one is declined however the gateway says it."""

from __future__ import annotations

import pickle
from decimal import Decimal

import pytest

from django_iamport.client import Declined

CARD = "1234-5678-9012-3456"
CHARGES = {
    "onetime": lambda client: client.subscribe.onetime("m1", 1000, CARD, "2030-12"),
    "again": lambda client: client.subscribe.again("c1", "m1", 1000, "Tea"),
    "retry": lambda client: client.subscribe.retry("m1"),
    "money": lambda client: client.kcpquick.pay_with_money("member", "channel", "m1", "Tea", 1000, "imp_0"),
    "autopay": lambda client: client.kcpquick.autopay("c1", "m1", "Tea", "Kim", 1000),
    "points": lambda client: client.benepia.pay("user", "password", "m1", 1000, "Tea", "channel"),
}


@pytest.mark.parametrize("charge", CHARGES.values(), ids=CHARGES)
def test_a_charge_that_failed_is_declined_however_the_gateway_says_it(client, gateway, answers, charge):
    gateway.answers = [
        answers.ok(answers.payment(status="failed", fail_reason="한도초과")),
        answers.refusal(200, -1, "한도초과"),
    ]
    for _ in range(2):
        with pytest.raises(Declined) as caught:
            charge(client)
        assert caught.value.gateway_message == "한도초과"
        assert caught.value.merchant_uid == "m1"


def test_a_charge_sends_card_and_sums_and_what_is_to_come_back(client, gateway, answers):
    gateway.answers = [answers.ok(answers.payment())]
    client.subscribe.onetime(
        "m1",
        Decimal("10.50"),
        CARD,
        "2030-12",
        currency="USD",
        card_quota=0,
        notice_url=["https://shop.example/a", "https://shop.example/b"],
        custom_data={"cart": 5, "메모": "선물"},
        channel_group_id="group",
    )
    assert gateway.seen[-1].body == {
        "merchant_uid": "m1",
        "amount": 10.5,
        "card_number": CARD,
        "expiry": "2030-12",
        "currency": "USD",
        "card_quota": 0,
        "notice_url": ["https://shop.example/a", "https://shop.example/b"],
        "custom_data": '{"cart": 5, "메모": "선물"}',
        "channelGroupId": "group",
    }


@pytest.mark.parametrize("echo", [CARD, CARD.replace("-", ""), CARD.replace("-", " ")])
def test_a_card_number_that_comes_back_in_a_refusal_is_hidden(client, gateway, answers, echo):
    gateway.answers = [
        answers.refusal(200, -1, f"[F112] {echo} 2030-12"),
        answers.ok(answers.payment(status="failed", fail_reason=f"{echo} 오류")),
    ]
    for _ in range(2):
        with pytest.raises(Declined) as caught:
            client.subscribe.onetime("m1", 1000, CARD, "2030-12")
        assert "***" in caught.value.gateway_message
        text = repr(vars(caught.value)) + repr(pickle.dumps(caught.value)) + repr(caught.value)
        assert echo not in text
        assert "2030-12" not in text
