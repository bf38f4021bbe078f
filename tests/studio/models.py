"""An existing shop, a potter's studio: its own columns and statuses, customers with profiles, rows that are hidden
instead of deleted, and several kinds of order.
"""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models

from django_iamport.models import AbstractTransaction, PayableMixin


class Customer(models.Model):
    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True)
    telephone = models.CharField(max_length=20, blank=True)

    def __str__(self) -> str:
        return f"customer {self.pk}"


class VisibleManager(models.Manager["Booking"]):
    """Without what was removed, and with what a list shows."""

    def get_queryset(self) -> models.QuerySet[Booking]:
        return super().get_queryset().filter(is_removed=False).select_related("customer__user")


class Booking(PayableMixin):
    """Places in a course. `status` is the studio's own: what a booking is, not how it is paid."""

    owner_field = "customer__user"

    class Status(models.TextChoices):
        ASKED = "asked", "asked for"
        CONFIRMED = "confirmed", "confirmed"
        ATTENDED = "attended", "attended"
        CALLED_OFF = "called_off", "called off"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    customer = models.ForeignKey(Customer, models.PROTECT, null=True, blank=True, related_name="bookings")
    course = models.CharField(max_length=60)
    status = models.CharField(max_length=20, choices=Status, default=Status.ASKED)
    price = models.PositiveIntegerField()
    is_removed = models.BooleanField(default=False)
    created = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[VisibleManager] = VisibleManager()

    class Meta:
        ordering = ("customer__user__username", "-created")

    def __str__(self) -> str:
        return self.course

    def get_payment_amount(self) -> int:
        return self.price

    def get_payment_name(self) -> str:
        return self.course

    def accepts_payment(self, transaction: AbstractTransaction) -> bool:
        return self.status == self.Status.ASKED

    def is_settled_free(self) -> bool:
        return self.price == 0 and self.status == self.Status.CONFIRMED

    def close(self) -> None:
        self.status = self.Status.CALLED_OFF
        self.save(update_fields=["status"])

    def payment_received(self, transaction: AbstractTransaction) -> None:
        self.status = self.Status.CONFIRMED
        self.save(update_fields=["status"])


class BookingLine(models.Model):
    """What a booking holds, under the studio's own names."""

    booking = models.ForeignKey(Booking, models.CASCADE, related_name="lines")
    what = models.CharField(max_length=60)
    places = models.PositiveIntegerField(default=1)
    price = models.PositiveIntegerField()

    def __str__(self) -> str:
        return self.what


class BookingTransaction(AbstractTransaction):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    order = models.ForeignKey(Booking, on_delete=models.PROTECT, related_name="transactions")

    class Meta(AbstractTransaction.Meta):
        pass


class EveningBooking(Booking):
    """The same rows under another class."""

    class Meta:
        proxy = True


class GroupBooking(Booking):
    """A booking with a table of its own beside that of all bookings."""

    room = models.CharField(max_length=20)
    are_places_left = models.BooleanField(default=True)
    is_table_laid = models.BooleanField(default=False)

    def accepts_payment(self, transaction: AbstractTransaction) -> bool:
        return self.are_places_left and super().accepts_payment(transaction)

    def get_payment_amount(self) -> int:
        return super().get_payment_amount() * 2

    def payment_received(self, transaction: AbstractTransaction) -> None:
        super().payment_received(transaction)
        self.is_table_laid = True
        self.save(update_fields=["is_table_laid"])


class Rental(PayableMixin):
    """A kiln by the day; its keys are numbers, as those of other kinds are. Nothing here has choices."""

    owner_field = "tenant"

    CALLED_OFF = 9

    tenant = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True)
    name = models.CharField(max_length=60, default="Kiln")
    status = models.IntegerField(default=0)
    amount = models.PositiveIntegerField()
    is_paid = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.name

    def get_payment_amount(self) -> int:
        return self.amount

    def get_payment_name(self) -> str:
        return self.name

    def accepts_payment(self, transaction: AbstractTransaction) -> bool:
        return not self.is_paid and self.status != self.CALLED_OFF

    def close(self) -> None:
        self.status = self.CALLED_OFF
        self.save(update_fields=["status"])

    def payment_received(self, transaction: AbstractTransaction) -> None:
        self.is_paid = True
        self.save(update_fields=["is_paid"])


class RentalTransaction(AbstractTransaction):
    order = models.ForeignKey(Rental, on_delete=models.PROTECT, related_name="transactions")

    class Meta(AbstractTransaction.Meta):
        pass
