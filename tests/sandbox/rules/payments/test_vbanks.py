from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from django_iamport.sandbox.rules import Account, Refusal
from django_iamport.sandbox.rules.payments.vbanks import due_at
from django_iamport.sandbox.state.clock import KST, Clock

Open = Callable[..., str]
NOON = datetime(2026, 11, 24, 12, tzinfo=KST)


def end_of(year: int, month: int, day: int) -> int:
    return int(datetime(year, month, day, 23, 59, 59, tzinfo=KST).timestamp())


@pytest.mark.parametrize(
    ("due", "expected"),
    [
        ("2026-11-30", end_of(2026, 11, 30)),
        ("20261130", end_of(2026, 11, 30)),
        ("2026-11-30 10:20:30", end_of(2026, 11, 30)),
        ("20261130102030", end_of(2026, 11, 30)),
        ("202611301020", end_of(2026, 11, 30)),
        ("2026-11-24", end_of(2026, 11, 24)),
        (None, end_of(2026, 12, 24)),
    ],
)
def test_an_account_is_due_at_the_end_of_the_korean_day(due: str | None, expected: int) -> None:
    assert due_at(due, NOON) == expected


def test_the_korean_day_decides_where_utc_is_a_day_behind() -> None:
    early = datetime(2026, 11, 24, 1, tzinfo=KST)
    with pytest.raises(Refusal):
        due_at("2026-11-23", early)
    assert due_at("2026-11-24", early) == end_of(2026, 11, 24)


def test_an_issued_account_is_still_ready(account: Account, open_window: Open) -> None:
    payment = account.issue_vbank(open_window(), "004")
    assert (payment["status"], payment["pay_method"], payment["paid_at"]) == ("ready", "vbank", 0)
    assert (payment["vbank_code"], payment["vbank_name"]) == ("004", "KB국민은행")
    assert payment["vbank_num"]
    assert payment["vbank_holder"]
    assert payment["vbank_date"] % 86400 == 14 * 3600 + 59 * 60 + 59
    assert payment["vbank_issued_at"] >= payment["started_at"]


def test_a_deposit_makes_it_paid_and_keeps_the_account(account: Account, open_window: Open) -> None:
    issued = account.issue_vbank(open_window())
    paid = account.deposit(issued["imp_uid"], Decimal(50_000))
    assert (paid["status"], paid["vbank_num"]) == ("paid", issued["vbank_num"])
    assert paid["paid_at"] > 0


def test_another_sum_is_not_taken(account: Account, open_window: Open) -> None:
    imp_uid = account.issue_vbank(open_window())["imp_uid"]
    with pytest.raises(Refusal, match="입금액"):
        account.deposit(imp_uid, Decimal(49_999))
    assert account.payment(imp_uid)["status"] == "ready"


def test_after_the_due_date_the_account_stays_ready_and_takes_nothing(
    account: Account, open_window: Open, clock: Clock
) -> None:
    imp_uid = account.issue_vbank(open_window())["imp_uid"]
    clock.move(timedelta(days=31).total_seconds())
    with pytest.raises(Refusal, match="입금기한"):
        account.deposit(imp_uid)
    assert account.payment(imp_uid)["status"] == "ready"


def test_a_voided_account_was_never_money(account: Account, open_window: Open) -> None:
    imp_uid = account.issue_vbank(open_window())["imp_uid"]
    before = len(account.webhooks())
    voided = account.void(imp_uid)
    assert (voided["status"], voided["cancel_amount"], voided["cancel_history"]) == ("cancelled", 0, [])
    assert voided["paid_at"] == 0
    assert len(account.webhooks()) == before
    with pytest.raises(Refusal):
        account.deposit(imp_uid)


@pytest.mark.parametrize("state", ["ready", "paid", "deposited", "voided", "failed"])
def test_only_a_waiting_account_can_be_voided(account: Account, open_window: Open, state: str) -> None:
    imp_uid = open_window()
    if state == "paid":
        account.approve(imp_uid)
    elif state == "failed":
        account.close(imp_uid)
    elif state != "ready":
        account.issue_vbank(imp_uid)
        {"deposited": account.deposit, "voided": account.void}[state](imp_uid)
    with pytest.raises(Refusal) as refused:
        account.void(imp_uid)
    assert refused.value.status == 400


def test_closing_the_window_after_the_account_was_issued_keeps_it(
    account: Account, open_window: Open
) -> None:
    imp_uid = account.issue_vbank(open_window())["imp_uid"]
    assert account.close(imp_uid)["status"] == "ready"
    assert account.deposit(imp_uid)["status"] == "paid"


def test_the_deposit_of_a_payment_without_account_is_refused(account: Account, open_window: Open) -> None:
    with pytest.raises(Refusal):
        account.deposit(open_window())


def test_an_unknown_bank_is_refused(account: Account, open_window: Open) -> None:
    with pytest.raises(Refusal):
        account.issue_vbank(open_window(), "999")
