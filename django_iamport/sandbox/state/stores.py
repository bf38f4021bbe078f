"""Where the gateway keeps its state: five methods, so that memory and database serve the same rules."""

import threading
from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, contextmanager
from copy import deepcopy
from typing import Any, NamedTuple, Protocol

Row = dict[str, Any]

NAMES = ("imp_uid", "merchant_uid", "customer_uid", "status")
MOMENTS = ("started_at", "paid_at", "updated_at", "status_at", "schedule_at")

Value = str | Collection[str]


class Span(NamedTuple):
    """One of `MOMENTS` from `start` to `end`, both inside (unix seconds)."""

    name: str
    start: int
    end: int


class Store(Protocol):
    """Rows are JSON documents, named by kind and key, and found by one value or several of each of `NAMES`."""

    def exclusive(self) -> AbstractContextManager[None]:
        """One change at a time, all or nothing; may be nested."""

    def get(self, kind: str, key: str) -> Row | None:
        """A copy of the row."""

    def put(self, kind: str, key: str, row: Row) -> None:
        """Write or replace the row."""

    def delete(self, kind: str, key: str) -> None:
        """Remove the row, if it is there."""

    def find(
        self,
        kind: str,
        sort: str = "-started_at",
        start: int = 0,
        limit: int | None = None,
        within: Span | None = None,
        **filters: Value,
    ) -> list[Row]:
        """Rows by one of `MOMENTS`, descending after `-`; of one moment, as they were first written."""

    def count(self, kind: str, within: Span | None = None, **filters: Value) -> int:
        """How many rows `find` would give without a limit."""

    def clear(self) -> None:
        """Forget everything but the account's own keys (kind `account`)."""


class MemoryStore:
    """State of one process, gone with it."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._kinds: dict[str, dict[str, Row]] = {}

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        with self._lock:
            before = {kind: dict(rows) for kind, rows in self._kinds.items()}
            try:
                yield
            except BaseException:
                self._kinds = before
                raise

    def get(self, kind: str, key: str) -> Row | None:
        with self._lock:
            return deepcopy(self._kinds.get(kind, {}).get(key))

    def put(self, kind: str, key: str, row: Row) -> None:
        with self._lock:
            self._kinds.setdefault(kind, {})[key] = deepcopy(row)

    def delete(self, kind: str, key: str) -> None:
        with self._lock:
            self._kinds.get(kind, {}).pop(key, None)

    def find(
        self,
        kind: str,
        sort: str = "-started_at",
        start: int = 0,
        limit: int | None = None,
        within: Span | None = None,
        **filters: Value,
    ) -> list[Row]:
        name, descending = sort.removeprefix("-"), sort.startswith("-")
        with self._lock:
            rows = self._matching(kind, within, filters)
            if descending:
                rows.reverse()
            rows.sort(key=lambda row: row.get(name) or 0, reverse=descending)
            return deepcopy(rows[start:] if limit is None else rows[start : start + limit])

    def count(self, kind: str, within: Span | None = None, **filters: Value) -> int:
        with self._lock:
            return len(self._matching(kind, within, filters))

    def clear(self) -> None:
        with self._lock:
            self._kinds = {kind: rows for kind, rows in self._kinds.items() if kind == "account"}

    def _matching(self, kind: str, within: Span | None, filters: dict[str, Value]) -> list[Row]:
        wanted = {name: (value,) if isinstance(value, str) else value for name, value in filters.items()}
        return [
            row
            for row in self._kinds.get(kind, {}).values()
            if all(row.get(name) in values for name, values in wanted.items())
            and (within is None or within.start <= (row.get(within.name) or 0) <= within.end)
        ]
