"""Reading rows for decisions: from the database that is written to, and by their exact ids."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, wraps
from typing import Any, Generic, ParamSpec, TypeVar

from django.db import models
from django.db.models import Expression

from django_iamport.exceptions import AttemptNotFound

from .kinds import every_row
from .transaction import TransactionRecord

AnyModel = TypeVar("AnyModel", bound=models.Model)
Row = TypeVar("Row", bound=TransactionRecord)
Arguments = ParamSpec("Arguments")


def rows(model: type[AnyModel], using: str | None = None) -> models.QuerySet[AnyModel]:
    """All rows of a model, none hidden by a manager; a replica may not have those that the gateway speaks of."""
    return every_row(model, using)


class Given(Expression):
    """In a composed query, the place of a field's value."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def as_sql(self, *args: Any, **kwargs: Any) -> tuple[str, tuple[Any, ...]]:
        return "%s", (self,)


class Composed(Generic[AnyModel]):
    """A query as Django composed it, without the connection, which is a thread's own."""

    def __init__(self, found: models.QuerySet[AnyModel]) -> None:
        self.model, self.using, self.query = found.model, found.db, found.query
        compiler: Any = self.query.get_compiler(self.using)
        self.sql, self.params = compiler.as_sql()
        self.columns = [column for column, _sql, _alias in compiler.select]
        self.names = [alias or column.target.attname for column, _sql, alias in compiler.select]
        # Columns of several tables, which Django puts together.
        self.is_of_several_tables = any(found.model._meta.parents.values())

    def read(self, values: Mapping[str, Any]) -> list[AnyModel]:
        compiler: Any = self.query.get_compiler(self.using)
        put = [self._put(param, values, compiler.connection) for param in self.params]
        with compiler.connection.cursor() as cursor:
            try:
                cursor.execute(self.sql, put)
            except OverflowError:
                # SQLite takes no number that none of its columns could hold.
                return []
            found = cursor.fetchall()
        converters = compiler.get_converters(self.columns) if found else {}
        return [self._row(read) for read in compiler.apply_converters(found, converters)]

    def _put(self, param: Any, values: Mapping[str, Any], connection: Any) -> Any:
        """A value as its column stores it; what the query itself holds as it is."""
        if not isinstance(param, Given):
            return param
        of_model: Any = self.model._meta
        field = of_model.pk if param.name == "pk" else of_model.get_field(param.name)
        return field.get_db_prep_value(values[param.name], connection)

    def _row(self, read: Sequence[Any]) -> AnyModel:
        own = len(self.model._meta.concrete_fields)
        row = self.model.from_db(self.using, self.names[:own], read[:own])
        for name, value in zip(self.names[own:], read[own:], strict=True):
            setattr(row, name, value)
        return row


def composed(
    build: Callable[Arguments, models.QuerySet[AnyModel]],
) -> Callable[Arguments, list[AnyModel]]:
    """The rows of a query that Django composes once a process: that takes it longer than to run one.

    Positional arguments shape the query; keywords are the values of fields, none of them None, which each read
    brings along.
    """

    @lru_cache(maxsize=64)
    def compose(names: tuple[str, ...], *shape: Any) -> Composed[AnyModel]:
        given: Any = {name: Given(name) for name in names}
        return Composed(build(*shape, **given))

    @wraps(build)
    def read(*shape: Arguments.args, **values: Arguments.kwargs) -> list[AnyModel]:
        query = compose(tuple(values), *shape)
        return list(build(*shape, **values)) if query.is_of_several_tables else query.read(values)

    return read


def the_one(found: Sequence[AnyModel], model: type[AnyModel]) -> AnyModel:
    """The row that was found by its key; raises the model's `DoesNotExist`."""
    if not found:
        of_model: Any = model
        raise of_model.DoesNotExist(f"{model._meta.object_name} matching query does not exist.")
    return found[0]


def find_exactly(found: models.QuerySet[AnyModel], **column: str) -> AnyModel | None:
    """The row with that id. Ids are compared in Python: some databases compare without case."""
    ((name, value),) = column.items()
    return next((row for row in found.filter(**column) if getattr(row, name) == value), None)


def require_attempt(model: type[Row], merchant_uid: str, using: str) -> Row:
    """The attempt of that `merchant_uid`; raises `AttemptNotFound`."""
    row = find_exactly(rows(model, using), merchant_uid=merchant_uid)
    if row is None:
        raise AttemptNotFound(f"There is no attempt {merchant_uid}.")
    return row
