"""What decides is read from the database that is written to, whatever a router reads from: a replica lags."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from django.db import models, router

AnyModel = TypeVar("AnyModel", bound=models.Model)


def write_database(row: models.Model) -> str:
    """The alias of the database that this row is written to; it may have been read elsewhere."""
    return router.db_for_write(type(row), instance=row)


def named_database(queryset: object) -> str | None:
    """The alias that somebody chose for a queryset; None where a router is to choose."""
    alias: str | None = getattr(queryset, "_db", None)
    return alias


class RefreshedWhereWritten(models.Model):
    class Meta:
        abstract = True

    def refresh_from_db(
        self,
        using: str | None = None,
        fields: Iterable[str] | None = None,
        from_queryset: models.QuerySet[Any] | None = None,
    ) -> None:
        if using is None:
            using = named_database(from_queryset) or write_database(self)
        super().refresh_from_db(using, fields, from_queryset)


class RecordManager(models.Manager[AnyModel]):
    """Of this package's own tables: all of them decide."""

    def get_queryset(self) -> models.QuerySet[AnyModel]:
        return super().get_queryset().using(self._db or router.db_for_write(self.model))


class RelatedManager(models.Manager[AnyModel]):
    """As `order.items` and `order.transactions` it reads where the order was read.

    An order under its lock comes from the database that is written to; a list of a shop's stays on its replica.
    """

    def get_queryset(self) -> models.QuerySet[AnyModel]:
        return super().get_queryset().using(database_of_relation(self))


def database_of_relation(manager: models.Manager[Any]) -> str | None:
    """The alias that a related manager reads from; None leaves it to the router."""
    instance: models.Model | None = getattr(manager, "instance", None)
    return manager._db or (instance._state.db if instance is not None else None)
