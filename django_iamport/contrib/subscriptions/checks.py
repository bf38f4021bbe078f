"""Is the shop's subscription what the clock relies on?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.checks import CheckMessage, Error
from django.core.exceptions import FieldDoesNotExist
from django.db import router
from django.db.models import Field, Model

from django_iamport.contrib.billing.models import AbstractBillingKey
from django_iamport.models.registry import transaction_model_of

from .models import AbstractRenewal, AbstractSubscription
from .receivers import renewal_models
from .records import RenewalRecord, SubscriptionRecord
from .registry import subscription_models


def check_models(**kwargs: Any) -> list[CheckMessage]:
    return [*_check_subscriptions(), *_check_renewals()]


def _check_subscriptions() -> Iterator[CheckMessage]:
    for model in subscription_models():
        if not _leads_to(model, "billing_key", AbstractBillingKey):
            yield Error(
                f"{model.__name__} has no saved card.",
                hint='Add billing_key = ForeignKey(BillingKey, on_delete=SET_NULL, null=True, related_name="+").',
                obj=model,
                id="iamport_subscriptions.E001",
            )
        if not _leads_to(model, "renewals", RenewalRecord):
            yield Error(
                f"{model.__name__} has no periods.",
                hint='Add a subclass of AbstractRenewal whose subscription has related_name="renewals".',
                obj=model,
                id="iamport_subscriptions.E002",
            )
        if getattr(model, "make_order", None) is AbstractSubscription.make_order:
            yield Error(
                f"{model.__name__}.make_order() is missing.", obj=model, id="iamport_subscriptions.E003"
            )
        yield from _check_constraints(model, AbstractSubscription)


def _check_renewals() -> Iterator[CheckMessage]:
    for model in renewal_models():
        yield from _check_constraints(model, AbstractRenewal)
        field = _field(model, "order")
        orders: Any = getattr(field, "related_model", None)
        if field is None or not isinstance(orders, type):
            yield _no_orders(model, f"{model.__name__} has no order.")
            continue
        try:
            transactions = transaction_model_of(orders)
        except LookupError as error:
            yield _no_orders(model, str(error))
            continue
        if not _leads_to(model, "subscription", SubscriptionRecord):
            continue
        subscription: Any = model._meta.get_field("subscription").related_model
        databases = {router.db_for_write(each) for each in (model, subscription, orders, transactions)}
        if len(databases) > 1:
            yield Error(
                f"{model.__name__}, its subscription and its order are in different databases.",
                hint="A period is paid in the same database transaction as its order.",
                obj=model,
                id="iamport_subscriptions.E006",
            )


def _no_orders(model: type[Model], problem: str) -> CheckMessage:
    return Error(
        problem,
        hint='Add order = ForeignKey(Order, on_delete=PROTECT, null=True, related_name="+"), of orders that a '
        "transaction model pays.",
        obj=model,
        id="iamport_subscriptions.E005",
    )


def _check_constraints(model: type[Model], base: type[Any]) -> Iterator[CheckMessage]:
    meta = model._meta
    names = {"app_label": meta.app_label.lower(), "class": meta.model_name}
    wanted = {constraint.name % names for constraint in base.Meta.constraints}
    if wanted - {constraint.name for constraint in meta.constraints}:
        yield Error(
            f"{model.__name__} has lost the constraints of {base.__name__}.",
            hint=f"Declare class Meta({base.__name__}.Meta).",
            obj=model,
            id="iamport_subscriptions.E004",
        )


def _leads_to(model: type[Model], name: str, wanted: type[Model]) -> bool:
    related: Any = getattr(_field(model, name), "related_model", None)
    return isinstance(related, type) and issubclass(related, wanted)


def _field(model: type[Model], name: str) -> Field[Any, Any] | Any | None:
    try:
        return model._meta.get_field(name)
    except FieldDoesNotExist:
        return None
