"""A shop's admin with its saved cards: its addresses, and who works there."""

from django.contrib import admin
from django.contrib.auth.models import Permission, User
from django.urls import path

from django_iamport.contrib.billing.admin import BillingKeyAdminMixin
from tests.shop.models import BillingKey
from tests.urls import urlpatterns as of_the_shop

site = admin.AdminSite()


@admin.register(BillingKey, site=site)
class BillingKeyAdmin(BillingKeyAdminMixin, admin.ModelAdmin):
    pass


urlpatterns = [path("desk/", site.urls), *of_the_shop]


def hire(name: str, *permissions: str) -> User:
    """A member of staff with these permissions of the model's."""
    staff = User.objects.create_user(name, is_staff=True)
    staff.user_permissions.set(
        Permission.objects.filter(codename__in=permissions, content_type__app_label="shop")
    )
    return staff
