"""Scheduled payments: sent by part, listed by two paths, never revoked all for none."""

from __future__ import annotations

from datetime import datetime, timezone
from decimal import Decimal

import pytest

MOMENT = datetime(2024, 1, 1, tzinfo=timezone.utc)
SCHEDULE = {
    "merchant_uid": "m1",
    "schedule_at": 1_704_067_200,
    "amount": 1000,
    "schedule_status": "scheduled",
}


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
