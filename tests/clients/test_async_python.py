"""`async-iamport`, a client for asyncio: each method with right and with wrong input."""

from __future__ import annotations

import asyncio
import inspect
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from async_iamport import AsyncIamport
from async_iamport.client import HttpError, ResponseError

from django_iamport.sandbox.rules.services.otp import CODE
from tests.clients.cards import CARD, INVALID, PERSON
from tests.standalone import Standalone

DAY = 24 * 60 * 60
NOBODY = "imp_000000000000"
Call = Callable[..., Any]


@pytest.fixture
def client(running: Standalone) -> Call:
    """Call a method of the client by its name."""

    def call(name: str, /, *given: Any, **named: Any) -> Any:
        async def ask() -> Any:
            keys = {"imp_key": running.told["key"], "imp_secret": running.told["secret"]}
            made = AsyncIamport(**{**keys, **named.pop("made_with", {})}, imp_url=running.url)
            try:
                return await getattr(made, name)(*given, **named)
            finally:
                await made.close_session()

        return asyncio.run(ask())

    return call


@pytest.fixture
def refusal(client: Call) -> Callable[..., int]:
    """Call a method that has to fail; answers the HTTP status, or the envelope's code."""

    def fail(name: str, /, *given: Any, **named: Any) -> int:
        with pytest.raises((HttpError, ResponseError)) as refused:
            client(name, *given, **named)
        return int(refused.value.code)

    return fail


@pytest.fixture
def customer_uid(client: Call, merchant_uid: str) -> str:
    """A customer whose card is registered."""
    uid = f"customer-{merchant_uid}"
    client("customer_create", customer_uid=uid, **CARD)
    return uid


def test_a_wrong_key_is_refused(refusal: Any) -> None:
    assert refusal("find_by_imp_uid", NOBODY, made_with={"imp_key": "wrong"}) == 401


def test_payments_are_looked_up(client: Call, refusal: Any, paid: str, merchant_uid: str) -> None:
    assert client("find_by_imp_uid", paid)["amount"] == 1_000
    assert refusal("find_by_imp_uid", NOBODY) == 404
    assert client("find_by_merchant_uid", merchant_uid)["imp_uid"] == paid
    assert client("find_by_merchant_uid", merchant_uid, "paid")["imp_uid"] == paid
    assert refusal("find_by_merchant_uid", "nobodys") == 404
    assert client("find", imp_uid=paid) == client("find", merchant_uid=merchant_uid)
    assert refusal("find", imp_uid=NOBODY) == 404
    assert paid in {each["imp_uid"] for each in client("find_by_status", "paid", limit=100)["list"]}
    assert refusal("find_by_status", "lost") == 400
    assert client("is_paid", 1_000, imp_uid=paid) is True
    assert client("is_paid", 999, imp_uid=paid) is False
    assert refusal("is_paid", 1_000, imp_uid=NOBODY) == 404


def test_payments_are_cancelled(client: Call, refusal: Any, paid: str, merchant_uid: str) -> None:
    assert client("cancel", "a part", imp_uid=paid, amount=400)["cancel_amount"] == 400
    assert refusal("cancel", "too much", imp_uid=paid, amount=601) == 1
    assert client("cancel_by_imp_uid", paid, "a part", amount=100)["cancel_amount"] == 500
    assert refusal("cancel_by_imp_uid", NOBODY, "nobody's") == 1
    assert client("cancel_by_merchant_uid", merchant_uid, "the rest")["cancel_amount"] == 1_000
    assert refusal("cancel_by_merchant_uid", merchant_uid, "once more") == 1


def test_amounts_are_prepared(client: Call, refusal: Any, merchant_uid: str) -> None:
    assert client("prepare", merchant_uid, 1_000)["amount"] == 1_000
    assert refusal("prepare", merchant_uid, 1_000) == 1
    assert client("adjust_prepare_amount", merchant_uid, 2_000)["amount"] == 2_000
    assert refusal("adjust_prepare_amount", "nobodys", 2_000) == 404
    assert client("prepare_validate", merchant_uid, 2_000) is True
    assert refusal("prepare_validate", "nobodys", 2_000) == 404


