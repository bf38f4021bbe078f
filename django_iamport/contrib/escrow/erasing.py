"""What `iamport_erase` does with deliveries: receivers, and what buyers wrote, are blanked with their payment."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from django_iamport.ledger.erasable import Erasable
from django_iamport.models.registry import transaction_models
from django_iamport.records.rows import rows

from .models import Delivery

BLANK: dict[str, Any] = {"receiver": {}, "asked": {}, "denied_reason": "", "gateway_message": ""}


def of_user(key: Any) -> list[QuerySet[Any]]:
    """None beside those of his payments."""
    return []


def of_payment(merchant_uid: str) -> list[QuerySet[Any]]:
    return [_holding().filter(merchant_uid=merchant_uid)]


def before(moment: datetime) -> list[QuerySet[Any]]:
    """Of payments that were blanked before, and of such as are gone."""
    found = _holding().filter(created__lt=moment)
    for model in transaction_models():
        kept = rows(model).filter(merchant_uid=OuterRef("merchant_uid"), erased_at=None)
        found = found.filter(~Exists(kept))
    return [found]


def erase(row: Delivery) -> None:
    Delivery.objects.filter(pk=row.pk).update(**BLANK)


def _holding() -> QuerySet[Delivery]:
    return Delivery.objects.exclude(**BLANK)


DELIVERIES = Erasable(
    name="deliveries",
    of_user=of_user,
    before=before,
    erase=erase,
    number=lambda row: str(row.merchant_uid),
    of_payment=of_payment,
)
