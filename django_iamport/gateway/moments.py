"""Moments as the shop's database stores them: aware, or, where `USE_TZ` is off, without a zone in `TIME_ZONE`.

So are those of `timezone.now()`, to which they are compared. Whatever comes in is made so here, at the gateway.
"""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from django.conf import settings
from django.utils import timezone

if TYPE_CHECKING:
    from django_iamport.client.results import Cancellation, Payment


Told = TypeVar("Told", "Payment", "Cancellation")


def as_stored(moment: datetime) -> datetime:
    zone = timezone.get_default_timezone()
    if settings.USE_TZ:
        return timezone.make_aware(moment, zone) if timezone.is_naive(moment) else moment
    return moment if timezone.is_naive(moment) else timezone.make_naive(moment, zone)


def aware(moment: datetime) -> datetime:
    """As the gateway is told of it."""
    naive = timezone.is_naive(moment)
    return timezone.make_aware(moment, timezone.get_default_timezone()) if naive else moment


def in_moments(payment: Payment) -> Payment:
    """The same payment, with moments that the database takes."""
    if settings.USE_TZ:
        return payment
    history = tuple(_told(entry) for entry in payment.cancel_history)
    return replace(_told(payment), cancel_history=history)


def _told(told: Told) -> Told:
    values = {field.name: getattr(told, field.name) for field in fields(told)}
    moments: dict[str, Any] = {n: as_stored(v) for n, v in values.items() if isinstance(v, datetime)}
    return replace(told, **moments)
