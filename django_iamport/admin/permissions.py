"""Who may see payments, and what nobody may do to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest

if TYPE_CHECKING:
    BaseModelAdmin = admin.options.BaseModelAdmin[Any]
else:
    BaseModelAdmin = object


class KeptMixin(BaseModelAdmin):
    """Added and deleted by nobody."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class UnchangedMixin(KeptMixin):
    """Changed by nobody, either."""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class PaymentsMixin(KeptMixin):
    """Seen by whoever may view payments, or has Django's own permission; added and deleted by nobody."""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_view_permission(request, obj) or may_view_payments(request)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return super().has_module_permission(request) or may_view_payments(request)


class ReadOnlyMixin(UnchangedMixin, PaymentsMixin):
    """Seen as payments are, and changed by nobody."""


def may_view_payments(request: HttpRequest) -> bool:
    return request.user.has_perm("django_iamport.view_payments")
