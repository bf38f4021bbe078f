"""The client as Django's settings and cache make it; lookups; and what is kept of an answer."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

import requests
from django.core.cache import caches
from django.utils import timezone

from django_iamport import conf
from django_iamport.client import Client
from django_iamport.client.results import Payment
from django_iamport.exceptions import UnexpectedAnswer

PERSONAL = (
    "card_number",
    "custom_data",
    "customer_uid",
    "deposit_history",
    "user_agent",
    "vbank_holder",
    "vbank_num",
)

# With less left than this no request is begun: it would end as "unknown" and not as "never sent".
LEAST_SECONDS = 1.0

_sessions: dict[int, requests.Session] = {}
_lock = threading.Lock()
_deadline: ContextVar[float | None] = ContextVar("iamport_deadline", default=None)


@dataclass(frozen=True)
class Evidence:
    """A payment as the gateway told it, and the moment it was asked."""

    payment: Payment
    looked_up_at: datetime


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Within it, no request to the gateway waits beyond that many seconds from now.

    A request that finds no time left is not sent, and fails as one that got no connection.
    """
    token = _deadline.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _deadline.reset(token)


class LimitedSession(requests.Session):
    """A session whose requests keep to the `time_limit` around them."""

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        kwargs["timeout"] = _within_limit(kwargs["timeout"])
        return super().request(*args, **kwargs)


def _within_limit(timeout: Any) -> Any:
    """Connecting and one wait on the answer together take no longer than what is left."""
    deadline = _deadline.get()
    if deadline is None:
        return timeout
    left = deadline - time.monotonic()
    if left < LEAST_SECONDS:
        raise requests.ConnectTimeout("no time is left for this request")
    connect, read = timeout if isinstance(timeout, tuple) else (timeout, timeout)
    connect = min(connect, left / 2)
    return connect, min(read, left - connect)


class SharedCache:
    """Django's cache of an alias, resolved at each use: its connections belong to a thread."""

    def __init__(self, alias: str) -> None:
        self.alias = alias

    def get(self, key: str) -> Any:
        return caches[self.alias].get(key)

    def set(self, key: str, value: Any, timeout: float | None) -> None:
        caches[self.alias].set(key, value, timeout)

    def add(self, key: str, value: Any, timeout: float | None) -> bool:
        return bool(caches[self.alias].add(key, value, timeout))


def session() -> requests.Session:
    """The process's one pool of kept-alive connections; a forked worker makes its own."""
    with _lock:
        return _sessions.setdefault(os.getpid(), LimitedSession())


def client() -> Client:
    """The client for the settings as they are now.

    Raises `ImproperlyConfigured` where `IAMPORT_KEY` or `IAMPORT_SECRET` is missing.
    """
    timeout = conf.get("IAMPORT_TIMEOUT") or conf.DEFAULTS["IAMPORT_TIMEOUT"]
    return _client(
        os.getpid(),
        conf.get("IAMPORT_KEY"),
        conf.get("IAMPORT_SECRET"),
        conf.get("IAMPORT_API_URL"),
        tuple(timeout) if isinstance(timeout, (list, tuple)) else (timeout, timeout),
        conf.get("IAMPORT_CACHE"),
        conf.get("IAMPORT_TIER_CODE"),
    )


@lru_cache(maxsize=8)
def _client(
    _pid: int,
    key: str,
    secret: str,
    base_url: str,
    timeout: tuple[float, float],
    alias: str,
    tier: str | None,
) -> Client:
    return Client(
        key,
        secret,
        base_url=base_url,
        timeout=timeout,
        session=session(),
        cache=SharedCache(alias),
        tier=tier,
    )


def look_up(imp_uid: str) -> Evidence:
    """Ask for one payment.

    Raises `NotFound` where the gateway knows none (or hides it, as it does with test payments unless
    `IAMPORT_TEST_MODE`), any other `GatewayError` where it could not be asked.
    """
    asked_at = timezone.now()
    payment = client().payments.find(imp_uid, include_sandbox=conf.test_mode() or None)
    if payment.imp_uid != imp_uid:
        raise UnexpectedAnswer("The gateway answered with another payment than the one asked for.")
    return Evidence(payment, asked_at)


def look_up_all(merchant_uid: str) -> list[Evidence]:
    """Ask for all payments under one `merchant_uid`, those of test channels too; none is an empty list.

    Raises `GatewayError` where the gateway could not be asked.
    """
    asked_at = timezone.now()
    found = client().payments.find_all(merchant_uid)
    return [Evidence(payment, asked_at) for payment in found if payment.merchant_uid == merchant_uid]


def without_personal_data(answer: Mapping[str, Any]) -> dict[str, Any]:
    """The raw answer as it is stored: no buyer, no custom data, no card or account number; amounts exact."""
    return {
        key: _json_safe(value)
        for key, value in answer.items()
        if key not in PERSONAL and not key.startswith("buyer_")
    }


def storable(text: str) -> str:
    """The text without what some databases refuse: NUL and halves of surrogate pairs."""
    return text.replace("\0", "").encode(errors="ignore").decode()


def _json_safe(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else str(value)
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, Mapping):
        return {storable(key): _json_safe(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_json_safe(item) for item in value]
    return value
