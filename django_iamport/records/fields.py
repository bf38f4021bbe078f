"""Fields that leave no trace of this package or of model-utils in a shop's migrations."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Literal, TypeVar, overload

from django.db import models
from django.db.models.expressions import Combinable
from model_utils.fields import AutoCreatedField, AutoLastModifiedField, MonitorField, StatusField

Deconstructed = tuple[str, str, Sequence[Any], dict[str, Any]]

Amount = Decimal | int | str | Combinable

DATETIME = "django.db.models.DateTimeField"

AnyModel = TypeVar("AnyModel", bound=type[models.Model])


def without_labels(model: AnyModel) -> AnyModel:
    """Keep the labels of an abstract model's columns out of shops' migrations: a new word costs no shop one."""
    for field in model._meta.local_fields:
        # What `Field.deconstruct` tells as the label; the one that is shown is `verbose_name`.
        field._verbose_name = None  # type: ignore[attr-defined]
    return model


class GatewayStatusField(StatusField):
    """A status whose words stay out of migrations: a new word doesn't change the schema."""

    def prepare_class(self, sender: type[models.Model], **kwargs: Any) -> None:
        # Copies of the model (migration states, history packages) don't carry the words.
        if hasattr(sender, self.choices_name):
            super().prepare_class(sender, **kwargs)

    def deconstruct(self) -> Deconstructed:
        name, _path, args, kwargs = super().deconstruct()
        kwargs.pop("no_check_for_status", None)
        kwargs.pop("choices", None)
        return name or "", "django.db.models.CharField", args, kwargs


class HeardAtField(MonitorField):
    """When this shop heard of a change, by its own clock; the gateway's moments are plain fields."""

    def deconstruct(self) -> Deconstructed:
        name, _path, args, kwargs = super().deconstruct()
        kwargs.pop("monitor")
        kwargs.pop("when", None)
        return name or "", DATETIME, args, kwargs

    def clone(self) -> HeardAtField:
        _name, _path, args, kwargs = super().deconstruct()
        return type(self)(*args, **kwargs)


class CreatedField(AutoCreatedField):
    def deconstruct(self) -> Deconstructed:
        name, _path, args, kwargs = super().deconstruct()
        return name or "", DATETIME, args, kwargs


class ModifiedField(AutoLastModifiedField):
    def deconstruct(self) -> Deconstructed:
        name, _path, args, kwargs = super().deconstruct()
        return name or "", DATETIME, args, kwargs


@overload
def amount_field(
    verbose_name: Any, *, null: Literal[True], **options: Any
) -> models.DecimalField[Amount | None, Decimal | None]: ...
@overload
def amount_field(verbose_name: Any, **options: Any) -> models.DecimalField[Amount, Decimal]: ...
def amount_field(verbose_name: Any, **options: Any) -> models.DecimalField[Any, Any]:
    """An amount in the currency's main unit: 12 digits before the point, two behind it."""
    return models.DecimalField(verbose_name, max_digits=14, decimal_places=2, **options)
