"""Whatever the sandbox answers, in any test, fits the gateway's own description.

A session fixture of tests/conftest.py puts `EveryAnswer.dispatch` in the place of the sandbox's own, and listens
to what requests hears of the sandboxes that run alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import fastjsonschema
import requests

from django_iamport.sandbox.api import Answer, dispatch
from django_iamport.sandbox.rules import Account
from tests import standalone
from tests.contract.description import Operation, load

UNLISTED = {("GET", "/vbanks/holder"), ("POST", "/subscribe/payments/foreign")}
"""Operations that older clients call and the description lists no longer."""


class EveryAnswer:
    """Remembers what didn't fit, so that a test fails though its code took the answer for a broken one."""

    def __init__(self) -> None:
        self.wrong: list[str] = []
        self._edited: set[str] = set()
        self._edit = Account.edit
        described = sorted(load(), key=lambda operation: operation.path.count("{"))
        # Behind a server that decodes paths, an id of the shop's may hold a `/`.
        self._paths = [
            (operation.method, _pattern(operation.path, merchant_uid), operation)
            for merchant_uid in ("[^/]+", ".+")
            for operation in described
        ]

    def dispatch(
        self, account: Account, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes
    ) -> Answer:
        answer = dispatch(account, method, path, query, headers, body)
        self._hear(method, path, answer)
        return answer

    def listening(self, send: Callable[..., requests.Response]) -> Callable[..., requests.Response]:
        """`requests.Session.send` that hears what sandboxes in processes of their own answer."""

        def listen(
            session: requests.Session, request: requests.PreparedRequest, **options: Any
        ) -> requests.Response:
            response = send(session, request, **options)
            path = standalone.path_of_operation(request.url or "")
            if path is not None:
                self._hear(request.method or "", path, Answer(response.status_code, response.content))
            return response

        return listen

    def _hear(self, method: str, path: str, answer: Answer) -> None:
        try:
            self.check(method, path.rstrip("/"), answer)
        except (AssertionError, ValueError) as error:
            self.wrong.append(f"{method} {path} answered {answer.status}: {error}")

    def edit(self, account: Account, imp_uid: str, fields: Mapping[str, Any], without: Any = ()) -> None:
        """A test lets the gateway tell nonsense of a payment: that needn't fit."""
        if fields or without:
            self._edited.add(imp_uid)
        self._edit(account, imp_uid, fields, without)

    def check(self, method: str, path: str, answer: Answer) -> None:
        told = json.loads(answer.body)
        assert list(told) == ["code", "message", "response"]
        if told["code"]:
            assert isinstance(told["code"], int)
            assert told["message"], "a refusal without a text"
            assert told["response"] is None
        else:
            assert answer.status in (200, 207)
            assert told["message"] is None
        if answer.status >= 300 or (method, path) in UNLISTED or self._is_edited(answer):
            return
        operation = next(
            (
                operation
                for verb, pattern, operation in self._paths
                if verb == method and pattern.fullmatch(path)
            ),
            None,
        )
        assert operation is not None, "no operation of the description"
        _validator(operation, answer.status)(told)

    def _is_edited(self, answer: Answer) -> bool:
        return any(imp_uid.encode() in answer.body for imp_uid in self._edited)


@cache
def _validator(operation: Operation, status: int) -> Callable[[Any], Any]:
    assert status in operation.statuses, f"HTTP {status} is not declared"
    schema = {"$schema": "http://json-schema.org/draft-04/schema#", **operation.answer_schema(status)}
    compiled: Callable[[Any], Any] = fastjsonschema.compile(schema)
    return compiled


def _pattern(path: str, merchant_uid: str) -> re.Pattern[str]:
    optional = path.replace("/{payment_status}", "(?:/[^/]+)?") if "/find" in path else path
    optional = optional.replace("{merchant_uid}", merchant_uid)
    return re.compile(re.sub(r"{\w+}", "[^/]+", optional))
