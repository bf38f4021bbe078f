"""The buyer's answer to a delivery: once, and told to the shop."""

from collections.abc import Callable

import pytest

from django_iamport.sandbox.rules import Account, Refusal
from django_iamport.sandbox.rules.actions import act
from django_iamport.sandbox.rules.services import escrows
from django_iamport.sandbox.rules.services.escrows import Shipping

Open = Callable[..., str]


@pytest.fixture
def imp_uid(account: Account, open_window: Open) -> str:
    imp_uid = open_window(escrow=True, notice_url="http://127.0.0.1/notice")
    account.approve(imp_uid)
    return imp_uid


def test_a_buyer_answers_once_and_only_what_was_shipped(account: Account, imp_uid: str) -> None:
    with pytest.raises(Refusal):
        act(account, imp_uid, "confirm_escrow", {})
    escrows.register(account, imp_uid, Shipping("CJGLS", "123", 1_700_000_000))
    told = len(account.webhooks(imp_uid))
    act(account, imp_uid, "refuse_escrow", {"reason": "젖은 상자"})
    with pytest.raises(Refusal):
        act(account, imp_uid, "confirm_escrow", {})
    bodies = [webhook["body"] for webhook in account.webhooks(imp_uid)]
    [body] = [body for body in bodies if "event" in body]
    assert len(bodies) == told + 1
    assert (body["event"], body["imp_uid"], body["status"]) == ("Inicis.Escrow.Changed", imp_uid, "paid")
    assert (body["extra"]["escrow_status"], body["extra"]["denied_reason"]) == ("4", "젖은 상자")
