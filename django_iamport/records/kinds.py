"""As which class an order is asked: one and the same, whichever of its classes it was read as.

A row of a model whose children have tables of their own is asked as the child that it is, a proxy as the model
that the transactions point at. Else the attempt would ask one object, and the posting of its payment another.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar, cast

from django.apps import apps
from django.db import models, router
from django.db.models import Exists, OuterRef
from django.db.models.fields.related_descriptors import ForwardManyToOneDescriptor

from .write_database import named_database

AnyModel = TypeVar("AnyModel", bound=models.Model)
Model = type[models.Model]


def every_row(model: type[AnyModel], using: str | None = None) -> models.QuerySet[AnyModel]:
    """All rows of a model, whatever its managers hide or join, read where it is written to."""
    return models.QuerySet(model, using=using or router.db_for_write(model))


def derived_from(base: Model) -> list[Any]:
    """The project's models that derive from an abstract one; proxies and children share their parent's rows."""
    found = [model for model in apps.get_models() if issubclass(model, base) and not model._meta.proxy]
    return [model for model in found if not any(issubclass(parent, base) for parent in model._meta.parents)]


def lineage(model: Model) -> Iterator[Model]:
    """The model's table and those of its parents whose key is its own: one row of each is one order."""
    current: Any = model._meta.concrete_model
    while current is not None:
        yield current
        link = current._meta.pk.remote_field
        current = link.model._meta.concrete_model if getattr(link, "parent_link", False) else None


def has_rows_of(model: Model, other: Model) -> bool:
    """Whether each row of `model`, a proxy or a child, is one of `other`, too, under the same key."""
    return any(table is other._meta.concrete_model for table in lineage(model))


def topmost(model: Model) -> Model:
    """The last of the lineage, whose row stands for the order in locks and sessions."""
    return [*lineage(model)][-1]


def children(model: Model) -> tuple[Model, ...]:
    """Models with tables of their own below a model, those further down first."""
    return _children(model, tuple(model._meta.apps.get_models()))


@lru_cache(maxsize=64)
def _children(model: Model, of_project: tuple[Model, ...]) -> tuple[Model, ...]:
    """Each lock asks for them, and a project may have hundreds of models."""
    concrete = model._meta.concrete_model
    below = [each for each in of_project if not each._meta.proxy and concrete in [*lineage(each)][1:]]
    return tuple(sorted(below, key=lambda each: (-len([*lineage(each)]), each._meta.label)))


def kind_of(model: type[AnyModel], pk: object, using: str) -> type[AnyModel]:
    """The class that the row of that key is asked as: the model itself, or the last of its children.

    One query where the model has children, none where it hasn't.
    """
    below = children(model)
    if not below:
        return model
    tables = {
        f"iamport_{n}": Exists(every_row(c, using).filter(pk=OuterRef("pk"))) for n, c in enumerate(below)
    }
    found = every_row(model, using).filter(pk=pk).values_list(*tables.values()).first() or ()
    return next((cast("type[AnyModel]", c) for c, is_one in zip(below, found, strict=False) if is_one), model)


def asked(order: AnyModel) -> AnyModel:
    """The object that is asked in place of a row of the model that the transactions point at."""
    using = order._state.db or router.db_for_write(type(order))
    kind = kind_of(type(order), order.pk, using)
    return order if kind is type(order) else every_row(kind, using).get(pk=order.pk)


def all_asked(orders: Iterable[AnyModel]) -> dict[Any, AnyModel]:
    """By key, the objects that are asked in place of a list's; one query for each model of children."""
    found = {order.pk: order for order in orders}
    model = next((type(order) for order in found.values()), None)
    for child in reversed(children(model)) if model else ():
        found |= {row.pk: cast("AnyModel", row) for row in every_row(child).filter(pk__in=[*found])}
    return found


if TYPE_CHECKING:
    Accessor = ForwardManyToOneDescriptor[models.ForeignKey[Any, Any]]
else:
    Accessor = ForwardManyToOneDescriptor


class OrderAccessor(Accessor):
    """`transaction.order`: an order is asked whether it may be paid, be it hidden from the shop's lists."""

    def get_queryset(self, **hints: Any) -> models.QuerySet[Any]:
        queryset: models.QuerySet[Any] = super().get_queryset(**hints)
        return every_row(queryset.model, named_database(queryset))

    def get_object(self, instance: models.Model) -> models.Model:
        return asked(super().get_object(instance))
