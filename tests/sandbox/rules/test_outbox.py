from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from django_iamport.sandbox.rules import Account
from django_iamport.sandbox.state.clock import Clock
from django_iamport.sandbox.state.stores import MemoryStore

Open = Callable[..., str]


def events(account: Account) -> list[str]:
    return [row["body"]["status"] for row in account.webhooks()]


@pytest.mark.parametrize(
    ("happens", "expected"),
    [
        (["approve"], ["paid"]),
        (["decline"], []),
        (["close"], []),
        (["decline", "approve"], ["paid"]),
        (["issue_vbank"], ["ready"]),
        (["issue_vbank", "deposit"], ["ready", "paid"]),
        (["issue_vbank", "void"], ["ready"]),
        (["approve", "cancel_in_console"], ["paid", "cancelled"]),
    ],
)
def test_the_shop_is_told_of_what_happened(
    account: Account, open_window: Open, happens: list[str], expected: list[str]
) -> None:
    imp_uid = open_window()
    for action in happens:
        getattr(account, action)(imp_uid)
    assert events(account) == expected


def test_a_body_names_payment_and_cancellation(account: Account, open_window: Open) -> None:
    imp_uid = open_window()
    account.approve(imp_uid)
    paid, cancelled = (
        row["body"]
        for row in (account.cancel_in_console(imp_uid, Decimal(100)), *account.webhooks())
        if "body" in row
    )
    assert paid == {"imp_uid": imp_uid, "merchant_uid": "order1", "status": "paid"}
    (entry,) = account.payment(imp_uid)["cancel_history"]
    assert cancelled == paid | {"status": "cancelled", "cancellation_id": entry["cancellation_id"]}


@pytest.mark.parametrize(
    ("enable_webhook", "expected"), [(False, ["paid"]), (True, ["paid", "cancelled"]), (None, ["paid"])]
)
def test_a_cancel_by_api_is_told_only_where_that_was_asked_for(
    api: Any, open_window: Open, enable_webhook: bool | None, expected: list[str]
) -> None:
    imp_uid = open_window()
    api.account.approve(imp_uid)
    api("POST", "/payments/cancel", {"imp_uid": imp_uid, "enable_webhook": enable_webhook})
    assert events(api.account) == expected


@pytest.mark.parametrize(
    ("notice_url", "urls"),
    [
        (None, ["http://shop.invalid/webhook"]),
        ("http://other.invalid/", ["http://other.invalid/"]),
        (["http://a.invalid/", "http://b.invalid/"], ["http://a.invalid/", "http://b.invalid/"]),
    ],
)
def test_the_payment_s_own_address_replaces_the_account_s(
    account: Account, open_window: Open, notice_url: Any, urls: list[str]
) -> None:
    account.approve(open_window(notice_url=notice_url))
    assert [row["url"] for row in account.webhooks()] == urls


def test_without_any_address_nobody_is_told(account: Account) -> None:
    silent = Account(MemoryStore(), Clock(), replace(account.merchant, notice_url=None))
    silent.approve(silent.open_window({"merchant_uid": "m", "amount": 100})["imp_uid"])
    assert silent.webhooks() == []
