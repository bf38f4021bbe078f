"""System checks of the classes that an order has: whose it is, and that one and the same object is asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from inspect import getattr_static
from typing import Any

from django.apps import apps
from django.core import checks
from django.core.checks import CheckMessage, Error
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Manager, Model

from django_iamport.models import AbstractTransaction, PayableMixin, owners
from django_iamport.models.registry import transaction_model_of
from django_iamport.records import kinds

# What the package asks of an order; the last two it asks of the model, for whole lists.
ASKED = (
    *("get_payment_amount", "get_payment_currency", "get_payment_name", "get_buyer"),
    *("get_owner", "set_owner"),
    *("accepts_payment", "accepts_discount", "accepts_late_payment", "payment_received", "payment_refunded"),
    *("accepts_import", "payment_imported", "is_settled_free", "close"),
)
ASKED_OF_THE_MODEL = ("owner_field", "unpaid_since")


def check_order(order: type[Model]) -> Iterator[CheckMessage]:
    problem = owners.problem_of(order)
    if problem:
        yield Error(
            f"{order.__name__}.owner_field: {problem}.",
            hint='Set it to the way from an order to its user, such as "customer" or "profile__user"; to None '
            "where orders belong to no user, only to the session that began them.",
            obj=order,
            id="iamport.E060",
        )
    if not _is_plain(order._base_manager):
        yield checks.Warning(
            f"{order.__name__}.Meta.base_manager_name names a manager with a get_queryset of its own.",
            hint="Django saves rows through it: of one that it hides no payment can be stored. Hide rows in the "
            "default manager instead.",
            obj=order,
            id="iamport.W065",
        )
    for each in order._meta.apps.get_models():
        if not issubclass(each, PayableMixin) or each is order:
            continue
        if kinds.has_rows_of(each, order):
            yield from _check_class(order, each)
        elif order._meta.concrete_model in each._meta.get_parent_list():
            yield Error(
                f"{each.__name__} is a {order.__name__} with a key of its own.",
                hint=f"Let the link to {order.__name__} be its primary key.",
                obj=each,
                id="iamport.E062",
            )


def _check_class(order: type[Model], other: type[Model]) -> Iterator[CheckMessage]:
    """Of a proxy, or a child with a table of its own."""
    asked = order if other._meta.concrete_model is order._meta.concrete_model else other._meta.concrete_model
    differs = [name for name in ASKED if _differ(name, other, asked)]
    differs += [name for name in ASKED_OF_THE_MODEL if _differ(name, other, order)]
    if differs:
        names = " and ".join(sorted({order.__name__, asked.__name__ if asked else ""} - {"", other.__name__}))
        yield Error(
            f"{other.__name__} answers {', '.join(differs)} in its own way, and {names} is asked.",
            hint="Answer there, by what the row itself says.",
            obj=other,
            id="iamport.E061",
        )


def _is_plain(manager: Manager[Any]) -> bool:
    return getattr_static(type(manager), "get_queryset") is getattr_static(Manager, "get_queryset")


def _differ(name: str, one: type[Model], other: type[Model] | None) -> bool:
    return getattr_static(one, name, None) is not getattr_static(other, name, None)


def check_kinds(found: Sequence[type[AbstractTransaction]]) -> Iterator[CheckMessage]:
    for model in found:
        for other in found:
            if other is not model and _pays(other, model):
                yield Error(
                    f"{model.__name__} and {other.__name__} pay the same orders.",
                    hint=f"Let {other.__name__}, whose orders are all of them, pay them alone.",
                    obj=model,
                    id="iamport.E063",
                )
    for order in apps.get_models():
        if issubclass(order, PayableMixin) and not _is_paid(order):
            yield checks.Warning(
                f"No transaction model pays {order.__name__}.",
                hint="Add a subclass of AbstractTransaction whose order points at it; until then a page that is "
                "to pay it is refused.",
                obj=order,
                id="iamport.W064",
            )


def _pays(model: type[AbstractTransaction], other: type[AbstractTransaction]) -> bool:
    """Whether a model pays the orders of the other one, as their parents or the same."""
    mine, theirs = _order(model), _order(other)
    return mine is not None and theirs is not None and kinds.has_rows_of(theirs, mine)


def _order(model: type[AbstractTransaction]) -> type[Model] | None:
    try:
        return model.order_model()
    except (LookupError, FieldDoesNotExist):
        # An error of its own.
        return None


def _is_paid(order: type[Model]) -> bool:
    try:
        transaction_model_of(order)
    except LookupError:
        return False
    except FieldDoesNotExist:
        # A transaction without an order is an error of its own.
        pass
    return True
