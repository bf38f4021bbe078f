"""`path("cash-receipt/", include("django_iamport.contrib.cash_receipts.urls"))`."""

from django.urls import path

from . import views

__all__ = ["app_name", "urlpatterns"]

app_name = "iamport_cash_receipts"

urlpatterns = [path("<str:merchant_uid>/", views.CashReceiptView.as_view(), name="page")]
