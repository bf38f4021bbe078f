"""A client whose gateway is played in memory: it grants a token, notes what it is asked, answers as it is told."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

import requests
from requests.adapters import BaseAdapter

from django_iamport.client import Client

TOKEN = {"code": 0, "response": {"access_token": "token", "expired_at": 2_000_000_000, "now": 1_000_000_000}}


class Sent(NamedTuple):
    """A request as the gateway understands it."""

    method: str
    segments: tuple[str, ...]
    query: list[tuple[str, str]]
    body: Any
    headers: dict[str, str]


class PlayedGateway(BaseAdapter):
    """Answers everything but the first request for a token with `status` and `body`."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[Sent] = []
        self.status = 200
        self.body: Any = None
        session = requests.Session()
        session.trust_env = False
        session.mount("http://", self)
        self.client = Client("key", "secret", base_url="http://gateway.invalid", session=session)
        self._granting = True
        self.client.get_token()
        self._granting = False

    def answers(self, body: Any, status: int = 200) -> None:
        """JSON for anything but bytes."""
        self.sent, self.body, self.status = [], body, status

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        address = urlsplit(request.url or "")
        self.sent.append(
            Sent(
                request.method or "",
                tuple(unquote(part) for part in address.path.split("/")[1:]),
                parse_qsl(address.query, keep_blank_values=True, strict_parsing=bool(address.query)),
                json.loads(request.body) if request.body else None,
                dict(request.headers),
            )
        )
        response = requests.Response()
        response.request = request
        body = TOKEN if self._granting else self.body
        response.status_code = 200 if self._granting else self.status
        response.raw = BytesIO(body if isinstance(body, bytes) else json.dumps(body).encode())
        return response

    def close(self) -> None:
        pass
