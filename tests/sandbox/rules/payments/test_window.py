import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from django_iamport.sandbox.rules import Account, Refusal
from django_iamport.sandbox.rules.channels import LIVE_KEY, TEST_KEY
from django_iamport.sandbox.rules.payments.records import BLANK

Open = Callable[..., str]


def test_an_opened_window_is_a_ready_payment_with_every_key(account: Account, open_window: Open) -> None:
    imp_uid = open_window(name="양말", buyer_name="홍길동", custom_data={"seat": 3}, escrow=True)
    payment = account.payment(imp_uid)
    assert re.fullmatch(r"imp_\d{12}", imp_uid)
    assert list(payment) == list(BLANK)
    expected = {"status": "ready", "amount": 50_000, "currency": "KRW", "name": "양말", "escrow": True}
    assert expected.items() <= payment.items()
    assert payment["buyer_name"] == "홍길동"
    assert payment["custom_data"] == '{"seat": 3}'
    assert payment["started_at"] > 0
    nothing_yet = ("paid_at", "failed_at", "cancelled_at", "cancel_amount", "vbank_date", "card_quota")
    assert {payment[name] for name in nothing_yet} == {0}
    assert payment["pg_tid"] is payment["receipt_url"] is payment["apply_num"] is None


def test_what_is_kept_beside_a_payment_is_not_told(account: Account, open_window: Open) -> None:
    assert "window_key" in account.stored(open_window())
    assert "window_key" not in account.payment(open_window(merchant_uid="order2"))


def test_an_approved_card_payment_names_the_card(account: Account, open_window: Open) -> None:
    payment = account.approve(open_window(), pay_method="card", card_code="361", card_quota=3)
    assert (payment["status"], payment["card_name"], payment["card_quota"]) == ("paid", "BC카드", 3)
    assert payment["paid_at"] >= payment["started_at"]
    assert re.fullmatch(r"\d{6}\*{6}\d{4}", payment["card_number"])
    assert re.fullmatch(r"\d{8}", payment["apply_num"])
    assert payment["receipt_url"].endswith(payment["imp_uid"])
    assert payment["customer_uid_usage"] is None


@pytest.mark.parametrize(
    ("method", "named"), [("trans", {"bank_code": "004", "bank_name": "KB국민은행"}), ("phone", {})]
)
def test_other_means_name_no_card(
    account: Account, open_window: Open, method: str, named: dict[str, Any]
) -> None:
    payment = account.approve(open_window(), pay_method=method, bank_code="004")
    assert named.items() <= payment.items()
    assert payment["pay_method"] == method
    assert payment["card_name"] is None


@pytest.mark.parametrize(
    "params",
    [
        {"amount": "50000"},
        {"amount": True},
        {"amount": None},
        {"amount": 0},
        {"amount": -1},
        {"amount": Decimal("10.5")},
        {"amount": Decimal("10.555"), "currency": "USD"},
        {"amount": Decimal("NaN")},
        {"currency": "XYZ"},
        {"merchant_uid": "x" * 41},
        {"merchant_uid": 5},
        {"channelKey": "channel-key-unknown"},
        {"vbank_due": "2001-01-01"},
        {"vbank_due": "soon"},
    ],
)
def test_no_window_opens_for_wrong_parameters(
    account: Account, open_window: Open, params: dict[str, Any]
) -> None:
    with pytest.raises(Refusal) as refused:
        open_window(**params)
    assert refused.value.code == "F1001"
    assert account.payments() == []


def test_no_window_opens_for_another_merchant_code(account: Account) -> None:
    with pytest.raises(Refusal, match="등록된 PG 설정 정보가 없습니다"):
        account.open_window({"merchant_uid": "m", "amount": 100}, merchant_code="imp99999999")


@pytest.mark.parametrize(
    ("params", "prepared", "opens"),
    [
        ({}, (Decimal(50_000), "KRW"), True),
        ({"amount": Decimal("50000.00")}, (Decimal(50_000), "KRW"), True),
        ({}, (Decimal(50_001), "KRW"), False),
        ({}, (Decimal(50_000), "USD"), False),
        ({"currency": "USD"}, (Decimal(50_000), None), True),
        ({"customer_uid": "c"}, (Decimal(1), "KRW"), False),
    ],
)
def test_the_prepared_amount_is_enforced(
    account: Account, open_window: Open, params: dict[str, Any], prepared: tuple[Decimal, str], opens: bool
) -> None:
    account.prepare_create("order1", *prepared)
    if opens:
        assert open_window(**params)
    else:
        with pytest.raises(Refusal, match="사전등록된 금액과 일치하지 않습니다"):
            open_window(**params)


def test_a_paid_merchant_uid_opens_no_window_again(account: Account, open_window: Open) -> None:
    imp_uid = open_window()
    account.approve(imp_uid)
    with pytest.raises(Refusal, match="이미 결제가 완료된 주문번호입니다"):
        open_window()
    account.cancel_in_console(imp_uid)
    with pytest.raises(Refusal, match="이미 결제가 완료된 주문번호입니다"):
        open_window()


