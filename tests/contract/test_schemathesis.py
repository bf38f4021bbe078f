"""Schemathesis asks the sandbox whatever fits the description, and what nearly does.

Every answer is one that the description declares, with the corrections of corrections.py, and has its schema; no
exception of ours comes through. Every other question is put with values that mean something: else it would hear of
unknown payments only.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from schemathesis.checks import CHECKS, load_all_checks

from django_iamport.sandbox.api import dispatch
from django_iamport.sandbox.rules import Account, Merchant
from django_iamport.sandbox.rules.services.otp import CODE
from django_iamport.sandbox.seeds import create_payments
from django_iamport.sandbox.state.clock import Clock
from django_iamport.sandbox.state.stores import MemoryStore
from tests.contract.corrections import corrected
from tests.contract.description import raw

pytestmark = pytest.mark.contract

Known = dict[str, list[Any]]
CARD = {"card_number": "4242-4242-4242-4242", "expiry": "2099-12"}
PERSON = {"name": "김", "phone": "01012345678", "birth": "900101", "gender_digit": "1", "carrier": "SKT"}
PARCEL = {
    "delivery_method": "DELIVERY",
    "delivery_company": "CJGLS",
    "tracking_number": "1",
    "dispatched_at": 1,
}
SOMEBODY = {"name": "김", "tel": "010-1", "addr": "서울", "postcode": "01234"}
SHIPPING = {
    "sender": SOMEBODY,
    "receiver": SOMEBODY,
    "logis": {"company": "CJGLS", "invoice": "1", "sent_at": 1},
}
TEA = {
    "id": "tea",
    "name": "녹차",
    "basePrice": 10_000,
    "quantity": 1,
    "infoUrl": "http://shop.invalid/tea",
    "imageUrl": "http://shop.invalid/tea.png",
    "shipping": {"baseFee": 0, "feePayType": "FREE"},
}


class Gateway:
    """The sandbox's REST API as a WSGI application, with an account in memory."""

    def __init__(self) -> None:
        self.account = Account(MemoryStore(), Clock(), Merchant())

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        asked = urlsplit(environ["REQUEST_URI"])
        headers = {"Content-Type": environ.get("CONTENT_TYPE", ""), "Authorization": self.token}
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        answer = dispatch(self.account, environ["REQUEST_METHOD"], asked.path, asked.query, headers, body)
        start_response(f"{answer.status} Said", [("Content-Type", answer.content_type)])
        return [answer.body]

    @property
    def token(self) -> str:
        merchant = self.account.merchant
        return self.account.token(merchant.key, merchant.secret)["access_token"]

    def ask(self, method: str, path: str, body: object = None) -> Any:
        sent = b"" if body is None else json.dumps(body).encode()
        headers = {"Authorization": self.token}
        return json.loads(dispatch(self.account, method, path, "", headers, sent).body)["response"]

    def pay(self, **params: Any) -> str:
        imp_uid = str(
            self.account.open_window({"merchant_uid": "order", "amount": 10_000, **params})["imp_uid"]
        )
        self.account.approve(imp_uid)
        return imp_uid

    def fill(self) -> Known:
        """Have something of everything; what there is, by the names of parameters."""
        self.account = Account(MemoryStore(), Clock(), Merchant())
        soon = self.account.clock.unix() + 1_000
        channels = [each["channel_key"] for each in self.ask("GET", "/users/pg")]
        paid = create_payments(self.account)
        for n, pg in enumerate(("naverpay", "naverco", "payco")):
            paid.append(self.pay(merchant_uid=f"wallet{n}", pg=pg, naverProducts=[TEA], escrow=True))
        orders = self.ask("GET", f"/payments/{paid[-2]}/naver/product-orders") or []
        plan = {"merchant_uid": "planned", "schedule_at": soon, "amount": 100, "name": "구독"}
        for key in channels:
            self.ask("POST", "/subscribe/customers/kim", {**CARD, "channel_key": key})
            self.ask("POST", "/certifications/otp/request", {**PERSON, "channel_key": key})
        self.ask("POST", "/subscribe/payments/schedule", {"customer_uid": "kim", "schedules": [plan]})
        self.ask("POST", "/payments/prepare", {"merchant_uid": "prepared", "amount": 100})
        certified = [row["imp_uid"] for row in self.account.store.find("certification")]
        there_is: Known = {
            **{name: [value] for name, value in {**CARD, **PERSON, **PARCEL, **SHIPPING}.items()},
            "imp_uid": [*paid, *certified],
            "merchant_uid": ["wallet0", "prepared", "planned"],
            "customer_uid": ["kim"],
            "product_order_id": [order["product_order_id"] for order in orders],
            "channel_key": channels,
            "amount": [100],
            "schedule_at": [soon],
            "vbank_due": [soon],
            "vbank_code": ["088"],
            "identifier": ["01012345678"],
            "otp": [CODE],
            "schedules": [[{**plan, "merchant_uid": "planned2"}]],
            "payment_status": ["paid"],
            "status": ["DELIVERY_START"],
            "from": [soon - 1_000],
            "to": [soon + 1_000],
            "schedule_from": [soon - 1_000],
            "schedule_to": [soon + 1_000],
            "memo": ["포장이 뜯겼습니다"],
            "page": [1],
        }
        return {name: values for name, values in there_is.items() if values}


def without_references(part: Any, definitions: Any) -> Any:
    """Parameters with the definitions that they name: this dialect has none there, and Schemathesis loses them."""
    if isinstance(part, dict) and "$ref" in part:
        return without_references(definitions[part["$ref"].rpartition("/")[2]], definitions)
    if isinstance(part, dict):
        return {name: without_references(inner, definitions) for name, inner in part.items()}
    return [without_references(inner, definitions) for inner in part] if isinstance(part, list) else part


def described() -> dict[str, Any]:
    description = corrected(raw())
    for operations in description["paths"].values():
        for operation in operations.values():
            operation["parameters"] = without_references(
                operation.get("parameters", []), description["definitions"]
            )
    return description


load_all_checks()
CHECKED = [
    CHECKS.get_one(name)
    for name in ("status_code_conformance", "content_type_conformance", "response_schema_conformance")
]
WITHOUT_EXAMPLES = {"phases": {"coverage": {"enabled": False}, "examples": {"enabled": False}}}
GATEWAY = Gateway()
API = schemathesis.openapi.from_dict(described(), config=schemathesis.Config.from_dict(WITHOUT_EXAMPLES))
API.app = GATEWAY


@pytest.fixture
def known() -> Known:
    return GATEWAY.fill()


@API.parametrize()
@API.given(data=st.data())
@settings(
    max_examples=5,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_whatever_is_asked_the_answer_is_a_declared_one(case: Any, data: Any, known: Known) -> None:
    if data.draw(st.booleans()):
        make_sense(case, data, known)
    case.call_and_validate(checks=CHECKED)


def make_sense(case: Any, data: Any, known: Known) -> None:
    """Ask with known values, for what is required and for some of the rest."""
    for place, part in (("path", case.path_parameters), ("query", case.query), ("formData", case.body)):
        if not isinstance(part, dict):
            continue
        declared = [each for each in case.operation.definition.raw["parameters"] if each["in"] == place]
        values = {
            each["name"]: data.draw(st.sampled_from(known[each["name"]]))
            for each in declared
            if each["name"] in known and (each.get("required") or data.draw(st.booleans()))
        }
        if place != "path":
            part.clear()
        part.update(values)
