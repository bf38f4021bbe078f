"""What `iamport_erase` does with deliveries: receivers, and what buyers wrote, are blanked with their payment."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from django_iamport.ledger.erasable import Erasable
from django_iamport.models.registry import without_payment

from .models import Delivery

BLANK: dict[str, Any] = {"receiver": {}, "asked": {}, "denied_reason": "", "gateway_message": ""}


def of_user(key: Any) -> list[QuerySet[Any]]:
    """None beside those of his payments."""
    return []


def of_payment(merchant_uid: str) -> list[QuerySet[Any]]:
    return [_holding().filter(merchant_uid=merchant_uid)]


def before(moment: datetime) -> list[QuerySet[Any]]:
    """Of payments that were blanked before, and of such as are gone."""
    return [without_payment(_holding().filter(created__lt=moment))]


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
