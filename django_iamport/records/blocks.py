"""Database transactions of ours: what leaves one without an exception is committed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import Error, InterfaceError, OperationalError, connections, transaction

from django_iamport.exceptions import ReceiverFailed
from django_iamport.signals.monitoring import log

# Serialization failure, deadlock, lock not available; the server ends or has lost the connection.
POSTGRESQL_STATES = ("40001", "40P01", "55P03", "57P01", "57P02", "57P03")
POSTGRESQL_CONNECTION = "08"
# Lock wait timeout, deadlock, a row changed since the snapshot (innodb_snapshot_isolation); the server has gone
# away, was lost, or has ended the connection.
MYSQL_NUMBERS = (1205, 1213, 1020, 2006, 2013, 1927)
# Of these, what takes the whole transaction back, and not its last statement alone.
MYSQL_UNDOES_ALL = (1213, 1020)
# The words of SQLITE_BUSY and SQLITE_LOCKED; a column may be called "locked", too.
SQLITE_LOCKED = re.compile(r"database (table |schema )?is locked")


def is_busy(error: BaseException) -> bool:
    """Whether the database itself speaks of a lock, a deadlock, a serialization failure or a lost connection."""
    cause = error.__cause__
    if isinstance(error, InterfaceError):
        # A driver's: a connection that is gone, or a misuse of it (a closed cursor, a value of an odd type).
        return "connection" in str(error) or getattr(cause, "args", ())[:1] == (0,)
    if not isinstance(error, Error) or cause is None:
        return False
    if hasattr(cause, "sqlstate"):
        return _is_busy_postgresql(cause.sqlstate, error)
    if hasattr(cause, "pgcode"):
        return _is_busy_postgresql(cause.pgcode, error)
    if type(cause).__module__.startswith("sqlite3"):
        return isinstance(error, OperationalError) and SQLITE_LOCKED.match(str(cause)) is not None
    number = cause.args[0] if cause.args else None
    return isinstance(error, OperationalError) and number in MYSQL_NUMBERS


def _is_busy_postgresql(state: str | None, error: BaseException) -> bool:
    if state is None:
        # A connection that was cut has no time for a code.
        return isinstance(error, OperationalError)
    return state in POSTGRESQL_STATES or state.startswith(POSTGRESQL_CONNECTION)


def is_doomed(using: str) -> bool:
    """Whether the open transaction can only be rolled back, though nothing was raised.

    Somebody caught a database error: Django has marked the transaction, or the server (PostgreSQL) refuses
    everything else until its end, and answers COMMIT with a rollback.
    """
    connection = connections[using]
    if connection.in_atomic_block and connection.needs_rollback:
        return True
    if connection.vendor != "postgresql" or connection.connection is None:
        return False
    raw = connection.connection
    status = raw.info.transaction_status if hasattr(raw, "info") else raw.get_transaction_status()
    return int(status) == PQTRANS_INERROR


# libpq's number for a transaction in which a statement has failed.
PQTRANS_INERROR = 3


def require_committable(using: str, subject: object) -> None:
    """Raise `ReceiverFailed` where what was done here would be rolled back without a word."""
    if is_doomed(using):
        log("transaction_not_ended", subject=subject)
        raise ReceiverFailed(f"The shop's code caught a database error while {subject} was stored.")


@contextmanager
def block(using: str, subject: object, *, savepoint: bool = True) -> Iterator[None]:
    """`transaction.atomic`, but that it never ends in silence without its commit.

    `subject` names for the log what is stored. Raises `ReceiverFailed` where the shop's code has caught a
    database error. A callback of `on_commit` that raises is logged: what it follows is stored.
    """
    committed: list[bool] = []
    try:
        with transaction.atomic(using=using, savepoint=savepoint), _noticing_what_is_undone(using):
            transaction.on_commit(lambda: committed.append(True), using=using)
            yield
            require_committable(using, subject)
    except Exception:
        if not committed:
            raise
        log("after_commit_failed", error=True, subject=subject)


@contextmanager
def _noticing_what_is_undone(using: str) -> Iterator[None]:
    """After a deadlock MariaDB and MySQL have undone the transaction, and begin another one with what comes next.

    Where the shop's code catches that error, Django knows only of some statements: what was written before would
    be lost, and what is written after committed.
    """
    connection = connections[using]

    def execute(execute: Callable[..., Any], *statement: Any) -> Any:
        try:
            return execute(*statement)
        except OperationalError as error:
            if getattr(error.__cause__, "args", ())[:1] in [(number,) for number in MYSQL_UNDOES_ALL]:
                connection.needs_rollback = True
            raise

    if connection.vendor != "mysql":
        yield
        return
    with connection.execute_wrapper(execute):
        yield
