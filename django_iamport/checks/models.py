"""System checks of the shop's models (docs/settings.md lists the ids)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import AppConfig, apps
from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import models, router

from django_iamport.ledger.second_rows import shops_constraints
from django_iamport.managers import TransactionManager
from django_iamport.models import AbstractTransaction, PayableMixin, Refund
from django_iamport.models.registry import transaction_models

from . import orders
from .settings import is_text, value_of

HOOKS = ("get_payment_amount", "get_payment_name", "accepts_payment")


@register(Tags.models)
def check_models(app_configs: Sequence[AppConfig] | None = None, **kwargs: Any) -> list[CheckMessage]:
    found = transaction_models()
    messages = [message for model in found for message in _check_transaction_model(model)]
    name = value_of("IAMPORT_TRANSACTION_MODEL")
    if is_text(name) and name.count(".") == 1 and not _is_one_of(name, found):
        hint = "Set it to a concrete subclass of AbstractTransaction."
        messages.append(
            Error(
                f"IAMPORT_TRANSACTION_MODEL: {name} is not a transaction model.", hint=hint, id="iamport.E020"
            )
        )
    messages += orders.check_kinds(found)
    return messages


def _is_one_of(name: str, found: list[type[AbstractTransaction]]) -> bool:
    try:
        return apps.get_model(name) in found
    except (LookupError, ValueError):
        return False


def _check_transaction_model(model: type[AbstractTransaction]) -> Iterator[CheckMessage]:
    field = next((f for f in model._meta.get_fields() if f.name == "order"), None)
    if (
        not isinstance(field, models.ForeignKey)
        or isinstance(field, models.OneToOneField)
        or (
            field.remote_field.on_delete is not models.PROTECT
            or field.remote_field.related_name != "transactions"
            or _is_to_another_column(field)
        )
    ):
        hint = 'order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="transactions")'
        yield Error(
            f"{model.__name__}.order is not declared as required.", hint=hint, obj=model, id="iamport.E021"
        )
    elif isinstance(field.related_model, type):
        yield from _check_order_model(field.related_model, model)
    if not _constraints(model) >= _constraints(AbstractTransaction):
        hint = f"In {model.__name__}, write: class Meta(AbstractTransaction.Meta)"
        yield Error(
            f"{model.__name__} does not inherit the constraints of AbstractTransaction.",
            hint=hint,
            obj=model,
            id="iamport.E022",
        )
    if not all(isinstance(manager, TransactionManager) for manager in model._meta.managers):
        hint = "Derive all of its managers from django_iamport.managers.TransactionManager."
        yield Error(
            f"{model.__name__} has a manager that is not a TransactionManager.",
            hint=hint,
            obj=model,
            id="iamport.E023",
        )
    if router.db_for_write(model) != router.db_for_write(Refund):
        hint = "Make your database router keep django_iamport's tables and your transactions in one database."
        yield Error(
            f"{model.__name__} and Refund are in different databases.",
            hint=hint,
            obj=model,
            id="iamport.E024",
        )
    yield from _check_shops_constraints(model)


def _is_to_another_column(field: models.ForeignKey[Any, Any]) -> bool:
    related: Any = field.related_model
    return isinstance(related, type) and not field.target_field.primary_key


def _check_shops_constraints(model: type[AbstractTransaction]) -> Iterator[CheckMessage]:
    for name, columns in shops_constraints(model).items():
        if any(column.null or callable(column.default) for column in columns):
            continue
        yield checks.Warning(
            f"{model.__name__}: the constraint {name} may refuse a further payment of one order.",
            hint="Add a nullable column, or merchant_uid, to it. Money that arrives under a "
            "number that is already paid gets a row of its own; where this rejects it, your columns are filled "
            "with values that you did not choose, or an operator is called.",
            obj=model,
            id="iamport.W043",
        )


def _constraints(model: type[models.Model]) -> set[str]:
    """Names without app and class: the last two words, e.g. `paid_evidence`."""
    names = (constraint.name for constraint in model._meta.constraints)
    return {name.replace("%(app_label)s_%(class)s_", "").removeprefix(_own_prefix(model)) for name in names}


def _own_prefix(model: type[models.Model]) -> str:
    return f"{model._meta.app_label}_{model.__name__.lower()}_"


def _check_order_model(order: type[models.Model], model: type[models.Model]) -> Iterator[CheckMessage]:
    if not issubclass(order, PayableMixin):
        hint = f"Derive {order.__name__} from AbstractOrder or from PayableMixin."
        yield Error(f"{order.__name__} can't be paid.", hint=hint, obj=order, id="iamport.E025")
        return
    yield from orders.check_order(order)
    missing = [name for name in HOOKS if getattr(order, name) is getattr(PayableMixin, name)]
    if missing:
        yield Error(
            f"{order.__name__} does not define {', '.join(missing)}.",
            hint="docs/models.md shows what each must return.",
            obj=order,
            id="iamport.E026",
        )
    if order.close is PayableMixin.close:
        yield checks.Warning(
            f"{order.__name__} does not define close().",
            hint="Let it store what accepts_payment() then refuses: an unpaid order can't be given up, "
            "cancelled by its customer, or replaced by that of a changed cart otherwise.",
            obj=order,
            id="iamport.W044",
        )
