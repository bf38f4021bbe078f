"""What a channel permits: sums, currencies, means, instalments, refunds, billing keys."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from django_iamport.sandbox.rules import Account, Refusal
from django_iamport.sandbox.rules.channels import kept

DAY = 24 * 60 * 60
Open = Callable[..., str]


@pytest.fixture
def permit(account: Account) -> Callable[..., None]:
    """Let the account have one channel, with these rules."""

    def permit_it(pg: str = "kcp", **rules: Any) -> None:
        kept.change(account.store, [{"pg": pg, "mid": "MID", "channelKey": "key", "rules": rules}])

    return permit_it


@pytest.mark.parametrize(
    ("params", "says"),
    [
        ({"pg": "nice", "pay_method": "cultureland"}, "지원하지 않는 결제수단"),
        ({"pg": "kcp", "currency": "USD"}, "지원하지 않는 통화"),
        ({"pg": "paypal_v2", "currency": "KRW"}, "지원하지 않는 통화"),
        ({"pg": "naverpay", "amount": 9}, r"최소 결제금액\(10\)보다 작습니다"),
        ({"pg": "nice", "customer_uid": "c"}, "빌링키를 발급하지 않는 채널"),
        ({"pg": "kcp", "customer_uid": "c", "amount": None}, "결제금액이 올바르지 않습니다"),
        ({"pg": "kcp", "amount": "1000"}, "결제금액이 올바르지 않습니다"),
        ({"pg": "paypal_v2", "amount": "twelve"}, "결제금액이 올바르지 않습니다"),
        ({"pg": "paypal_v2", "amount": "NaN"}, "결제금액이 올바르지 않습니다"),
        ({"channelGroupId": "unknown"}, "등록되지 않은 PG모듈"),
    ],
)
def test_no_window_opens_for_what_the_channel_does_not_permit(
    account: Account, open_window: Open, params: dict[str, Any], says: str
) -> None:
    with pytest.raises(Refusal, match=says):
        open_window(**params)
    assert account.payments() == []


@pytest.mark.parametrize(
    ("params", "amount", "currency"),
    [
        ({"pg": "naverpay", "amount": 10}, 10, "KRW"),
        ({"pg": "paypal", "amount": Decimal("14.2")}, 14.2, "USD"),
        ({"pg": "paypal_v2", "amount": "14.20"}, 14.2, "USD"),
        ({"pg": "tosspayments", "amount": "109000"}, 109_000, "KRW"),
        ({"pg": "tosspay_v2", "amount": None, "customer_uid": "c"}, 0, "KRW"),
        ({"pg": "paypal_v2", "amount": None, "customer_uid": "c"}, 0, "USD"),
        ({"pg": "toss_brandpay", "amount": None, "customer_uid": "c"}, 0, "KRW"),
    ],
)
def test_sums_are_read_as_the_company_does(
    account: Account, open_window: Open, params: dict[str, Any], amount: float, currency: str
) -> None:
    payment = account.payment(open_window(**params))
    assert (payment["amount"], payment["currency"]) == (amount, currency)


def test_refunds_follow_the_channel(account: Account, open_window: Open, permit: Callable[..., None]) -> None:
    permit(partial_refunds=False, refund_days=30)
    imp_uid = open_window()
    account.approve(imp_uid)
    with pytest.raises(Refusal, match="부분취소를 지원하지 않는"):
        account.cancel_in_console(imp_uid, Decimal(100))
    account.move_clock(30 * DAY)
    assert account.cancel_in_console(imp_uid, Decimal(50_000))["status"] == "cancelled"


def test_a_refund_may_come_too_late(account: Account, open_window: Open, permit: Callable[..., None]) -> None:
    permit(refund_days=30)
    imp_uid = open_window()
    account.approve(imp_uid)
    account.move_clock(30 * DAY + 1)
    with pytest.raises(Refusal, match="취소 가능 기간이 지났습니다"):
        account.cancel_in_console(imp_uid)


def test_a_channel_that_is_gone_forbids_nothing(
    account: Account, open_window: Open, permit: Callable[..., None]
) -> None:
    permit(partial_refunds=False)
    imp_uid = open_window()
    account.approve(imp_uid)
    kept.forget(account.store)
    assert account.cancel_in_console(imp_uid, Decimal(100))["cancel_amount"] == 100


def test_instalments_end_where_the_channel_says(
    account: Account, open_window: Open, permit: Callable[..., None]
) -> None:
    permit(instalments=6)
    imp_uid = open_window()
    with pytest.raises(Refusal):
        account.approve(imp_uid, card_quota=7)
    assert account.approve(imp_uid, card_quota=6)["card_quota"] == 6


@pytest.mark.parametrize(
    ("body", "code"), [({}, 0), ({"amount": 99}, -1), ({"currency": "USD"}, -1), ({"card_quota": 7}, -1)]
)
def test_payments_without_a_window_follow_it_too(
    api: Any, permit: Callable[..., None], body: dict[str, Any], code: int
) -> None:
    permit(minimum=100, instalments=6)
    asked = {
        "merchant_uid": "m1",
        "amount": 50_000,
        "card_number": "4111-1111-1111-1111",
        "expiry": "2099-12",
    }
    assert api("POST", "/subscribe/payments/onetime", {**asked, **body}).code == code


@pytest.mark.parametrize(
    ("params", "charged"),
    [
        ({"pg": "kakaopay", "amount": 5_900}, True),
        ({"pg": "kakaopay", "amount": 0}, False),
        ({"pg": "danal", "pay_method": "phone", "amount": 5_900}, True),
        ({"pg": "kcp", "pay_method": "phone", "amount": 5_900}, True),
        ({"pg": "payco", "amount": 5_900}, False),
        ({"amount": 5_900}, False),
    ],
)
def test_some_companies_take_the_amount_with_the_billing_key(
    account: Account, open_window: Open, params: dict[str, Any], charged: bool
) -> None:
    payment = account.approve(open_window(customer_uid="c", **params))
    assert (payment["status"], payment["customer_uid_usage"]) == ("paid", "issue")
    if charged:
        assert account.cancel_in_console(payment["imp_uid"])["cancel_amount"] == 5_900
    else:
        with pytest.raises(Refusal, match="취소할 결제건이 존재하지 않습니다"):
            account.cancel_in_console(payment["imp_uid"])


def test_a_wallets_key_pays_from_the_wallet(api: Any, account: Account, open_window: Open) -> None:
    account.approve(open_window(pg="kakaopay", amount=0, customer_uid="c", customer_id="matthew"))
    key = api("GET", "/subscribe/customers/c").response
    assert (key["pg_provider"], key["customer_id"], key["card_name"]) == ("kakaopay", "matthew", "카카오페이")
    paid = api("POST", "/subscribe/payments/again", {"customer_uid": "c", "merchant_uid": "m", "amount": 100})
    payment = paid.response
    assert (payment["status"], payment["pay_method"], payment["card_name"]) == ("paid", "point", None)
    assert (payment["pg_provider"], payment["pg_id"], payment["channel"]) == (
        "kakaopay",
        "sandboxkakao",
        "api",
    )


def test_a_group_of_channels_shares_payments(api: Any, account: Account, open_window: Open) -> None:
    group = {"channel_group_id": "channel-group-1"}
    kept.change(account.store, [{"pg": pg, "mid": "M", **group} for pg in ("kcp", "nice_v2")])
    opened = [open_window(channelGroupId="channel-group-1", merchant_uid=f"order{n}") for n in range(12)]
    assert {account.payment(imp_uid)["pg_provider"] for imp_uid in opened} == {"kcp", "nice_v2"}
    card = {"card_number": "4111-1111-1111-1111", "expiry": "2099-12", "channelGroupId": "channel-group-1"}
    paid = api("POST", "/subscribe/payments/onetime", {"merchant_uid": "m1", "amount": 1_000, **card})
    assert paid.response["pg_provider"] in ("kcp", "nice_v2")


@pytest.mark.parametrize(
    ("order", "rules", "says"),
    [
        ({"amount": 99}, {}, "최소 결제금액"),
        ({"amount": 60_000, "card_quota": 12}, {}, "할부개월수"),
        ({"amount": 1_000, "currency": "USD"}, {}, "지원하지 않는 통화"),
        ({"amount": 1_000}, None, "등록된 PG 설정 정보가 없습니다"),
    ],
)
def test_what_was_scheduled_fails_where_the_channel_forbids_it_by_then(
    api: Any,
    account: Account,
    permit: Callable[..., None],
    order: dict[str, Any],
    rules: dict[str, Any] | None,
    says: str,
) -> None:
    permit()
    card = {"card_number": "4111-1111-1111-1111", "expiry": "2099-12"}
    assert api("POST", "/subscribe/customers/c", card).code == 0
    scheduled = {"merchant_uid": "m", "schedule_at": account.clock.unix() + 60, **order}
    assert (
        api("POST", "/subscribe/payments/schedule", {"customer_uid": "c", "schedules": [scheduled]}).code == 0
    )
    if rules is None:
        kept.forget(account.store)
    else:
        permit(minimum=100, instalments=6)
    account.move_clock(61)
    (payment,) = account.payments()
    assert payment["status"] == "failed"
    assert says in payment["fail_reason"]
