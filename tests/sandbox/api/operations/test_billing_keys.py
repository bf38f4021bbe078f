"""A billing key's life over the REST API."""

from typing import Any

import pytest

from django_iamport.sandbox.rules import Account
from django_iamport.sandbox.rules.channels import LIVE_KEY, TEST_KEY

CARD = {"card_number": "4242-4242-4242-4242", "expiry": "2099-12", "birth": "900101", "pwd_2digit": "12"}
NOT_ISSUED = "카드정보 인증 및 빌키 발급에 실패하였습니다."


def issue(api: Any, customer_uid: str = "kim-1", **fields: Any) -> Any:
    return api("POST", f"/subscribe/customers/{customer_uid}", {"channel_key": LIVE_KEY, **CARD, **fields})


def test_a_key_is_issued_and_read(api: Any) -> None:
    issued = issue(api, customer_name="김", customer_tel="010").response
    assert (issued["customer_uid"], issued["customer_name"], issued["sandbox"]) == ("kim-1", "김", False)
    assert issued["card_number"] == "424242******4242"
    assert issued["inserted"] == issued["updated"]
    assert api("GET", "/subscribe/customers/kim-1").response == issued
    assert "test_number" not in issued


def test_another_card_takes_the_place_of_the_first(api: Any) -> None:
    first = issue(api).response
    second = issue(api, card_number="5555-5555-5555-4444").response
    assert second["card_number"].endswith("4444")
    assert second["inserted"] == first["inserted"] < second["updated"]


def test_a_test_channel_marks_its_keys(api: Any) -> None:
    assert issue(api, channel_key=TEST_KEY).response["sandbox"] is True


def test_a_channel_that_is_none_is_refused(api: Any) -> None:
    assert issue(api, channel_key="channel-key-x")[:2] == (200, -1)


@pytest.mark.parametrize(
    "wrong", [{"card_number": "1111-1111-1111-1111"}, {"expiry": "2019-03"}, {"expiry": ""}]
)
def test_an_invalid_card_makes_no_key(api: Any, wrong: dict[str, str]) -> None:
    said = issue(api, **wrong)
    assert (said.status, said.code) == (200, -1)
    assert said.message.startswith(NOT_ISSUED)
    assert api("GET", "/subscribe/customers/kim-1")[:2] == (200, 1)


def test_too_long_a_text_is_refused(api: Any) -> None:
    assert issue(api, "k" * 81)[:2] == (200, 1)
    assert issue(api, customer_name="김" * 21)[:2] == (200, 1)


def test_several_keys_are_read_at_once(api: Any) -> None:
    issue(api, "a"), issue(api, "b")
    assert api("GET", "/subscribe/customers?customer_uid[]=a&customer_uid[]=b").status == 200
    some = api("GET", "/subscribe/customers?customer_uid[]=a&customer_uid[]=x")
    assert (some.status, [key["customer_uid"] for key in some.response]) == (207, ["a"])
    assert api("GET", "/subscribe/customers?customer_uid[]=x")[:2] == (404, -1)
    assert api("GET", "/subscribe/customers").status == 404


def test_a_deleted_key_is_gone(api: Any) -> None:
    issued = issue(api).response
    assert api("DELETE", "/subscribe/customers/kim-1?reason=x").response == issued
    unknown = (200, 1, "요청하신 customer_uid(kim-1)로 등록된 정보를 찾을 수 없습니다.", None)
    assert api("DELETE", "/subscribe/customers/kim-1") == unknown
    assert api("GET", "/subscribe/customers/kim-1/payments") == unknown


def test_a_key_lists_what_was_paid_with_it(api: Any) -> None:
    issue(api)
    for merchant_uid in ("a", "b"):
        order = {"customer_uid": "kim-1", "merchant_uid": merchant_uid, "amount": 1_000, "name": "양말"}
        api("POST", "/subscribe/payments/again", order)
    page = api("GET", "/subscribe/customers/kim-1/payments").response
    assert (page["total"], [payment["merchant_uid"] for payment in page["list"]]) == (2, ["b", "a"])


def test_a_card_registered_in_the_window_is_a_key(api: Any, account: Account) -> None:
    params = {"merchant_uid": "reg", "amount": 0, "customer_uid": "lee-1", "buyer_name": "이"}
    imp_uid = account.open_window(params)["imp_uid"]
    assert account.approve(imp_uid)["customer_uid_usage"] == "issue"
    key = api("GET", "/subscribe/customers/lee-1").response
    assert (key["customer_name"], key["card_name"]) == ("이", "신한카드")
    order = {"customer_uid": "lee-1", "merchant_uid": "m", "amount": 9_000, "name": "구독"}
    assert api("POST", "/subscribe/payments/again", order).response["status"] == "paid"
