"""Payments that the gateway makes when their time comes."""

from typing import Any

import pytest

from django_iamport.sandbox.rules import Account, Merchant
from django_iamport.sandbox.state.clock import Clock
from django_iamport.sandbox.state.stores import Store

DAY = 24 * 60 * 60
CARD = {"card_number": "4242-4242-4242-4242", "expiry": "2099-12"}
LIMIT_OVER = "4000-0000-0000-0010"


@pytest.fixture
def account(store: Store) -> Account:
    return Account(store, Clock(store), Merchant(notice_url="http://shop.invalid/"))


@pytest.fixture
def key(api: Any) -> str:
    api("POST", "/subscribe/customers/kim", {**CARD, "customer_name": "김", "customer_tel": "010-1"})
    return "kim"


def plan(api: Any, *days: int, customer_uid: str = "kim", **fields: Any) -> Any:
    now = api.account.clock.unix()
    schedules = [
        {
            "merchant_uid": f"m{day}",
            "schedule_at": now + day * DAY,
            "currency": "KRW",
            "amount": 9_900,
            "name": "구독",
        }
        for day in days
    ]
    body = {"customer_uid": customer_uid, "schedules": schedules, **fields}
    return api("POST", "/subscribe/payments/schedule", body)


def state(api: Any, merchant_uid: str) -> tuple[str, str | None]:
    result = api("GET", f"/subscribe/payments/schedule/{merchant_uid}").response
    return result["schedule_status"], result["payment_status"]


def events(api: Any) -> list[tuple[str, str]]:
    bodies = [row["body"] for row in api.account.webhooks()]
    return [(body["merchant_uid"], body["status"]) for body in bodies]


@pytest.mark.usefixtures("key")
def test_a_schedule_waits_and_is_told_as_such(api: Any) -> None:
    (result,) = plan(api, 30).response
    assert (result["schedule_status"], result["payment_status"], result["imp_uid"]) == (
        "scheduled",
        None,
        None,
    )
    assert (result["executed_at"], result["revoked_at"], result["amount"]) == (0, 0, 9_900)
    assert (result["buyer_name"], result["buyer_tel"]) == ("김", "010-1")
    assert api("GET", "/subscribe/payments/schedule/m30").response == result


@pytest.mark.usefixtures("key")
def test_it_is_paid_at_its_moment_and_the_shop_is_told(api: Any) -> None:
    (planned,) = plan(api, 30).response
    api.account.move_clock(30 * DAY - 60)
    assert state(api, "m30") == ("scheduled", None)
    api.account.move_clock(10 * DAY)
    result = api("GET", "/subscribe/payments/schedule/m30").response
    assert (result["schedule_status"], result["payment_status"]) == ("executed", "paid")
    assert result["executed_at"] == planned["schedule_at"]
    paid = api("GET", f"/payments/{result['imp_uid']}").response
    assert (paid["paid_at"], paid["customer_uid_usage"]) == (planned["schedule_at"], "payment.scheduled")
    assert (paid["buyer_name"], paid["name"], paid["channel"]) == ("김", "구독", "api")
    assert events(api) == [("m30", "paid")]


@pytest.mark.usefixtures("key")
def test_a_clock_that_jumps_over_several_runs_them_in_order(api: Any) -> None:
    plan(api, 60, 30, 90)
    api.account.move_clock(365 * DAY)
    assert events(api) == [("m30", "paid"), ("m60", "paid"), ("m90", "paid")]
    moments = [api("GET", f"/payments/find/m{day}").response["paid_at"] for day in (30, 60, 90)]
    assert [later - moments[0] for later in moments] == [0, 30 * DAY, 60 * DAY]
    api.account.move_clock(365 * DAY)
    assert len(events(api)) == 3


@pytest.mark.usefixtures("key")
def test_what_is_due_happens_before_a_request_is_answered(api: Any) -> None:
    plan(api, 30)
    api.account.clock.move(31 * DAY)
    assert api("GET", "/payments/find/m30/paid").status == 200


@pytest.mark.usefixtures("key")
def test_several_gateways_over_one_store_pay_it_once(api: Any, store: Store) -> None:
    plan(api, 30)
    other = Account(store, Clock(store), Merchant())
    api.account.clock.move(31 * DAY)
    other.clock.move(0)
    for account in (other, api.account, other):
        account.catch_up()
    assert len(api.account.payments()) == 1


