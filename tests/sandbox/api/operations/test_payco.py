"""The status of an order at PAYCO."""

from collections.abc import Callable
from typing import Any

import pytest

from django_iamport.sandbox.rules import Account

Open = Callable[..., str]


@pytest.fixture(params=["channel", "wallet"])
def paid(request: pytest.FixtureRequest, account: Account, open_window: Open, open_at: Open) -> str:
    """By a contract with PAYCO, and by another company's that includes it."""
    imp_uid = open_at("payco") if request.param == "channel" else open_window(pay_method="payco")
    account.approve(imp_uid)
    return imp_uid


@pytest.mark.parametrize("end", ["PURCHASE_DECISION", "CANCELED"])
def test_an_order_is_sent_and_ends(api: Any, account: Account, paid: str, end: str) -> None:
    path = f"/payco/orders/status/{paid}"
    assert api("POST", path, {"status": "DELIVERY_START"}).response == {"status": "DELIVERY_START"}
    assert api("POST", path, {"status": end}).response == {"status": end}
    assert api("POST", path, {"status": "DELIVERY_START"})[:2] == (200, -1)
    assert account.payment(paid)["cancel_amount"] == 0


@pytest.mark.parametrize("status", [None, "", "LOST", ["CANCELED"]])
def test_a_bad_status_is_refused_with_200(api: Any, paid: str, status: object) -> None:
    assert api("POST", f"/payco/orders/status/{paid}", {"status": status})[:2] == (200, 1)
    api.account.switch(disputed_answers="described")
    assert api("POST", f"/payco/orders/status/{paid}", {"status": status})[:2] == (400, -1)


def test_other_payments_have_none(api: Any, account: Account, open_window: Open) -> None:
    by_card, ready = open_window(), open_window(pay_method="payco")
    account.approve(by_card)
    for imp_uid in (by_card, ready):
        assert api("POST", f"/payco/orders/status/{imp_uid}", {"status": "CANCELED"})[:2] == (200, -1)
    assert api("POST", "/payco/orders/status/imp_0", {"status": "CANCELED"})[:2] == (404, -1)
