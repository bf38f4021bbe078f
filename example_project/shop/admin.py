"""Orders can be corrected before they are sent; what the gateway said about the money can only be read."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from django_iamport import admin as iamport
from django_iamport.contrib.billing.admin import BillingKeyAdminMixin
from django_iamport.contrib.cash_receipts.admin import CashReceiptButtonMixin
from django_iamport.contrib.escrow.admin import EscrowOrderAdminMixin
from django_iamport.contrib.identity_verification.admin import IdentityVerificationAdminMixin
from django_iamport.contrib.subscriptions.admin import RenewalInline, SubscriptionAdminMixin
from shop.adults import IdentityVerification
from shop.cards import BillingKey
from shop.models import Order, OrderItem, OrderTransaction, Product
from shop.outbox import Mail
from shop.subscriptions import Renewal, Subscription


class ItemInline(admin.TabularInline):
    model = OrderItem
    fields = ["product", "name", "price", "quantity"]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class TransactionInline(iamport.TransactionInline):
    model = OrderTransaction


@admin.register(Product)
class ProductAdmin(admin.ModelAdmin):
    list_display = ["name_ko", "name_en", "category", "price", "stock"]
    list_editable = ["price", "stock"]
    list_filter = ["category"]
    search_fields = ["name_ko", "name_en"]


@admin.register(Order)
class OrderAdmin(EscrowOrderAdminMixin, admin.ModelAdmin):
    list_display = ["pk", "name", "recipient", "shown_amount", "shown_status", "created", "shown_pages"]
    list_filter = ["status", "created"]
    search_fields = ["recipient", "email", "transactions__merchant_uid", "transactions__imp_uid"]
    inlines = [ItemInline, TransactionInline]
    shop_name = "온새미로"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


@admin.register(OrderTransaction)
class OrderTransactionAdmin(CashReceiptButtonMixin, iamport.TransactionAdminMixin, admin.ModelAdmin):
    search_fields = [*iamport.TransactionAdminMixin.search_fields, "order__recipient", "order__email"]

    def get_console_url(self, transaction: Any) -> str:
        # The offline gateway's; a live shop leaves this out.
        return f"/sandbox/console/payments/{transaction.imp_uid}" if transaction.imp_uid else ""


@admin.register(IdentityVerification)
class IdentityVerificationAdmin(IdentityVerificationAdminMixin, admin.ModelAdmin):
    pass


@admin.register(BillingKey)
class BillingKeyAdmin(BillingKeyAdminMixin, admin.ModelAdmin):
    pass


@admin.register(Mail)
class MailAdmin(admin.ModelAdmin):
    list_display = ["subject", "to", "created", "sent_at"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class MonthInline(RenewalInline):
    model = Renewal


@admin.register(Subscription)
class SubscriptionAdmin(SubscriptionAdminMixin, admin.ModelAdmin):
    inlines = [MonthInline]
