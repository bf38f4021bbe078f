"""Mixins for a shop's own admin classes: everything to read, nothing that decides money to change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from django_iamport.amounts import amount_in_words
from django_iamport.columns import BOOKKEEPING, GATEWAY_COLUMNS
from django_iamport.models import AbstractTransaction, Refund

if TYPE_CHECKING:
    TabularInline = admin.TabularInline[Any, Any]
    RefundModelAdmin = admin.ModelAdmin[Refund]
else:
    TabularInline, RefundModelAdmin = admin.TabularInline, admin.ModelAdmin


class TransactionAdminMixin:
    """`class TransactionAdmin(TransactionAdminMixin, admin.ModelAdmin)`."""

    list_display: Sequence[str] = (
        "merchant_uid",
        "order",
        "shown_amount",
        "status",
        "reject_reason",
        "pay_method",
        "created",
    )
    list_filter: Sequence[str] = ("status", "pay_method", "created")
    search_fields: Sequence[str] = ("merchant_uid", "gateway_merchant_uid", "imp_uid")
    date_hierarchy = "created"

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[str]:
        shown = sorted((GATEWAY_COLUMNS | BOOKKEEPING) - {"paid_order_key", "polled_at", "asked"})
        return ("order", *shown, "created", "modified")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description=_("amount"), ordering="amount")
    def shown_amount(self, transaction: AbstractTransaction) -> str:
        return amount_in_words(transaction.amount, transaction.currency)


class TransactionInline(TabularInline):
    """The attempts to pay an order, on the order's page; a subclass names its `model`."""

    extra = 0
    can_delete = False
    fields = readonly_fields = (
        "merchant_uid",
        "imp_uid",
        "amount",
        "status",
        "reject_reason",
        "pay_method",
        "paid_at",
    )
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Refund)
class RefundAdmin(RefundModelAdmin):
    list_display = ("merchant_uid", "kind", "amount", "reason", "colored_status", "sent_at", "created")
    list_filter = ("status", "kind")
    search_fields = ("merchant_uid", "imp_uid")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description=_("status"), ordering="status")
    def colored_status(self, refund: Refund) -> str:
        label = dict(Refund.STATUS).get(refund.status, refund.status)
        return format_html("<strong>{}</strong>", label) if refund.status == "needs_operator" else str(label)
