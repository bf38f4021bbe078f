"""`iamporter` of PyPI: each method with right and with wrong input."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any

import pytest
from iamporter import Iamporter
from iamporter.api import Payments, Subscribe
from iamporter.errors import ImpApiError, ImpUnAuthorized

from tests.clients.cards import CARD, INVALID
from tests.standalone import Standalone

NOBODY = "imp_000000000000"


@pytest.fixture
def client(running: Standalone) -> Iamporter:
    made = Iamporter(running.told["key"], running.told["secret"], imp_url=f"{running.url}/")
    made.requests_session.trust_env = False
    return made


@pytest.fixture
def payments(client: Iamporter) -> Payments:
    return Payments(**client._api_kwargs)


@pytest.fixture
def subscribe(client: Iamporter) -> Subscribe:
    return Subscribe(**client._api_kwargs)


def code_of(refused: Any) -> tuple[int, int]:
    """HTTP status and the envelope's code."""
    answer = getattr(refused, "value", refused)
    response = getattr(answer, "response", answer)
    return response.status, response.code


def test_a_wrong_key_is_refused(running: Standalone) -> None:
    with pytest.raises(ImpUnAuthorized):
        Iamporter("wrong", "wrong", imp_url=f"{running.url}/")


def test_find_payment(client: Iamporter, paid: str, merchant_uid: str) -> None:
    assert client.find_payment(imp_uid=paid)["amount"] == 1_000
    assert client.find_payment(merchant_uid=merchant_uid)["imp_uid"] == paid
    with pytest.raises(ImpApiError) as refused:
        client.find_payment(imp_uid=NOBODY)
    assert code_of(refused) == (404, -1)


def test_cancel_payment(client: Iamporter, paid: str) -> None:
    assert client.cancel_payment(imp_uid=paid, amount=400, reason="a part")["cancel_amount"] == 400
    with pytest.raises(ImpApiError) as refused:
        client.cancel_payment(imp_uid=paid, amount=601)
    assert code_of(refused) == (200, 1)


def test_billkeys(client: Iamporter, merchant_uid: str) -> None:
    made = client.create_billkey(merchant_uid, **CARD, customer_info={"name": "김"})
    assert (made["customer_uid"], made["customer_name"]) == (merchant_uid, "김")
    with pytest.raises(ImpApiError) as refused:
        client.create_billkey("another", **INVALID)
    assert code_of(refused) == (200, -1)
    assert client.find_billkey(merchant_uid)["customer_uid"] == merchant_uid
    with pytest.raises(ImpApiError):
        client.find_billkey("nobody")
    assert client.delete_billkey(merchant_uid)["customer_uid"] == merchant_uid
    with pytest.raises(ImpApiError) as refused:
        client.delete_billkey(merchant_uid)
    assert code_of(refused) == (200, 1)


def test_create_payment(client: Iamporter, merchant_uid: str) -> None:
    sale = {"merchant_uid": merchant_uid, "name": "구독", "amount": 1_000}
    kept = {"customer_uid": f"customer-{merchant_uid}"}
    assert client.create_payment(**sale, **kept, **CARD)["status"] == "paid"
    again = client.create_payment(**{**sale, "merchant_uid": f"{merchant_uid}-2"}, **kept)
    assert again["customer_uid_usage"] == "payment"
    with pytest.raises(ImpApiError) as refused:
        client.create_payment(**sale, **CARD)
    assert code_of(refused) == (200, 1)


def test_payments(payments: Payments, pay: Any, paid: str, merchant_uid: str) -> None:
    assert payments.get(paid).data["amount"] == 1_000
    assert code_of(payments.get(NOBODY)) == (404, -1)
    assert payments.get_find(merchant_uid, "paid").data["imp_uid"] == paid
    assert code_of(payments.get_find("nobodys")) == (404, -1)
    assert payments.get_findall(merchant_uid).data["total"] == 1
    assert code_of(payments.get_findall(merchant_uid, "lost")) == (400, -1)
    assert payments.get_status("paid", limit=100).data["total"] >= 1
    assert code_of(payments.get_status("paid", page=0)) == (400, -1)
    assert code_of(payments.get_balance(paid)) == (404, -1)
    by_payco = pay(merchant_uid=f"{merchant_uid}-2", pay_method="payco")
    assert payments.get_balance(by_payco).data["amount"] == 1_000
    assert payments.post_cancel(imp_uid=paid, amount=400).data["cancel_amount"] == 400
    assert code_of(payments.post_cancel(imp_uid=paid, checksum=1_000)) == (200, 1)


def test_subscribe(subscribe: Subscribe, merchant_uid: str) -> None:
    card = [CARD[name] for name in ("card_number", "expiry", "birth")]
    assert subscribe.post_customers(merchant_uid, *card).data["customer_uid"] == merchant_uid
    assert code_of(subscribe.post_customers("another", "0000-0000-0000-0000", *card[1:])) == (200, -1)
    assert subscribe.get_customers(merchant_uid).is_succeed
    assert code_of(subscribe.get_customers("nobody")) == (200, 1)
    paid = subscribe.post_payments_again(merchant_uid, f"{merchant_uid}-1", 1_000, "구독")
    assert paid.data["status"] == "paid"
    assert code_of(subscribe.post_payments_again("nobody", "another", 1_000, "구독")) == (200, 1)
    assert subscribe.post_payments_onetime(f"{merchant_uid}-2", 1_000, *card).data["status"] == "paid"
    assert code_of(subscribe.post_payments_onetime(f"{merchant_uid}-2", 1_000, *card)) == (200, 1)
    assert subscribe.get_customers_payments(merchant_uid).data["total"] == 1
    assert code_of(subscribe.get_customers_payments("nobody")) == (200, 1)
    assert subscribe.delete_customers(merchant_uid).is_succeed
    assert code_of(subscribe.delete_customers(merchant_uid)) == (200, 1)


def test_every_method_is_called_here_with_right_and_with_wrong_input() -> None:
    text = Path(__file__).read_text(encoding="utf-8")
    for name, made in (("client", Iamporter), ("payments", Payments), ("subscribe", Subscribe)):
        methods = {method for method, _ in inspect.getmembers(made, inspect.isfunction) if method[0] != "_"}
        assert methods
        called = re.findall(rf"\b{name}\.(\w+)\(", text)
        assert {method for method in methods if called.count(method) < 2} == set()
