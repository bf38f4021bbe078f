from django.contrib import admin
from django.urls import include, path

from django_iamport.urls import urlpatterns as iamport_urlpatterns
from tests.shop import views

pay = [
    path("order/create/", views.OrderCreateView.as_view(), name="order_create"),
    path("order/create_ajax/", views.OrderCreateAjaxView.as_view(), name="order_create_ajax"),
    *iamport_urlpatterns,
]

urlpatterns = [
    path("admin/", admin.site.urls),
    path("cards/", include("django_iamport.contrib.billing.urls")),
    path("cart/", views.cart),
    path("orders/<str:pk>/", views.pay_again),
    path("pay/", include((pay, "iamport"))),
    path("identity/", include("django_iamport.contrib.identity_verification.urls")),
    path("subscriptions/", include("django_iamport.contrib.subscriptions.urls")),
    path("cash-receipt/", include("django_iamport.contrib.cash_receipts.urls")),
    path("tickets/create_ajax/", views.TicketCreateAjaxView.as_view()),
    path("tickets/checkout/", views.TicketCheckoutAjaxView.as_view()),
    path("sandbox/", include("django_iamport.sandbox.urls")),
]
