"""The client as Django's settings and cache make it, its connections, and how long a request may take."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Any

import requests
from django.core.cache import caches

from django_iamport import conf
from django_iamport.client import Client
from django_iamport.client.parameters import Timeout

# With less left than this no request is begun: it would end as "unknown" and not as "never sent".
LEAST_SECONDS = 1.0

_deadline: ContextVar[float | None] = ContextVar("iamport_deadline", default=None)


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


def _within_limit(timeout: Timeout) -> Timeout:
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


@lru_cache(maxsize=1)
def session() -> requests.Session:
    """The process's one pool of kept-alive connections."""
    return LimitedSession()


def client() -> Client:
    """The client for the settings as they are now.

    Raises `ImproperlyConfigured` where `IAMPORT_KEY` or `IAMPORT_SECRET` is missing.
    """
    timeout = conf.get("IAMPORT_TIMEOUT") or conf.DEFAULTS["IAMPORT_TIMEOUT"]
    return _client(
        conf.get("IAMPORT_KEY"),
        conf.get("IAMPORT_SECRET"),
        conf.get("IAMPORT_API_URL"),
        tuple(timeout) if isinstance(timeout, (list, tuple)) else (timeout, timeout),
        conf.get("IAMPORT_CACHE"),
        conf.get("IAMPORT_TIER_CODE"),
    )


@lru_cache(maxsize=8)
def _client(
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


def _leave_connections_to_the_parent() -> None:
    _client.cache_clear()
    session.cache_clear()


os.register_at_fork(after_in_child=_leave_connections_to_the_parent)
