"""`path("pay/", include("django_iamport.urls"))`; a shop's own subclasses go before it, under the same names."""

from __future__ import annotations

from django.urls import path

from django_iamport import views

app_name = "iamport"

urlpatterns = [
    path("order/create/", views.OrderCreateView.as_view(), name="order_create"),
    path("order/create_ajax/", views.OrderCreateAjaxView.as_view(), name="order_create_ajax"),
    path("order/checkout/", views.OrderCheckoutAjaxView.as_view(), name="order_checkout"),
    path("order/validation/", views.OrderImpAjaxView.as_view(), name="order_validation"),
    path("order/complete/<str:merchant_uid>/", views.OrderCompleteView.as_view(), name="order_complete"),
    path("redirect/", views.RedirectView.as_view(), name="redirect"),
    path("webhook/", views.WebhookView.as_view(), name="webhook"),
]
