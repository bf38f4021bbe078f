"""The REST API beside Django, as a client meets it over a real socket."""

import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
import urllib3

from django_iamport.sandbox.direct import api
from django_iamport.sandbox.direct.heads import Head
from tests.standalone import Standalone, standalone

THROUGH_DJANGO = {"Sec-Fetch-Site": "same-origin"}
JSON, FORM = "application/json", "application/x-www-form-urlencoded"


@pytest.fixture(scope="module")
def running() -> Iterator[Standalone]:
    with standalone() as sandbox:
        yield sandbox


@pytest.fixture
def session(running: Standalone) -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        session.headers["Authorization"] = running.client().get_token()
        yield session


def asked_for(paid: str) -> list[tuple[str, str, bytes | None, str]]:
    """Method, path, body and its type: right and wrong ones, none of which changes what another answers."""
    return [
        ("GET", f"/payments/{paid}", None, ""),
        ("GET", f"/payments/{paid}/", None, ""),
        ("GET", "/payments/imp_0", None, ""),
        ("GET", "/payments/a%0Ab", None, ""),
        ("GET", "/payments/find/%EC%A3%BC%EB%AC%B8%2F1/paid?sorting=-paid", None, ""),
        ("GET", "/payments/findAll/%EC%A3%BC%EB%AC%B8%2F1?page=1&limit=5", None, ""),
        ("GET", "/payments/status/paid?sorting=nonsense", None, ""),
        ("GET", f"/payments?imp_uid[]={paid}&imp_uid%5B%5D=imp_0", None, ""),
        ("GET", "/payments?imp_uid=%FF", None, ""),
        ("POST", "/payments", b"{}", JSON),
        ("POST", "/payments/cancel", b'{"imp_uid": "imp_0", "amount": 1}', JSON),
        ("POST", "/payments/cancel", b"imp_uid=imp_0&amount=1", FORM),
        ("POST", "/payments/cancel", b"not JSON", JSON),
        ("POST", "/payments/cancel", "이름=".encode("euc-kr"), FORM),
        ("PUT", "/payments/prepare", '{"merchant_uid": "주문", "amount": 7}'.encode(), f"{JSON}; charset=UTF-8"),
        ("DELETE", "/subscribe/customers/nobody", None, ""),
        ("PATCH", "/users/getToken", b"{}", JSON),
        ("GET", "/nothing/here", None, ""),
        ("GET", "", None, ""),
    ]  # fmt: skip


def test_whatever_is_asked_both_ways_answer_the_same(running: Standalone, session: requests.Session) -> None:
    paid = running.pay("주문/1")
    url = f"{running.api}/payments/{paid}"
    assert "Server" not in session.get(url, timeout=60).headers
    assert "Server" in session.get(url, headers=THROUGH_DJANGO, timeout=60).headers
    running.client().prepare.create("주문", 5)
    for method, path, body, kind in asked_for(paid):
        for base in (running.api, running.url) if path else (running.api,):
            headers = {"Content-Type": kind} if kind else {}
            beside, through = (
                session.request(method, f"{base}{path}", data=body, headers={**headers, **way}, timeout=60)
                for way in ({}, THROUGH_DJANGO)
            )
            assert (beside.status_code, beside.content) == (through.status_code, through.content), path
            assert what_it_says(beside) == what_it_says(through), path


def what_it_says(answer: requests.Response) -> dict[str, str]:
    """Without what differs from server to server."""
    return {name: value for name, value in answer.headers.items() if name not in SERVERS_OWN}


SERVERS_OWN = ("Date", "Server", "Connection")


@pytest.mark.parametrize("way", [{}, THROUGH_DJANGO], ids=["beside", "through"])
def test_faults_are_met_on_both_ways(
    running: Standalone, session: requests.Session, way: dict[str, str]
) -> None:
    # What `requests` hears must fit the gateway's description, as a fault does not.
    shop = urllib3.PoolManager(headers={**session.headers, **way}, retries=False)

    def meet(**fault: Any) -> urllib3.BaseHTTPResponse:
        armed = {"operation": "payments.find", "times": 1, **fault}
        session.post(f"{running.url}/control/faults", json=armed, timeout=60).raise_for_status()
        return shop.request("GET", f"{running.api}/payments/imp_0", timeout=60)

    assert meet(kind="html").data == b"<html><body><h1>502 Bad Gateway</h1></body></html>"
    assert meet(kind="body", status=599, body="{").status == 599
    assert meet(kind="delay", seconds=0.01).status == 404
    for kind in ("disconnect", "timeout"):
        with pytest.raises(urllib3.exceptions.ProtocolError):
            meet(kind=kind, seconds=0.01)
    assert session.get(f"{running.api}/payments/imp_0", headers=way, timeout=60).status_code == 404


