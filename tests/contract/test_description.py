"""The description itself: how much there is, that its corrections are needed, that the tests read it rightly."""

from __future__ import annotations

import copy

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft4Validator, ValidationError

from tests.contract.answers import answers, successes
from tests.contract.corrections import AT_A_PLACE, EVERYWHERE, corrected, objects, places
from tests.contract.description import load, raw

pytestmark = pytest.mark.contract

API = load()
DESCRIBED = raw()


def test_there_are_eighty_operations():
    assert len(API) == sum(map(len, DESCRIBED["paths"].values())) == 80


def test_every_schema_is_one_after_the_corrections():
    schemas = [
        {**schema, "definitions": {}}
        for operation in API
        for schema in (
            operation.answer_schema(),
            operation.schema_of("query"),
            operation.schema_of("formData"),
        )
    ]
    Draft4Validator.check_schema({"definitions": next(iter(API)).definitions, "allOf": schemas})


@pytest.mark.parametrize("correction", AT_A_PLACE, ids=lambda correction: correction.where)
def test_a_correction_at_a_place_is_needed_and_has_a_reason(correction):
    found = places(DESCRIBED, correction.where)
    assert found
    assert correction.reason
    held = [parent[key] if key in parent or isinstance(key, int) else None for parent, key in found]
    wanted = [correction.holds(value) if callable(correction.holds) else correction.holds for value in held]
    assert held != wanted


@pytest.mark.parametrize(("correct", "reason"), EVERYWHERE, ids=lambda part: getattr(part, "__name__", None))
def test_a_correction_of_everything_is_needed_and_has_a_reason(correct, reason):
    changed = copy.deepcopy(DESCRIBED)
    for schema in list(objects(changed)):
        correct(schema)
    assert changed != DESCRIBED
    assert reason


def test_corrections_leave_the_description_as_it_was():
    before = copy.deepcopy(DESCRIBED)
    corrected(DESCRIBED)
    assert before == DESCRIBED


@pytest.mark.parametrize("operation", list(API), ids=str)
@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_what_is_generated_fits_the_schema(operation, data):
    operation.check_answer(200, data.draw(answers(operation)))
    success = data.draw(successes(operation))
    operation.check_answer(200, success)
    assert success["code"] == 0


def test_a_request_of_another_kind_is_noticed():
    cancel = API.operations["POST", "/payments/cancel"]
    find_many = API.operations["GET", "/payments"]
    cancel.check_request([], {"imp_uid": "imp_1", "amount": 10.5})
    find_many.check_request([("imp_uid[]", "a"), ("imp_uid[]", "b")], None)
    for query, body in (
        ([], {"amount": "10"}),
        ([], {"Amount": 10}),
        ([("amount", "10")], {}),
    ):
        with pytest.raises(ValidationError):
            cancel.check_request(query, body)
    with pytest.raises(ValidationError):
        API.operations["POST", "/payments/prepare"].check_request([], {"merchant_uid": "m1"})


def test_an_answer_of_another_kind_is_noticed():
    find = API.operations["GET", "/payments/{imp_uid}"]
    for body in (
        {},
        {"code": "0"},
        {"code": 0, "response": []},
        {"code": 0, "response": {"imp_uid": "imp_1"}},
    ):
        with pytest.raises(ValidationError):
            find.check_answer(200, body)