def test_a_declined_one_is_told_too_and_nothing_is_repeated_by_itself(api: Any) -> None:
    plan(api, 30, customer_uid="poor", **{**CARD, "card_number": LIMIT_OVER})
    api.account.move_clock(60 * DAY)
    result = api("GET", "/subscribe/payments/schedule/m30").response
    assert (result["schedule_status"], result["payment_status"]) == ("executed", "failed")
    assert "한도" in result["fail_reason"]
    assert events(api) == [("m30", "failed")]


@pytest.mark.usefixtures("key")
def test_a_key_that_was_deleted_meanwhile_fails(api: Any) -> None:
    plan(api, 30)
    api("DELETE", "/subscribe/customers/kim")
    api.account.move_clock(31 * DAY)
    assert state(api, "m30") == ("executed", "failed")
    assert events(api) == [("m30", "failed")]


@pytest.mark.usefixtures("key")
def test_a_refund_is_seen_from_the_schedule(api: Any) -> None:
    plan(api, 1)
    api.account.move_clock(2 * DAY)
    api("POST", "/payments/cancel", {"merchant_uid": "m1"})
    assert state(api, "m1") == ("executed", "cancelled")


def test_without_a_key_card_data_is_needed_and_makes_one(api: Any) -> None:
    assert plan(api, 1) == (200, 1, "등록된 고객정보가 없습니다.", None)
    assert plan(api, 1, card_number="1111-1111-1111-1111", expiry="2099-12")[:2] == (200, -1)
    assert plan(api, 1, **CARD).code == 0
    assert api("GET", "/subscribe/customers/kim").status == 200


def test_a_checking_amount_tries_the_card_at_once(api: Any) -> None:
    card = {**CARD, "card_number": LIMIT_OVER, "checking_amount": 100}
    assert plan(api, 1, **card)[:2] == (200, -1)
    assert api("GET", "/subscribe/customers/kim").code == 1
    assert plan(api, 1, **{**CARD, "checking_amount": 100}).code == 0


@pytest.mark.usefixtures("key")
def test_a_number_is_scheduled_once_and_all_or_none(api: Any) -> None:
    plan(api, 1)
    assert plan(api, 2, 1)[:2] == (200, 1)
    assert api("GET", "/subscribe/payments/schedule/m2")[:2] == (404, -1)


@pytest.mark.usefixtures("key")
def test_the_past_is_not_scheduled(api: Any) -> None:
    assert plan(api, 0)[:2] == (200, 1)
    assert plan(api, -1)[:2] == (200, 1)


@pytest.mark.parametrize(
    "body",
    [
        {"customer_uid": "kim"},
        {"customer_uid": "kim", "schedules": []},
        {"customer_uid": "kim", "schedules": "m1"},
        {"customer_uid": "kim", "schedules": ["m1"]},
        {"customer_uid": "kim", "schedules": [{"merchant_uid": "m1", "amount": 1}]},
        {"schedules": [{"merchant_uid": "m1", "amount": 1, "schedule_at": 4_000_000_000}]},
    ],
)
@pytest.mark.usefixtures("key")
def test_a_body_without_what_it_needs_is_refused(api: Any, body: dict[str, Any]) -> None:
    assert api("POST", "/subscribe/payments/schedule", body)[:2] == (200, 1)


@pytest.mark.usefixtures("key")
def test_schedules_are_revoked_by_key_or_by_number(api: Any) -> None:
    plan(api, 1, 2, 3)
    revoke = "/subscribe/payments/unschedule"
    (result,) = api("POST", revoke, {"customer_uid": "kim", "merchant_uid": ["m2", "x"]}).response
    assert (result["merchant_uid"], result["schedule_status"]) == ("m2", "revoked")
    assert result["revoked_at"] > 0
    assert len(api("POST", revoke, {"merchant_uid": "m1"}).response) == 1
    assert len(api("POST", revoke, {"customer_uid": "kim"}).response) == 1
    nothing = (200, 1, "취소할 예약결제 기록이 존재하지 않습니다.", None)
    assert api("POST", revoke, {"customer_uid": "kim"}) == nothing
    assert api("POST", revoke, {})[:2] == (200, 1)
    api.account.move_clock(5 * DAY)
    assert events(api) == []


