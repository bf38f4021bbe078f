"""`path("pay/", include(with_order_form(YourMixin)))`; a shop's own subclasses go before `urlpatterns`."""

from __future__ import annotations

from typing import Any

from django.urls import URLPattern, path

from django_iamport import views
from django_iamport.views.spelling import WithoutSlashView

__all__ = ["app_name", "urlpatterns", "with_order_form"]

app_name = "iamport"

urlpatterns = [
    path("order/create/", views.OrderCreateView.as_view(), name="order_create"),
    path("order/create_ajax/", views.OrderCreateAjaxView.as_view(), name="order_create_ajax"),
    path("order/checkout/", views.OrderCheckoutAjaxView.as_view(), name="order_checkout"),
    path("order/validation/", views.OrderImpAjaxView.as_view(), name="order_validation"),
    path("order/complete/<str:merchant_uid>/", views.OrderCompleteView.as_view(), name="order_complete"),
    path("refund_account/<str:link>/", views.RefundAccountView.as_view(), name="refund_account"),
    path("redirect/", views.RedirectView.as_view(), name="redirect"),
    path("webhook/", views.WebhookView.as_view(), name="webhook"),
    path("confirm/", views.ConfirmView.as_view(), name="confirm"),
    *(path(name, WithoutSlashView.as_view()) for name in ("redirect", "webhook", "confirm")),
]


def with_order_form(order_form: type[views.OrderFormMixin]) -> tuple[list[URLPattern], str]:
    """All addresses, for `include()`; the order's page and the view that makes the order have this form and cart.

    A shop that changes more of these two views writes the subclasses itself: docs/views.md.
    """
    page: Any = type("OrderCreate", (order_form, views.OrderCreateView), {})
    ajax: Any = type("OrderCreateAjax", (order_form, views.OrderCreateAjaxView), {})
    own = [
        path("order/create/", page.as_view(), name="order_create"),
        path("order/create_ajax/", ajax.as_view(), name="order_create_ajax"),
    ]
    return [*own, *urlpatterns], app_name
