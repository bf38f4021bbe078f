"""When a call is repeated, and after what pause."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Any, Protocol

import urllib3
from requests.exceptions import ConnectTimeout

from django_iamport.client.http import deadline
from django_iamport.client.http.operation import Request

ATTEMPTS = 2
PAUSE = (0.1, 0.4)  # seconds; of many callers not all come back at the same moment
PASSING = frozenset({429, 502, 503, 504})  # what a moment later may be over


class Answered(Protocol):
    @property
    def status(self) -> int: ...
    @property
    def headers(self) -> Mapping[str, str]: ...


def pause_after_error(request: Request[Any], err: Exception) -> float | None:
    """Seconds to wait after a failed attempt, None where it must not be repeated.

    A read may always be repeated, a write only where it surely didn't reach the gateway.
    """
    return _jitter() if never_left(err) or not request.operation.writes else None


def pause_after_answer(request: Request[Any], answer: Answered) -> float | None:
    """Seconds to wait after an answer to a read that says "not now", None for every other answer."""
    if request.operation.writes or answer.status not in PASSING:
        return None
    asked = retry_after(answer)
    return _jitter() if asked is None else asked


def _jitter() -> float:
    return random.uniform(*PAUSE)  # noqa: S311 - spreads callers, keeps no secret


def retry_after(answer: Answered) -> float | None:
    """The seconds that the answer asks to wait for, None where it asks for nothing readable."""
    text = answer.headers.get("Retry-After", "")
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return max(0.0, (moment - datetime.now(timezone.utc)).total_seconds())


class Attempts:
    """The attempts at one call: counted, and over with its time."""

    def __init__(self) -> None:
        self.number = 1

    def another(self, pause: float | None) -> bool:
        """Wait and answer True where there may be one more attempt; answer False at once where not."""
        if pause is None or self.number >= ATTEMPTS or not deadline.has_time_after(pause):
            return False
        time.sleep(pause)
        self.number += 1
        return True


def never_left(err: Exception) -> bool:
    """Whether the request surely didn't reach the gateway: no connection was made."""
    if isinstance(err, ConnectTimeout):
        return True
    reason = getattr(err.args[0] if err.args else None, "reason", None)
    reason = getattr(reason, "original_error", reason)  # behind a proxy: why the proxy was not reached
    return isinstance(reason, urllib3.exceptions.NewConnectionError)
