"""Reading rows for decisions: from the database that is written to, and by their exact ids."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, wraps
from typing import Any, ParamSpec, TypeVar

from django.db import connections, models
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

    def put(self, values: Mapping[str, Any], model: Any, using: str) -> Any:
        """The value, as the field's column stores it."""
        field = model._meta.pk if self.name == "pk" else model._meta.get_field(self.name)
        return field.get_db_prep_value(values[self.name], connections[using])


def composed(
    build: Callable[Arguments, models.QuerySet[AnyModel]],
) -> Callable[Arguments, list[AnyModel]]:
    """The rows of a query that Django composes once a process: that takes it longer than to run one.

    Positional arguments shape the query; keywords are the values of fields, none of them None, which each read
    brings along.
    """

    @lru_cache(maxsize=64)
    def compose(names: tuple[str, ...], *shape: Any) -> tuple[models.QuerySet[AnyModel], str, Sequence[Any]]:
        given: Any = {name: Given(name) for name in names}
        found = build(*shape, **given)
        return found, *found.query.get_compiler(found.db).as_sql()

    @wraps(build)
    def read(*shape: Arguments.args, **values: Arguments.kwargs) -> list[AnyModel]:
        found, sql, params = compose(tuple(values), *shape)
        if any(found.model._meta.parents.values()):
            # Columns of several tables, which may have the same name.
            return list(build(*shape, **values))
        put = [p.put(values, found.model, found.db) if isinstance(p, Given) else p for p in params]
        return list(found.raw(sql, put))

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
