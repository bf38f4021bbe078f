"""`path("subscriptions/", include("django_iamport.contrib.subscriptions.urls"))`; a shop's own go before it."""

from __future__ import annotations

from django.urls import path

from . import views

__all__ = ["app_name", "urlpatterns"]

app_name = "iamport_subscriptions"

urlpatterns = [
    path("", views.SubscriptionsView.as_view(), name="subscriptions"),
    path("<slug:subscription_uid>/", views.SubscriptionView.as_view(), name="subscription"),
    path("<slug:subscription_uid>/<slug:action>/", views.SubscriptionChangeView.as_view(), name="change"),
]
