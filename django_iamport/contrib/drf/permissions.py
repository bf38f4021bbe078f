"""The package's permissions for views of a shop's own: `permission_classes = [MayPay]`."""

from __future__ import annotations

from typing import Any

from rest_framework.authentication import SessionAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from django_iamport import access
from django_iamport.models import AbstractTransaction

__all__ = ["MayPay", "MaySee"]


def recognise(request: Request, user: Any) -> None:
    """Let `user` be the visitor for everything, unless it is a session that says so; a guest's session, which the
    framework lets pass, is checked for CSRF, too. Not a hook."""
    is_known = user is not None and user.is_authenticated
    if is_known and not (user is request.user and _is_by_session(request)):
        access.act_as(request._request, user)
        request.user = user
    elif not is_known and _remembers(request):
        SessionAuthentication().enforce_csrf(request)


def _is_by_session(request: Request) -> bool:
    return isinstance(request.successful_authenticator, SessionAuthentication)


def _remembers(request: Request) -> bool:
    session = getattr(request, "session", None)
    return session is not None and not session.is_empty()


class _OfOrder(BasePermission):
    """Of an order, or of a transaction's; as the view says where it is an `AccessMixin`, else as `owns` does.

    Whom the framework authenticated is the visitor, in a view without `PaymentAPIMixin`, too.
    """

    hook = ""

    def has_object_permission(self, request: Request, view: APIView, obj: Any) -> bool:
        recognise(request, request.user)
        order: Any = obj.order if isinstance(obj, AbstractTransaction) else obj
        says = getattr(view, self.hook, None)
        return bool(says(order) if says is not None else access.owns(request, order))


class MayPay(_OfOrder):
    hook = "may_pay"


class MaySee(_OfOrder):
    hook = "may_see"
