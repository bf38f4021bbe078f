"""Where operations differ from one another: charges, schedules, billing keys, Inicis' key, KCP's words."""

from __future__ import annotations

import pickle
from datetime import datetime, timezone
from decimal import Decimal

import pytest

from django_iamport.client import Declined, NotFound, Refused
from django_iamport.client.results import BillingKey, SuperBillingKey

MOMENT = datetime(2024, 1, 1, tzinfo=timezone.utc)
CARD = "1234-5678-9012-3456"
SCHEDULE = {
    "merchant_uid": "m1",
    "schedule_at": 1_704_067_200,
    "amount": 1000,
    "schedule_status": "scheduled",
}
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


def test_a_schedule_is_sent_by_part_and_answered_in_order(client, gateway, answers):
    gateway.answers = [answers.ok([SCHEDULE, {**SCHEDULE, "merchant_uid": "m2"}])]
    plan = {"merchant_uid": "m1", "schedule_at": MOMENT, "amount": Decimal("1000.00"), "name": "Tea"}
    first, second = client.subscribe.schedule("c1", [plan, {**plan, "merchant_uid": "m2"}])
    assert (first.merchant_uid, first.schedule_at, second.merchant_uid) == ("m1", MOMENT, "m2")
    sent = {"merchant_uid": "m1", "schedule_at": 1_704_067_200, "amount": 1000, "name": "Tea"}
    assert gateway.seen[-1].body["schedules"] == [sent, {**sent, "merchant_uid": "m2"}]


@pytest.mark.parametrize("nothing", [{}, *({"customer_uid": "c1", "merchant_uid": no} for no in ([], ""))])
def test_nothing_is_not_revoked_as_if_it_were_all(client, gateway, nothing):
    with pytest.raises(ValueError, match=r"nothing|merchant_uid is empty"):
        client.subscribe.unschedule(**nothing)
    with pytest.raises(ValueError, match="mean everything"):
        client.naver.cancel("imp_1", product_order_id=[])
    assert gateway.seen == []


def test_schedules_come_as_pages_or_as_arrays_that_do_not_tell_of_others(client, gateway, answers):
    gateway.answers = [
        answers.ok({"total": 2, "previous": 0, "next": 2, "list": [SCHEDULE]}),
        answers.ok({"total": 2, "previous": 1, "next": 0, "list": [SCHEDULE]}),
    ]
    assert len(list(client.subscribe.schedules(MOMENT, MOMENT))) == 2
    ends = [answers.ok([]), answers.refusal(400), answers.refusal(404), answers.ok([SCHEDULE])]
    for end in ends:
        gateway.answers = [answers.ok([SCHEDULE]), end]
        assert len(list(client.billing_keys.schedules_of("c1", MOMENT, MOMENT))) == 1
    assert gateway.calls[2] == "GET /subscribe/customers/c1/schedules?from=1704067200&to=1704067200&page=1"


def test_the_status_of_schedules_has_a_hyphen_on_two_lists_and_none_on_the_third(client, gateway, answers):
    gateway.answers = [answers.ok([])] * 3
    client.subscribe.schedules_page(MOMENT, MOMENT, schedule_status="revoked")
    client.subscribe.schedules_of_page("c1", MOMENT, MOMENT, schedule_status="revoked")
    client.billing_keys.schedules_of_page("c1", MOMENT, MOMENT, schedule_status="revoked")
    assert ["schedule-status=revoked" in call for call in gateway.calls] == [False, True, True]


def test_a_billing_key_is_of_one_channel_or_of_a_group(client, gateway, answers):
    group = {
        "customer_uid": "c1",
        "channelGroupId": "g",
        "succeededChannels": [{"pg_provider": "nice"}],
        "failedChannels": [{"type": "PG_PROVIDER", "message": "no"}],
    }
    gateway.answers = [answers.ok({"customer_uid": "c1", "card_type": 0}), answers.ok(group)]
    assert isinstance(client.billing_keys.find("c1"), BillingKey)
    key = client.billing_keys.find("c1")
    assert isinstance(key, SuperBillingKey)
    assert (key.channel_group_id, key.failed_channels[0].message) == ("g", "no")
    assert "c1" not in repr(key)


def test_inicis_own_key_goes_into_the_query_of_a_post(client, gateway, answers):
    gateway.answers = [answers.ok(answers.payment())]
    client.vbanks.issue("channel", "m1", 1000, "088", MOMENT, pg_api_key="k&y")
    assert gateway.calls == ["POST /vbanks?pg_api_key=k%26y"]
    assert gateway.seen[-1].body["vbank_due"] == 1_704_067_200


def test_kcps_own_words_stand_beside_the_gateways(client, gateway, answers):
    body = {"code": 1, "message": "실패", "error": {"code": "C210", "message": "등록된 거래가 없습니다."}}
    gateway.answers = [answers.says(200, body)]
    with pytest.raises(Refused) as caught:
        client.kcpquick.release_fido("member", "channel")
    assert caught.value.gateway_message == "실패 C210 등록된 거래가 없습니다."


def test_an_operation_that_the_payment_company_lacks_is_refused(client, gateway, answers):
    gateway.answers = [answers.refusal(501, -1, "지원하지 않습니다")]
    with pytest.raises(Refused) as caught:
        client.receipts.cancel("imp_1")
    assert caught.value.status == 501


def test_an_error_names_every_id_of_its_call(client, gateway, answers):
    gateway.answers = [answers.refusal(404)]
    with pytest.raises(NotFound) as caught:
        client.billing_keys.delete("c1")
    assert caught.value.ids == {"customer_uid": "c1"}
    assert "customer_uid='c1'" in str(caught.value)
