from collections.abc import Callable
from urllib.parse import parse_qsl, urlsplit

import pytest

from django_iamport.sandbox.rules import Account
from django_iamport.sandbox.rules.payments import callbacks

Open = Callable[..., str]


def test_success_names_the_payment_and_nothing_else(account: Account, open_window: Open) -> None:
    imp_uid = open_window()
    account.approve(imp_uid)
    assert callbacks.current(account.stored(imp_uid)) == {"imp_uid": imp_uid, "merchant_uid": "order1"}


def test_failure_says_why(account: Account, open_window: Open) -> None:
    imp_uid = open_window()
    account.close(imp_uid)
    answer = callbacks.current(account.stored(imp_uid))
    assert answer["error_code"] == "CLOSED_BY_BUYER"
    assert answer["error_msg"] == "[결제포기] 사용자가 결제를 취소하셨습니다"


def test_the_legacy_shape_calls_an_unpaid_account_a_success(account: Account, open_window: Open) -> None:
    imp_uid = open_window()
    account.issue_vbank(imp_uid)
    answer = callbacks.legacy(account.stored(imp_uid))
    assert (answer["success"], answer["imp_success"], answer["status"]) == (True, True, "ready")
    assert answer["paid_amount"] == 50_000


@pytest.mark.parametrize(
    ("url", "start"),
    [
        ("https://shop.invalid/back", "https://shop.invalid/back?imp_uid="),
        ("https://shop.invalid/back?a=1", "https://shop.invalid/back?a=1&imp_uid="),
        ("https://shop.invalid/back?a=%EA%B0%80#top", "https://shop.invalid/back?a=%EA%B0%80&imp_uid="),
    ],
)
def test_the_result_is_appended_to_the_return_address(
    account: Account, open_window: Open, url: str, start: str
) -> None:
    imp_uid = open_window(m_redirect_url=url)
    account.close(imp_uid)
    back = callbacks.redirect_url(account.stored(imp_uid))
    assert back is not None
    assert back.startswith(start)
    query = dict(parse_qsl(urlsplit(back).query))
    assert query["imp_uid"] == imp_uid
    assert query["merchant_uid"] == "order1"
    assert query["imp_success"] == "false"
    assert query["error_msg"] == "[결제포기] 사용자가 결제를 취소하셨습니다"
    assert "+" not in back
    assert urlsplit(back).fragment == urlsplit(url).fragment


@pytest.mark.parametrize("url", [None, "", "javascript:alert(1)", "data:text/html,x", 5, "/back"])
def test_only_web_addresses_are_followed(account: Account, open_window: Open, url: object) -> None:
    assert callbacks.redirect_url(account.stored(open_window(m_redirect_url=url))) is None
