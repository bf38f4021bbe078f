"""A shop's views for Django REST framework, as mypy --strict sees them; never run."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.http import HttpRequest

from django_iamport.access import AccessMixin, Visitor, act_as
from django_iamport.contrib.drf.permissions import MayPay, MaySee
from django_iamport.contrib.drf.serializers import TransactionSerializer
from django_iamport.contrib.drf.views import CheckoutAPIView, TransactionViewSet
from django_iamport.exceptions import NotAuthenticated
from django_iamport.models import AbstractTransaction
from django_iamport.urls import non_atomic, with_access
from tests.studio import api
from tests.studio.models import Booking, BookingTransaction


class ByToken(AccessMixin):
    def get_user(self, request: HttpRequest) -> Visitor:
        if "Authorization" not in request.headers:
            return super().get_user(request)
        found = User.objects.filter(username=request.headers["Authorization"]).first()
        if found is None:
            raise NotAuthenticated("No such token.")
        return found


class Checkout(CheckoutAPIView):
    transaction_model = BookingTransaction
    permission_classes = [MayPay]

    def may_pay(self, order: Booking) -> bool:
        return order.status != "called_off" and super().may_pay(order)

    def get_request_pay(self, order: Booking, attempt: AbstractTransaction) -> dict[str, Any]:
        return {"app_scheme": "studio"}


class ReceiptSerializer(TransactionSerializer):
    pass


class Receipts(TransactionViewSet):
    serializer_class = ReceiptSerializer
    permission_classes = [MaySee]


def addresses(request: HttpRequest, user: User) -> list[Any]:
    act_as(request, user)
    return [*with_access(ByToken)[0], *non_atomic(api.router.urls)]
