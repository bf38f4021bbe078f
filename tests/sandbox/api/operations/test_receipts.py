"""Cash receipts."""

from collections.abc import Callable
from typing import Any

import pytest

from django_iamport.sandbox.rules import Account
from django_iamport.sandbox.rules.channels import LIVE_KEY

Open = Callable[..., str]
WHOM = {"identifier": "010-1234-5678", "identifier_type": "phone"}
SALE = {"channel_key": LIVE_KEY, "name": "현장 판매", "amount": 11_000, **WHOM}


@pytest.fixture
def paid(account: Account, open_window: Open) -> str:
    imp_uid = open_window(pay_method="trans", amount=55_000)
    account.approve(imp_uid)
    return imp_uid


def test_a_receipt_is_issued_read_and_revoked(api: Any, account: Account, paid: str) -> None:
    path = f"/receipts/{paid}"
    assert api("GET", path)[:2] == (404, -1)
    issued = api("POST", path, WHOM).response
    assert (issued["imp_uid"], issued["amount"], issued["vat"], issued["type"]) == (
        paid,
        55_000,
        5_000,
        "person",
    )
    assert (issued["applied_at"] > 0, issued["cancelled_at"]) == (True, 0)
    assert account.payment(paid)["cash_receipt_issued"] is True
    assert api("GET", path).response == issued
    assert api("POST", path, WHOM)[:2] == (400, -1)
    assert api("DELETE", path).response["cancelled_at"] > 0
    assert account.payment(paid)["cash_receipt_issued"] is False
    assert api("DELETE", path)[:2] == (400, -1)
    assert api("POST", path, {**WHOM, "type": "company"}).response["type"] == "company"


def test_after_a_refund_it_is_of_what_is_left(api: Any, account: Account, paid: str) -> None:
    api("POST", "/payments/cancel", {"imp_uid": paid, "amount": 44_000})
    issued = api("POST", f"/receipts/{paid}", {**WHOM, "tax_free": 5_500}).response
    assert (issued["amount"], issued["vat"]) == (11_000, 500)
    api("POST", "/payments/cancel", {"imp_uid": paid})
    api("DELETE", f"/receipts/{paid}")
    assert api("POST", f"/receipts/{paid}", WHOM)[:2] == (400, -1)


@pytest.mark.parametrize("state", ["card", "waiting", "ready"])
def test_only_cash_that_arrived_has_a_receipt(
    api: Any, account: Account, open_window: Open, state: str
) -> None:
    imp_uid = open_window(pay_method="card" if state == "card" else "trans")
    if state == "card":
        account.approve(imp_uid)
    elif state == "waiting":
        account.issue_vbank(imp_uid)
    assert api("POST", f"/receipts/{imp_uid}", WHOM)[:2] == (400, -1)


@pytest.mark.parametrize(
    "wrong",
    [
        {"identifier": None},
        {"identifier": "전화"},
        {"identifier": "123"},
        {"identifier_type": "mail"},
        {"type": "shop"},
        {"tax_free": 55_001},
        {"vat_amount": 55_001},
    ],
)
def test_a_bad_parameter_is_a_bad_request(api: Any, paid: str, wrong: dict[str, Any]) -> None:
    assert api("POST", f"/receipts/{paid}", {**WHOM, **wrong})[:2] == (400, -1)
    assert api("GET", f"/receipts/{paid}").status == 404


def test_of_an_unknown_payment_there_is_none(api: Any) -> None:
    for method in ("GET", "POST", "DELETE"):
        assert api(method, "/receipts/imp_0", WHOM)[:2] == (404, -1)


def test_a_sale_elsewhere_has_one_too(api: Any) -> None:
    path = "/receipts/external/sale-1"
    assert api("DELETE", path)[:2] == (404, -1)
    issued = api("POST", path, SALE).response
    assert (issued["merchant_uid"], issued["amount"], issued["vat"]) == ("sale-1", 11_000, 1_000)
    assert api("GET", path).response == issued
    assert api("POST", path, SALE)[:2] == (400, -1)
    assert api("DELETE", path).response["cancelled_at"] > 0
    assert api("DELETE", path)[:2] == (400, -1)
    assert api("GET", "/receipts/external/other")[:2] == (404, -1)


@pytest.mark.parametrize("missing", ["name", "amount", "identifier"])
def test_a_sale_elsewhere_is_described_whole(api: Any, missing: str) -> None:
    assert api("POST", "/receipts/external/s", {**SALE, missing: None})[:2] == (400, -1)
