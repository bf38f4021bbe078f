"""The studio's desk: orders with columns, statuses and lines of its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.contrib import admin

from django_iamport.admin import OrderAdminMixin, OrderLine, TransactionAdminMixin
from tests.studio.models import Booking, BookingTransaction, Rental, RentalTransaction

site = admin.AdminSite()


@admin.register(Booking, site=site)
class BookingAdmin(OrderAdminMixin, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("course", "status", "shown_status", "shown_amount", "shown_pages")
    list_editable = ("status",)
    shop_name = "Wheel and Kiln"

    def get_lines(self, order: Booking) -> Iterable[OrderLine]:
        return [OrderLine(line.what, line.price, line.places) for line in order.lines.all()]

    def get_order_number(self, order: Booking) -> str:
        return f"B-{str(order.pk)[:8]}"

    def get_shop_details(self, order: Booking) -> Sequence[tuple[str, object]]:
        return [("Business number", "120-88-00767")]


@admin.register(Rental, site=site)
class RentalAdmin(OrderAdminMixin, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("name", "status", "shown_status", "shown_amount")


@admin.register(BookingTransaction, site=site)
class BookingTransactionAdmin(TransactionAdminMixin, admin.ModelAdmin):  # type: ignore[type-arg]
    pass


@admin.register(RentalTransaction, site=site)
class RentalTransactionAdmin(TransactionAdminMixin, admin.ModelAdmin):  # type: ignore[type-arg]
    pass
