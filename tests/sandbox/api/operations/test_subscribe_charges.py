"""Payments from server to server, at once."""

from typing import Any

import pytest

from django_iamport.sandbox.rules import Account
from django_iamport.sandbox.rules.channels import TEST_KEY
from django_iamport.sandbox.state.clock import kst

CARD = {"card_number": "4242-4242-4242-4242", "expiry": "2099-12"}
ORDER = {"merchant_uid": "m1", "amount": 50_000, "name": "구독 1회"}
LIMIT_OVER = {"card_number": "4000-0000-0000-0010", "expiry": "2099-12"}
INVALID = {"card_number": "1111-1111-1111-1111", "expiry": "2099-12"}


def onetime(api: Any, **fields: Any) -> Any:
    return api("POST", "/subscribe/payments/onetime", {**ORDER, **CARD, **fields})


def again(api: Any, **fields: Any) -> Any:
    return api("POST", "/subscribe/payments/again", {**ORDER, "customer_uid": "kim", **fields})


def statuses_sent(account: Account) -> list[str]:
    return [row["body"]["status"] for row in account.webhooks()]


def test_a_card_pays_at_once(api: Any, account: Account) -> None:
    paid = onetime(api, buyer_name="김", custom_data={"a": 1}, card_quota=2).response
    assert (paid["status"], paid["channel"], paid["pay_method"]) == ("paid", "api", "card")
    assert (paid["buyer_name"], paid["custom_data"], paid["card_quota"]) == ("김", '{"a": 1}', 2)
    assert (paid["customer_uid"], paid["customer_uid_usage"]) == (None, None)
    assert api("GET", f"/payments/{paid['imp_uid']}").response == paid
    assert statuses_sent(account) == ["paid"]


def test_with_a_customer_uid_the_card_is_kept(api: Any) -> None:
    paid = onetime(api, customer_uid="kim").response
    assert (paid["customer_uid"], paid["customer_uid_usage"]) == ("kim", "payment")
    assert again(api, merchant_uid="m2").response["status"] == "paid"


def test_a_form_body_pays_as_well(api: Any) -> None:
    said = api("POST", "/subscribe/payments/onetime", {**ORDER, **CARD}, form=True)
    assert said.response["amount"] == 50_000


def test_a_paid_number_is_refused(api: Any) -> None:
    onetime(api, customer_uid="kim")
    refused = (200, 1, "이미 결제가 완료된 주문번호입니다.", None)
    assert onetime(api) == again(api) == refused


def test_an_unknown_customer_is_refused(api: Any, account: Account) -> None:
    assert again(api) == (200, 1, "등록되지 않은 구매자입니다.", None)
    assert account.payments() == []


def test_a_declined_card_makes_a_payment_that_failed(api: Any, account: Account) -> None:
    said = onetime(api, **LIMIT_OVER)
    assert (said.code, said.response["status"]) == (0, "failed")
    assert "한도" in said.response["fail_reason"]
    assert statuses_sent(account) == []
    assert onetime(api).response["status"] == "paid"


def test_a_declined_card_is_refused_where_that_is_switched_on(api: Any, account: Account) -> None:
    account.switch(declined_card_answers="refused")
    assert onetime(api, **LIMIT_OVER)[:2] == (200, -1)
    assert api("GET", "/payments/find/m1").response["status"] == "failed"


def test_an_invalid_card_is_refused(api: Any, account: Account) -> None:
    said = onetime(api, **INVALID)
    assert (said.status, said.code) == (200, -1)
    assert said.message.startswith("카드정보 인증에 실패하였습니다. [F112]")
    assert account.payments() == []


def test_an_invalid_card_makes_a_payment_that_failed_where_that_is_switched_on(
    api: Any, account: Account
) -> None:
    account.switch(invalid_card_answers="failed")
    said = onetime(api, **INVALID)
    assert (said.code, said.response["status"]) == (0, "failed")


def test_a_key_expires_with_its_card(api: Any, account: Account) -> None:
    expiry = kst(account.clock.unix(), "%Y-%m")
    onetime(api, customer_uid="kim", expiry=expiry)
    account.move_clock(32 * 24 * 3600)
    failed = again(api, merchant_uid="m2").response
    assert (failed["status"], failed["fail_reason"]) == (
        "failed",
        "[카드사 거절] 유효기간이 지난 카드입니다.",
    )


def test_a_late_key_is_paid_in_the_end(api: Any, account: Account) -> None:
    failed = onetime(api, customer_uid="kim", card_number="4000-0000-0000-0101").response
    assert failed["status"] == "failed"
    account.move_clock(600)
    paid = api("GET", f"/payments/{failed['imp_uid']}").response
    assert (paid["status"], paid["customer_uid_usage"]) == ("paid", "payment")
    assert statuses_sent(account) == ["paid"]


def test_a_charged_key_is_refunded_like_any_payment(api: Any) -> None:
    paid = onetime(api, customer_uid="kim").response
    refund = {"imp_uid": paid["imp_uid"], "amount": 10_000}
    assert api("POST", "/payments/cancel", refund).response["cancel_amount"] == 10_000


def test_a_test_channel_marks_its_payments(api: Any) -> None:
    assert onetime(api, channel_key=TEST_KEY).response["sandbox"] is True


@pytest.mark.parametrize(
    "wrong",
    [
        {"merchant_uid": ""},
        {"merchant_uid": "m" * 41},
        {"amount": None},
        {"amount": "50000"},
        {"amount": 0},
        {"amount": -1},
        {"amount": 10.5},
        {"card_number": None},
        {"expiry": None},
        {"currency": "KRX"},
        {"card_quota": 1},
        {"card_quota": 3, "amount": 49_999},
        {"tax_free": 50_001},
        {"name": "n" * 41},
        {"buyer_name": "n" * 17},
    ],
)
def test_a_bad_parameter_is_refused(api: Any, account: Account, wrong: dict[str, Any]) -> None:
    said = onetime(api, **wrong)
    assert (said.status, said.code, said.response) == (200, 1, None)
    assert account.payments() == []