def test_several_attempts_share_a_merchant_uid_until_one_is_paid(account: Account, open_window: Open) -> None:
    account.decline(open_window())
    account.close(open_window())
    account.issue_vbank(open_window())
    first, second = open_window(), open_window()
    account.approve(first)
    assert account.approve(second)["status"] == "paid"
    assert len(account.payments()) == 5


def test_the_live_channel_is_the_default_and_a_test_payment_says_so(
    account: Account, open_window: Open
) -> None:
    result = {
        key: account.payment(open_window(**params))["sandbox"]
        for key, params in {
            "none": {},
            "live": {"channelKey": LIVE_KEY},
            "unknown pg": {"pg": "nobody"},
            "test": {"channelKey": TEST_KEY},
            "test by pg": {"pg": "html5_inicis.INIpayTest"},
        }.items()
    }
    assert result == {"none": False, "live": False, "unknown pg": False, "test": True, "test by pg": True}


@pytest.mark.parametrize(
    ("ending", "reason"),
    [
        (Account.close, "[결제포기] 사용자가 결제를 취소하셨습니다"),
        (Account.decline, "[카드사 거절] 한도가 초과되었습니다."),
    ],
)
def test_a_payment_that_was_not_made_is_failed(
    account: Account, open_window: Open, ending: Callable[..., Any], reason: str
) -> None:
    payment = ending(account, open_window())
    assert (payment["status"], payment["fail_reason"]) == ("failed", reason)
    assert payment["failed_at"] > 0
    assert payment["paid_at"] == 0


def test_a_failed_payment_may_be_approved_late(account: Account, open_window: Open) -> None:
    imp_uid = open_window()
    account.decline(imp_uid)
    payment = account.approve(imp_uid)
    assert (payment["status"], payment["failed_at"], payment["fail_reason"]) == ("paid", 0, None)


@pytest.mark.parametrize("again", [Account.approve, Account.decline, Account.close, Account.issue_vbank])
def test_nothing_takes_a_captured_payment_back_but_a_cancel(
    account: Account, open_window: Open, again: Callable[..., Any]
) -> None:
    imp_uid = open_window()
    account.approve(imp_uid)
    before = account.payment(imp_uid)
    with pytest.raises(Refusal):
        again(account, imp_uid)
    assert account.payment(imp_uid) == before


def test_instalments_begin_at_fifty_thousand_won(account: Account, open_window: Open) -> None:
    assert account.approve(open_window(), card_quota=12)["card_quota"] == 12
    small = open_window(merchant_uid="small", amount=49_999)
    with pytest.raises(Refusal):
        account.approve(small, card_quota=2)
    assert account.payment(small)["status"] == "ready"


def test_a_customer_uid_registers_a_card_and_reads_paid(account: Account, open_window: Open) -> None:
    payment = account.approve(open_window(amount=0, customer_uid="customer-1"))
    result = (payment["status"], payment["amount"], payment["customer_uid"], payment["customer_uid_usage"])
    assert result == ("paid", 0, "customer-1", "issue")
    with pytest.raises(Refusal, match="취소할 결제건이 존재하지 않습니다"):
        account.cancel_in_console(payment["imp_uid"])


def test_cents_are_told_as_they_are(account: Account, open_window: Open) -> None:
    assert account.payment(open_window(amount=Decimal("10.10"), currency="USD"))["amount"] == 10.1
    assert account.stored(account.payments()[0]["imp_uid"])["amount"] == "10.10"


def test_edits_change_what_is_told_and_nothing_else(account: Account, open_window: Open) -> None:
    imp_uid = open_window()
    account.edit(imp_uid, {"amount": "fifty", "status": "odd"}, without=["sandbox"])
    result = account.payment(imp_uid)
    assert (result["amount"], result["status"], "sandbox" in result) == ("fifty", "odd", False)
    assert account.approve(imp_uid)["paid_at"] > 0


@pytest.mark.parametrize(
    ("merchant_uid", "says"),
    [
        ("m" * 41, "40자 이하"),
        (10**40, "40자 이하"),
        (5, r"\(merchant_uid\)$"),
        (["m"], r"\(merchant_uid\)$"),
    ],
)
def test_a_merchant_uid_that_cannot_be_is_named(account: Account, merchant_uid: Any, says: str) -> None:
    with pytest.raises(Refusal, match=says):
        account.open_window({"merchant_uid": merchant_uid, "amount": 100})


@pytest.mark.parametrize(
    ("params", "currency"),
    [
        ({"pg": "paypal"}, "USD"),
        ({"pg": "paypal_v2.MID"}, "USD"),
        ({"pg": "paypal", "currency": "EUR"}, "EUR"),
        ({"pg": "html5_inicis"}, "KRW"),
        ({}, "KRW"),
    ],
)
def test_paypal_asks_for_dollars(account: Account, params: dict[str, str], currency: str) -> None:
    opened = account.open_window({"merchant_uid": "m", "amount": 100, **params})
    assert opened["currency"] == currency