@pytest.mark.usefixtures("key")
def test_schedules_are_listed_within_a_span(api: Any) -> None:
    plan(api, 1, 2, 3)
    start = api("GET", "/subscribe/payments/schedule/m1").response["schedule_at"]
    end = start + 2 * DAY

    def listed(path: str) -> list[str]:
        return [result["merchant_uid"] for result in api("GET", f"/subscribe/{path}").response["list"]]

    span = f"schedule_from={start}&schedule_to={end}"
    assert listed(f"payments/schedule?{span}") == ["m2", "m1"]
    assert listed(f"payments/schedule?{span}&sorting=scheduled&limit=1") == ["m1"]
    assert listed(f"payments/schedule?{span}&schedule_status=executed") == []
    for path in ("customers/kim/schedules", "payments/schedule/customers/kim"):
        assert listed(f"{path}?from={start}&to={end + 1}") == ["m3", "m2", "m1"]
        assert listed(f"{path}?from={start}&to={end}&schedule-status=scheduled") == ["m2", "m1"]
        assert listed(f"{path.replace('kim', 'lee')}?from={start}&to={end}") == []


@pytest.mark.parametrize(
    "question",
    [
        "schedule_from=1",
        "schedule_from=2&schedule_to=1",
        f"schedule_from=1&schedule_to={94 * DAY}",
        "schedule_from=1&schedule_to=2&schedule_status=done",
        "schedule_from=1&schedule_to=2&limit=1001",
        "schedule_from=1&schedule_to=2&sorting=amount",
    ],
)
def test_a_span_that_makes_no_sense_is_a_bad_request(api: Any, question: str) -> None:
    assert api("GET", f"/subscribe/payments/schedule?{question}")[:2] == (400, -1)


@pytest.mark.usefixtures("key")
def test_a_waiting_one_is_moved(api: Any) -> None:
    plan(api, 1)
    now = api.account.clock.unix()
    path = "/subscribe/payments/schedule/m1"
    assert api("PUT", path, {"schedule_at": now + 5 * DAY}).response["schedule_at"] == now + 5 * DAY
    assert api("PUT", path, {"schedule_at": now - 1})[:2] == (400, -1)
    assert api("PUT", path, {})[:2] == (400, -1)
    assert api("PUT", "/subscribe/payments/schedule/x", {"schedule_at": now + DAY})[:2] == (404, -1)
    api.account.move_clock(2 * DAY)
    assert state(api, "m1") == ("scheduled", None)
    api.account.move_clock(4 * DAY)
    assert api("PUT", path, {"schedule_at": now + 9 * DAY})[:2] == (400, -1)


@pytest.mark.usefixtures("key")
def test_a_failed_or_revoked_one_is_booked_again(api: Any) -> None:
    plan(api, 1)
    again = "/subscribe/payments/schedule/m1/reschedule"
    later = {"schedule_at": api.account.clock.unix() + 5 * DAY}
    assert api("POST", again, later)[:2] == (400, -1)
    api("POST", "/subscribe/payments/unschedule", {"customer_uid": "kim"})
    result = api("POST", again, later).response
    assert (result["schedule_status"], result["revoked_at"]) == ("scheduled", 0)
    api.account.move_clock(6 * DAY)
    assert state(api, "m1") == ("executed", "paid")
    assert api("POST", again, {"schedule_at": api.account.clock.unix() + DAY})[:2] == (400, -1)
    assert api("POST", "/subscribe/payments/schedule/x/reschedule", later)[:2] == (404, -1)


def test_a_failed_one_is_tried_again_at_once(api: Any) -> None:
    plan(api, 1, customer_uid="poor", **{**CARD, "card_number": LIMIT_OVER})
    retry = "/subscribe/payments/schedule/m1/retry"
    assert api("POST", retry)[:2] == (400, -1)
    api.account.move_clock(2 * DAY)
    assert api("POST", retry).response["status"] == "failed"
    api("POST", "/subscribe/customers/poor", CARD)
    assert api("POST", retry).response["status"] == "paid"
    assert state(api, "m1") == ("executed", "paid")
    assert api("POST", retry)[:2] == (400, -1)
    assert api("POST", "/subscribe/payments/schedule/x/retry")[:2] == (404, -1)
    assert events(api) == [("m1", "failed"), ("m1", "failed"), ("m1", "paid")]
