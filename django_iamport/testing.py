"""The gateway in process, for a shop's tests: no server, no network, no waiting.

with sandbox() as iamport_sandbox:
    imp_uid = iamport_sandbox.pay(transaction)
"""

import json
import secrets
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from io import BytesIO
from typing import Any, Literal
from urllib.parse import urlsplit

import requests
from django.test import Client as DjangoClient
from django.test.utils import override_settings
from django.urls import reverse
from requests.adapters import BaseAdapter

from .sandbox.api import Answer, dispatch, envelope
from .sandbox.clock import Clock
from .sandbox.gateway import Account, Gateway
from .sandbox.gateway.channels import LIVE_KEY, TEST_KEY
from .sandbox.stores import MemoryStore

Operation = Literal["token", "prepare", "find", "find_all", "find_many", "cancel", "void"]

_OPERATIONS: tuple[tuple[str, str, Operation], ...] = (
    ("", "/users/getToken", "token"),
    ("", "/payments/prepare", "prepare"),
    ("", "/payments/cancel", "cancel"),
    ("", "/payments/findAll/", "find_all"),
    ("GET", "/payments/", "find"),
    ("GET", "/payments", "find_many"),
    ("DELETE", "/vbanks/", "void"),
)


@dataclass
class _Fault:
    timeout: bool
    disconnect: bool
    answer: Answer
    after: bool

    def happen(self) -> Answer:
        if self.timeout:
            raise requests.exceptions.ReadTimeout("the sandbox was told to time out")
        if self.disconnect:
            raise requests.exceptions.ConnectionError("the sandbox was told to disconnect")
        return self.answer


class _Adapter(BaseAdapter):
    """Hands a prepared request to the gateway's routes, unless a fault was asked for."""

    def __init__(self, gateway: Gateway) -> None:
        super().__init__()
        self.gateway = gateway
        self.calls: list[str] = []
        self.faults: dict[str, deque[_Fault]] = {}
        self._lock = threading.Lock()

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        method, url = request.method or "GET", urlsplit(request.url or "")
        with self._lock:
            self.calls.append(f"{method} {url.path}")
            waiting = self.faults.get(_operation(method, url.path))
            fault = waiting.popleft() if waiting else None
        if fault is not None and not fault.after:
            return _response(request, fault.happen())
        body = request.body or b""
        answer = dispatch(
            self.gateway,
            method,
            url.path,
            url.query,
            dict(request.headers),
            body.encode() if isinstance(body, str) else bytes(body),
        )
        return _response(request, fault.happen() if fault else answer)

    def close(self) -> None:
        """Nothing is held open."""


