"""A shop with payments in escrow, as mypy --strict sees it; never run."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.dispatch import receiver
from django.http import HttpRequest
from typing_extensions import assert_type

from django_iamport.contrib.escrow import deliveries
from django_iamport.contrib.escrow.admin import EscrowOrderAdminMixin
from django_iamport.contrib.escrow.deliveries import Person
from django_iamport.contrib.escrow.exceptions import DeliveryIncomplete
from django_iamport.contrib.escrow.models import Delivery
from django_iamport.contrib.escrow.signals import escrow_changed
from django_iamport.models import AbstractTransaction


def ship(transaction: AbstractTransaction, invoice: str) -> bool:
    to = Person(name="Kim", tel="010-1", postcode="04524", addr="1 Sejong-daero")
    try:
        delivery = deliveries.register(transaction, company="CJGLS", invoice=invoice, receiver=to)
    except DeliveryIncomplete as error:
        assert_type(error.missing, tuple[str, ...])
        return False
    assert_type(delivery, Delivery)
    assert_type(deliveries.look_up(transaction), Delivery | None)
    assert_type(deliveries.delivery_of(transaction), Delivery | None)
    return delivery.is_registered


@receiver(escrow_changed)
def note(delivery: Delivery, transaction: AbstractTransaction, **kwargs: Any) -> None:
    assert_type(delivery.is_confirmed, bool)
    assert_type(Delivery.objects.refused_by_buyer().count(), int)


class OrderAdmin(EscrowOrderAdminMixin, admin.ModelAdmin[Any]):
    row_pages = (*EscrowOrderAdminMixin.row_pages, "labels")

    def has_delivery_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delivery_permission(request, obj) and obj is not None
