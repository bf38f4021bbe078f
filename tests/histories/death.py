"""A process that ends in the middle: at a write, after a commit, before or after a call of the gateway."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

WRITES = ("INSERT", "UPDATE", "DELETE")


class Killed(BaseException):
    """The process is no more: what it still would do, in whatever `finally`, doesn't happen."""


class Death:
    """Meets the process that is watched at the n-th of its points, where it was told to."""

    def __init__(self) -> None:
        self.at: int | None = None
        self.passed: list[str] = []
        self.is_dead = self._is_watching = False

    def point(self, name: str) -> None:
        """Something that ends a process may come before here."""
        if not self._is_watching:
            return
        if self.is_dead:
            raise Killed
        self.passed.append(name)
        if len(self.passed) == self.at:
            self.is_dead = True
            raise Killed(name)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """A process, from its beginning to its end; raises `Killed` where it was to die."""
        self.passed, self.is_dead, self._is_watching = [], False, True
        database: Any = connection
        commit = database._commit

        def commit_then_die() -> None:
            commit()
            self.point("after a commit")

        database._commit = commit_then_die
        try:
            with connection.execute_wrapper(self._execute):
                yield
        finally:
            database._commit = commit
            self._is_watching = False
            if self.is_dead:
                self.at = None
                # Of a process that is gone nobody calls what waited for the commit.
                connection.run_on_commit = []

    def _execute(
        self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]
    ) -> Any:
        if self.is_dead:
            raise Killed
        is_write = sql.lstrip()[:6].upper() in WRITES
        if is_write:
            self.point(f"before {sql[:60]}")
        result = execute(sql, params, many, context)
        if is_write and not context["connection"].in_atomic_block:
            self.point("after a commit")
        return result
