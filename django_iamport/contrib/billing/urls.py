"""`path("cards/", include("django_iamport.contrib.billing.urls"))`; subclasses of a shop's own go before it."""

from __future__ import annotations

from django.urls import path

from . import views

__all__ = ["app_name", "urlpatterns"]

app_name = "iamport_billing"

urlpatterns = [
    path("", views.CardsView.as_view(), name="cards"),
    path("checkout/", views.CardCheckoutView.as_view(), name="card_checkout"),
    path("validation/", views.CardValidationView.as_view(), name="card_validation"),
    path("charge/", views.CardChargeView.as_view(), name="card_charge"),
    path("default/", views.CardDefaultView.as_view(), name="card_default"),
    path("delete/", views.CardDeleteView.as_view(), name="card_delete"),
    path("redirect/", views.CardRedirectView.as_view(), name="redirect"),
]
