"""Whatever is sent to any address of ours and of the sandbox: an answer, typed where it is JSON, and no 500."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from django_iamport.sandbox.api.routes import ROUTES
from tests.shop.models import Order, OrderTransaction

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]

JSON_VIEWS = ["order_create_ajax", "order_checkout", "order_validation", "webhook", "confirm"]
FIELDS = {
    "order_create_ajax": ["checkout_key", "shown_amount", "buyer_name", "buyer_email", "note"],
    "order_checkout": ["order_id"],
    "order_validation": ["merchant_uid", "imp_uid", "ask"],
    "webhook": ["merchant_uid", "imp_uid"],
    "confirm": ["merchant_uid", "imp_uid", "amount", "event"],
}
KEY = "a" * 32

# As JSON writes them: Python's own numbers and texts couldn't say all of it.
WRONG = {
    "huge": "1e99999999999999999999",
    "tiny": "1e-99999999999999999999",
    "long": "9" * 5_000,
    "half a character": '"\\ud800"',
    "NUL": '"\\u0000"',
    "list": '["a"]',
    "object": '{"a": 1}',
    "deep": "[" * 3_000 + "]" * 3_000,
    "NaN": "NaN",
    "infinity": "-Infinity",
}


def body(**fields: str) -> str:
    """An object of values that are JSON already."""
    return "{" + ", ".join(f"{json.dumps(name)}: {value}" for name, value in fields.items()) + "}"


def good_fields(attempt: OrderTransaction, view: str) -> dict[str, str]:
    known = {
        "checkout_key": KEY,
        "shown_amount": "",
        "buyer_name": "Kim",
        "order_id": str(attempt.order_id),
        "merchant_uid": attempt.merchant_uid,
        "imp_uid": "imp_000000000000",
        "ask": False,
        "amount": 50_000,
        "event": "",
    }
    return {name: json.dumps(known.get(name, "")) for name in FIELDS[view]}


def is_typed(response: Any) -> bool:
    """An error's code and text, or, for the gateway, a reason."""
    answer = response.json()
    return "reason" in answer or set(answer["error"]) >= {"code", "message"}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=list(WRONG))
@pytest.mark.parametrize(
    ("view", "field"), [(view, field) for view, names in FIELDS.items() for field in names]
)
def test_a_field_of_the_wrong_kind_is_a_typed_400(shopper, attempt, view, field, wrong):
    shopper.add()
    fields = {**good_fields(attempt, view), field: wrong}
    response = shopper.client.post(reverse(f"iamport:{view}"), body(**fields), "application/json")
    assert response.status_code == 400
    assert is_typed(response)


@pytest.mark.parametrize("view", JSON_VIEWS)
@pytest.mark.parametrize(
    ("sent", "content_type"),
    [
        (b'{"merchant_uid": "a", "merchant_uid": "b"}', "application/json"),
        ("{}".encode("utf-7"), "application/json; charset=utf-7"),
        (b"merchant_uid=+2AA-", "application/x-www-form-urlencoded; charset=utf-7"),
        (b"merchant_uid=61", "application/x-www-form-urlencoded; charset=hex"),
        (b"broken", "multipart/form-data; boundary=x\x7f"),
        (b"--x", "multipart/form-data"),
        (b"merchant_uid=a", "multipart/form-data; boundary=x; charset=hex"),
        ("&".join(f"f{number}=1" for number in range(1_001)).encode(), "application/x-www-form-urlencoded"),
        (b"merchant_uid=%00&order_id=%00&checkout_key=%00", "application/x-www-form-urlencoded"),
    ],
    ids=["twice", "utf-7", "utf-7 form", "hex", "broken", "no boundary", "hex parts", "many", "NUL"],
)
def test_a_body_that_cannot_be_read_is_a_typed_400(client, shopper, attempt, view, sent, content_type):
    response = client.generic("POST", reverse(f"iamport:{view}"), sent, content_type)
    assert response.status_code == 400
    assert is_typed(response)


@pytest.mark.parametrize("view", JSON_VIEWS)
@pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
def test_another_method_is_refused_in_json(client, db, view, method):
    response = getattr(client, method)(reverse(f"iamport:{view}"))
    assert response.status_code == 405
    assert response.headers["Allow"] == "POST, OPTIONS"
    assert is_typed(response)


def test_a_number_and_a_truth_value_reach_the_form_as_text(shopper):
    shopper.add()
    response = shopper.order(KEY, buyer_name=12.5, note=True)
    assert response.status_code == 200
    assert (Order.objects.get().buyer_name, Order.objects.get().note) == ("12.5", "true")


# Everything else, at random.

EXAMPLES = 600