@pytest.mark.parametrize("pay", ["pay_onetime", "pay_foreign"])
def test_a_card_is_charged(client: Call, refusal: Any, merchant_uid: str, pay: str) -> None:
    assert client(pay, merchant_uid=merchant_uid, amount=1_000, **CARD)["status"] == "paid"
    assert refusal(pay, merchant_uid=merchant_uid, amount=1_000, **CARD) == 1
    assert refusal(pay, merchant_uid=f"{merchant_uid}-2", amount=1_000, **INVALID) == -1


def test_billing_keys(client: Call, refusal: Any, customer_uid: str, merchant_uid: str) -> None:
    assert client("customer_create", customer_uid=f"{customer_uid}-2", **CARD)["inserted"]
    assert refusal("customer_create", customer_uid="another", **INVALID) == -1
    assert client("customer_get", customer_uid)["customer_uid"] == customer_uid
    assert refusal("customer_get", "nobody") == 1
    sale = {"merchant_uid": merchant_uid, "amount": 1_000}
    assert client("pay_again", customer_uid=customer_uid, **sale)["status"] == "paid"
    assert refusal("pay_again", customer_uid="nobody", **sale) == 1
    assert client("customer_delete", customer_uid)["customer_uid"] == customer_uid
    assert refusal("customer_delete", customer_uid) == 1


def test_schedules(client: Call, refusal: Any, customer_uid: str, merchant_uid: str) -> None:
    moment = int(time.time()) + DAY
    one = {"merchant_uid": merchant_uid, "schedule_at": moment, "amount": 1_000}
    [made] = client("pay_schedule", customer_uid=customer_uid, schedules=[one])
    assert made["schedule_status"] == "scheduled"
    assert refusal("pay_schedule", customer_uid=customer_uid, schedules=[one]) == 1
    assert client("pay_schedule_get", merchant_uid)["customer_uid"] == customer_uid
    assert refusal("pay_schedule_get", "nobodys") == 404
    listed = client("pay_schedule_get_between", schedule_from=moment, schedule_to=moment + 1)["list"]
    assert merchant_uid in {each["merchant_uid"] for each in listed}
    assert refusal("pay_schedule_get_between", schedule_from=moment) == 400
    [revoked] = client("pay_unschedule", customer_uid=customer_uid, merchant_uid=merchant_uid)
    assert revoked["schedule_status"] == "revoked"
    assert refusal("pay_unschedule", customer_uid=customer_uid, merchant_uid="nobodys") == 1


def test_virtual_accounts(client: Call, refusal: Any, waiting: str) -> None:
    assert client("revoke_vbank_by_imp_uid", waiting)["status"] == "cancelled"
    assert refusal("revoke_vbank_by_imp_uid", waiting) == 400


def test_certifications(client: Call, refusal: Any) -> None:
    person = {name: value for name, value in PERSON.items() if name != "channel_key"}
    imp_uid = client("init_otp_certification", **person)["imp_uid"]
    assert refusal("init_otp_certification", **{**person, "carrier": "NONE"}) == 400
    assert refusal("confirm_otp_certification", imp_uid, otp="000000") == 400
    assert client("confirm_otp_certification", imp_uid, otp=CODE)["certified"] is True
    assert client("find_certification", imp_uid)["name"] == PERSON["name"]
    assert refusal("find_certification", NOBODY) == 404
    assert client("cancel_certification", imp_uid)["imp_uid"] == imp_uid
    assert refusal("cancel_certification", imp_uid) == 404


def test_every_method_is_called_here_with_right_and_with_wrong_input() -> None:
    members = inspect.getmembers(AsyncIamport, inspect.iscoroutinefunction)
    # get_response reads what all the others were answered, close_session asks nothing
    methods = {name for name, _ in members if name[0] != "_"} - {"get_response", "close_session"}
    text = Path(__file__).read_text(encoding="utf-8")
    pay = {"pay_onetime", "pay_foreign"}
    for name in ("client", "refusal"):
        assert methods <= set(re.findall(rf'\b{name}\(\s*"(\w+)"', text)) | pay
