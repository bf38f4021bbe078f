"""A gateway on 127.0.0.1 that answers what a test tells it to, decently or not."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

import pytest
import requests

from django_iamport.client import Client
from tests.serving import serving, until

TOKEN_PATH = "/users/getToken"
PAYMENT = {
    "imp_uid": "imp_1",
    "merchant_uid": "m1",
    "status": "paid",
    "amount": 10500,
    "cancel_amount": 0,
    "currency": "KRW",
    "sandbox": False,
}


class Seen(NamedTuple):
    method: str
    path: str
    headers: dict[str, str]
    body: Any

    @property
    def segments(self) -> list[str]:
        """The path's parts as the gateway understands them."""
        return [unquote(part) for part in urlsplit(self.path).path.split("/")]


Answer = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else each answer with a body waits 40 ms
    server: FakeGateway

    def setup(self) -> None:
        super().setup()
        self.server.connections += 1

    def answer(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length)
        seen = Seen(self.command, self.path, dict(self.headers), json.loads(body) if body else None)
        self.server.seen.append(seen)
        self.server.next_answer(seen)(self)

    do_GET = do_POST = do_PUT = do_DELETE = answer  # noqa: N815 - the names that http.server calls

    def log_message(self, *_: object) -> None:
        pass


class FakeGateway(ThreadingHTTPServer):
    """Answers what is in `answers`, in order; tokens are granted unless `token_answers` says otherwise."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.forget_everything()

    def forget_everything(self) -> None:
        self.seen: list[Seen] = []
        self.answers: list[Answer] = []
        self.token_answers: list[Answer] = []
        self.connections = 0
        self.granted = 0

    def server_bind(self) -> None:
        TCPServer.server_bind(self)  # without HTTPServer's look-up of this machine's name

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def calls(self) -> list[str]:
        """Everything asked for besides tokens."""
        return [f"{seen.method} {seen.path}" for seen in self.seen if seen.path != TOKEN_PATH]

    @property
    def token_calls(self) -> int:
        return sum(seen.path == TOKEN_PATH for seen in self.seen)

    def next_answer(self, seen: Seen) -> Answer:
        if seen.path != TOKEN_PATH:
            return self.answers.pop(0)
        if self.token_answers:
            return self.token_answers.pop(0)
        self.granted += 1
        return says(200, granted(f"token-{self.granted}"))

    def answers_to(self, path: str) -> list[Answer]:
        """What the next requests for that path are answered, unless it is a token."""
        return self.token_answers if path == TOKEN_PATH else self.answers

    def handle_error(self, request: object, client_address: object) -> None:
        pass  # a client that has gone away is what some tests are about


def granted(token: object = "token-x", life: object = 1800, now: object = 1_700_000_000) -> dict[str, Any]:
    end = now + life if isinstance(now, int) and isinstance(life, (int, float)) else life
    return {"code": 0, "message": None, "response": {"access_token": token, "expired_at": end, "now": now}}


def says(status: int, body: object, **headers: str) -> Answer:
    """A whole answer: JSON for anything but bytes."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()

    def answer(handler: Handler) -> None:
        handler.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    return answer


def hangs_up(handler: Handler) -> None:
    """The connection ends where an answer should begin."""
    handler.close_connection = True


def breaks_off(handler: Handler) -> None:
    """The connection ends in the middle of the body."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"code": 0,')
    handler.close_connection = True


def stays_silent(handler: Handler) -> None:
    """No answer comes for as long as the client waits."""
    handler.rfile.read(1)  # ends when the client hangs up
    handler.close_connection = True


def stops_halfway(handler: Handler) -> None:
    """Headers come, the body does not."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b"{")
    handler.wfile.flush()
    stays_silent(handler)


@pytest.fixture(scope="session")
def running_gateway() -> Iterator[FakeGateway]:
    with serving(FakeGateway()) as server:
        yield server


@pytest.fixture
def gateway(running_gateway: FakeGateway) -> FakeGateway:
    running_gateway.forget_everything()
    return running_gateway


@pytest.fixture
def make_client(gateway: FakeGateway) -> Iterator[Callable[..., Client]]:
    sessions = []

    def make(key: str = "key", secret: str = "secret", **options: Any) -> Client:
        session = options.pop("session", None) or requests.Session()
        session.trust_env = False
        sessions.append(session)
        options = {"base_url": gateway.url, "timeout": (30, 30), **options}
        return Client(key, secret, session=session, **options)

    yield make
    for session in sessions:
        session.close()


@pytest.fixture
def client(make_client: Callable[..., Client]) -> Client:
    return make_client()


class KnowsWhoIsSilent(requests.adapters.HTTPAdapter):
    """Loses patience soon where the gateway is going to be silent, and only there, however busy the machine is."""

    def __init__(self, gateway: FakeGateway) -> None:
        super().__init__()
        self.gateway = gateway

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        answers = self.gateway.answers_to(urlsplit(str(request.url)).path)
        if not answers or answers[0] not in (stays_silent, stops_halfway):
            return super().send(request, *args, **{**kwargs, "timeout": 30})
        left = len(answers)
        try:
            return super().send(request, *args, **{**kwargs, "timeout": 0.05})
        finally:
            # The gateway may be slower than this client's patience: let it take the request all the same.
            until(lambda: len(answers) < left)


@pytest.fixture
def hasty(make_client: Callable[..., Client], gateway: FakeGateway) -> Client:
    """A client that loses patience while the gateway is silent; its token has come in time."""
    session = requests.Session()
    session.mount("http://", KnowsWhoIsSilent(gateway))
    client = make_client(session=session)
    client.get_token()
    return client


class Answers:
    """The answers above, for tests: they can't import a conftest."""

    says = staticmethod(says)
    hangs_up = staticmethod(hangs_up)
    breaks_off = staticmethod(breaks_off)
    stays_silent = staticmethod(stays_silent)
    stops_halfway = staticmethod(stops_halfway)
    granted = staticmethod(granted)

    @staticmethod
    def payment(**fields: object) -> dict[str, Any]:
        return {**PAYMENT, **fields}

    @staticmethod
    def ok(response: object, status: int = 200) -> Answer:
        return says(status, {"code": 0, "message": None, "response": response})

    @staticmethod
    def refusal(status: int, code: int = -1, message: str = "no") -> Answer:
        return says(status, {"code": code, "message": message, "response": None})


@pytest.fixture
def answers() -> type[Answers]:
    return Answers
