"""The purchase behind Django REST framework's authentication, throttles and schema: the package's views inside."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from rest_framework.generics import GenericAPIView
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import set_rollback
from rest_framework.viewsets import GenericViewSet

from django_iamport import access, views
from django_iamport.contrib.drf.permissions import recognise
from django_iamport.contrib.drf.serializers import (
    CheckoutSerializer,
    TransactionSerializer,
    ValidationSerializer,
)
from django_iamport.exceptions import IamportError, NotAuthenticated, TooManyRequests
from django_iamport.models import AbstractTransaction
from django_iamport.models.order import ShopOrder
from django_iamport.models.registry import default_transaction_model, find_attempt
from django_iamport.records.rows import rows
from django_iamport.views.base import described

__all__ = ["CheckoutAPIView", "PaymentAPIMixin", "TransactionViewSet", "ValidationAPIView"]


class PaymentAPIMixin(GenericAPIView[Any], access.AccessMixin):
    """Who asks is whom the framework authenticated, and the package's errors are answered as its views do.

    For views of a shop's own, too, before the framework's classes; with `may_pay` and the other hooks.
    """

    def recognise(self, request: HttpRequest) -> None:
        """Not before the framework has."""

    def perform_authentication(self, request: Request) -> None:
        """Whom a token says is the visitor for everything; a guest's session is checked for CSRF, too."""
        super().perform_authentication(request)
        recognise(request, self.get_user(request))

    def handle_exception(self, exc: Exception) -> Response:
        if not isinstance(exc, IamportError):
            return super().handle_exception(exc)
        set_rollback()
        describe = getattr(self, "describe", described)
        response = Response({"error": describe(exc)}, status=exc.http_status, exception=True)
        if isinstance(exc, TooManyRequests):
            response["Retry-After"] = str(exc.retry_after)
        if isinstance(exc, NotAuthenticated):
            response["WWW-Authenticate"] = self.get_authenticate_header(self.request) or "Bearer"
        return response

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        """No cache keeps it, errors neither, unless the view says otherwise."""
        final = super().finalize_response(request, response, *args, **kwargs)
        final.headers.setdefault("Cache-Control", "no-store")
        return final


class _PurchaseView(PaymentAPIMixin):
    """A view of the package, entered by the framework: its hooks are those of the view that it is."""

    is_recognised_elsewhere = True
    http_method_names = ["post", "options"]

    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        asked = self.get_serializer(data=request.data)
        asked.is_valid(raise_exception=True)
        self.data: dict[str, Any] = asked.validated_data
        return Response(self.answer())

    def answer(self) -> dict[str, Any]:
        raise NotImplementedError


class CheckoutAPIView(_PurchaseView, views.OrderCheckoutAjaxView):
    """Begins an attempt to pay an order; hooks as in `OrderCheckoutAjaxView`."""

    serializer_class = CheckoutSerializer
    answer = views.OrderCheckoutAjaxView.answer

    def get_order(self, order_id: Any) -> ShopOrder:
        order = super().get_order(order_id)
        self.check_object_permissions(self.request, order)
        return order


class ValidationAPIView(_PurchaseView, views.OrderImpAjaxView):
    """Says how an attempt stands, and verifies what the client claims; hooks as in `OrderImpAjaxView`."""

    serializer_class = ValidationSerializer
    answer = views.OrderImpAjaxView.answer

    def get_attempt(self, merchant_uid: str) -> AbstractTransaction:
        attempt = super().get_attempt(merchant_uid)
        self.check_object_permissions(self.request, attempt)
        return attempt


class TransactionViewSet(PaymentAPIMixin, ListModelMixin, RetrieveModelMixin, GenericViewSet[Any]):
    """The attempts to pay the visitor's orders, the latest first; one by its number, where he may see it."""

    transaction_model: type[AbstractTransaction] | None = None
    serializer_class = TransactionSerializer
    lookup_field = "merchant_uid"

    def get_queryset(self) -> QuerySet[Any]:
        model = self.transaction_model or default_transaction_model()
        found: QuerySet[Any] = rows(model)
        if getattr(self, "swagger_fake_view", False):
            # A schema is drawn.
            return found.none()
        return found.filter(order__in=access.orders_of(self.request, model)).order_by("-pk")

    def get_object(self) -> AbstractTransaction:
        attempt = find_attempt(self.kwargs["merchant_uid"])
        if attempt is None or not self.may_see(attempt.order):
            raise Http404
        self.check_object_permissions(self.request, attempt)
        return attempt
