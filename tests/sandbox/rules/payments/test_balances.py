from collections.abc import Callable
from typing import Any

import pytest

from django_iamport.sandbox.rules import Account

Open = Callable[..., str]


def test_a_payco_payment_is_told_by_its_parts(api: Any, account: Account, open_window: Open) -> None:
    imp_uid = open_window(pay_method="payco", tax_free=6_000)
    account.approve(imp_uid)
    balance = api("GET", f"/payments/{imp_uid}/balance").response
    assert balance["amount"] == 50_000
    assert balance["primary"] == {"tax_free": 6_000, "supply": 40_000, "vat": 4_000, "service": 0}
    assert balance["discount"] == {"tax_free": 0, "supply": 0, "vat": 0, "service": 0}
    api("POST", "/payments/cancel", {"imp_uid": imp_uid, "amount": 11_000})
    assert api("GET", f"/payments/{imp_uid}/balance").response["primary"]["vat"] == 3_000


@pytest.mark.parametrize("state", ["card", "ready", "unknown"])
def test_other_payments_have_none(api: Any, account: Account, open_window: Open, state: str) -> None:
    imp_uid = open_window(pay_method="card" if state == "card" else "payco")
    if state == "card":
        account.approve(imp_uid)
    asked = "imp_0" if state == "unknown" else imp_uid
    assert api("GET", f"/payments/{asked}/balance")[:2] == (404, -1)
