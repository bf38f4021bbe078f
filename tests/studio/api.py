"""The studio's app speaks to it through Django REST framework, with tokens: a user's name is his token."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import QuerySet
from django.urls import include, path
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.decorators import action
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter
from rest_framework.serializers import BaseSerializer, ModelSerializer
from rest_framework.viewsets import ModelViewSet

from django_iamport.access import orders_of
from django_iamport.contrib.drf.permissions import MayPay
from django_iamport.contrib.drf.serializers import CheckoutSerializer
from django_iamport.contrib.drf.views import (
    CheckoutAPIView,
    PaymentAPIMixin,
    TransactionViewSet,
    ValidationAPIView,
)
from django_iamport.urls import non_atomic

from .models import Booking, BookingTransaction, Customer


class ByToken(BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[AbstractBaseUser, None] | None:
        word, _, name = request.headers.get("Authorization", "").partition(" ")
        if word != "Bearer":
            return None
        user = get_user_model().objects.filter(username=name).first()
        if user is None:
            raise AuthenticationFailed
        return user, None

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


TOKEN_OR_SESSION = [ByToken, SessionAuthentication]


class BookingSerializer(ModelSerializer[Booking]):
    class Meta:
        model = Booking
        fields = ["id", "course", "price", "status"]
        read_only_fields = ["status"]


class BookingViewSet(PaymentAPIMixin, ModelViewSet[Booking]):
    authentication_classes = TOKEN_OR_SESSION
    permission_classes = [IsAuthenticated, MayPay]
    serializer_class = BookingSerializer
    queryset = Booking.objects.none()

    def get_queryset(self) -> QuerySet[Booking]:
        return orders_of(self.request, BookingTransaction)

    def perform_create(self, serializer: BaseSerializer[Booking]) -> None:
        user: Any = self.request.user
        customer, _made = Customer.objects.get_or_create(user=user)
        serializer.save(customer=customer)

    @action(detail=True, methods=["post"], serializer_class=CheckoutSerializer)
    def checkout(self, request: Request, pk: Any = None) -> Response:
        attempt = BookingTransaction.objects.create_new(self.get_object())
        request_pay = attempt.request_pay(app_scheme="studio")
        return Response({"merchant_uid": attempt.merchant_uid, "request_pay": request_pay})


class Checkout(CheckoutAPIView):
    authentication_classes = TOKEN_OR_SESSION
    transaction_model = BookingTransaction


class Validation(ValidationAPIView):
    authentication_classes = TOKEN_OR_SESSION


class Transactions(TransactionViewSet):
    authentication_classes = TOKEN_OR_SESSION
    transaction_model = BookingTransaction


router = SimpleRouter()
router.register("bookings", BookingViewSet, basename="booking")
router.register("transactions", Transactions, basename="transaction")

urlpatterns = [
    path("api/", include(non_atomic(router.urls))),
    path("api/checkout/", Checkout.as_view()),
    path("api/validation/", Validation.as_view()),
    path("pay/", include("django_iamport.urls")),
]
