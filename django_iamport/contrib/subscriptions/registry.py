"""Which models of subscriptions a project has, and in which of them one is found."""

from __future__ import annotations

from django_iamport.records import kinds
from django_iamport.records.rows import find_exactly, rows
from django_iamport.rules.merchant_uids import is_well_formed

from .models import AbstractSubscription


def subscription_models() -> list[type[AbstractSubscription]]:
    return kinds.derived_from(AbstractSubscription)


def find_subscription(uid: str) -> AbstractSubscription | None:
    for model in subscription_models() if is_well_formed(uid) else ():
        found = find_exactly(rows(model), subscription_uid=uid)
        if found is not None:
            return found
    return None
