"""Where the gateway keeps its state: five methods, so that memory and database serve the same rules."""

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from copy import deepcopy
from typing import Any, Protocol

Row = dict[str, Any]

INDEXED = ("imp_uid", "merchant_uid", "status", "started_at", "paid_at", "updated_at")
MOMENTS = ("started_at", "paid_at", "updated_at")


class Store(Protocol):
    """Rows are JSON documents, named by kind and key; `find` filters by the names in `INDEXED`."""

    def exclusive(self) -> AbstractContextManager[None]:
        """One change at a time, all or nothing; may be nested."""

    def get(self, kind: str, key: str) -> Row | None:
        """A copy of the row."""

    def put(self, kind: str, key: str, row: Row) -> None:
        """Write or replace the row."""

    def delete(self, kind: str, key: str) -> None:
        """Remove the row, if it is there."""

    def find(
        self, kind: str, sort: str = "-started_at", start: int = 0, limit: int | None = None, **filters: str
    ) -> list[Row]:
        """Rows by one of `MOMENTS`, descending after `-`; of one moment, as they were first written."""

    def count(self, kind: str, **filters: str) -> int:
        """How many rows `find` would give without a limit."""


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
        self, kind: str, sort: str = "-started_at", start: int = 0, limit: int | None = None, **filters: str
    ) -> list[Row]:
        name, descending = sort.removeprefix("-"), sort.startswith("-")
        with self._lock:
            rows = self._matching(kind, filters)
            if descending:
                rows.reverse()
            rows.sort(key=lambda row: row.get(name) or 0, reverse=descending)
            return deepcopy(rows[start:] if limit is None else rows[start : start + limit])

    def count(self, kind: str, **filters: str) -> int:
        with self._lock:
            return len(self._matching(kind, filters))

    def _matching(self, kind: str, filters: dict[str, str]) -> list[Row]:
        rows = self._kinds.get(kind, {}).values()
        return [row for row in rows if all(row.get(name) == value for name, value in filters.items())]
