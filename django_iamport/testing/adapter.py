"""Requests of the shop's client, answered without a network."""

from collections import defaultdict, deque
from collections.abc import Callable
from io import BytesIO
from typing import Any, NoReturn
from urllib.parse import urlsplit

import requests
from requests.adapters import BaseAdapter

from ..sandbox.api import Answer, dispatch, group_of, operation_of
from ..sandbox.delivery.faults import answer_unless_faulty
from ..sandbox.rules import Account


class Adapter(BaseAdapter):
    """Hands a prepared request to the gateway's routes, unless a fault was asked for."""

    def __init__(self, account: Account) -> None:
        super().__init__()
        self.account = account
        self.calls: list[str] = []
        self.meanwhile: defaultdict[str, deque[Callable[[], object]]] = defaultdict(deque)

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        method, url = request.method or "GET", urlsplit(request.url or "")
        self.calls.append(f"{method} {url.path}")
        body = request.body or b""

        operation = operation_of(method, url.path)

        def work() -> Answer:
            answer = dispatch(
                self.account,
                method,
                url.path,
                url.query,
                dict(request.headers),
                body.encode() if isinstance(body, str) else bytes(body),
            )
            if operation is not None:
                self._let_happen(operation)
            return answer

        answer = answer_unless_faulty(self.account.store, operation, work, _Connection())
        return _response(request, answer)

    def _let_happen(self, operation: str) -> None:
        """What was to happen during this call, or else during one of its group."""
        planned = self.meanwhile[operation] or self.meanwhile[group_of(operation)]
        if planned:
            planned.popleft()()

    def close(self) -> None:
        """Nothing is held open."""


class _Connection:
    """No test waits: what would take long enough to notice is over at once."""

    def wait(self, seconds: float) -> None:
        return

    def drop(self, seconds: float) -> NoReturn:
        if seconds:
            raise requests.exceptions.ReadTimeout("the sandbox was asked to time out")
        raise requests.exceptions.ConnectionError("the sandbox was asked to disconnect")


def _response(request: requests.PreparedRequest, answer: Answer) -> requests.Response:
    response = requests.Response()
    response.status_code = answer.status
    response.headers["Content-Type"] = answer.content_type
    response.encoding = "utf-8"
    response.raw = BytesIO(answer.body)
    response.url = request.url or ""
    response.request = request
    return response
