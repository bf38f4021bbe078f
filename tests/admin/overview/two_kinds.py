"""The admin of a shop that sells tea and tickets, each with transactions of its own."""

from django.contrib import admin
from django.urls import path

from django_iamport.admin import HistoryAdmin, OverviewAdmin, SyncRunAdmin, TransactionAdminMixin
from django_iamport.models import History
from django_iamport.records.sync_cursor import Overview, SyncRun
from tests.shop.models import OrderTransaction, TicketTransaction

site = admin.AdminSite()


@admin.register(OrderTransaction, site=site)
class OrderTransactionAdmin(TransactionAdminMixin, admin.ModelAdmin):
    pass


@admin.register(TicketTransaction, site=site)
class TicketTransactionAdmin(TransactionAdminMixin, admin.ModelAdmin):
    """A shop's own choice of filters, without those that the overview links to."""

    list_filter = ("status",)


site.register(History, HistoryAdmin)
site.register(Overview, OverviewAdmin)
site.register(SyncRun, SyncRunAdmin)
urlpatterns = [path("admin/", site.urls)]
