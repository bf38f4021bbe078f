"""The access token: asked once, kept for its life in memory and in the cache that processes share.

The gateway hands the same token to all who ask while it lives, so one request too many is cheap; what is
avoided is a crowd of them, and a token used beyond its end.
"""

from __future__ import annotations

import copy
import hashlib
import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import inf
from typing import Any, Protocol

from django_iamport.client.errors import ConnectionFailed, GatewayError
from django_iamport.client.http import deadline
from django_iamport.client.http.fork import ForkGuard
from django_iamport.client.http.operation import Operation
from django_iamport.client.http.wire import Malformed, read_id, read_object

logger = logging.getLogger("django_iamport.client")

# In its last minute the gateway prolongs a token that is asked for; before it, it answers the same end again.
RENEWED_BEFORE_END = 45  # seconds
OTHERS_WAIT = 5  # seconds that a process waits for another one that is asking
POLL_EVERY = 0.05  # seconds
HELD, RELEASED = "held", "released"  # what the lock in the cache says; `delete` is not asked of a cache


class Cache(Protocol):
    """What is used of a cache; Django's caches have it. `timeout` is in seconds, and all of it may raise."""

    def get(self, key: str) -> Any: ...
    def set(self, key: str, value: Any, timeout: int) -> Any: ...
    def add(self, key: str, value: Any, timeout: int) -> Any: ...


class Token:
    """A token and the unix time, by this machine's clock, until which it is used.

    `clock_ahead` is by how many seconds the gateway's clock was ahead of this machine's, where it was asked.
    """

    __slots__ = ("clock_ahead", "text", "until")

    def __init__(self, text: str, until: float, clock_ahead: float = 0.0) -> None:
        self.text = text
        self.until = until
        self.clock_ahead = clock_ahead

    def is_fresh(self) -> bool:
        return time.time() < self.until


def read_grant(answer: object) -> Token:
    """The token and its end. What is left of its life is measured by the gateway's clock, not by ours."""
    row = read_object(answer, "response")
    text, end, now = read_id(row, "access_token"), row.get("expired_at"), row.get("now")
    if type(end) is not int or type(now) is not int:
        raise Malformed("expired_at or now is not a time")
    if not _fits_a_header(text):
        raise Malformed("access_token is not a token")
    ours = time.time()
    return Token(text, ours + end - now - RENEWED_BEFORE_END, now - ours)


GET_TOKEN = Operation("get_token", "POST", "/users/getToken", read_grant, only_reads=True)


def _fits_a_header(text: str) -> bool:
    return text.isascii() and text.isprintable() and " " not in text


class TokenKeeper:
    """Hands out a usable token: from memory, else from the cache, else by asking the gateway."""

    def __init__(self, request: Callable[[], Token], cache: Cache | None, identity: tuple[str, ...]) -> None:
        self._request = request
        self._cache = cache
        self._cache_key = f"iamport-token-{hashlib.sha256(json.dumps(identity).encode()).hexdigest()}"
        self._lock_key = f"{self._cache_key}-lock"
        self._kept: Token | None = None
        self._refused = ""
        self._failure: tuple[float, GatewayError] | None = None
        self._fork = ForkGuard(self._make_lock)
        self._make_lock()

    def get(self) -> str:
        """A token that has not ended and was not refused. Raises GatewayError where there is none."""
        kept = self._kept
        if kept is None or not kept.is_fresh():
            kept = self._renew()
        return kept.text

    def forget(self, refused: str) -> None:
        """Never use this token again unless the gateway itself hands it out once more.

        A newer one, that another thread or process has fetched meanwhile, stays.
        """
        self._refused = refused
        if self._kept is not None and self._kept.text == refused:
            self._kept = None

    def _renew(self) -> Token:
        began = time.monotonic()
        with self._lock_in_time():
            if self._kept is not None and self._kept.is_fresh():
                return self._kept
            if self._failure is not None and self._failure[0] >= began:
                # The thread that this one waited for has just failed; asking in turn would add up timeouts.
                raise copy.copy(self._failure[1])
            kept = self._from_cache() or self._from_another_process() or self._from_gateway()
            self._kept = kept
            return kept

    def _make_lock(self) -> None:
        self._lock = threading.Lock()

    @contextmanager
    def _lock_in_time(self) -> Iterator[None]:
        self._fork.check()
        lock, left = self._lock, deadline.left()
        if left == inf:
            with lock:
                yield
            return
        if not lock.acquire(timeout=max(0, left)):
            raise ConnectionFailed("no time is left to wait for a token", operation=GET_TOKEN.name)
        try:
            yield
        finally:
            lock.release()

    def _from_gateway(self) -> Token:
        try:
            token = self._request()
            life = int(token.until - time.time())
            if life > 0:
                self._try_cache("set", self._cache_key, [token.text, token.until], life)
            return token
        except GatewayError as err:
            self._failure = (time.monotonic(), copy.copy(err))
            raise
        finally:
            self._try_cache("set", self._lock_key, RELEASED, 1)

    def _from_cache(self) -> Token | None:
        match self._try_cache("get", self._cache_key):
            case [str(text), int() | float() as until] if _fits_a_header(text):
                token = Token(text, until)
                return token if token.is_fresh() and text != self._refused else None
        return None

    def _from_another_process(self) -> Token | None:
        """What another process has fetched meanwhile; None where asking falls to this one."""
        if not self._try_cache("add", self._lock_key, HELD, OTHERS_WAIT):
            end = time.monotonic() + min(OTHERS_WAIT, deadline.left())
            # A cache that is down refuses `add` as well: wait only while the lock can be seen.
            while time.monotonic() < end and self._try_cache("get", self._lock_key) == HELD:
                time.sleep(POLL_EVERY)
        return self._from_cache()

    def _try_cache(self, method: str, *arguments: Any) -> Any:
        if self._cache is None:
            return None
        try:
            return getattr(self._cache, method)(*arguments)
        except Exception as err:  # noqa: BLE001 - a driver raises what it likes, and no cache is no reason to fail
            logger.debug(
                "the token cache failed: %s", type(err).__name__, extra={"event": "token_cache_failed"}
            )
            return None
