"""Which models of subscriptions a project has, and in which of them one is found."""

from __future__ import annotations

from django.apps import apps

from django_iamport.records.rows import rows
from django_iamport.rules.merchant_uids import is_well_formed

from .models import AbstractSubscription


def subscription_models() -> list[type[AbstractSubscription]]:
    """All concrete ones; proxies, and children that share their parent's rows, are left out."""
    found = [model for model in apps.get_models() if issubclass(model, AbstractSubscription)]
    return [
        model
        for model in found
        if not model._meta.proxy
        and not any(issubclass(parent, AbstractSubscription) for parent in model._meta.parents)
    ]


def find_subscription(uid: str) -> AbstractSubscription | None:
    """The one of that number; compared exactly, some databases compare without case."""
    for model in subscription_models() if is_well_formed(uid) else ():
        for row in rows(model).filter(subscription_uid=uid):
            if row.subscription_uid == uid:
                return row
    return None
