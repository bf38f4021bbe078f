"""What `iamport_erase` does with subscriptions: they end, and are nobody's."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from django_iamport.exceptions import IamportError
from django_iamport.ledger.erasable import Erasable
from django_iamport.records.history import Origin
from django_iamport.records.rows import rows

from .lifecycle import changes, steps
from .models import AbstractSubscription
from .registry import subscription_models
from .rules import ERASED, SubscriptionStatus

BY_COMMAND = Origin("command")


def of_user(key: Any) -> list[QuerySet[Any]]:
    return [rows(model).filter(user=key) for model in subscription_models()]


def before(moment: datetime) -> list[QuerySet[Any]]:
    """One that goes on is kept, however old it is."""
    ended = {"status": SubscriptionStatus.ENDED.value, "ended_at__lt": moment}
    return [rows(model).filter(**ended).exclude(user=None) for model in subscription_models()]


def erase(subscription: AbstractSubscription) -> str | None:
    try:
        if subscription.status != SubscriptionStatus.ENDED:
            changes.cancel(subscription, ERASED, BY_COMMAND, at_period_end=False)
        steps.forget(subscription, BY_COMMAND)
    except IamportError as error:
        return error.code
    return None


SUBSCRIPTIONS = Erasable(
    name="subscriptions",
    of_user=of_user,
    before=before,
    erase=erase,
    number=lambda subscription: str(subscription.subscription_uid),
)
