"""What is to go wrong: faults by operation, kept in the store so that every process of the gateway agrees.

Whoever carries requests (a view, the adapter in a shop's tests) passes them through `answer_unless_faulty`; the
sender of webhooks asks `take(store, "webhook")` and knows what the four kinds of `WEBHOOK_KINDS` mean.
"""

import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import NoReturn, Protocol

from ..api import GROUPS, OPERATIONS, Answer, envelope, group_of
from ..state.stores import Store

EVERY = "every"
WEBHOOK = "webhook"

TARGETS = (EVERY, WEBHOOK, *GROUPS, *OPERATIONS)
"""What can go wrong by itself: anything, webhooks, a group of REST operations, one operation."""

ANSWER_KINDS = (
    "delay",
    "timeout",
    "disconnect",
    "error",
    "html",
    "unauthorized",
    "rate_limit",
    "body",
)
WEBHOOK_KINDS = ("delay", "duplicate", "reorder", "lose")

TIMES = range(1, 1000)
LONGEST_SECONDS = 600
PROXY_PAGE = b"<html><body><h1>502 Bad Gateway</h1></body></html>"
BROKEN = "연습용 오류입니다."
TOO_MANY = "요청이 너무 많습니다. 잠시 후 다시 시도해주세요."
_SECONDS = {"delay": 3.0, "timeout": 60.0}
_STATUSES = {"error": 500, "html": 502, "unauthorized": 401, "rate_limit": 429, "body": 200}


@dataclass(frozen=True)
class Fault:
    """Something that goes wrong the next `times` times; None means until it is switched off.

    `operation` is one of `TARGETS`: an operation's name, a group's, `every` (any operation) or `webhook`.
    `seconds` is how long a `delay` lasts, and how long a `timeout` keeps the caller waiting. `status` and `body`
    are those of the answer.
    With `after`, the operation's work is done first: money moved, and the caller gets no word of it.
    Raises ValueError for what can't happen.
    """

    operation: str
    kind: str
    times: int | None = 1
    seconds: float | None = None
    status: int | None = None
    body: str | None = None
    after: bool = False
    key: str = field(default_factory=lambda: secrets.token_hex(6))

    def __post_init__(self) -> None:
        if self.operation not in TARGETS:
            raise ValueError(f"unknown operation {self.operation!r}")
        if self.kind not in (WEBHOOK_KINDS if self.operation == WEBHOOK else ANSWER_KINDS):
            raise ValueError(f"{self.kind!r} is not a fault of {self.operation!r}")
        if self.times is not None and (type(self.times) is not int or self.times not in TIMES):
            raise ValueError(f"a fault can happen {TIMES.start} to {TIMES.stop - 1} times")
        if self.status is not None and (type(self.status) is not int or not 200 <= self.status <= 599):
            raise ValueError(f"{self.status} is not an HTTP status of a response")
        if type(self.lasts) not in (int, float) or not 0 <= self.lasts <= LONGEST_SECONDS:
            raise ValueError(f"a fault can last up to {LONGEST_SECONDS} seconds")
        if type(self.body) not in (str, type(None)) or type(self.after) is not bool:
            raise ValueError("body must be text, after must be true or false")

    @property
    def lasts(self) -> float:
        """Seconds; 0 for faults that happen at once."""
        return _SECONDS.get(self.kind, 0.0) if self.seconds is None else self.seconds

    def applies_to(self, operation: str | None) -> bool:
        """Whether it happens to a call of the operation (None: there is none at that path), or to a webhook."""
        if self.operation == EVERY:
            return operation != WEBHOOK
        return operation is not None and self.operation in (operation, group_of(operation))

    def answer(self) -> Answer:
        """What is answered instead, for the kinds that answer."""
        status = self.status or _STATUSES[self.kind]
        if self.kind == "html":
            page = PROXY_PAGE if self.body is None else self.body.encode()
            return Answer(status, page, "text/html; charset=utf-8")
        if self.kind == "body":
            return Answer(status, (self.body or "").encode())
        texts = {"unauthorized": "Unauthorized", "rate_limit": TOO_MANY}
        return envelope(status, -1, self.body or texts.get(self.kind, BROKEN), None)


class Connection(Protocol):
    """The connection to a caller."""

    def wait(self, seconds: float) -> None:
        """Let the caller wait; then the answer comes."""

    def drop(self, seconds: float) -> NoReturn:
        """Keep the caller waiting for `seconds` (0: not at all) and cut the connection, without an answer."""


def answer_unless_faulty(
    store: Store, operation: str | None, work: Callable[[], Answer], connection: Connection
) -> Answer:
    """Do the work and answer, unless a fault was asked for."""
    fault = take(store, operation)
    if fault is None:
        return work()
    done = work() if fault.after else None
    if fault.kind == "delay":
        connection.wait(fault.lasts)
        return done or work()
    if fault.kind in ("timeout", "disconnect"):
        connection.drop(fault.lasts)
    return fault.answer()


def arm(store: Store, fault: Fault) -> Fault:
    """From now on it happens; of several for one operation, the oldest first."""
    with store.exclusive():
        _write(store, [*armed(store), fault])
    return fault


def armed(store: Store) -> list[Fault]:
    """What will still go wrong, the oldest first."""
    row = store.get("fault", "armed")
    return [Fault(**each) for each in row["queue"]] if row else []


def disarm(store: Store, key: str | None = None) -> bool:
    """Switch one fault off, or all; False where there was none."""
    with store.exclusive():
        before = armed(store)
        after = [fault for fault in before if key is not None and fault.key != key]
        _write(store, after)
    return len(after) < len(before)


def take(store: Store, operation: str | None) -> Fault | None:
    """The fault that this call meets, counted down; asks once where none is armed."""
    if not any(fault.applies_to(operation) for fault in armed(store)):
        return None
    with store.exclusive():
        faults = armed(store)
        taken = next((fault for fault in faults if fault.applies_to(operation)), None)
        if taken is not None and taken.times is not None:
            _write(store, [left for fault in faults if (left := _left(fault, taken))])
    return taken


def _left(fault: Fault, taken: Fault) -> Fault | None:
    if fault is not taken:
        return fault
    times = (taken.times or 0) - 1
    return Fault(**{**asdict(taken), "times": times}) if times else None


def _write(store: Store, faults: list[Fault]) -> None:
    if faults:
        store.put("fault", "armed", {"queue": [asdict(fault) for fault in faults]})
    else:
        store.delete("fault", "armed")
