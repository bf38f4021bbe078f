"""The client against the gateway's own description: each operation's method, what it sends, what it reads."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from django_iamport.client.http.answer import nothing
from django_iamport.client.http.token import GET_TOKEN
from tests.contract.answers import successes
from tests.contract.description import load
from tests.contract.methods import ONE_OF_SEVERAL, declared, methods, shape
from tests.contract.played import PlayedGateway

pytestmark = pytest.mark.contract

API = load()
METHODS = methods(API)
CALLED = [method for method in METHODS if method.operation is not GET_TOKEN]
# Without shrinking: an answer has dozens of fields, and the assertions tell which one it is.
quickly = settings(
    max_examples=4,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def arguments_of(method):
    ids = ONE_OF_SEVERAL.get(method.operation.name, {})
    return method.arguments().map(lambda arguments: {**ids, **arguments})


@pytest.fixture(scope="module")
def gateway():
    return PlayedGateway()


def test_every_operation_of_the_description_has_a_method():
    known = {shape(operation.method, operation.path) for operation in declared()}
    missing = [str(operation) for operation in API if shape(operation.method, operation.path) not in known]
    print(f"{len(API) - len(missing)} of the description's {len(API)} operations have a method")
    assert missing == []


def test_the_client_declares_each_operation_once_and_none_that_is_not_described():
    shapes = [shape(operation.method, operation.path) for operation in declared()]
    assert sorted(shapes) == sorted(shape(operation.method, operation.path) for operation in API)
    assert len({operation.name for operation in declared()}) == len(shapes)


@pytest.mark.parametrize("method", METHODS, ids=str)
def test_a_method_says_what_it_does_and_what_it_raises(method, gateway):
    function = method.of(gateway.client)
    assert inspect.getdoc(function)
    assert "aises" in f"{inspect.getdoc(function)} {inspect.getdoc(type(function.__self__))}"


@pytest.mark.parametrize("method", CALLED, ids=str)
def test_a_method_has_every_parameter_and_requires_those_that_are_required(method):
    described = {
        name: parameter.get("required", False)
        for place in ("path", "query", "formData")
        for parameter in method.described.parameters_in(place)
        for name in [parameter["name"]]
    }
    assert {method.wire_name(keyword) for keyword in method.keywords} == described.keys()
    assert {method.wire_name(keyword) for keyword in method.required} == {
        name for name, required in described.items() if required
    }


@pytest.mark.parametrize("method", CALLED, ids=str)
@quickly
@given(data=st.data())
def test_a_method_sends_what_the_description_wants_and_reads_what_it_promises(method, gateway, data):
    given_ = data.draw(arguments_of(method))
    gateway.answers(data.draw(successes(method.described)))
    result = method.of(gateway.client)(**given_)
    assert (result is None) == (method.operation.read is nothing)
    [sent] = gateway.sent
    method.described.check_request(sent.query, sent.body)
    assert sent.method == method.described.method
    on_wire = {method.wire_name(keyword): value for keyword, value in {**method.defaults, **given_}.items()}
    in_path = [
        part for part in method.described.path.split("/")[1:] if part.strip("{}") in on_wire or part[0] != "{"
    ]
    assert list(sent.segments) == [
        on_wire.pop(part.strip("{}")) if part[0] == "{" else part for part in in_path
    ]
    in_query = {parameter["name"] for parameter in method.described.parameters_in("query")}
    pairs = [pair for name in on_wire if name in in_query for pair in _pairs(name, on_wire[name])]
    assert sorted(sent.query) == sorted(pairs)
    assert (sent.body or {}) == {name: _json(on_wire[name]) for name in on_wire if name not in in_query}


@quickly
@given(data=st.data())
def test_the_token_is_asked_for_and_read_as_described(gateway, data):
    described = API.operations["POST", "/users/getToken"]
    answer = data.draw(successes(described))
    gateway.answers(answer)
    gateway.client._tokens._kept = None
    assert gateway.client.get_token() == answer["response"]["access_token"]
    [sent] = gateway.sent
    described.check_request(sent.query, sent.body)
    assert (sent.method, sent.segments) == ("POST", ("users", "getToken"))
    assert sent.body == {"imp_key": "key", "imp_secret": "secret"}


def _pairs(name: str, value: Any) -> list[tuple[str, str]]:
    if isinstance(value, list):
        return [(name, part) for part in value]
    return [(name, str(value).lower() if isinstance(value, bool) else str(_json(value)))]


def _json(value: Any) -> Any:
    """What JSON holds for a value, said once more and otherwise than in the client."""
    if isinstance(value, datetime):
        return int(value.timestamp())
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, Mapping):
        return {name: _json(part) for name, part in value.items()}
    return [_json(part) for part in value] if isinstance(value, list) else value
