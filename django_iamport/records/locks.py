"""The order's lock, on every database, and the promise that no transaction is open while the gateway is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar, cast

from django.db import Error, connections, models, transaction

from django_iamport.exceptions import Busy, InTransaction

from .blocks import block, is_busy
from .payable import Payable
from .rows import rows
from .transaction import TransactionRecord

ATTEMPTS = 3

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
        raise InTransaction("The gateway can't be asked while a database transaction is open.") from error


@contextmanager
def locked_order(
    model: type[Row], order_pk: Any, using: str, *, order_model: type[models.Model] | None = None
) -> Iterator[tuple[Payable, list[Row]]]:
    """Open a transaction, lock the order row, then its transactions by key; both are read after the lock.

    The order is read as an `order_model`, by default the one that the transactions point at.
    """
    with locked_row(order_model or model.order_model(), order_pk, using) as order:
        attempts = rows(model, using).filter(order=order).order_by("pk")
        yield cast("Payable", order), list(attempts.select_for_update(of=_of(using)))


@contextmanager
def locked_attempt(row: Row, using: str) -> Iterator[Row]:
    """The same for an attempt that was read before; yields its row as it is now."""
    with locked_order(type(row), row.order_id, using) as (_order, attempts):
        yield next(attempt for attempt in attempts if attempt.pk == row.pk)


@contextmanager
def locked_row(model: type[AnyModel], pk: Any, using: str) -> Iterator[AnyModel]:
    """Open a transaction, lock one row, and read it after the lock.

    Where the database has no SELECT FOR UPDATE the lock begins with a write that changes nothing: a transaction
    that reads first and writes later would fail instead of waiting.
    """
    with block(using, f"{model._meta.model_name} {pk}"):
        row = rows(model, using).filter(pk=pk)
        if not connections[using].features.has_select_for_update:
            row.update(**{model._meta.pk.attname: pk})
        yield row.select_for_update(of=_of(using)).get()


def _of(using: str) -> tuple[str, ...]:
    return ("self",) if connections[using].features.has_select_for_update_of else ()


def retrying(step: Callable[[], Result]) -> Result:
    """Run a step that opens its own transaction; what the database itself calls busy repeats it, thrice.

    Raises `Busy` where it never went through; nothing of it was stored then.
    """
    for _ in range(ATTEMPTS):
        try:
            return step()
        except Error as error:
            if not is_busy(error):
                raise
            failure = error
    raise Busy("The database refused the step several times.") from failure