def test_webhooks_leave_afterwards(running: Standalone, session: requests.Session) -> None:
    card = {"card_number": "4111-1111-1111-1111", "expiry": "2099-12", "birth": "880311"}
    with socket.create_server(("127.0.0.1", 0)) as shop:
        shop.settimeout(60)
        notice_url = f"http://127.0.0.1:{shop.getsockname()[1]}/hook"
        order = {"merchant_uid": "heard", "amount": 1_000, "notice_url": notice_url, **card}
        paid = session.post(f"{running.api}/subscribe/payments/onetime", json=order, timeout=60)
        assert paid.json()["response"]["status"] == "paid"
        connection, _ = shop.accept()
        with connection:
            assert connection.recv(4096).startswith(b"POST /hook HTTP/1.1\r\n")
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")


def test_requests_come_in_pieces_and_several_at_once(running: Standalone) -> None:
    token = running.client().get_token()
    found = f"GET /api/payments/imp_0 HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: {token}\r\n\r\n"
    body = b'{"merchant_uid": "pieces", "amount": 1}'
    posted = (
        "POST /api/payments/prepare HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Authorization: {token}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    address = urlsplit(running.url)
    with socket.create_connection((address.hostname, address.port), timeout=60) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in (found[:30], found[30:] + found + posted[:-2], posted[-2:]):
            connection.sendall(piece.encode())
        for piece in (body[:10], body[10:]):
            connection.sendall(piece)
        answers = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answers.count(b"HTTP/1.1 404 Not Found\r\n") == 2
    assert answers.count(b"HTTP/1.1 200 OK\r\n") == 1
    assert b'"merchant_uid": "pieces"' in answers


def test_a_body_that_does_not_come_is_no_request(running: Standalone) -> None:
    head = b"POST /api/users/getToken HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\nimp_key"
    address = urlsplit(running.url)
    with socket.create_connection((address.hostname, address.port), timeout=60) as connection:
        connection.sendall(head)
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(100) == b""


@pytest.mark.parametrize(
    ("path", "host", "below"),
    [
        ("/api/payments/imp_1", "shop.example:80", "/payments/imp_1"),
        ("/api//nothing", "shop.example", "//nothing"),
        ("/payments/imp_1", "[::1]:80", "/payments/imp_1"),
        ("/subscribe/customers/a%2Fb", "shop.example", "/subscribe/customers/a%2Fb"),
        ("/", "shop.example", None),
        ("/apiary/payments", "shop.example", None),
        ("/api%2Fpayments/imp_1", "shop.example", None),
        ("/%61pi/payments/imp_1", "shop.example", None),
        ("/console/payments/imp_1", "shop.example", None),
        ("/control/payments/imp_1", "shop.example", None),
        ("/payments/imp_1", "shop.example/evil", None),
        ("/payments/imp_1", "", None),
    ],
)
def test_only_operations_for_hosts_of_ours_are_answered(
    settings: Any, path: str, host: str, below: str | None
) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    assert api.path_of_operation(Head("GET", path, "", {"host": host} if host else {}, 0)) == below


def test_an_error_of_the_sandbox_itself_is_told_in_the_envelope(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*args: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(api, "answer", broken)
    head = Head("GET", "/api/payments/imp_1", "", {"host": "127.0.0.1"}, 0)
    with socket.socket() as connection:
        said = api.respond(head, "/payments/imp_1", b"", "http", connection)
    assert said.startswith(b"HTTP/1.1 500 Internal Server Error\r\n")
    assert b'"code": -1' in said
    assert "ZeroDivisionError" in caplog.text