TEXTS = st.text(max_size=8) | st.sampled_from(
    [
        "\0",
        "\ud800",
        "카드",
        "true",
        "0",
        "-1",
        "1e400",
        "paid",
        "approve",
        "imp_000000000000",
        KEY,
        "KRW",
        "page",
    ]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS | st.sampled_from([10**400, 10**18, 1.5]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXTS, inner, max_size=2),
    max_leaves=4,
)
NAMES = st.sampled_from(
    sorted(
        {name for names in FIELDS.values() for name in names}
        | {"currency", "status", "reason", "checksum", "request_pay", "then", "leap", "days", "operation"}
        | {"kind", "times", "seconds", "after", "url", "content_type", "repeats", "params", "merchant_code"}
        | {"customer_uid", "card_number", "expiry", "schedules", "vbank_due", "vbank_code", "bank", "holder"}
        | {"account", "tel", "action", "key", "from", "page", "limit", "q", "attempt", "pay_method", "device"}
        | {"origin", "imp_key", "imp_secret", "imp_uid[]", "sorting", "to", "tax_free", "extra", "type"}
        | {"schedule_at", "logis", "sender", "receiver", "escrow", "phone", "birth", "identifier", "language"}
    )
)
# What most operations take, so that an odd value beside it is reached.
PLAUSIBLE: dict[str, Any] = {
    "merchant_uid": "order1",
    "amount": 50_000,
    "currency": "KRW",
    "customer_uid": "c1",
    "name": "Tea",
    "card_number": "4242-4242-4242-4242",
    "expiry": "2099-12",
    "birth": "950314",
    "pwd_2digit": "00",
    "vbank_code": "004",
    "vbank_due": 4_000_000_000,
    "vbank_holder": "Kim",
    "identifier": "01012345678",
    "schedules": [{"merchant_uid": "order2", "schedule_at": 4_000_000_000, "amount": 100}],
    "request_pay": {"merchant_uid": "order3", "amount": 100},
    "then": ["approve"],
    "operation": "*",
    "kind": "delay",
    "phone": "01012345678",
    "carrier": "SKT",
    "company": "CJGLS",
    "invoice": "1",
    "params": {"merchant_uid": "order4", "amount": 100},
    "merchant_code": "imp00000000",
}
ODD = st.dictionaries(NAMES | st.sampled_from(sorted(PLAUSIBLE)), VALUES, max_size=6)
OBJECTS = ODD | ODD.map(lambda odd: {**PLAUSIBLE, **odd})
CONTENT_TYPES = st.sampled_from(
    [
        "application/json",
        "application/json; charset=utf-7",
        "application/x-www-form-urlencoded",
        "application/x-www-form-urlencoded; charset=utf-16",
        "multipart/form-data; boundary=x",
        "multipart/form-data",
        "text/plain",
        "",
    ]
)
METHODS = st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE"])


def patterns(resolver: URLResolver, prefix: str = "") -> Iterator[str]:
    for each in resolver.url_patterns:
        route = prefix + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from patterns(each, route)
        else:
            yield route


def addresses() -> list[str]:
    ours = [route for route in patterns(get_resolver()) if route.startswith(("pay/", "sandbox/", "tickets/"))]
    return [route for route in ours if "^" not in route]


API = [(route.method, f"sandbox/api{route.path}") for route in ROUTES]
PLACES = st.tuples(METHODS, st.deferred(lambda: st.sampled_from(addresses()))) | st.sampled_from(API)
PARTS = st.sampled_from(["imp_000000000000", "%00", "%ED%A0%80", "a", "..", "카드", "approve", "cancel", "0"])


def write(value: Any, content_type: str) -> bytes:
    if content_type.startswith("application/json"):
        return json.dumps(value).encode(errors="surrogatepass")
    pairs = value.items() if isinstance(value, dict) else []
    return "&".join(f"{name}={part}" for name, part in pairs).encode(errors="surrogatepass")


class Known(NamedTuple):
    """What there is on the sandbox's side."""

    token: str
    imp_uid: str
    window: str


@pytest.fixture
def known(client: Client, settings: Any) -> Known:
    settings.IAMPORT_SANDBOX_ALLOWED = True
    asked = {"imp_key": "sandbox-key", "imp_secret": "sandbox-secret"}
    grant = client.post("/sandbox/api/users/getToken", asked, "application/json").json()["response"]
    opened = client.post(
        "/sandbox/window/open",
        {"merchant_code": "imp00000000", "params": {"merchant_uid": "order1", "amount": 50_000}},
        "application/json",
    ).json()
    return Known(grant["access_token"], opened["imp_uid"], opened["url"])


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)
@given(
    place=PLACES,
    value=OBJECTS | VALUES,
    query=st.dictionaries(NAMES, TEXTS, max_size=2),
    content_type=CONTENT_TYPES,
    part=PARTS,
    known_part=st.sampled_from(["", "merchant_uid", "imp_uid"]),
)
def test_no_request_is_answered_by_a_500(
    client, attempt, iamport_sandbox, known, place, value, query, content_type, part, known_part
):
    method, route = place
    part = {"merchant_uid": attempt.merchant_uid, "imp_uid": known.imp_uid}.get(known_part, part)
    path = (
        known.window
        if "window_key" in route
        else "/"
        + "".join(
            part if number % 2 else text
            for number, text in enumerate(
                route.replace("<", "{").replace(">", "}").replace("}", "{").split("{")
            )
        )
    )
    response = client.generic(
        method,
        path,
        write(value, content_type),
        content_type,
        QUERY_STRING="&".join(f"{name}={text}" for name, text in query.items())
        .encode(errors="replace")
        .decode("latin-1"),
        HTTP_AUTHORIZATION=f"Bearer {known.token}",
    )
    assert response.status_code != 500