class Sandbox:
    """An account at the offline gateway, answering the requests of `django_iamport` while it is open.

    It overrides `IAMPORT_API_URL`, `IAMPORT_KEY`, `IAMPORT_SECRET` and `IAMPORT_MERCHANT_CODE`.
    """

    def __init__(self) -> None:
        self.clock = Clock()
        self.base_url = f"http://{secrets.token_hex(8)}.invalid"
        # An address, so that webhooks are written for payments that name none; nothing is sent to it.
        account = Account(notice_url=f"{self.base_url}/shop/webhook")
        self.gateway = Gateway(MemoryStore(), self.clock, account)
        self._adapter = _Adapter(self.gateway)
        self._settings = override_settings(
            IAMPORT_API_URL=self.base_url,
            IAMPORT_KEY=account.key,
            IAMPORT_SECRET=account.secret,
            IAMPORT_MERCHANT_CODE=account.merchant_code,
        )
        self._delivered: set[str] = set()

    def start(self) -> None:
        """Answer from now on; for test classes that can't use `with sandbox()`."""
        from . import gateway

        gateway.session().mount(self.base_url, self._adapter)
        self._settings.enable()

    def stop(self) -> None:
        from . import gateway

        self._settings.disable()
        gateway.session().adapters.pop(self.base_url, None)

    # What buyers do

    def open(
        self,
        transaction: Any = None,
        *,
        merchant_uid: str | None = None,
        amount: int | Decimal | None = None,
        currency: str | None = None,
        channel: Literal["live", "test"] = "live",
        force: bool = False,
        **request_pay: Any,
    ) -> str:
        """Show the payment window and answer the `imp_uid`.

        `transaction` has `merchant_uid`, `amount` (main unit, won) and `currency`; what is given beside it
        wins. A given amount or currency passes the prepared one by, as a forgery does; `force` also opens a
        window for a `merchant_uid` that was paid. Further parameters of `request_pay` are passed on.
        Raises `Refusal` where the gateway opens no window.
        """
        params = {
            "channelKey": TEST_KEY if channel == "test" else LIVE_KEY,
            "merchant_uid": merchant_uid or transaction.merchant_uid,
            "amount": transaction.amount if amount is None else amount,
            "currency": currency or getattr(transaction, "currency", "KRW"),
            **request_pay,
        }
        forged = force or amount is not None or currency is not None
        return str(self.gateway.open_window(params, enforce=not forged)["imp_uid"])

    def pay(
        self,
        transaction: Any = None,
        *,
        pay_method: str = "card",
        pg_id: str | None = None,
        customer_uid_usage: str | None = None,
        **opening: Any,
    ) -> str:
        """Open the window and pay; with `vbank`, an account is issued and paid into.

        `pg_id` and `customer_uid_usage` are told as given; everything else is as in `open`.
        """
        imp_uid = self.open(transaction, pay_method=pay_method, **opening)
        if pay_method == "vbank":
            self.gateway.issue_vbank(imp_uid)
            self.gateway.deposit(imp_uid)
        else:
            self.gateway.approve(imp_uid)
        told = {"pg_id": pg_id, "customer_uid_usage": customer_uid_usage}
        self.gateway.edit(imp_uid, {name: value for name, value in told.items() if value is not None})
        return imp_uid

    def decline(self, transaction: Any = None, *, reason: str | None = None, **opening: Any) -> str:
        """Open the window and be refused by the card company."""
        imp_uid = self.open(transaction, **opening)
        self.gateway.decline(imp_uid, reason)
        return imp_uid

    def close(self, transaction: Any = None, **opening: Any) -> str:
        """Open the window and press its "cancel"."""
        imp_uid = self.open(transaction, **opening)
        self.gateway.close(imp_uid)
        return imp_uid

    def issue_account(self, transaction: Any = None, *, bank_code: str = "088", **opening: Any) -> str:
        """Open the window and take a virtual account, which waits for its deposit."""
        imp_uid = self.open(transaction, pay_method="vbank", **opening)
        self.gateway.issue_vbank(imp_uid, bank_code)
        return imp_uid

    def deposit(self, imp_uid: str) -> None:
        """The buyer transfers the asked sum to the virtual account."""
        self.gateway.deposit(imp_uid)

    def approve(self, imp_uid: str) -> None:
        """Capture an open window, or a failed one late."""
        self.gateway.approve(imp_uid)

    # What happens at the gateway

    def cancel_in_console(self, imp_uid: str, amount: int | Decimal | None = None) -> None:
        """The operator refunds `amount` (all that is left) in the gateway's console."""
        self.gateway.cancel_in_console(imp_uid, None if amount is None else Decimal(amount))

    def void(self, imp_uid: str) -> None:
        """The virtual account is closed."""
        self.gateway.void(imp_uid)

    def payment(self, imp_uid: str) -> dict[str, Any]:
        """The payment as the gateway tells it, test channels included."""
        return self.gateway.payment(imp_uid)

    def edit(self, imp_uid: str, *, without: tuple[str, ...] = (), **fields: Any) -> None:
        """Let the gateway tell these values of the payment, whatever the rules say, or leave keys out."""
        self.gateway.edit(imp_uid, fields, without)

    def fail_next(
        self,
        operation: Operation,
        *,
        times: int = 1,
        timeout: bool = False,
        disconnect: bool = False,
        status: int | None = None,
        html: bool = False,
        body: str | bytes | Mapping[str, Any] | None = None,
        after: bool = False,
    ) -> None:
        """Let the next `times` calls of `operation` go wrong; with `after`, once the work was done.

        `status` alone answers an envelope that refuses, `html` a proxy's error page (502), `body` itself.
        """
        if operation not in {name for _, _, name in _OPERATIONS}:
            raise ValueError(f"unknown operation {operation!r}")
        fault = _Fault(timeout, disconnect, _faulty_answer(status, html, body), after)
        self._adapter.faults.setdefault(operation, deque()).extend([fault] * times)

    # What was said

    @property
    def calls(self) -> list[str]:
        """Requests the gateway got since the last `reset_calls`, as "METHOD /path"."""
        return list(self._adapter.calls)

    def reset_calls(self) -> None:
        self._adapter.calls.clear()

    @property
    def webhooks(self) -> list[dict[str, Any]]:
        """The bodies of the webhooks that were not delivered yet."""
        return [row["body"] for row in self._waiting()]

    def deliver_webhooks(self, client: DjangoClient | None = None) -> list[Any]:
        """Post what waits to the view `iamport:webhook` and answer its responses."""
        sender = client or DjangoClient()
        responses = []
        for row in self._waiting():
            self._delivered.add(row["key"])
            responses.append(sender.post(reverse("iamport:webhook"), row["body"], "application/json"))
        return responses

    def _waiting(self) -> list[dict[str, Any]]:
        return [row for row in self.gateway.webhooks() if row["key"] not in self._delivered]


@contextmanager
def sandbox() -> Iterator[Sandbox]:
    """An empty gateway for the duration of the block."""
    opened = Sandbox()
    opened.start()
    try:
        yield opened
    finally:
        opened.stop()


def _operation(method: str, path: str) -> str:
    for wanted, prefix, operation in _OPERATIONS:
        if path.startswith(prefix) and wanted in ("", method):
            return operation
    return ""


def _faulty_answer(status: int | None, html: bool, body: str | bytes | Mapping[str, Any] | None) -> Answer:
    if html:
        page = b"<html><body><h1>502 Bad Gateway</h1></body></html>"
        return Answer(status or 502, page, "text/html; charset=utf-8")
    if body is None:
        return envelope(status or 500, -1, "연습용 오류입니다.", None)
    if isinstance(body, Mapping):
        body = json.dumps(body)
    return Answer(status or 200, body.encode() if isinstance(body, str) else body)


def _response(request: requests.PreparedRequest, answer: Answer) -> requests.Response:
    response = requests.Response()
    response.status_code = answer.status
    response.headers["Content-Type"] = answer.content_type
    response.encoding = "utf-8"
    response.raw = BytesIO(answer.body)
    response.url = request.url or ""
    response.request = request
    return response
