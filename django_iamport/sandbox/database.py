"""The gateway's state in the project's database, so that several processes see one gateway."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import DatabaseError, connections, models, router, transaction

from . import conf
from .models import Record
from .rules import Account
from .state.clock import Clock
from .state.files import FileStore
from .state.stores import MOMENTS, NAMES, Row, Span, Store, Value

_turn = threading.RLock()
"""Threads of one process queue here: at SQLite's own lock whoever waits tries again now and then, for seconds."""

_held: list[FileStore] = []
"""The file that this process holds for itself, where it is a server of its own."""


def hold_file(path: Path) -> None:
    """From now on keep everything in this file, past Django; the table is there. Raises DatabaseError."""
    connections.close_all()
    try:
        _held.append(FileStore(path))
    except sqlite3.Error as error:
        raise DatabaseError(str(error)) from error


def release_file() -> None:
    """Let go of the file, where there is one."""
    while _held:
        _held.pop().close()


def open_store() -> Store:
    """Where this process keeps the gateway's state."""
    return _held[0] if _held else DatabaseStore()


def open_account(receipt_url: str) -> Account:
    """The account that the settings describe, over the store; `receipt_url` is where sales slips are shown."""
    store = open_store()
    return Account(store, Clock(store), conf.merchant(receipt_url))


def when_stored(do: Callable[[], None]) -> None:
    """Do it as soon as no transaction of the project holds back what was changed."""
    if _held:
        do()
    else:
        transaction.on_commit(do, using=router.db_for_write(Record))


class DatabaseStore:
    """`Store` over the table of `Record`."""

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        with _turn, transaction.atomic(using=router.db_for_write(Record)):
            # A write comes first: it locks the row everywhere, and SQLite, where a transaction
            # that reads before it writes fails under load, waits for the file instead.
            lock = Record.objects.filter(kind="lock", key="gateway")
            if not lock.update(updated_at=models.F("updated_at") + 1):
                Record.objects.get_or_create(kind="lock", key="gateway")
                lock.update(updated_at=models.F("updated_at") + 1)
            yield

    def get(self, kind: str, key: str) -> Row | None:
        record = self._records(kind).filter(key=key).first()
        return None if record is None else record.document

    def put(self, kind: str, key: str, row: Row) -> None:
        columns = {name: row.get(name) for name in NAMES}
        columns.update({name: row.get(name) or 0 for name in MOMENTS})
        self._records(kind).update_or_create(kind=kind, key=key, defaults={**columns, "document": row})

    def delete(self, kind: str, key: str) -> None:
        self._records(kind).filter(key=key).delete()

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
        tie = "-pk" if sort.startswith("-") else "pk"
        records = self._matching(kind, within, filters).order_by(sort, tie)
        if limit is None or limit == 1:
            return list(records.values_list("document", flat=True)[start : limit and start + limit])
        # A page is sorted without the documents, which are wide: many thousand rows take milliseconds.
        keys = list(records.values_list("pk", flat=True)[start : start + limit])
        found = self._records(kind).in_bulk(keys)
        return [found[key].document for key in keys if key in found]

    def count(self, kind: str, within: Span | None = None, **filters: Value) -> int:
        return self._matching(kind, within, filters).count()

    def clear(self) -> None:
        records = Record.objects.using(router.db_for_write(Record))
        records.exclude(kind__in=("account", "lock")).delete()

    def _records(self, kind: str) -> models.QuerySet[Record]:
        # Reads belong to the write database: a replica may not know yet what was just paid.
        return Record.objects.using(router.db_for_write(Record)).filter(kind=kind)

    def _matching(self, kind: str, within: Span | None, filters: dict[str, Value]) -> models.QuerySet[Record]:
        unknown = set(filters) - set(NAMES)
        if unknown:
            raise ValueError(f"rows can't be found by {sorted(unknown)}")
        lookups: dict[str, Any] = {
            name if isinstance(value, str) else f"{name}__in": value for name, value in filters.items()
        }
        if within is not None:
            lookups[f"{within.name}__range"] = (within.start, within.end)
        return self._records(kind).filter(**lookups)
