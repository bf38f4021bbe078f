"""The confirm process: the shop is asked between the buyer's "Pay" and the capture."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.test import Client

from django_iamport.sandbox.database import DatabaseStore
from django_iamport.sandbox.pages import confirm_process
from django_iamport.sandbox.rules import Account, Merchant
from django_iamport.sandbox.state.clock import Clock
from tests.serving import serving

pytestmark = pytest.mark.django_db

CARD = {"action": "pay", "pay_method": "card", "card_code": "366", "agree": "on"}


class Shop(ThreadingHTTPServer):
    status = 200
    answer = b""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Asked)
        self.asked: list[Any] = []
        self.sender: tuple[str | None, str | None] = (None, None)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/confirm"


class Asked(BaseHTTPRequestHandler):
    server: Shop

    def do_POST(self) -> None:
        self.server.sender = (self.headers["User-Agent"], self.headers["X-Forwarded-For"])
        self.server.asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(self.server.answer)))
        self.end_headers()
        self.wfile.write(self.server.answer)

    def log_message(self, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def shop() -> Iterator[Shop]:
    with serving(Shop()) as server:
        yield server


@pytest.fixture
def account() -> Account:
    return Account(DatabaseStore(), Clock(), Merchant())


def pay(client: Client, confirm_url: str, **chosen: str) -> None:
    params = {"merchant_uid": "order1", "amount": 50_000, "confirm_url": confirm_url}
    body = {"merchant_code": "imp00000000", "params": params}
    url = client.post("/sandbox/window/open", body, "application/json").json()["url"]
    client.post(url, CARD | chosen)


def test_the_shop_is_asked_by_the_sender_of_webhooks(client: Client, shop: Shop, settings: Any) -> None:
    settings.IAMPORT_SANDBOX_WEBHOOK_USER_AGENT = "Gateway/1"
    settings.IAMPORT_SANDBOX_WEBHOOK_FORWARDED_FOR = "52.78.100.19"
    pay(client, shop.url)
    assert shop.sender == ("Gateway/1", "52.78.100.19")


def test_a_shop_that_agrees_is_paid(client: Client, shop: Shop, account: Account) -> None:
    pay(client, shop.url)
    (payment,) = account.payments()
    assert payment["status"] == "paid"
    assert shop.asked == [{"imp_uid": payment["imp_uid"], "merchant_uid": "order1", "amount": 50_000}]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b'{"reason": "\\ud488\\uc808"}', "품절"),
        (b"{}", "알 수 없음"),
        (b"sold out", "알 수 없음"),
        (b"[]", "알 수 없음"),
    ],
)
def test_a_shop_that_refuses_is_not_paid_and_its_reason_is_told(
    client: Client, shop: Shop, account: Account, answer: bytes, reason: str
) -> None:
    shop.status, shop.answer = 409, answer
    pay(client, shop.url)
    (payment,) = account.payments()
    assert payment["status"] == "failed"
    assert payment["fail_reason"] == f"고객사 요청에 의해 결제를 중단합니다. (상세사유 : {reason})"


def test_a_shop_that_does_not_answer_is_not_paid(
    client: Client, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confirm_process, "SECONDS", 1)
    pay(client, "http://127.0.0.1:1/")
    assert account.payments()[0]["status"] == "failed"


@pytest.mark.parametrize("chosen", [{"outcome": "decline"}, {"pay_method": "vbank", "vbank_code": "088"}])
def test_nobody_is_asked_where_nothing_is_captured(
    client: Client, shop: Shop, account: Account, chosen: dict[str, str]
) -> None:
    pay(client, shop.url, **chosen)
    assert account.payments()[0]["status"] in ("failed", "ready")
    assert shop.asked == []
