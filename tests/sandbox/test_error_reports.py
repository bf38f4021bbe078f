"""Where DEBUG is off, what was posted or typed at the sandbox is in no mail about a page that failed."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from django_iamport.sandbox.database import DatabaseStore
from django_iamport.sandbox.rules import Account, Merchant
from django_iamport.sandbox.state.clock import Clock
from tests.error_mail import broken, error_mails

pytestmark = pytest.mark.django_db

PRIVATE = {
    "card_number": "4092-0230-1234-1234",
    "expiry": "2031-07",
    "birth": "880101",
    "pwd_2digit": "97",
    "cvc": "cvc-917",
    "buyer_tel": "010-9753-1864",
    "imp_secret": "sandbox-secret",
    "name": "홍길동",
    "phone": "01097531864",
}
VALUES = [value for name, value in PRIVATE.items() if name != "pwd_2digit"] + ["'97'", ">97<"]
BUY = {"merchant_uid": "m1", "amount": 100, "name": "홍길동", "buyer_tel": "010-9753-1864"}
WINDOW = {"merchant_code": "imp00000000", "origin": "http://testserver", "params": BUY}
JSON = [
    ("api/users/getToken", {"imp_key": "sandbox-key", **PRIVATE}),
    ("api/subscribe/payments/onetime", {**BUY, **PRIVATE}),
    ("api/subscribe/customers/c1", {**PRIVATE}),
    ("control/payments", {"request_pay": BUY}),
    ("window/open", WINDOW),
    ("window/certification", WINDOW),
]
FORMS = [
    *JSON[:3],
    ("console/settings", PRIVATE),
    ("identity", {**PRIVATE, "action": "pay", "agree": "on"}),
    ("window", {**PRIVATE, "action": "pay", "agree": "on", "pay_method": "card"}),
]


@pytest.mark.parametrize(("address", "fields"), JSON, ids=[address for address, _ in JSON])
def test_nothing_that_was_posted_is_mailed(monkeypatch: Any, address: str, fields: Any) -> None:
    assert_mailed_without_values(monkeypatch, address, json.dumps(fields), "application/json")


@pytest.mark.parametrize(("address", "fields"), FORMS, ids=[address for address, _ in FORMS])
def test_nothing_that_was_typed_is_mailed(monkeypatch: Any, address: str, fields: Any) -> None:
    assert_mailed_without_values(monkeypatch, address, urlencode(fields), "application/x-www-form-urlencoded")


def assert_mailed_without_values(monkeypatch: Any, address: str, body: str, content_type: str) -> None:
    account = Account(DatabaseStore(), Clock(), Merchant())
    token = account.token("sandbox-key", "sandbox-secret")["access_token"]
    path = opened(account, address) if address in ("identity", "window") else f"/sandbox/{address}"
    client = Client(raise_request_exception=False)
    for name in ("exclusive", "get", "find", "put"):
        monkeypatch.setattr(DatabaseStore, name, broken)

    with error_mails() as mails:
        answer = client.post(path, body, content_type, headers={"Authorization": token})
        texts = mails()

    assert answer.status_code == 500
    assert texts
    for text in texts:
        assert [value for value in (*VALUES, token) if value in text] == []


def opened(account: Account, kind: str) -> str:
    """The address of a window that waits for its buyer."""
    if kind == "window":
        imp_uid = account.open_window({"merchant_uid": "m1", "amount": 50_000})["imp_uid"]
        return f"/sandbox/window/{imp_uid}/{account.stored(imp_uid)['window_key']}"
    answer = Client().post("/sandbox/window/certification", WINDOW, "application/json")
    return str(answer.json()["url"])
