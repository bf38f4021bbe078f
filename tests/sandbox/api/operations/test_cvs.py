"""Barcodes of convenience stores."""

from typing import Any

import pytest

from django_iamport.sandbox.rules import Account, Refusal
from django_iamport.sandbox.rules.channels import CVS_KEY, LIVE_KEY
from django_iamport.sandbox.state.clock import kst


def barcode(api: Any, **fields: Any) -> Any:
    body = {"channel_key": CVS_KEY, "merchant_uid": "m1", "amount": 9_900, **fields}
    return api("POST", "/cvs", body)


def statuses_sent(account: Account) -> list[str]:
    return [row["body"]["status"] for row in account.webhooks()]


def test_a_barcode_is_issued_and_paid_at_the_till(api: Any, account: Account) -> None:
    issued = barcode(api, barcode="12345678").response
    assert (issued["status"], issued["pay_method"], issued["vbank_num"]) == ("ready", "cvs", "12345678")
    assert issued["pg_provider"] == "galaxia"
    assert kst(issued["vbank_date"], "%Y") >= "2026"
    assert account.deposit(issued["imp_uid"])["status"] == "paid"
    assert statuses_sent(account) == ["paid"]
    refund = api("POST", "/payments/cancel", {"imp_uid": issued["imp_uid"]})
    assert refund.response["status"] == "cancelled"


def test_a_barcode_that_was_voided_is_not_taken(api: Any, account: Account) -> None:
    imp_uid = barcode(api).response["imp_uid"]
    assert api("DELETE", f"/vbanks/{imp_uid}")[:2] == (400, -1)
    assert api("DELETE", f"/cvs/{imp_uid}").response["status"] == "cancelled"
    assert api("DELETE", f"/cvs/{imp_uid}")[:2] == (200, 1)
    with pytest.raises(Refusal):
        account.deposit(imp_uid)
    virtual_account = account.open_window({"merchant_uid": "m2", "amount": 50_000})["imp_uid"]
    account.issue_vbank(virtual_account)
    assert api("DELETE", f"/cvs/{virtual_account}")[:2] == (200, 1)


@pytest.mark.parametrize(
    ("wrong", "code"), [({"channel_key": LIVE_KEY}, 1), ({"expired_at": 1}, -1), ({"amount": None}, 1)]
)
def test_a_barcode_that_cannot_be_is_refused(api: Any, wrong: dict[str, Any], code: int) -> None:
    assert barcode(api, **wrong)[:2] == (200, code)
