"""`iamport`, the official Node client: each method with right and with wrong input."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.clients.cards import CARD, INVALID
from tests.clients.node import NodeClient, Refusals, Refused, called_in

DAY = 24 * 60 * 60


@pytest.fixture(scope="module")
def node(start_node: Callable[..., NodeClient]) -> NodeClient:
    return start_node("iamport")


@pytest.fixture
def customer_uid(node: NodeClient, merchant_uid: str) -> str:
    """A customer whose card is registered."""
    uid = f"customer-{merchant_uid}"
    node("subscribe_customer", "create", customer_uid=uid, **CARD)
    return uid


@pytest.fixture
def refusal(node: NodeClient) -> Refusals:
    return Refusals(node)


def test_a_wrong_key_is_refused(start_node: Callable[..., NodeClient]) -> None:
    with pytest.raises(Refused) as refused:
        start_node("iamport", key="wrong")("payment", "getByImpUid", imp_uid="imp_000000000000")
    assert refused.value.code == "HTTP_401"


def test_payment_get_by_imp_uid(node: NodeClient, refusal: Any, paid: str) -> None:
    assert node("payment", "getByImpUid", imp_uid=paid)["amount"] == 1_000
    assert refusal("payment", "getByImpUid", imp_uid="imp_000000000000") == "HTTP_404"


def test_payment_get_by_merchant(node: NodeClient, refusal: Any, paid: str, merchant_uid: str) -> None:
    assert node("payment", "getByMerchant", merchant_uid=merchant_uid)["imp_uid"] == paid
    assert refusal("payment", "getByMerchant", merchant_uid="nobodys") == "HTTP_404"


def test_payment_get_by_status(node: NodeClient, refusal: Any, paid: str) -> None:
    found = node("payment", "getByStatus", payment_status="paid", limit=100)
    assert paid in {payment["imp_uid"] for payment in found["list"]}
    assert refusal("payment", "getByStatus", payment_status="lost") == "HTTP_400"


def test_payment_cancel(node: NodeClient, refusal: Any, paid: str) -> None:
    assert node("payment", "cancel", imp_uid=paid, amount=400)["cancel_amount"] == 400
    assert refusal("payment", "cancel", imp_uid=paid, amount=601) == "IAMPORT_1"


def test_payment_prepare(node: NodeClient, refusal: Any, merchant_uid: str) -> None:
    assert node("payment", "prepare", merchant_uid=merchant_uid, amount=1_000)["amount"] == 1_000
    assert refusal("payment", "prepare", merchant_uid=merchant_uid, amount=1_000) == "IAMPORT_1"
    assert "Param missing: amount" in refusal("payment", "prepare", merchant_uid=merchant_uid)


def test_payment_get_prepare(node: NodeClient, refusal: Any, merchant_uid: str) -> None:
    node("payment", "prepare", merchant_uid=merchant_uid, amount=1_000)
    assert node("payment", "getPrepare", merchant_uid=merchant_uid)["amount"] == 1_000
    assert refusal("payment", "getPrepare", merchant_uid="nobodys") == "HTTP_404"


def test_subscribe_onetime(node: NodeClient, refusal: Any, merchant_uid: str) -> None:
    order = {"merchant_uid": merchant_uid, "amount": 1_000}
    assert node("subscribe", "onetime", **order, **CARD)["status"] == "paid"
    assert refusal("subscribe", "onetime", **order, **CARD) == "IAMPORT_1"
    assert refusal("subscribe", "onetime", merchant_uid="another", amount=1_000, **INVALID) == "IAMPORT_-1"


def test_subscribe_again(node: NodeClient, refusal: Any, customer_uid: str, merchant_uid: str) -> None:
    order = {"merchant_uid": merchant_uid, "amount": 1_000}
    assert node("subscribe", "again", customer_uid=customer_uid, **order)["status"] == "paid"
    assert refusal("subscribe", "again", customer_uid="nobody", **order) == "IAMPORT_1"


def test_subscribe_schedule(node: NodeClient, refusal: Any, customer_uid: str, merchant_uid: str) -> None:
    one = {"merchant_uid": merchant_uid, "schedule_at": int(time.time()) + DAY, "amount": 1_000}
    made = node("subscribe", "schedule", customer_uid=customer_uid, schedules=[one])
    assert [each["schedule_status"] for each in made] == ["scheduled"]
    assert refusal("subscribe", "schedule", customer_uid=customer_uid, schedules=[one]) == "IAMPORT_1"


def test_subscribe_unschedule(node: NodeClient, refusal: Any, customer_uid: str, merchant_uid: str) -> None:
    one = {"merchant_uid": merchant_uid, "schedule_at": int(time.time()) + DAY, "amount": 1_000}
    node("subscribe", "schedule", customer_uid=customer_uid, schedules=[one])
    revoked = node("subscribe", "unschedule", customer_uid=customer_uid)
    assert [each["merchant_uid"] for each in revoked] == [merchant_uid]
    assert refusal("subscribe", "unschedule", customer_uid=customer_uid, merchant_uid="x") == "IAMPORT_1"


@pytest.mark.parametrize("create", ["create", "createCustomers"])
def test_subscribe_customer_create(node: NodeClient, refusal: Any, merchant_uid: str, create: str) -> None:
    made = node("subscribe_customer", create, customer_uid=merchant_uid, **CARD)
    assert made["customer_uid"] == merchant_uid
    assert refusal("subscribe_customer", create, customer_uid="another", **INVALID) == "IAMPORT_-1"


@pytest.mark.parametrize("get", ["get", "getCustomers"])
def test_subscribe_customer_get(node: NodeClient, refusal: Any, customer_uid: str, get: str) -> None:
    assert node("subscribe_customer", get, customer_uid=customer_uid)["customer_uid"] == customer_uid
    assert refusal("subscribe_customer", get, customer_uid="nobody") == "IAMPORT_1"


@pytest.mark.parametrize("delete", ["delete", "deleteCustomers"])
def test_subscribe_customer_delete(node: NodeClient, refusal: Any, customer_uid: str, delete: str) -> None:
    assert node("subscribe_customer", delete, customer_uid=customer_uid)["customer_uid"] == customer_uid
    assert refusal("subscribe_customer", delete, customer_uid=customer_uid) == "IAMPORT_1"


def test_certification_get(node: NodeClient, refusal: Any, certification: str) -> None:
    assert node("certification", "get", imp_uid=certification)["certified"] is True
    assert refusal("certification", "get", imp_uid="imp_000000000000") == "HTTP_404"


def test_certification_delete(node: NodeClient, refusal: Any, certification: str) -> None:
    assert node("certification", "delete", imp_uid=certification)["imp_uid"] == certification
    assert refusal("certification", "delete", imp_uid=certification) == "HTTP_404"


def test_vbank_create(node: NodeClient, refusal: Any, merchant_uid: str) -> None:
    account = {
        "merchant_uid": merchant_uid,
        "amount": 1_000,
        "vbank_code": "088",
        "vbank_due": int(time.time()) + DAY,
        "vbank_holder": "온새미로",
    }
    made = node("vbank", "create", **account)
    assert (made["status"], made["vbank_code"]) == ("ready", "088")
    assert made["vbank_num"]
    assert refusal("vbank", "create", **{**account, "vbank_code": "999"}).startswith(("HTTP_400", "IAMPORT_"))


def test_every_method_is_called_here_with_right_and_with_wrong_input(node: NodeClient) -> None:
    for name in ("node", "refusal"):
        assert set(node.methods) <= called_in(__file__, name)
