from typing import Any

import pytest

BODY = {"merchant_uid": "order1", "amount": 50_000, "currency": "KRW"}


@pytest.mark.parametrize("form", [False, True])
def test_an_amount_is_registered_once(api: Any, form: bool) -> None:
    assert api("POST", "/payments/prepare", BODY, form=form) == (200, 0, None, BODY)
    said = api("POST", "/payments/prepare", BODY, form=form)
    text = "결제정보 사전등록에 실패하였습니다(이미 등록된 merchant_uid입니다)."
    assert said == (200, 1, text, None)


def test_it_is_read_and_changed(api: Any) -> None:
    api("POST", "/payments/prepare", BODY)
    changed = BODY | {"amount": 60_000}
    assert api("PUT", "/payments/prepare/", changed).response == changed
    assert api("GET", "/payments/prepare/order1").response == changed


def test_what_was_not_registered_is_not_found(api: Any) -> None:
    assert api("PUT", "/payments/prepare", BODY).status == 404
    assert api("GET", "/payments/prepare/order1")[:2] == (404, -1)


@pytest.mark.parametrize(
    "change",
    [
        {"amount": "50000"},
        {"amount": None},
        {"amount": 0},
        {"amount": 10.5},
        {"merchant_uid": ""},
        {"merchant_uid": "x" * 41},
        {"merchant_uid": ["a"]},
    ],
)
def test_a_malformed_request_is_refused(api: Any, change: dict[str, Any]) -> None:
    said = api("POST", "/payments/prepare", BODY | change)
    assert (said.status, said.code, said.response) == (200, 1, None)


def test_cents_are_registered_exactly(api: Any) -> None:
    body = {"merchant_uid": "order1", "amount": 10.1, "currency": "USD"}
    assert api("POST", "/payments/prepare", body).response == body
    assert api.account.store.get("prepared", "order1")["amount"] == "10.1"
