"""Payments with given numbers, states and times, in and out."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from django_iamport.sandbox import seeds
from django_iamport.sandbox.rules import Account, Refusal
from django_iamport.sandbox.rules.json_bodies import read_object
from django_iamport.sandbox.rules.payments.cancels import CancelRequest
from django_iamport.sandbox.rules.payments.fixtures import export_payments, import_payments
from django_iamport.sandbox.state.clock import Clock
from django_iamport.sandbox.state.stores import MemoryStore
from tests.sandbox.conftest import Api

PAID_AT = 1_600_828_565
LEAST = {"merchant_uid": "order1", "amount": 1_000}


def test_a_payment_has_the_numbers_state_and_time_that_were_given(account: Account, api: Api) -> None:
    given = {"imp_uid": "imp_1", "merchant_uid": "order1", "amount": 1_000, "paid_at": PAID_AT}
    assert import_payments(account, [given]) == ["imp_1"]
    found = api("GET", "/payments/imp_1").response
    assert {name: found[name] for name in given} == given
    assert (found["status"], found["started_at"], found["failed_at"]) == ("paid", PAID_AT, 0)
    assert account.webhooks() == []


@pytest.mark.parametrize(
    ("state", "moments"),
    [
        ({}, {"paid_at"}),
        ({"status": "ready"}, set()),
        ({"status": "failed"}, {"failed_at"}),
        ({"status": "cancelled"}, {"paid_at", "cancelled_at"}),
        ({"status": "cancelled", "cancel_amount": 300}, {"paid_at", "cancelled_at"}),
        ({"status": "cancelled", "cancel_amount": 0}, {"cancelled_at"}),
        ({"status": "ready", "pay_method": "vbank", "vbank_num": "1"}, {"vbank_issued_at"}),
    ],
)
def test_moments_that_were_not_given_are_now(
    account: Account, clock: Clock, state: dict[str, Any], moments: set[str]
) -> None:
    (imp_uid,) = import_payments(account, [{**LEAST, **state}])
    found = account.payment(imp_uid)
    kept = ("paid_at", "failed_at", "cancelled_at", "vbank_issued_at")
    assert {name for name in kept if found[name] == clock.unix()} == moments
    assert {name for name in kept if found[name]} == moments


def test_what_was_imported_goes_on(account: Account) -> None:
    partly = {**LEAST, "imp_uid": "imp_1", "status": "cancelled", "cancel_amount": 300}
    waiting = {**LEAST, "imp_uid": "imp_2", "status": "ready", "pay_method": "vbank", "vbank_num": "1"}
    failed = {**LEAST, "imp_uid": "imp_3", "status": "failed"}
    import_payments(account, [partly, waiting, failed])
    with pytest.raises(Refusal):
        account.cancel("imp_1", None, CancelRequest(Decimal(701)), enable_webhook=False)
    account.cancel("imp_1", None, CancelRequest(Decimal(700)), enable_webhook=False)
    assert [entry["amount"] for entry in account.payment("imp_1")["cancel_history"]] == [300, 700]
    assert account.deposit("imp_2")["status"] == "paid"
    assert account.approve("imp_3")["status"] == "paid"


def test_what_is_exported_is_the_same_elsewhere(account: Account, clock: Clock) -> None:
    seeds.create_payments(account)
    (promoted,) = import_payments(account, [{**LEAST, "status": "ready"}])
    account.promote(promoted, Decimal(100))
    account.approve(promoted)
    file = json.dumps({"payments": export_payments(account)}).encode()
    other = Account(MemoryStore(), clock, account.merchant)
    import_payments(other, read_object(file)["payments"])
    shown = [[ledger.payment(row["imp_uid"]) for row in ledger.payments()] for ledger in (account, other)]
    assert len(shown[0]) == len(seeds.SEEDS) + 1
    assert shown[0] == shown[1]
    assert export_payments(other) == export_payments(account)
    whole = CancelRequest(Decimal(1_000))
    assert other.cancel(promoted, None, whole, enable_webhook=False)["cancel_amount"] == 900


def test_a_payment_keeps_to_the_rules_of_its_channel(account: Account, clock: Clock) -> None:
    others = [each for each in account.channels.settings() if each["type"] == "payment"]
    last = str(others[-1]["channel_key"])
    opened = account.open_window({"merchant_uid": "order1", "amount": 1_000, "channelKey": last})
    other = Account(MemoryStore(), clock, account.merchant)
    import_payments(other, export_payments(account))
    assert other.stored(opened["imp_uid"])["channel_key"] == last != account.channels.default.key
    import_payments(other, [{**LEAST, "imp_uid": "imp_1", "pg_provider": others[-1]["pg_provider"]}])
    assert other.stored("imp_1")["pg_provider"] == others[-1]["pg_provider"]
    assert other.stored("imp_1")["channel_key"] != account.channels.default.key


def test_a_known_number_is_replaced(account: Account) -> None:
    import_payments(account, [{**LEAST, "imp_uid": "imp_1"}])
    import_payments(account, [{**LEAST, "imp_uid": "imp_1", "status": "failed"}])
    assert [row["status"] for row in account.payments()] == ["failed"]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"merchant_uid": ""}, "merchant_uid is wrong"),
        ({"merchant_uid": "o" * 41}, "merchant_uid is wrong"),
        ({"imp_uid": "a/b"}, "imp_uid is wrong"),
        ({"imp_uid": 5}, "imp_uid is wrong"),
        ({"status": "refunded"}, "status is wrong"),
        ({"status": ["paid"]}, "status is wrong"),
        ({"amount": Decimal("0.5")}, "more decimals"),
        ({"amount": "1000"}, "amount: not a number"),
        ({"currency": "XXX"}, "currency must be one of"),
        ({"pay_method": "barter"}, "pay_method is wrong"),
        ({"paid_at": "2020-09-23"}, "paid_at is wrong"),
        ({"sandbox": 1}, "sandbox is wrong"),
        ({"customer_uid": "c" * 81}, "customer_uid is wrong"),
        ({"window_key": "k"}, "unknown name 'window_key'"),
        ({"cancel_amount": 1_001}, "cancel_amount is more than amount"),
        ({"cancel_amount": 1_000}, "still holds money"),
        ({"status": "failed", "cancel_amount": 1}, "has no paid_at and no cancel_amount"),
        ({"status": "ready", "paid_at": PAID_AT}, "has no paid_at and no cancel_amount"),
        ({"status": "cancelled", "cancel_amount": 0, "paid_at": PAID_AT}, "has a cancel_amount"),
        ({"cancel_amount": 300, "cancel_history": [{"amount": 200}]}, "don't make up"),
        ({"cancel_history": [{"sum": 1}]}, "cancel_history must be"),
        ({"cancel_history": [{"amount": 1, "reason": 1}]}, "cancel_history is wrong"),
        ({"tax_free": 1, "tax_free_cancelled": 2}, "of a part"),
        ({"status": "ready", "customer_uid": "c", "customer_uid_usage": "issue"}, "a card is registered"),
    ],
)
def test_what_no_payment_can_be_is_refused_by_name_and_nothing_is_written(
    account: Account, wrong: dict[str, Any], says: str
) -> None:
    with pytest.raises(ValueError, match=rf"payment 2 .*{says}"):
        import_payments(account, [LEAST, {**LEAST, **wrong}])
    assert account.payments() == []


@pytest.mark.parametrize("wrong", [None, {}, ["imp_1"], "[]"])
def test_payments_are_a_list_of_objects(account: Account, wrong: object) -> None:
    with pytest.raises(ValueError, match="a list of objects"):
        import_payments(account, wrong)


def test_public_test_suites_find_what_they_ask_for(account: Account, api: Api) -> None:
    seeds.create_public_tests(account)
    seeds.create_public_tests(account)
    find: Callable[[str], Any] = lambda path: api("GET", path).response  # noqa: E731
    assert find("/payments/imp_448280090638")["status"] == "cancelled"
    assert api("POST", "/payments/cancel", {"imp_uid": "imp_448280090638"}).response is None
    assert (
        api("POST", "/payments/cancel", {"merchant_uid": "merchant_1416557727868", "amount": 500}).code != 0
    )
    assert len(find("/payments/imp_138841716839")["cancel_history"]) == 1
    assert find("/payments/imp_011115679124/balance")["amount"] == 10_000
    assert find("/payments/find/ORD20180131-0009728")["paid_at"] == PAID_AT
    assert find("/payments/imp_338103167934")["pg_id"] == "INIpayTest"
    assert find("/payments/find/1234qwer/paid")["merchant_uid"] == "1234qwer"
    assert api("GET", "/payments/find/1234qwer/cancelled").status == 404
