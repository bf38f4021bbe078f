"""The sandbox calls this machine and private networks, whatever address a page names."""

import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
import requests

from django_iamport.sandbox.delivery import outgoing
from django_iamport.sandbox.delivery.outgoing import is_allowed, session_to
from tests.serving import serving


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "127.9.9.9", "::1", "10.1.2.3", "172.16.0.1", "172.31.0.1", "192.168.0.9", "fd00::1"],
)
def test_what_is_nearby_is_called(address: str) -> None:
    assert is_allowed(address, listed=False)


FAR = ["8.8.8.8", "172.32.0.1", "192.169.0.1", "0.0.0.0", "2001:4860:4860::8888", "fc00::1", "::ffff:8.8.8.8"]


@pytest.mark.parametrize("address", FAR)
def test_what_is_far_is_called_only_where_it_is_listed(address: str) -> None:
    assert not is_allowed(address, listed=False)
    assert is_allowed(address, listed=True)


@pytest.mark.parametrize("address", ["169.254.169.254", "fe80::1", "fe80::1%eth0", "::ffff:169.254.169.254"])
def test_what_is_link_local_is_never_called(address: str) -> None:
    assert not is_allowed(address, listed=True)


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = self.headers["Host"].encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quietly."""


@pytest.fixture
def port() -> Iterator[int]:
    with serving(HTTPServer(("127.0.0.1", 0), Handler)) as server:
        yield server.server_port


class Names:
    """A name server whose answers change with each question."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.connected: list[Any] = []

    def getaddrinfo(self, host: str, port: int, *args: Any, **kwargs: Any) -> list[Any]:
        found = self.answers.pop(0)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    def create_connection(self, address: Any, timeout: float | None = None) -> socket.socket:
        self.connected.append(address)
        made = socket.socket()
        made.settimeout(timeout)
        made.connect(address)
        return made


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    made = Names()
    monkeypatch.setattr(outgoing.socket, "getaddrinfo", made.getaddrinfo)
    monkeypatch.setattr(outgoing.socket, "create_connection", made.create_connection)
    return made


def test_the_connection_goes_to_the_address_that_was_checked(port: int, names: Names) -> None:
    names.answers = [["8.8.8.8", "127.0.0.1"]]
    with session_to(()) as session:
        answer = session.get(f"http://shop.test:{port}/", timeout=60)
    assert (answer.text, names.connected) == (f"shop.test:{port}", [("127.0.0.1", port)])


def test_a_name_that_leads_away_is_not_called(port: int, names: Names) -> None:
    names.answers = [["8.8.8.8"], ["169.254.169.254"]]
    with session_to(["listed.test"]) as session:
        for host in ("shop.test", "listed.test"):
            with pytest.raises(requests.ConnectionError, match="private network"):
                session.get(f"http://{host}:{port}/", timeout=60)
    assert names.connected == []


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_an_address_is_refused_as_a_name_is(scheme: str) -> None:
    with session_to(()) as session, pytest.raises(requests.ConnectionError, match="private network"):
        session.get(f"{scheme}://169.254.169.254/latest", timeout=60)


def test_nobody_s_name_is_an_error_like_any_other(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror("unknown")

    monkeypatch.setattr(outgoing.socket, "getaddrinfo", unknown)
    with session_to(()) as session, pytest.raises(requests.ConnectionError):
        session.get("http://nobody.test/", timeout=60)
