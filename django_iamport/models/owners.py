"""Whose an order is: the way to its user that `owner_field` of the order's model names."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import FieldDoesNotExist, ImproperlyConfigured, ObjectDoesNotExist
from django.db.models import Model, Q

from django_iamport.records.rows import rows


def path_of(order_model: type[Model]) -> str | None:
    """`owner_field`; None where orders belong to nobody but the session that began them."""
    path: str | None = getattr(order_model, "owner_field", None)
    return path


def owner_of(order: Model) -> Model | None:
    """`PayableMixin.get_owner`."""
    path, found = path_of(type(order)), order
    for step in path.split("__") if path else ():
        try:
            found = getattr(found, step)
        except AttributeError as error:
            if isinstance(error, ObjectDoesNotExist):
                # No row leads on from here.
                return None
            raise ImproperlyConfigured(f"{type(order).__name__}.owner_field: {error}.") from error
        if found is None:
            return None
    return found if path else None


def give(order: Model, user: Model) -> None:
    """`PayableMixin.set_owner`."""
    first, _separator, rest = (path_of(type(order)) or "").partition("__")
    if not first:
        return
    model: Any = order._meta.get_field(first).related_model
    setattr(order, first, rows(model).filter(**{rest: user}).first() if rest else user)


def owned_by(order_model: type[Model], user: object) -> Q | None:
    """The condition for a user's orders; None where nobody of that user's model owns any."""
    path = path_of(order_model)
    is_user = isinstance(user, Model) and user._meta.concrete_model is _user_model()
    return Q(**{path: user}) if path and is_user else None


def is_nobodys(order_model: type[Model]) -> Q:
    """The condition for guests' orders."""
    path = path_of(order_model)
    return Q(**{path: None}) if path else Q()


def problem_of(order_model: type[Model]) -> str | None:
    """What is wrong with the way that `owner_field` names; None where it leads to the users."""
    path, model = path_of(order_model), order_model
    if path is None:
        return None
    for step in path.split("__"):
        try:
            field = model._meta.get_field(step)
        except FieldDoesNotExist:
            return f"{model.__name__} has no field {step!r}"
        if not (field.many_to_one or field.one_to_one):
            return f"{model.__name__}.{step} does not lead to one row"
        related: Any = field.related_model
        if not isinstance(related, type):
            # Not installed, which Django itself says.
            return None
        model = related
    if model._meta.concrete_model is not _user_model():
        return f"{path!r} leads to {model.__name__}, not to the users of AUTH_USER_MODEL"
    return None


def _user_model() -> type[Model] | None:
    return get_user_model()._meta.concrete_model
