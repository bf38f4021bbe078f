"""The gateway's state in an SQLite file that one process holds for itself, asked without an ORM between."""

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .stores import MOMENTS, NAMES, Row, Span, Value

TABLE = "iamport_sandbox_record"
COLUMNS = ("kind", "key", *NAMES, *MOMENTS, "document")
MOST_REMEMBERED = 20_000

PUT = (
    f"INSERT INTO {TABLE} ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))}) "  # noqa: S608
    f"ON CONFLICT (kind, key) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in COLUMNS[2:])}"
)
GET = f"SELECT document FROM {TABLE} WHERE kind = ? AND key = ?"  # noqa: S608
DELETE = f"DELETE FROM {TABLE} WHERE kind = ? AND key = ?"  # noqa: S608
CLEAR = f"DELETE FROM {TABLE} WHERE kind NOT IN ('account', 'lock')"  # noqa: S608
KINDS = f"SELECT DISTINCT kind FROM {TABLE}"  # noqa: S608


class FileStore:
    """`Store` over the table of a file that is there already. No other process can read or write it meanwhile.

    What was changed is in the file when `exclusive` ends: a process that is killed loses nothing of it. A machine
    that loses its power may lose the last moments, and the file stays whole.
    """

    def __init__(self, path: Path, timeout: float = 1) -> None:
        """Raises sqlite3.Error where it can't be used, or another process holds it after `timeout` seconds."""
        self.path = path
        self._lock = threading.RLock()
        self._depth = 0
        # What is remembered is in the file, so that it may be read while somebody else changes another row; what
        # is changed is forgotten, and new until it is in the file too.
        self._remembered: dict[tuple[str, str], str | None] = {}
        self._new: dict[tuple[str, str], str | None] = {}
        self._connection = sqlite3.connect(
            path, timeout=timeout, isolation_level=None, check_same_thread=False, cached_statements=256
        )
        try:
            for pragma in ("locking_mode=exclusive", "journal_mode=wal", "synchronous=normal"):
                self._connection.execute(f"PRAGMA {pragma}")
            self._kinds = {str(kind) for (kind,) in self._connection.execute(KINDS)}
        except sqlite3.Error:
            self._connection.close()
            raise

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        with self._lock:
            name = f"level{self._depth}"
            self._connection.execute(f"SAVEPOINT {name}" if self._depth else "BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield
                self._connection.execute(f"RELEASE {name}" if self._depth > 1 else "COMMIT")
                self._learn()
            except BaseException:
                self._undo(name)
                raise
            finally:
                self._depth -= 1

    def get(self, kind: str, key: str) -> Row | None:
        try:
            text = self._remembered[kind, key]
        except KeyError:
            with self._lock:
                text = self._text(kind, key)
        return None if text is None else json.loads(text)

    def put(self, kind: str, key: str, row: Row) -> None:
        text = json.dumps(row)
        columns = [*map(row.get, NAMES), *(row.get(name) or 0 for name in MOMENTS)]
        with self._lock:
            self._connection.execute(PUT, (kind, key, *columns, text))
            self._kinds.add(kind)
            self._change(kind, key, text)

    def delete(self, kind: str, key: str) -> None:
        with self._lock:
            self._connection.execute(DELETE, (kind, key))
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
        name = sort.removeprefix("-")
        if name not in MOMENTS:
            raise ValueError(f"rows can't be sorted by {sort!r}")
        _require_known(filters)
        if kind not in self._kinds:
            return []
        where, values = _matching(kind, within, filters)
        direction = "DESC" if sort.startswith("-") else "ASC"
        sign = "+" if filters and limit is None else _unless_named(filters)
        order = f"{sign}{name} {direction}, id {direction}"
        page = f"FROM {TABLE} WHERE {where} ORDER BY {order} LIMIT ? OFFSET ?"
        # A page of many rows is sorted without the documents, which are wide.
        asked = (
            f"SELECT document {page}"
            if limit is None or limit == 1
            else f"SELECT document FROM {TABLE} WHERE id IN (SELECT id {page}) ORDER BY {order}"  # noqa: S608
        )
        with self._lock:
            found = self._connection.execute(asked, (*values, -1 if limit is None else limit, start))
            texts = found.fetchall()
        return [json.loads(text) for (text,) in texts]

    def count(self, kind: str, within: Span | None = None, **filters: Value) -> int:
        _require_known(filters)
        if kind not in self._kinds:
            return 0
        where, values = _matching(kind, within, filters)
        with self._lock:
            asked = f"SELECT COUNT(*) FROM {TABLE} WHERE {where}"  # noqa: S608
            return int(self._connection.execute(asked, values).fetchone()[0])

    def clear(self) -> None:
        with self._lock:
            self._connection.execute(CLEAR)
            self._remembered.clear()
            self._new.clear()

    def _text(self, kind: str, key: str) -> str | None:
        if (kind, key) not in self._new:
            found = self._connection.execute(GET, (kind, key)).fetchone()
            self._new[kind, key] = None if found is None else str(found[0])
        text = self._new[kind, key]
        self._learn()
        return text

    def _change(self, kind: str, key: str, text: str | None) -> None:
        self._remembered.pop((kind, key), None)
        self._new[kind, key] = text
        self._learn()

    def _learn(self) -> None:
        """Remember what is new, once it is in the file."""
        if self._connection.in_transaction:
            return
        if len(self._remembered) + len(self._new) > MOST_REMEMBERED:
            self._remembered.clear()
        self._remembered.update(self._new)
        self._new.clear()

    def _undo(self, name: str) -> None:
        self._new.clear()
        if self._depth > 1:
            self._connection.execute(f"ROLLBACK TO {name}")
            self._connection.execute(f"RELEASE {name}")
        elif self._connection.in_transaction:
            self._connection.execute("ROLLBACK")


def _require_known(filters: dict[str, Value]) -> None:
    if unknown := filters.keys() - NAMES:
        raise ValueError(f"rows can't be found by {sorted(unknown)}")


def _matching(kind: str, within: Span | None, filters: dict[str, Value]) -> tuple[str, list[Any]]:
    conditions, values = ["kind = ?"], [kind]
    for name, value in filters.items():
        among = [value] if isinstance(value, str) else list(value)
        sign = _unless_named(filters) if name == "status" else ""
        conditions.append(f"{sign}{name} IN ({', '.join('?' * len(among))})")
        values += among
    if within is not None:
        conditions.append(f"{within.name} BETWEEN ? AND ?")
        return " AND ".join(conditions), [*values, within.start, within.end]
    return " AND ".join(conditions), values


def _unless_named(filters: dict[str, Value]) -> str:
    """A plus keeps SQLite from an index that leaves over more rows than the index of a name does."""
    return "+" if filters.keys() - {"status"} else ""
