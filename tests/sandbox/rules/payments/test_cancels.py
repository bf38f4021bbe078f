from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from django_iamport.sandbox.rules import Account, Refusal
from django_iamport.sandbox.state.clock import KST, Clock

Open = Callable[..., str]


@pytest.fixture
def paid(account: Account, open_window: Open) -> str:
    imp_uid = open_window()
    account.approve(imp_uid)
    return imp_uid


def test_a_partial_refund_reads_cancelled_and_holds_the_rest(api: Any, paid: str) -> None:
    payment = api("POST", "/payments/cancel", {"imp_uid": paid, "amount": 20_000, "reason": "반품"}).response
    assert (payment["status"], payment["cancel_amount"], payment["amount"]) == ("cancelled", 20_000, 50_000)
    assert payment["paid_at"] > 0
    assert payment["cancel_reason"] == "반품"
    (entry,) = payment["cancel_history"]
    assert (entry["amount"], entry["reason"], entry["cancelled_at"]) == (
        20_000,
        "반품",
        payment["cancelled_at"],
    )
    assert entry["cancellation_id"]


def test_refunds_go_on_until_nothing_is_left(api: Any, paid: str) -> None:
    api("POST", "/payments/cancel", {"imp_uid": paid, "amount": 20_000, "checksum": 50_000})
    whole = api("POST", "/payments/cancel", {"imp_uid": paid, "checksum": 30_000}).response
    assert whole["cancel_amount"] == 50_000
    assert [entry["amount"] for entry in whole["cancel_history"]] == [20_000, 30_000]
    ids = {entry["cancellation_id"] for entry in whole["cancel_history"]}
    assert len(ids) == 2
    said = api("POST", "/payments/cancel", {"imp_uid": paid})
    assert said == (200, 1, "이미 전액취소된 주문입니다.", None)


@pytest.mark.parametrize("amount", [None, 0])
def test_no_amount_means_all_that_is_left(api: Any, paid: str, amount: int | None) -> None:
    said = api("POST", "/payments/cancel", {"imp_uid": paid, "amount": amount})
    assert said.response["cancel_amount"] == 50_000


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ({"amount": 50_001}, "취소 요청 금액이 취소 가능 금액보다 큽니다."),
        ({"amount": 10_000, "checksum": 40_000}, "취소 가능 잔액이 일치하지 않습니다."),
        ({"amount": 10_000, "checksum": 0}, "취소 가능 잔액이 일치하지 않습니다."),
    ],
)
def test_a_refund_that_does_not_fit_changes_nothing(
    api: Any, paid: str, asked: dict[str, Any], text: str
) -> None:
    before = api.account.payment(paid)
    assert api("POST", "/payments/cancel", {"imp_uid": paid, **asked}) == (200, 1, text, None)
    assert api.account.payment(paid) == before


@pytest.mark.parametrize("amount", [-1, "10000", True, [1]])
def test_an_amount_that_is_none_is_refused(api: Any, paid: str, amount: Any) -> None:
    assert api("POST", "/payments/cancel", {"imp_uid": paid, "amount": amount})[:2] == (200, 1)


@pytest.mark.parametrize("state", ["unknown", "ready", "failed", "waiting", "voided"])
def test_only_captured_money_is_given_back(api: Any, account: Account, open_window: Open, state: str) -> None:
    imp_uid = "imp_000000000000" if state == "unknown" else open_window()
    if state == "failed":
        account.close(imp_uid)
    elif state in ("waiting", "voided"):
        account.issue_vbank(imp_uid)
    if state == "voided":
        account.void(imp_uid)
    said = api("POST", "/payments/cancel", {"imp_uid": imp_uid})
    assert said == (200, 1, "취소할 결제건이 존재하지 않습니다.", None)


def test_imp_uid_wins_over_merchant_uid(api: Any, paid: str) -> None:
    wrong = {"imp_uid": "imp_000000000000", "merchant_uid": "order1"}
    assert api("POST", "/payments/cancel", wrong).code == 1
    assert api("POST", "/payments/cancel", {"merchant_uid": "order1"}).response["imp_uid"] == paid


def test_a_deposit_is_given_back_to_an_account_only(api: Any, account: Account, open_window: Open) -> None:
    imp_uid = account.issue_vbank(open_window())["imp_uid"]
    account.deposit(imp_uid)
    assert api("POST", "/payments/cancel", {"imp_uid": imp_uid}).code == 1
    refund_account = {"refund_holder": "홍길동", "refund_bank": "88", "refund_account": "1234"}
    said = api("POST", "/payments/cancel", {"imp_uid": imp_uid, **refund_account})
    assert said.response["cancel_amount"] == 50_000


def test_the_console_refunds_a_deposit_without_account(account: Account, open_window: Open) -> None:
    imp_uid = account.issue_vbank(open_window())["imp_uid"]
    account.deposit(imp_uid)
    payment = account.cancel_in_console(imp_uid, Decimal(1_000))
    assert (payment["cancel_amount"], payment["cancel_reason"]) == (1_000, "관리자페이지취소")


