"""A shop that has nothing of this package but the sandbox's address: plain pages on an origin of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import django.contrib.admin
from playwright.sync_api import FrameLocator, Page, expect

from tests.browser.customer import WINDOW_KOREAN, WINDOW_TITLE, PaymentWindow
from tests.serving import serving
from tests.standalone import Standalone

PAGES = Path(__file__).parent / "pages"
# Django's admin brings one along.
JQUERY = Path(django.contrib.admin.__file__).parent / "static/admin/js/vendor/jquery/jquery.js"
TYPES = {".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8"}


class OtherShop(ThreadingHTTPServer):
    """Serves `pages/`, and keeps the webhooks that it is sent."""

    def __init__(self, sandbox: str) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.sandbox = sandbox
        self.webhooks: list[Any] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Answers(BaseHTTPRequestHandler):
    server: OtherShop

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        file = JQUERY if path == "/jquery.js" else PAGES / path.strip("/")
        if path == "/webhooks":
            self._answer(json.dumps(self.server.webhooks), "application/json")
        elif file.suffix in TYPES and file.is_file():
            self._answer(file.read_text().replace("SANDBOX", self.server.sandbox), TYPES[file.suffix])
        else:
            self._answer("", "text/plain", 204)

    def do_POST(self) -> None:
        self.server.webhooks.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self._answer("", "text/plain")

    def _answer(self, text: str, content_type: str, status: int = 200) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Quiet."""


@contextmanager
def other_shop(sandbox: str) -> Iterator[OtherShop]:
    with serving(OtherShop(sandbox)) as server:
        yield server


class Buyer:
    """In front of a page of that shop."""

    def __init__(self, page: Page, shop: OtherShop, gateway: Standalone) -> None:
        self.page = page
        self.shop = shop
        self.gateway = gateway

    def goto(self, path: str) -> None:
        self.page.goto(f"{self.shop.url}/{path}")

    def press_pay(self) -> None:
        self.page.get_by_role("button", name="결제하기").click()

    def open_window(self) -> PaymentWindow:
        self.press_pay()
        expect(self.page.get_by_role("dialog", name=WINDOW_TITLE)).to_be_visible()
        # The window's script hides what wasn't chosen: from then on it hears the keyboard.
        not_chosen = self.frame.locator("[data-method=trans]")
        expect(not_chosen).to_be_attached()
        expect(not_chosen).to_be_hidden()
        return PaymentWindow(self.frame, WINDOW_KOREAN)

    def open_popup(self, button: str = "결제하기") -> PaymentWindow:
        with self.page.expect_popup() as opened:
            self.page.get_by_role("button", name=button).click()
        return PaymentWindow(opened.value, WINDOW_KOREAN)

    @property
    def frame(self) -> FrameLocator:
        return self.page.frame_locator(f'iframe[title="{WINDOW_TITLE}"]')

    def told(self) -> dict[str, Any]:
        """What callback or redirect brought."""
        expect(self.page.locator("#told")).not_to_be_empty()
        answer: dict[str, Any] = json.loads(self.page.locator("#told").inner_text())
        return answer

    def expect_nothing_told(self) -> None:
        expect(self.page.locator("#told")).to_be_empty()

    def payments(self, **filters: str) -> list[dict[str, Any]]:
        """As the gateway has them, by its control API."""
        answer = self.gateway.browser.get(f"{self.gateway.url}/control/payments", params=filters, timeout=60)
        found: list[dict[str, Any]] = answer.json()["payments"]
        return found
