"""One request over a kept-alive connection: what the answer says, which error it is."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias

import requests
import urllib3

from django_iamport.client.errors import (
    AuthenticationFailed,
    Conflict,
    ConnectionFailed,
    Declined,
    GatewayError,
    GatewayTimeout,
    NotFound,
    OutcomeUnknown,
    PermissionDenied,
    RateLimited,
    Refused,
    UnexpectedAnswer,
)
from django_iamport.client.http.body import ACCEPTED, Unusable, decode, read_body
from django_iamport.client.http.connections import end_in_time, leave_to_the_parent, new_session
from django_iamport.client.http.deadline import bounded, require_time, time_of_a_call
from django_iamport.client.http.fork import ForkGuard
from django_iamport.client.http.operation import Request, T, Timeout
from django_iamport.client.http.privacy import without_private
from django_iamport.client.http.retry import (
    Attempts,
    never_left,
    pause_after_answer,
    pause_after_error,
    retry_after,
)
from django_iamport.client.http.wire import Malformed

logger = logging.getLogger("django_iamport.client")

# Told of each call: the name of the operation, `ok` or the code of the error, and its seconds.
Observer: TypeAlias = Callable[[str, str, float], None]

DEFAULT_TIMEOUT: Timeout = (3.05, 10)
PG_DECLINED = -1  # with HTTP 200; elsewhere the same code says that something was not found
NOT_SUPPORTED = 501  # the payment company has no such thing: surely nothing was done
MULTI_STATUS = 207  # some of several ids were found; `response` holds those
# These say the same whoever speaks, the gateway or a proxy before it. A 404 does not.
BY_STATUS: Mapping[int, type[GatewayError]] = {
    401: AuthenticationFailed,
    403: PermissionDenied,
    409: Conflict,
}


@dataclass(frozen=True, repr=False)
class Received:
    """An answer, read to its end; `problem` is why its body can't be used."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""
    problem: str | None = None


