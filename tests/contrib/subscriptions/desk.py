"""A shop's admin with its subscriptions: its addresses, and who works there."""

from django.contrib import admin
from django.urls import path

from django_iamport.contrib.subscriptions.admin import RenewalInline, SubscriptionAdminMixin
from tests.admin.desk import OrderTransactionAdmin
from tests.shop.models import OrderTransaction, Renewal, Subscription
from tests.urls import urlpatterns as of_the_shop

site = admin.AdminSite()
site.register(OrderTransaction, OrderTransactionAdmin)


class Periods(RenewalInline):
    model = Renewal


@admin.register(Subscription, site=site)
class SubscriptionAdmin(SubscriptionAdminMixin, admin.ModelAdmin):
    inlines = [Periods]


urlpatterns = [path("desk/", site.urls), *of_the_shop]
