"""A shop's admin, as the tests of this folder see it: its addresses, and who works there."""

from django.contrib import admin
from django.contrib.auth.models import Permission, User
from django.urls import include, path, reverse

from django_iamport.admin import (
    CancellationAdmin,
    HistoryAdmin,
    OperatorCallAdmin,
    OrderAdminMixin,
    RefundAdmin,
    TransactionAdminMixin,
    TransactionInline,
)
from django_iamport.models import Cancellation, History, OperatorCall, Refund
from tests.shop.models import Order, OrderTransaction

site = admin.AdminSite()


@admin.register(OrderTransaction, site=site)
class OrderTransactionAdmin(TransactionAdminMixin, admin.ModelAdmin):
    list_max_show_all = 2000


class Attempts(TransactionInline):
    model = OrderTransaction


@admin.register(Order, site=site)
class OrderAdmin(OrderAdminMixin, admin.ModelAdmin):
    list_display = ("name", "shown_status", "shown_amount", "shown_pages")
    list_filter = ("status", "created")
    search_fields = ("buyer_email__startswith", "transactions__merchant_uid__startswith")
    inlines = (Attempts,)


site.register(Refund, RefundAdmin)
site.register(Cancellation, CancellationAdmin)
site.register(History, HistoryAdmin)
site.register(OperatorCall, OperatorCallAdmin)
urlpatterns = [path("admin/", site.urls), path("pay/", include("django_iamport.urls"))]


def page(name, row=None, model=OrderTransaction):
    """The address of a page of a row, or of a model's list."""
    options = (row or model)._meta
    arguments = [] if row is None else [row.pk]
    return reverse(f"admin:{options.app_label}_{options.model_name}_{name}", args=arguments)


def change(row):
    return page("change", row)


def hire(*permissions):
    """Somebody who works at the desk with these permissions of this package, or of the shop."""
    user = User.objects.create_user("kim", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return user


def at_the_desk(username="boss"):
    """What is stored of whoever did it: no name."""
    return f"operator:{User.objects.get(username=username).pk}"


def refund_fields(client, row, **fields):
    """The refund's form as the operator sends it: with its key, and the rest that it showed."""
    form = client.get(page("refund", row)).context["form"]
    once = {name: form[name].value() for name in ("refund_key", "checksum")}
    return {"amount": form["amount"].value(), "reason": "returned", "confirmed": "on", **once, **fields}