PHONE_MONTH_OVER = "결제취소에 실패하였습니다. 휴대폰 결제는 결제한 달에만 취소할 수 있습니다."
WRONG_ACCOUNT = "결제취소에 실패하였습니다. 환불계좌 정보가 올바르지 않습니다."
WRONG_SPLIT = "결제취소에 실패하였습니다.(requested cancel amount is bigger than cancelable amount)"
VAT_NEEDED = "결제취소에 실패하였습니다. 부가세를 지정한 결제는 취소할 부가세 금액이 필요합니다."


def test_a_partial_refund_reads_paid_where_that_is_switched_on(api: Any, account: Account, paid: str) -> None:
    account.switch(partial_refund_reads="paid")
    part = api("POST", "/payments/cancel", {"imp_uid": paid, "amount": 20_000}).response
    assert (part["status"], part["cancel_amount"]) == ("paid", 20_000)
    assert part["cancelled_at"] > 0
    assert api("GET", "/payments/find/order1/paid").response == part
    rest = api("POST", "/payments/cancel", {"imp_uid": paid}).response
    assert (rest["status"], rest["cancel_amount"]) == ("cancelled", 50_000)


@pytest.mark.parametrize("change", [{"partial_refund_reads": "partly"}, {"unknown": "paid"}])
def test_a_switch_knows_its_words(account: Account, change: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"partial_refund_reads|unknown"):
        account.switch(**change)


def test_what_is_free_of_tax_goes_back_as_such(api: Any, account: Account, open_window: Open) -> None:
    imp_uid = open_window(tax_free=20_000)
    account.approve(imp_uid)

    def refund(**asked: int) -> Any:
        return api("POST", "/payments/cancel", {"imp_uid": imp_uid, **asked})

    assert refund(amount=30_001) == (200, -1, WRONG_SPLIT, None)
    assert refund(amount=25_000, tax_free=20_001) == (200, -1, WRONG_SPLIT, None)
    assert refund(amount=10_000, tax_free=10_001) == (200, -1, WRONG_SPLIT, None)
    assert refund(amount=40_000, tax_free=15_000).code == 0
    assert refund(amount=9_000).code == -1
    assert refund(amount=9_000, tax_free=4_500).code == 0
    assert refund().response["cancel_amount"] == 50_000


def test_a_payment_with_its_own_vat_wants_it_for_each_refund(
    api: Any, account: Account, open_window: Open
) -> None:
    imp_uid = open_window(vat_amount=3_000)
    account.approve(imp_uid)

    def refund(**asked: int) -> Any:
        return api("POST", "/payments/cancel", {"imp_uid": imp_uid, **asked})

    assert refund() == refund(amount=10_000) == (200, -1, VAT_NEEDED, None)
    assert refund(amount=10_000, vat_amount=3_001) == (200, -1, WRONG_SPLIT, None)
    assert refund(amount=10_000, vat_amount=1_000).code == 0
    assert refund(amount=10_000, vat_amount=2_001).code == -1
    assert refund(vat_amount=2_000).response["cancel_amount"] == 50_000


def test_more_parts_than_the_amount_has_open_no_window(open_window: Open) -> None:
    with pytest.raises(Refusal, match="결제금액"):
        open_window(tax_free=50_001)
    with pytest.raises(Refusal, match="결제금액"):
        open_window(tax_free=1, vat_amount=50_000)


def test_a_phone_payment_is_refunded_in_its_own_korean_month_only(
    api: Any, account: Account, open_window: Open, clock: Clock
) -> None:
    now = clock.now().astimezone(KST)
    # Of the month after this one: of this one may be less than a minute left.
    month_ends = (now.replace(day=1) + timedelta(days=63)).replace(day=1, hour=0, minute=0, second=0)
    clock.move((month_ends - now).total_seconds() - 60)
    imp_uid = open_window(pay_method="phone")
    account.approve(imp_uid)
    assert api("POST", "/payments/cancel", {"imp_uid": imp_uid, "amount": 1_000}).code == 0
    clock.move(120)
    assert api("POST", "/payments/cancel", {"imp_uid": imp_uid}) == (200, -1, PHONE_MONTH_OVER, None)
    with pytest.raises(Refusal, match="휴대폰"):
        account.cancel_in_console(imp_uid)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"refund_bank": ""}, 1),
        ({"refund_bank": "999"}, -1),
        ({"refund_bank": "신한"}, -1),
        ({"refund_account": "계좌번호"}, -1),
    ],
)
def test_a_deposit_is_not_sent_to_an_account_that_is_none(
    api: Any, account: Account, open_window: Open, wrong: dict[str, str], code: int
) -> None:
    imp_uid = account.issue_vbank(open_window())["imp_uid"]
    account.deposit(imp_uid)
    refund_account = {"refund_holder": "홍길동", "refund_bank": "BK88", "refund_account": "110-1234-5678"}
    assert api("POST", "/payments/cancel", {"imp_uid": imp_uid, **refund_account, **wrong}).code == code
    assert account.payment(imp_uid)["cancel_amount"] == 0
    assert api("POST", "/payments/cancel", {"imp_uid": imp_uid, **refund_account}).code == 0