class Transport:
    """The session with the gateway: threads share its pool, a forked child opens connections of its own."""

    def __init__(
        self,
        base_url: str,
        timeout: Timeout | None,
        session: requests.Session | None,
        tier: str | None,
        observe: Observer | None = None,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._timeout = timeout or DEFAULT_TIMEOUT
        self._session = session or new_session()
        self._tier = tier
        self._observe = observe
        self._fork = ForkGuard(lambda: leave_to_the_parent(self._session))

    def send(self, request: Request[T], token: str | None = None) -> T:
        """The parsed answer, or a GatewayError; repeated as `retry` says, and over in the time of a call."""
        self._fork.check()
        with self.time_for(request), _observed(request.operation.name, self._observe):
            return self._send(request, token)

    def time_for(self, request: Request[Any]) -> AbstractContextManager[None]:
        """The time that the call of this request may take, with all that belongs to it."""
        return time_of_a_call(self._timeout_of(request))

    def _send(self, request: Request[T], token: str | None) -> T:
        attempts = Attempts()
        first: Exception | None = None
        while True:
            try:
                answer = self._send_once(request, token, attempts)
            except (OSError, urllib3.exceptions.HTTPError) as err:  # OSError: every error of requests is one
                first = first or err
                if attempts.another(pause_after_error(request, err)):
                    continue
                # Of a write only the last attempt may have arrived; of a read the first one says most,
                # a repeated one may have failed for want of time.
                failure = _failure(request, err if request.operation.writes else first)
            else:
                if attempts.another(pause_after_answer(request, answer)):
                    continue
                return _read(request, answer)
            # Out here it has no context: texts of requests and urllib3 name the query, which may hold a key.
            raise failure

    def _send_once(self, request: Request[Any], token: str | None, attempts: Attempts) -> Received:
        path = request.path
        headers = {"Accept": "application/json", "Accept-Encoding": ACCEPTED}
        data = None
        if tier := request.options.get("tier", self._tier):
            headers["Tier"] = tier
        if request.body is not None:
            headers["Content-Type"] = "application/json"
            data = json.dumps(request.body, allow_nan=False).encode()

        def authorise(prepared: requests.PreparedRequest) -> requests.PreparedRequest:
            # As `auth`, not as a header: requests would let an entry in ~/.netrc replace the header.
            if token is not None:
                prepared.headers["Authorization"] = f"Bearer {token}"
            return prepared

        began = time.monotonic()
        outcome: object = "not answered"
        try:
            require_time()
            end_in_time(self._session, self._base_url + path)
            response = self._session.request(
                request.operation.method,
                self._base_url + path,
                params=list(request.query),
                data=data,
                headers=headers,
                auth=authorise,
                timeout=bounded(self._timeout_of(request)),
                allow_redirects=False,
                stream=True,
            )
            outcome = response.status_code
            with response:
                return _received(response)
        finally:
            elapsed = (time.monotonic() - began) * 1000
            facts = (request.operation.method, path, outcome, attempts.number, elapsed)
            logger.debug("%s %s %s attempt %d %d ms", *facts, extra={"event": "gateway_asked"})

    def _timeout_of(self, request: Request[Any]) -> Timeout:
        return request.options.get("timeout") or self._timeout


@contextmanager
def _observed(operation: str, observe: Observer | None) -> Iterator[None]:
    if observe is None:
        yield
        return
    began, outcome = time.monotonic(), "ok"
    try:
        yield
    except Exception as error:
        outcome = getattr(error, "code", "failed")
        raise
    finally:
        observe(operation, outcome, time.monotonic() - began)


def _received(response: requests.Response) -> Received:
    try:
        return Received(response.status_code, response.headers, read_body(response))
    except Unusable as unusable:
        return Received(response.status_code, response.headers, problem=str(unusable))


def _failure(request: Request[Any], err: Exception) -> GatewayError:
    if never_left(err):
        return _unanswered(request, ConnectionFailed, err)
    if request.operation.writes:
        return _unanswered(request, OutcomeUnknown, err)
    # In the middle of a body it is urllib3's own.
    if isinstance(err, (requests.Timeout, urllib3.exceptions.TimeoutError)):
        return _unanswered(request, GatewayTimeout, err)
    return _unanswered(request, ConnectionFailed, err)


def _unanswered(request: Request[Any], kind: type[GatewayError], err: Exception) -> GatewayError:
    return request.error(kind, f"{kind.problem}: {_why(err)}")


def _why(err: BaseException) -> str:
    """The system's own words where it has any, else the name of the error; no address and no query."""
    deepest = err
    while isinstance(
        cause := deepest.__cause__ or deepest.__context__, OSError | urllib3.exceptions.HTTPError
    ):
        deepest = cause
    return getattr(deepest, "strerror", None) or type(err).__name__


def _read(request: Request[T], answer: Received) -> T:
    status = answer.status
    if status == 429:
        raise request.error(RateLimited, status=status, retry_after=retry_after(answer))
    if status in BY_STATUS:
        raise request.error(BY_STATUS[status], status=status)
    envelope, problem = _decoded(answer)
    if envelope is None or not (200 <= status < 300 or 400 <= status < 500 or status == NOT_SUPPORTED):
        raise _unusable(request, status, problem)
    if status == 404:
        raise request.error(NotFound, status=status)
    if status >= 400 or (envelope["code"] != 0 and status != MULTI_STATUS):
        declined = request.operation.writes and status == 200 and envelope["code"] == PG_DECLINED
        raise request.error(
            Declined if declined else Refused,
            status=status,
            gateway_code=envelope["code"],
            gateway_message=without_private(_gateway_message(envelope), request.body or {}),
        )
    try:
        return request.operation.read(envelope.get("response"))
    except Malformed as malformed:
        problem = str(malformed)
    raise _unusable(request, status, problem)


def _decoded(answer: Received) -> tuple[dict[str, Any] | None, str | None]:
    """The envelope, or why there is none."""
    if answer.problem is not None:
        return None, answer.problem
    try:
        return decode(answer.body), None
    except Unusable as unusable:
        return None, str(unusable)


def _gateway_message(envelope: Mapping[str, Any]) -> str:
    """The gateway's words; KCP's own stand beside them on some operations."""
    own = envelope.get("error")
    texts = [envelope.get("message"), *(own.values() if isinstance(own, dict) else ())]
    return " ".join(text for text in texts if isinstance(text, str))


def _unusable(request: Request[Any], status: int, problem: str | None) -> GatewayError:
    # After a write even nonsense may mean "done": calling it a failure would invite a second refund.
    if request.operation.writes:
        return request.error(OutcomeUnknown, status=status)
    text = f"the gateway's answer can't be used: {problem}" if problem else None
    return request.error(UnexpectedAnswer, text, status=status)
