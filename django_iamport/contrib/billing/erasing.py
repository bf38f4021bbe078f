"""What `iamport_erase` does with saved cards: deleted at the gateway, and nobody's here."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from django_iamport.exceptions import IamportError
from django_iamport.ledger.erasable import Erasable
from django_iamport.records.history import Origin
from django_iamport.records.rows import rows
from django_iamport.records.write_database import write_database

from . import keys
from .models import AbstractBillingKey, billing_key_models
from .rules import ERASED, KeyStatus

BY_COMMAND = Origin("command")
HOLDING = ~Q(user=None) | ~Q(card_number="") | ~Q(card_name="") | ~Q(expiry="")


def of_user(key: Any) -> list[QuerySet[Any]]:
    return [rows(model).filter(user=key) for model in billing_key_models()]


def before(moment: datetime) -> list[QuerySet[Any]]:
    """Cards that are still saved are still used, however old they are."""
    ended = Q(status__in=(KeyStatus.FAILED, KeyStatus.DELETED, KeyStatus.GONE))
    return [rows(model).filter(HOLDING, ended, modified__lt=moment) for model in billing_key_models()]


def erase(key: AbstractBillingKey) -> str | None:
    using = write_database(key)
    try:
        if key.may_exist:
            keys.withdraw(key, using, BY_COMMAND, reason=ERASED, requester="customer")
        keys.forget(key, using, BY_COMMAND)
    except IamportError as error:
        return error.code
    return None


SAVED_CARDS = Erasable(
    name="saved_cards",
    of_user=of_user,
    before=before,
    erase=erase,
    number=lambda key: str(key.merchant_uid),
)
