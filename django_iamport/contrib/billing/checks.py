"""System checks of a shop that saves cards (docs/billing-keys.md lists the ids)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import AppConfig
from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import router
from django.urls import NoReverseMatch, reverse

from django_iamport.models import History

from .managers import BillingKeyManager
from .models import AbstractBillingKey, billing_key_models

NEEDED = ("active_known", "default_active")


@register(Tags.models)
def check_billing_key_models(
    app_configs: Sequence[AppConfig] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    found = billing_key_models()
    if not found:
        return [
            Error(
                "No model derives from AbstractBillingKey.",
                hint="Add one to an app of yours, and migrate (docs/billing-keys.md).",
                id="iamport_billing.E001",
            )
        ]
    return [message for model in found for message in _check_model(model)]


def _check_model(model: type[AbstractBillingKey]) -> Iterator[CheckMessage]:
    prefix = f"{model._meta.app_label}_{model.__name__.lower()}_"
    own = {constraint.name for constraint in model._meta.constraints}
    if not own >= {prefix + name for name in NEEDED}:
        yield Error(
            f"{model.__name__} does not inherit the constraints of AbstractBillingKey.",
            hint=f"In {model.__name__}, write: class Meta(AbstractBillingKey.Meta)",
            obj=model,
            id="iamport_billing.E002",
        )
    manager: object = model._default_manager
    if not isinstance(manager, BillingKeyManager):
        yield Error(
            f"{model.__name__} has a manager that is not a BillingKeyManager.",
            hint="Derive it from django_iamport.contrib.billing.managers.BillingKeyManager.",
            obj=model,
            id="iamport_billing.E003",
        )
    if router.db_for_write(model) != router.db_for_write(History):
        yield Error(
            f"{model.__name__} and History are in different databases.",
            hint="Make your database router keep them in one.",
            obj=model,
            id="iamport_billing.E004",
        )
    codenames = {codename for codename, _name in model._meta.permissions}
    if "withdraw_billing_keys" not in codenames:
        yield checks.Warning(
            f"{model.__name__} does not inherit the permission withdraw_billing_keys.",
            hint=f"In {model.__name__}, add (*AbstractBillingKey.Meta.permissions, …) to your own permissions.",
            obj=model,
            id="iamport_billing.W005",
        )


@register(Tags.urls)
def check_billing_urls(app_configs: Sequence[AppConfig] | None = None, **kwargs: Any) -> list[CheckMessage]:
    try:
        reverse("iamport_billing:redirect")
    except NoReverseMatch:
        return [
            Error(
                "The addresses of saved cards are not in the URLconf: phones could not come back from the window.",
                hint='path("cards/", include("django_iamport.contrib.billing.urls"))',
                id="iamport_billing.E006",
            )
        ]
    return []
