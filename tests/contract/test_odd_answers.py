"""Whatever the gateway answers: a result, or one of the typed errors; never anything else."""

from __future__ import annotations

import contextlib
import json
from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from django_iamport.client import GatewayError
from django_iamport.client.http.token import GET_TOKEN
from tests.contract.answers import answers, successes
from tests.contract.description import load
from tests.contract.methods import ONE_OF_SEVERAL, methods
from tests.contract.played import PlayedGateway

pytestmark = pytest.mark.contract

API = load()
METHODS = [method for method in methods(API) if method.operation is not GET_TOKEN]
MOMENT = datetime(2024, 1, 1, tzinfo=timezone.utc)
ODD = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters())
    | st.sampled_from([-1, 10**30, 1e400, "100", "\ud800", "", 0.001]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
BODIES = (
    st.binary(max_size=50)
    | st.text().map(str.encode)
    | st.sampled_from(
        [b"[" * 50_000, b'{"code": 0, "response": 1E+999999999999999999999}', b"\xef\xbb\xbf{}"]
    )
)
STATUSES = st.sampled_from(
    [200, 201, 204, 207, 301, 400, 401, 403, 404, 405, 409, 418, 429, 500, 501, 502, 599]
)
often = settings(
    max_examples=4,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def gateway():
    return PlayedGateway()


def call(gateway: PlayedGateway, method: Any, body: Any, status: int = 200) -> None:
    """Every outcome but a result and a GatewayError comes through."""
    gateway.answers(body, status)
    with contextlib.suppress(GatewayError):
        method.of(gateway.client)(**{**ONE_OF_SEVERAL.get(method.operation.name, {}), **arguments(method)})


def arguments(method: Any) -> dict[str, Any]:
    values = {"datetime": MOMENT, "Amount": 100}
    return {
        keyword: values.get(hint, ["a"] if hint.startswith(("Sequence", "Iterable")) else "a")
        for keyword, hint in method.keywords.items()
        if keyword in method.required
    }


def spoilt(draw: st.DrawFn, part: Any) -> Any:
    """An answer with one part of it replaced by anything, or left out."""
    if isinstance(part, dict) and part and draw(st.integers(0, 4)):
        name = draw(st.sampled_from(sorted(part)))
        changed = {**part, name: spoilt(draw, part[name])}
        if draw(st.integers(0, 4)) == 0:
            del changed[name]
        return changed
    if isinstance(part, list) and part and draw(st.booleans()):
        return [spoilt(draw, part[0]), *part[1:]]
    return draw(ODD)


@st.composite
def spoilt_successes(draw: st.DrawFn, operation: Any) -> Any:
    return spoilt(draw, draw(successes(operation)))


@pytest.mark.parametrize("method", METHODS, ids=str)
@often
@given(data=st.data())
def test_an_answer_that_fits_or_nearly_fits_is_a_result_or_a_typed_error(method, gateway, data):
    kinds = answers(method.described) | spoilt_successes(method.described)
    call(gateway, method, data.draw(kinds), data.draw(st.just(200) | STATUSES))


@pytest.mark.parametrize("method", METHODS, ids=str)
@often
@given(body=BODIES | ODD.map(lambda value: json.dumps(value).encode()), status=STATUSES)
def test_nonsense_is_a_typed_error(method, gateway, body, status):
    call(gateway, method, body, status)


@often
@given(body=BODIES | ODD, status=STATUSES)
def test_nonsense_for_a_token_is_a_typed_error(gateway, body, status):
    gateway.answers(body, status)
    gateway.client._tokens._kept = None
    with contextlib.suppress(GatewayError):
        gateway.client.get_token()
