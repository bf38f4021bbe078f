"""The check that every answer of the sandbox passes in every test."""

import json
from typing import Any

import fastjsonschema
import pytest
import requests

from django_iamport.sandbox.api import Answer
from tests import standalone
from tests.contract.every_answer import EveryAnswer

pytestmark = pytest.mark.contract

EVERY_ANSWER = EveryAnswer()
PREPARED = {"merchant_uid": "m", "amount": 100, "currency": None}


def check(status: int, code: Any, message: Any, response: Any, path: str = "/payments/prepare/m") -> None:
    told = {"code": code, "message": message, "response": response}
    EVERY_ANSWER.check("GET", path, Answer(status, json.dumps(told).encode()))


def test_what_fits_passes() -> None:
    check(200, 0, None, PREPARED)
    check(404, -1, "없음", None)
    check(200, 1, "거절", None)
    check(404, -1, "존재하지 않는 API입니다.", None, "/nowhere")


@pytest.mark.parametrize(
    ("status", "code", "message", "response"),
    [
        (200, 0, None, {**PREPARED, "amount": "100"}),
        (200, 0, None, {"amount": 100}),
        (200, 0, "text", PREPARED),
        (201, 0, None, PREPARED),
        (404, 0, None, PREPARED),
        (404, -1, None, None),
        (404, "F1001", "없음", None),
        (200, 1, "거절", {}),
    ],
)
def test_what_does_not_fit_is_noticed(status: int, code: Any, message: Any, response: Any) -> None:
    with pytest.raises((AssertionError, fastjsonschema.JsonSchemaException)):
        check(status, code, message, response)


def test_an_operation_that_the_gateway_does_not_have_is_noticed() -> None:
    with pytest.raises(AssertionError, match="no operation"):
        check(200, 0, None, PREPARED, "/payments/prepared/m")


def test_what_a_sandbox_in_a_process_of_its_own_answers_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standalone, "_APIS", {"http://127.0.0.1:9/api/"})
    checked, answer = EveryAnswer(), requests.Response()
    answer.status_code, answer._content = 200, b'{"code": 0, "message": null, "response": {"amount": 100}}'
    send = checked.listening(lambda *_, **__: answer)
    for url in ("http://127.0.0.1:9/control/", "http://127.0.0.1:9/api/payments/prepare/m?a=b"):
        send(requests.Session(), requests.Request("GET", url).prepare())
    assert [wrong.partition(" answered")[0] for wrong in checked.wrong] == ["GET /payments/prepare/m"]
