"""When a call ends at the latest: its own time, and a limit that a caller set around several calls."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from math import inf

from django_iamport.client.http.operation import Timeout

LONGEST = 20.0  # seconds that a call takes at most, unless its own timeout says more
# With less left than this no request is begun: it would end as "unknown" and not as "never sent".
LEAST_SECONDS = 1.0

_limit: ContextVar[float] = ContextVar("iamport_time_limit", default=inf)
_end_of_call: ContextVar[float] = ContextVar("iamport_end_of_call", default=inf)


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Within it, no call to the gateway lasts beyond that many seconds from now.

    A request that finds no time left is not sent, and fails as one that got no connection.
    """
    token = _limit.set(min(_limit.get(), time.monotonic() + seconds))
    try:
        yield
    finally:
        _limit.reset(token)


@contextmanager
def time_of_a_call(timeout: Timeout) -> Iterator[None]:
    """One call with all that belongs to it: the token, the attempts, the pauses between them."""
    if _end_of_call.get() != inf:
        yield
        return
    token = _end_of_call.set(time.monotonic() + max(LONGEST, sum(both(timeout))))
    try:
        yield
    finally:
        _end_of_call.reset(token)


def left() -> float:
    """The seconds until the call under way has to end, endless outside of one."""
    return min(_limit.get(), _end_of_call.get()) - time.monotonic()


def has_time_after(pause: float) -> bool:
    """Whether a request may be begun after that many seconds."""
    return left() - pause >= LEAST_SECONDS


def require_time() -> None:
    """Raise what says that a request was never sent, where too little time is left for one."""
    if not has_time_after(0):
        # Only here: a view sets limits in processes that never load what calls.
        from requests.exceptions import ConnectTimeout

        raise ConnectTimeout("no time is left for this request")


def bounded(timeout: Timeout) -> tuple[float, float]:
    """To connect, and to wait for an answer, as far as there is time."""
    connect, read = (min(seconds, left()) for seconds in both(timeout))
    within_limit = _limit.get() - time.monotonic()
    connect = min(connect, within_limit / 2)
    return connect, min(read, within_limit - connect)


def both(timeout: Timeout) -> tuple[float, float]:
    return timeout if isinstance(timeout, tuple) else (timeout, timeout)
