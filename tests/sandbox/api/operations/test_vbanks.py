"""Virtual accounts without a window."""

from typing import Any

import pytest

from django_iamport.sandbox.rules import Account
from django_iamport.sandbox.rules.channels import LIVE_KEY

DAY = 24 * 60 * 60


def issue(api: Any, **fields: Any) -> Any:
    body = {
        "channel_key": LIVE_KEY,
        "merchant_uid": "m1",
        "amount": 50_000,
        "vbank_code": "088",
        "vbank_due": api.account.clock.unix() + 3 * DAY,
        **fields,
    }
    return api("POST", "/vbanks", body)


def statuses_sent(account: Account) -> list[str]:
    return [row["body"]["status"] for row in account.webhooks()]


def test_an_account_is_issued_and_paid_into(api: Any, account: Account) -> None:
    due = account.clock.unix() + DAY
    issued = issue(
        api, vbank_due=due, vbank_holder="가게", buyer_name="김", notice_url="http://a.invalid/"
    ).response
    assert (issued["status"], issued["pay_method"], issued["channel"]) == ("ready", "vbank", "api")
    assert (issued["vbank_name"], issued["vbank_holder"], issued["vbank_date"]) == ("신한은행", "가게", due)
    assert account.deposit(issued["imp_uid"])["status"] == "paid"
    assert statuses_sent(account) == ["ready", "paid"]


def test_several_accounts_may_wait_under_one_number_until_one_is_paid(api: Any, account: Account) -> None:
    first, second = issue(api).response, issue(api).response
    account.deposit(first["imp_uid"])
    assert issue(api)[:2] == (200, 1)
    assert account.payment(second["imp_uid"])["status"] == "ready"


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"vbank_code": "999"}, 1),
        ({"vbank_code": None}, 1),
        ({"vbank_due": None}, 1),
        ({"vbank_due": "내일"}, 1),
        ({"vbank_due": 1_000_000_000}, -1),
        ({"vbank_holder": "가" * 17}, 1),
        ({"amount": 0}, 1),
        ({"channel_key": "channel-key-x"}, -1),
        ({"fixed_unlimited_vbank": True}, -1),
    ],
)
def test_an_account_that_cannot_be_is_refused(
    api: Any, account: Account, wrong: dict[str, Any], code: int
) -> None:
    assert issue(api, **wrong)[:2] == (200, code)
    assert account.payments() == []


def test_sum_and_due_moment_change_before_the_deposit(api: Any, account: Account) -> None:
    issued = issue(api).response
    path, due = f"/vbanks/{issued['imp_uid']}", account.clock.unix() + 9 * DAY
    changed = api("PUT", path, {"amount": 40_000, "vbank_due": due}).response
    assert (changed["amount"], changed["vbank_date"]) == (40_000, due)
    assert api("PUT", path, {})[:2] == (400, -1)
    assert api("PUT", path, {"amount": 0})[:2] == (400, -1)
    assert api("PUT", path, {"vbank_due": 1})[:2] == (200, -1)
    account.move_clock(8 * DAY)
    account.deposit(issued["imp_uid"])
    assert api("PUT", path, {"amount": 30_000})[:2] == (400, -1)
    assert api("PUT", "/vbanks/imp_0", {"amount": 1})[:2] == (404, -1)


def test_the_holder_of_an_account_is_told(api: Any) -> None:
    said = api("GET", "/vbanks/holder?bank_code=004&bank_num=123")
    assert said.response == {"bank_holder": "연습상점"}
    assert api("GET", "/vbanks/holder?bank_code=999&bank_num=123")[:2] == (404, -1)
    assert api("GET", "/vbanks/holder?bank_code=004")[:2] == (400, -1)
