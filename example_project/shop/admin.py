"""Orders can be corrected before they are sent; what the gateway said about the money can only be read."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from shop.models import Order, OrderItem, OrderTransaction, Product


class ReadOnly:
    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ItemInline(ReadOnly, admin.TabularInline):
    model = OrderItem
    fields = ["product", "name", "price", "quantity"]


class TransactionInline(ReadOnly, admin.TabularInline):
    model = OrderTransaction
    readonly_fields = ["merchant_uid", "status", "amount", "paid_amount", "pay_method", "created"]
    show_change_link = True


@admin.register(Product)
class ProductAdmin(admin.ModelAdmin):
    list_display = ["name_ko", "name_en", "category", "price", "stock"]
    list_editable = ["price", "stock"]
    list_filter = ["category"]
    search_fields = ["name_ko", "name_en"]


@admin.register(Order)
class OrderAdmin(admin.ModelAdmin):
    list_display = ["pk", "name", "recipient", "amount", "status", "created"]
    list_filter = ["status", "created"]
    search_fields = ["recipient", "email", "transactions__merchant_uid", "transactions__imp_uid"]
    readonly_fields = ["user", "name", "amount", "currency", "status", "paid_at", "created"]
    inlines = [ItemInline, TransactionInline]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


@admin.register(OrderTransaction)
class OrderTransactionAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["merchant_uid", "order", "status", "amount", "paid_amount", "cancel_amount", "created"]
    list_filter = ["status", "pay_method", "created"]
    search_fields = ["merchant_uid", "imp_uid"]
    list_select_related = ["order"]
    readonly_fields = [
        *["order", "merchant_uid", "imp_uid", "status", "reject_reason", "fail_reason"],
        *["amount", "currency", "paid_amount", "paid_currency", "cancel_amount"],
        *["pay_method", "pg_provider", "receipt_url", "vbank_name", "vbank_num", "vbank_date"],
        *["created", "paid_at", "failed_at", "cancelled_at", "verified_at", "answer"],
    ]
