"""Where the gateway keeps its state: five methods, so that memory and database serve the same rules."""

import threading
from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import islice
from typing import Protocol

from .shelves import MOMENTS, NAMES, Kept, Row, Shelf, Span, Value, copied

__all__ = ["MOMENTS", "NAMES", "MemoryStore", "Row", "Span", "Store", "Value"]


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
    """State of one process, gone with it. What an operation costs doesn't depend on how many rows there are."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._shelves: dict[str, Shelf] = {}
        self._undo: list[tuple[str, str, Kept | None]] = []
        self._depth = 0

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        with self._lock:
            begin = len(self._undo)
            self._depth += 1
            try:
                yield
            except BaseException:
                while len(self._undo) > begin:
                    kind, key, before = self._undo.pop()
                    self._shelf(kind).replace(key, before)
                raise
            finally:
                self._depth -= 1
                if not self._depth:
                    self._undo.clear()

    def get(self, kind: str, key: str) -> Row | None:
        with self._lock:
            kept = self._shelf(kind).rows.get(key)
            return None if kept is None else copied(kept.row)

    def put(self, kind: str, key: str, row: Row) -> None:
        with self._lock:
            shelf = self._shelf(kind)
            before = shelf.rows.get(key)
            order = shelf.next_order() if before is None else before.order
            self._change(kind, key, Kept(order, copied(row)))

    def delete(self, kind: str, key: str) -> None:
        with self._lock:
            self._change(kind, key, None)

    def find(
        self,
        kind: str,
        sort: str = "-started_at",
        start: int = 0,
        limit: int | None = None,
        within: Span | None = None,
        **filters: Value,
    ) -> list[Row]:
        if sort.removeprefix("-") not in MOMENTS:
            raise ValueError(f"rows can't be sorted by {sort!r}")
        end = None if limit is None else start + limit
        with self._lock:
            found = self._shelf(kind).find(sort, within, _asked(filters))
            return [copied(row) for row in islice(found, start, end)]

    def count(self, kind: str, within: Span | None = None, **filters: Value) -> int:
        with self._lock:
            return self._shelf(kind).count(within, _asked(filters))

    def clear(self) -> None:
        with self._lock:
            for kind in set(self._shelves) - {"account"}:
                for key in list(self._shelf(kind).rows):
                    self._change(kind, key, None)

    def _shelf(self, kind: str) -> Shelf:
        return self._shelves.setdefault(kind, Shelf())

    def _change(self, kind: str, key: str, kept: Kept | None) -> None:
        shelf = self._shelf(kind)
        if self._depth:
            self._undo.append((kind, key, shelf.rows.get(key)))
        shelf.replace(key, kept)


def _asked(filters: dict[str, Value]) -> dict[str, Collection[str]]:
    if unknown := set(filters) - set(NAMES):
        raise ValueError(f"rows can't be found by {sorted(unknown)}")
    return {name: {value} if isinstance(value, str) else set(value) for name, value in filters.items()}
