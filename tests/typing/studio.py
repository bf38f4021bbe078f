"""An existing shop's classes, as mypy --strict sees them; never run."""

from __future__ import annotations

from django.db.models import Model
from typing_extensions import assert_type

from tests.studio import admin, urls
from tests.studio.models import Booking, BookingTransaction, GroupBooking, Rental, RentalTransaction


def begin(booking: Booking, group: GroupBooking, rental: Rental) -> None:
    assert_type(BookingTransaction.objects.create_new(booking), BookingTransaction)
    assert_type(BookingTransaction.objects.create_new(group).order, Booking)
    assert_type(RentalTransaction.objects.create_new(rental).order, Rental)
    assert_type(rental.transactions.first(), RentalTransaction | None)


def whose(booking: Booking) -> Model | None:
    assert_type(Booking.owner_field, str)
    return booking.get_owner()


DESK, ADDRESSES = admin.site, urls.urlpatterns
