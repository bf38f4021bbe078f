"""The order's lock, on every database, and the promise that no transaction is open while the gateway is asked."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar, cast

from django.db import Error, connections, models, transaction
from django.db.models import F, Func, TextField, Value

from django_iamport.exceptions import Busy, InTransaction

from . import kinds
from .blocks import block, is_busy
from .payable import Payable
from .rows import composed, rows, the_one
from .transaction import TransactionRecord

ATTEMPTS = 3
# Seconds: for so long a step is tried again, and the shortest and longest pause between two tries.
PATIENCE = 5.0
PAUSE = (0.005, 0.3)

# Asked together with the row: what a connection was told may differ from what its server or role says.
ISOLATION_LEVEL = Func(Value("transaction_isolation"), function="current_setting", output_field=TextField())

Result = TypeVar("Result")
AnyModel = TypeVar("AnyModel", bound=models.Model)
Row = TypeVar("Row", bound=TransactionRecord)


def require_no_transaction(using: str) -> None:
    """Raise `InTransaction` where a database transaction is open, whoever opened it.

    The one that a `TestCase` wraps around a test does not count, as with `atomic(durable=True)`.
    """
    connection = connections[using]
    if not connection.in_atomic_block:
        if connection.get_autocommit():
            return
        raise InTransaction("The gateway can't be asked while autocommit is off.")
    try:
        with transaction.atomic(using=using, durable=True):
            pass
    except RuntimeError as error:
        raise InTransaction(
            "The gateway can't be asked while a database transaction is open. Call this outside of atomic(); "
            "under ATOMIC_REQUESTS, mark the view with transaction.non_atomic_requests."
        ) from error


def require_reads_after_locks(using: str) -> None:
    """Raise `InTransaction` where one is open whose reads may be older than any lock taken now.

    MariaDB and MySQL go on reading an earlier snapshot without a word; PostgreSQL fails there by itself.
    """
    connection = connections[using]
    if connection.vendor == "mysql" and getattr(connection, "isolation_level", None) != "read committed":
        require_no_transaction(using)


@contextmanager
def locked_order(model: type[Row], order_pk: object, using: str) -> Iterator[tuple[Payable, list[Row]]]:
    """Open a transaction, lock the order row, then its transactions by key; both are read after the lock."""
    with locked_row(model.order_model(), order_pk, using) as order:
        yield cast("Payable", order), _locked_attempts(model, using, order=order.pk)


@composed
def _locked_attempts(model: type[Row], using: str, *, order: object) -> models.QuerySet[Row]:
    return rows(model, using).filter(order=order).order_by("pk").select_for_update(of=_of(using))


@contextmanager
def locked_attempt(row: Row, using: str) -> Iterator[Row]:
    """The same for an attempt that was read before; yields its row as it is now."""
    with locked_order(type(row), row.order_id, using) as (_order, attempts):
        yield next(attempt for attempt in attempts if attempt.pk == row.pk)


@contextmanager
def locked_row(model: type[AnyModel], pk: object, using: str) -> Iterator[AnyModel]:
    """Open a transaction, lock one row, and read it after the lock, as the class that it is asked as.

    Of a model with parents that have tables, the row of the topmost one is the lock: whoever knows the order by
    another of its classes waits for the same row.
    """
    with block(using, f"{model._meta.model_name} {pk}"):
        top: Any = kinds.topmost(model)
        # A proxy of the table itself needs no second read.
        top = model if top is model._meta.concrete_model else top
        locked = _lock(top, pk, using)
        kind = kinds.kind_of(model, pk, using)
        if kind is not top:
            locked = rows(kind, using).filter(pk=pk).select_for_update(of=_of(using)).get()
        yield cast("AnyModel", locked)


@contextmanager
def locked_rows(found: models.QuerySet[AnyModel], using: str) -> Iterator[list[AnyModel]]:
    """Open a transaction and lock all rows that a queryset finds, in the order of their keys, with those that they
    have in parents' tables; yields them as they are under the lock.
    """
    with block(using, f"{found.model._meta.model_name}"):
        by_key = found.order_by("pk")
        yield _lock_all(lambda: by_key, lambda: list(_locking(by_key, using)), using)


def _lock(model: type[AnyModel], pk: object, using: str) -> AnyModel:
    """Lock the one row and answer it as it is under the lock; whatever is read next is as new."""
    locked = _lock_all(
        lambda: rows(model, using).filter(pk=pk), lambda: _locked_row(model, using, pk=pk), using
    )
    return the_one(locked, model)


@composed
def _locked_row(model: type[AnyModel], using: str, *, pk: object) -> models.QuerySet[AnyModel]:
    return _locking(rows(model, using).filter(pk=pk).order_by(), using, of=_of(using))


def _locking(
    found: models.QuerySet[AnyModel], using: str, of: tuple[str, ...] = ()
) -> models.QuerySet[AnyModel]:
    locking: models.QuerySet[Any] = found.select_for_update(of=of)
    if connections[using].vendor == "postgresql":
        locking = locking.annotate(iamport_isolation=ISOLATION_LEVEL)
    return locking


def _lock_all(
    found: Callable[[], models.QuerySet[AnyModel]], lock: Callable[[], list[AnyModel]], using: str
) -> list[AnyModel]:
    """Lock what is found; `lock` reads it by a query of `_locking`.

    Without SELECT FOR UPDATE the lock begins with a write that changes nothing: a transaction that reads first
    and writes later would fail instead of waiting.

    PostgreSQL above READ COMMITTED reads all of a transaction from the snapshot of its first statement, which is
    this one, before it waits. It fails (40001, and is repeated) where the row that it waited for was changed, but
    not where whoever held the lock changed other rows alone: then it would go on and decide by what was before.
    So there every holder changes this row, and nobody gets past it with a snapshot that is older. Lowering the
    level of our transactions instead would take from the shop's receivers what they rely on.

    MariaDB and MySQL need none of that: a snapshot begins with the first read that doesn't lock, after the lock.
    """
    connection = connections[using]
    if not connection.features.has_select_for_update:
        _write_nothing(found())
    locked = lock()
    if connection.vendor != "postgresql":
        return locked
    if {row.__dict__.pop("iamport_isolation") for row in locked} - {"read committed"}:
        _write_nothing(found())
    return locked


def _write_nothing(found: models.QuerySet[AnyModel]) -> None:
    found.update(**{found.model._meta.pk.attname: F("pk")})


def _of(using: str) -> tuple[str, ...]:
    return ("self",) if connections[using].features.has_select_for_update_of else ()


def retrying(step: Callable[[], Result], *, unless_within: str | None = None) -> Result:
    """Run a step that opens its own transaction; what the database itself calls busy repeats it: at least
    thrice, and for `PATIENCE` seconds.

    Between two tries it sleeps, longer each time and never as long as its rivals. Raises `Busy` where it never
    went through; nothing of it was stored then, and a transaction of `unless_within` that was open before has
    to be repeated as a whole by whoever opened it: within it the step is tried once.
    """
    is_part = unless_within is not None and connections[unless_within].in_atomic_block
    tried, given_up = 0, time.monotonic() + PATIENCE
    while True:
        try:
            return step()
        except Error as error:
            if not is_busy(error):
                raise
            tried += 1
            if is_part or (tried >= ATTEMPTS and time.monotonic() >= given_up):
                raise Busy("The database refused the step several times.") from error
        shortest, longest = PAUSE
        time.sleep(random.uniform(shortest, min(longest, shortest * 2**tried)))  # noqa: S311 - only to part rivals
