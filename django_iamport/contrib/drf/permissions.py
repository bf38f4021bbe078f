"""The package's permissions for views of a shop's own: `permission_classes = [MayPay]`."""

from __future__ import annotations

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from django_iamport import access
from django_iamport.models import AbstractTransaction

__all__ = ["MayPay", "MaySee"]


class _OfOrder(BasePermission):
    """Of an order, or of a transaction's; as the view says where it is an `AccessMixin`, else as `owns` does."""

    hook = ""

    def has_object_permission(self, request: Request, view: APIView, obj: Any) -> bool:
        order: Any = obj.order if isinstance(obj, AbstractTransaction) else obj
        says = getattr(view, self.hook, None)
        return bool(says(order) if says is not None else access.owns(request, order))


class MayPay(_OfOrder):
    hook = "may_pay"


class MaySee(_OfOrder):
    hook = "may_see"
