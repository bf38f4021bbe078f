"""`iamporter` of npm: each method with right and with wrong input.

It takes HTTP 404 for an answer like any other, and tells it by `status` and a `data` that is null.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.clients.cards import CARD, INVALID
from tests.clients.node import NodeClient, Refusals, called_in
from tests.standalone import Standalone

NOBODY = "imp_000000000000"
UNKNOWN = {"status": 404, "data": None}


class Iamporter:
    """The client by its methods and what they are given."""

    def __init__(self, call: Any) -> None:
        self.call = call

    def __call__(self, resource: str, method: str, *given: Any) -> Any:
        answer = self.call(resource, method, given=given)
        return {name: answer[name] for name in ("status", "data")} if isinstance(answer, dict) else answer


@pytest.fixture(scope="module")
def started(start_node: Callable[..., NodeClient]) -> NodeClient:
    return start_node("iamporter")


@pytest.fixture
def node(started: NodeClient) -> Iamporter:
    return Iamporter(started)


@pytest.fixture
def refusal(started: NodeClient) -> Iamporter:
    return Iamporter(Refusals(started))


def test_a_token(node: Any, refusal: Any, running: Standalone) -> None:
    assert node("iamporter", "isExpiredToken") in (True, False)
    answer = node("iamporter", "getToken", running.told["key"], running.told["secret"])
    assert len(answer["data"]["access_token"]) == 40
    assert refusal("iamporter", "getToken", "wrong", "wrong") == "IAMPORT_-1"


def test_payments_are_looked_up(node: Any, refusal: Any, paid: str, merchant_uid: str) -> None:
    assert node("iamporter", "findByImpUid", paid)["data"]["amount"] == 1_000
    assert node("iamporter", "findByImpUid", NOBODY) == UNKNOWN
    assert node("iamporter", "findByMerchantUid", merchant_uid)["data"]["imp_uid"] == paid
    assert node("iamporter", "findByMerchantUid", "nobodys") == UNKNOWN
    assert node("iamporter", "findAllByMerchantUid", merchant_uid)["data"]["total"] == 1
    assert node("iamporter", "findAllByMerchantUid", "nobodys") == UNKNOWN
    assert node("iamporter", "findAllByStatus", "paid")["data"]["total"] >= 1
    assert refusal("iamporter", "findAllByStatus", "lost") == "IAMPORT_-1"


@pytest.mark.parametrize("method", ["cancelByImpUid", "cancelByMerchantUid"])
def test_payments_are_cancelled(node: Any, refusal: Any, paid: str, merchant_uid: str, method: str) -> None:
    given = paid if method == "cancelByImpUid" else merchant_uid
    assert node("iamporter", method, given, {"amount": 400})["data"]["cancel_amount"] == 400
    assert node("iamporter", "cancel", {"imp_uid": paid, "amount": 100})["data"]["cancel_amount"] == 500
    assert refusal("iamporter", method, given, {"amount": 501}) == "IAMPORT_1"
    assert refusal("iamporter", "cancel", {"imp_uid": paid, "amount": 501}) == "IAMPORT_1"


def test_amounts_are_prepared(node: Any, refusal: Any, merchant_uid: str) -> None:
    prepared = {"merchant_uid": merchant_uid, "amount": 1_000}
    assert node("iamporter", "createPreparedPayment", prepared)["data"]["amount"] == 1_000
    assert refusal("iamporter", "createPreparedPayment", prepared) == "IAMPORT_1"
    assert node("iamporter", "getPreparedPayment", merchant_uid)["data"]["amount"] == 1_000
    assert node("iamporter", "getPreparedPayment", "nobodys") == UNKNOWN


@pytest.mark.parametrize("method", ["payOnetime", "payForeign"])
def test_a_card_is_charged(node: Any, refusal: Any, merchant_uid: str, method: str) -> None:
    sale = {"merchant_uid": merchant_uid, "amount": 1_000, **CARD}
    assert node("iamporter", method, sale)["data"]["status"] == "paid"
    assert refusal("iamporter", method, sale) == "IAMPORT_1"
    assert refusal("iamporter", method, {**sale, "merchant_uid": "another", **INVALID}) == "IAMPORT_-1"


def test_billing_keys(node: Any, refusal: Any, merchant_uid: str) -> None:
    uid = f"customer-{merchant_uid}"
    card = {"customer_uid": uid, **CARD}
    assert node("iamporter", "createSubscription", card)["data"]["customer_uid"] == uid
    assert refusal("iamporter", "createSubscription", {**card, **INVALID}) == "IAMPORT_-1"
    assert node("iamporter", "getSubscription", uid)["data"]["customer_uid"] == uid
    assert refusal("iamporter", "getSubscription", "nobody") == "IAMPORT_1"
    sale = {"customer_uid": uid, "merchant_uid": merchant_uid, "amount": 1_000}
    assert node("iamporter", "paySubscription", sale)["data"]["status"] == "paid"
    assert refusal("iamporter", "paySubscription", {**sale, "customer_uid": "nobody"}) == "IAMPORT_1"
    assert node("iamporter", "deleteSubscription", uid)["data"]["customer_uid"] == uid
    assert refusal("iamporter", "deleteSubscription", uid) == "IAMPORT_1"


def test_certifications(node: Any, certification: str) -> None:
    assert node("iamporter", "getCertification", certification)["data"]["certified"] is True
    assert node("iamporter", "deleteCertification", certification)["status"] == 200
    assert node("iamporter", "getCertification", certification) == UNKNOWN
    assert node("iamporter", "deleteCertification", certification) == UNKNOWN


def test_virtual_accounts(node: Any, refusal: Any, merchant_uid: str) -> None:
    account = {
        "merchant_uid": merchant_uid,
        "amount": 1_000,
        "vbank_code": "088",
        "vbank_due": int(time.time()) + 24 * 60 * 60,
        "vbank_holder": "온새미로",
    }
    assert node("iamporter", "createVbank", account)["data"]["status"] == "ready"
    assert refusal("iamporter", "createVbank", {**account, "vbank_code": "999"}).startswith("IAMPORT_")


def test_every_method_is_called_here_with_right_and_with_wrong_input(started: NodeClient) -> None:
    answered_with_404 = {
        *("findByImpUid", "findByMerchantUid", "findAllByMerchantUid", "getPreparedPayment"),
        *("getCertification", "deleteCertification", "isExpiredToken"),
    }
    methods = set(started.methods)
    assert methods <= called_in(__file__, "node")
    assert {(_, method) for _, method in methods if method not in answered_with_404} <= called_in(
        __file__, "refusal"
    )
