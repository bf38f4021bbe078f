"""The rows of one kind in memory, found by their names and moments without walking over all of them."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Collection, Iterable, Iterator
from typing import Any, NamedTuple

Row = dict[str, Any]

NAMES = ("imp_uid", "merchant_uid", "customer_uid", "status")
MOMENTS = ("started_at", "paid_at", "updated_at", "status_at", "schedule_at")
FEW = 200
"""So many rows are sorted sooner than their order is looked for among all."""

Value = str | Collection[str]


class Span(NamedTuple):
    """One of `MOMENTS` from `start` to `end`, both inside (unix seconds)."""

    name: str
    start: int
    end: int

    def holds(self, row: Row) -> bool:
        return bool(self.start <= (row.get(self.name) or 0) <= self.end)


class Kept(NamedTuple):
    """A row, and when it was first written among those of its kind."""

    order: int
    row: Row


class Timeline:
    """Keys by each of `MOMENTS`; of one moment, as their rows were first written."""

    def __init__(self) -> None:
        self._by: dict[str, list[tuple[int, int, str]]] = {name: [] for name in MOMENTS}

    def add(self, key: str, kept: Kept) -> None:
        for name, line in self._by.items():
            insort(line, (kept.row.get(name) or 0, kept.order, key))

    def remove(self, key: str, kept: Kept) -> None:
        for name, line in self._by.items():
            del line[bisect_left(line, (kept.row.get(name) or 0, kept.order, key))]

    def keys(self, sort: str, within: Span | None) -> Iterator[str]:
        """In order, descending after `-`; those outside `within` are left out where it is of the same moment."""
        name = sort.removeprefix("-")
        line = self._by[name]
        start, end = self._bounds(within) if within and within.name == name else (0, len(line))
        places = range(end - 1, start - 1, -1) if sort.startswith("-") else range(start, end)
        return (line[place][2] for place in places)

    def count(self, within: Span | None) -> int:
        start, end = self._bounds(within) if within else (0, len(self._by[MOMENTS[0]]))
        return end - start

    def _bounds(self, span: Span) -> tuple[int, int]:
        line = self._by[span.name]
        return bisect_left(line, (span.start,)), bisect_right(line, (span.end + 1,))


class Shelf:
    """All rows of a kind, with what finds them."""

    def __init__(self) -> None:
        self.rows: dict[str, Kept] = {}
        self._written = 0
        self._all = Timeline()
        self._of_status: dict[Any, Timeline] = {}
        self._named: dict[tuple[str, Any], dict[str, None]] = {}

    def next_order(self) -> int:
        self._written += 1
        return self._written

    def replace(self, key: str, kept: Kept | None) -> None:
        """Write a row, or take it away."""
        before = self.rows.pop(key, None)
        if before is not None:
            self._forget(key, before)
        if kept is not None:
            self.rows[key] = kept
            self._learn(key, kept)

    def find(self, sort: str, within: Span | None, asked: dict[str, Collection[str]]) -> Iterator[Row]:
        few = self._few(asked)
        for key in self._sorted(few, sort) if few is not None else self._walk(sort, within, asked):
            row = self.rows[key].row
            if (within is None or within.holds(row)) and _fits(row, asked):
                yield row

    def count(self, within: Span | None, asked: dict[str, Collection[str]]) -> int:
        if not asked:
            return self._all.count(within)
        if set(asked) == {"status"}:
            lines = (self._of_status.get(status) for status in asked["status"])
            return sum(line.count(within) for line in lines if line)
        return sum(1 for _ in self.find(MOMENTS[0], within, asked))

    def _few(self, asked: dict[str, Collection[str]]) -> list[str] | None:
        """The keys that one of the names leaves over, where they are few."""
        for name, values in asked.items():
            groups = [self._named.get((name, value), {}) for value in values]
            if sum(map(len, groups)) <= FEW:
                return [key for group in groups for key in group]
        return None

    def _sorted(self, keys: Iterable[str], sort: str) -> list[str]:
        name = sort.removeprefix("-")

        def place(key: str) -> tuple[int, int]:
            kept = self.rows[key]
            return kept.row.get(name) or 0, kept.order

        return sorted(keys, key=place, reverse=sort.startswith("-"))

    def _walk(self, sort: str, within: Span | None, asked: dict[str, Collection[str]]) -> Iterator[str]:
        statuses = asked.get("status", ())
        line = self._of_status[next(iter(statuses))] if len(statuses) == 1 else self._all
        return line.keys(sort, within)

    def _learn(self, key: str, kept: Kept) -> None:
        self._all.add(key, kept)
        self._of_status.setdefault(kept.row.get("status"), Timeline()).add(key, kept)
        for name in NAMES:
            self._named.setdefault((name, kept.row.get(name)), {})[key] = None

    def _forget(self, key: str, kept: Kept) -> None:
        self._all.remove(key, kept)
        self._of_status[kept.row.get("status")].remove(key, kept)
        for name in NAMES:
            place = (name, kept.row.get(name))
            del self._named[place][key]
            if not self._named[place]:
                del self._named[place]


def copied(part: Any) -> Any:
    """A copy of a JSON document, its parts included."""
    if isinstance(part, dict):
        return {name: copied(inner) for name, inner in part.items()}
    return [copied(inner) for inner in part] if isinstance(part, list) else part


def _fits(row: Row, asked: dict[str, Collection[str]]) -> bool:
    return all(row.get(name) in values for name, values in asked.items())
