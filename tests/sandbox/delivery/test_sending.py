import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

import pytest
from django.test import Client

from django_iamport.sandbox.background import courier
from django_iamport.sandbox.database import DatabaseStore
from django_iamport.sandbox.delivery.sending import deliver_due
from django_iamport.sandbox.rules import Account, Merchant, webhook_settings
from django_iamport.sandbox.state.clock import Clock
from django_iamport.sandbox.state.stores import MemoryStore
from tests.serving import serving


class Shop(ThreadingHTTPServer):
    """Listens at a local port, keeps what it is sent, answers `status`."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Receiver)
        self.received: list[tuple[str, str, Any]] = []
        self.status = 200
        self.while_asked: Callable[[], object] = lambda: None
        self.seen: list[object] = []
        self.headers: list[dict[str, str | None]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/webhook"


class Receiver(BaseHTTPRequestHandler):
    server: Shop

    def do_POST(self) -> None:
        sent = self.rfile.read(int(self.headers["Content-Length"])).decode()
        is_json = self.headers["Content-Type"] == "application/json"
        body = json.loads(sent) if is_json else dict(parse_qsl(sent))
        self.server.received.append((self.path, self.headers["Content-Type"], body))
        self.server.headers.append({name: self.headers[name] for name in ("User-Agent", "X-Forwarded-For")})
        self.server.seen.append(self.server.while_asked())
        self.send_response(self.server.status)
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "7")
        self.end_headers()
        self.wfile.write(b"thanks\n")

    def do_GET(self) -> None:
        self.server.received.append((self.path, "", None))
        self.send_error(405)

    def log_message(self, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def shop() -> Iterator[Shop]:
    with serving(Shop()) as server:
        yield server


@pytest.fixture
def paid(shop: Shop) -> Callable[..., Account]:
    def make(url: str | None = None) -> Account:
        account = Account(MemoryStore(), Clock(), Merchant(notice_url=url or shop.url))
        account.approve(account.open_window({"merchant_uid": "m", "amount": 100})["imp_uid"])
        return account

    return make


def test_a_webhook_says_who_sends_it_and_through_whom_as_configured_or_changed(shop: Shop) -> None:
    merchant = Merchant(notice_url=shop.url, user_agent="Configured/1", forwarded_for="52.78.48.223")
    plain = Merchant(notice_url=shop.url)
    changed = {"user_agent": "Changed/2", "forwarded_for": "52.78.100.19, 10.0.0.1"}
    for who, changes in ((plain, {}), (merchant, {}), (merchant, changed)):
        account = Account(MemoryStore(), Clock(), who)
        webhook_settings.change(account.store, **changes)
        account.approve(account.open_window({"merchant_uid": "m", "amount": 100})["imp_uid"])
        deliver_due(account)
    assert [tuple(headers.values()) for headers in shop.headers] == [
        ("iamport-sandbox", None),
        ("Configured/1", "52.78.48.223"),
        ("Changed/2", "52.78.100.19, 10.0.0.1"),
    ]


def test_a_webhook_is_posted_once_and_its_answer_recorded(shop: Shop, paid: Callable[..., Account]) -> None:
    account = paid()
    deliver_due(account)
    deliver_due(account)
    (row,) = account.webhooks()
    assert shop.received == [("/webhook", "application/json", row["body"])]
    assert (row["status"], row["answer_status"], row["error"]) == ("sent", 200, None)
    assert row["answered_at"] >= row["sent_at"] > 0


def test_what_was_said_and_answered_is_kept_for_the_console(shop: Shop, paid: Callable[..., Account]) -> None:
    account = paid()
    (sent,) = deliver_due(account)
    (row,) = account.webhooks()
    assert row == sent
    assert json.loads(row["sent"]) == row["body"]
    assert [(each["status"], each["body"]) for each in row["attempts"]] == [(200, "thanks\n")]


def test_a_shop_may_have_forms_instead_of_json(shop: Shop, paid: Callable[..., Account]) -> None:
    account = paid()
    webhook_settings.change(account.store, content_type="form")
    (row,) = deliver_due(account)
    assert shop.received == [("/webhook", "application/x-www-form-urlencoded", row["body"])]


def test_a_webhook_is_claimed_before_it_is_sent(shop: Shop, paid: Callable[..., Account]) -> None:
    account = paid()
    shop.while_asked = lambda: [row["status"] for row in account.webhooks()]
    deliver_due(account)
    assert shop.seen == [["sending"]]


@pytest.mark.parametrize("status", [500, 404, 302])
def test_an_answer_that_is_no_success_is_recorded_as_failed(
    shop: Shop, paid: Callable[..., Account], status: int
) -> None:
    shop.status = status
    account = paid()
    deliver_due(account)
    (row,) = account.webhooks()
    assert (row["status"], row["answer_status"]) == ("failed", status)
    assert len(shop.received) == 1


def test_nobody_listening_is_recorded_too(paid: Callable[..., Account]) -> None:
    account = paid("http://127.0.0.1:1/webhook")
    deliver_due(account)
    (row,) = account.webhooks()
    assert (row["status"], row["answer_status"], row["error"]) == ("failed", None, "ConnectionError")


@pytest.mark.parametrize("url", ["http://169.254.169.254/latest", "http://8.8.8.8/webhook"])
def test_a_page_can_not_have_a_far_address_called(account: Account, url: str) -> None:
    imp_uid = account.open_window({"merchant_uid": "m", "amount": 100, "notice_url": url})["imp_uid"]
    account.approve(imp_uid)
    deliver_due(account, early=True)
    (row,) = account.webhooks(imp_uid)
    assert (row["status"], row["answer_status"], row["error"]) == ("failed", None, "ConnectionError")


@pytest.mark.django_db(transaction=True)
def test_a_change_by_a_page_is_told_to_the_shop_over_http(client: Client, shop: Shop, settings: Any) -> None:
    settings.IAMPORT_SANDBOX_NOTICE_URL = shop.url
    account = Account(DatabaseStore(), Clock(), Merchant(notice_url=shop.url))
    imp_uid = account.open_window({"merchant_uid": "m", "amount": 100})["imp_uid"]
    account.issue_vbank(imp_uid)
    client.post(f"/sandbox/console/payments/{imp_uid}/deposit")
    courier.wait(60)
    assert [body["status"] for _, _, body in shop.received] == ["ready", "paid"]
    assert {row["status"] for row in account.webhooks()} == {"sent"}
    client.post(f"/sandbox/console/payments/{imp_uid}/cancel")
    courier.wait(60)
    assert shop.received[-1][2]["status"] == "cancelled"
