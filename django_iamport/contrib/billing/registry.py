"""Which billing key models a project has."""

from __future__ import annotations

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured

from .models import AbstractBillingKey


def billing_key_models() -> list[type[AbstractBillingKey]]:
    found = [model for model in apps.get_models() if issubclass(model, AbstractBillingKey)]
    return [model for model in found if not model._meta.proxy]


def default_billing_key_model() -> type[AbstractBillingKey]:
    """The project's only one; raises `ImproperlyConfigured` where there is none, or several."""
    found = billing_key_models()
    if len(found) != 1:
        names = ", ".join(model._meta.label for model in found) or "none"
        raise ImproperlyConfigured(
            f"One subclass of AbstractBillingKey is needed, or the view's billing_key_model; found: {names}."
        )
    return found[0]
