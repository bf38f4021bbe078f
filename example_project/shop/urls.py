from django.urls import include, path
from django.views.decorators.cache import never_cache
from django.views.generic import TemplateView

from django_iamport import urls as iamport
from shop import subscribing, views

# Two of the package's views need to know the shop's form and cart: ours come first, under the same addresses.
payment = [
    path("order/create/", views.OrderCreate.as_view(), name="order_create"),
    path("order/create_ajax/", views.OrderCreateAjax.as_view(), name="order_create_ajax"),
    *iamport.urlpatterns,
]
# Uncached: the back button shows the cart and the orders as they are now.
urlpatterns = [
    path("", views.ProductList.as_view(), name="product_list"),
    path("products/<slug:slug>/", views.ProductDetail.as_view(), name="product"),
    path("cart/", never_cache(TemplateView.as_view(template_name="shop/cart.html")), name="cart"),
    path("cart/add/<slug:slug>/", views.change_cart, {"how": "add"}, name="cart_add"),
    path("cart/set/<slug:slug>/", views.change_cart, {"how": "set"}, name="cart_set"),
    path("orders/", never_cache(views.MyOrders.as_view()), name="my_orders"),
    path("orders/<int:pk>/pay/", never_cache(views.PayOrder.as_view()), name="pay_order"),
    path("orders/<int:pk>/first/", never_cache(subscribing.FirstBox.as_view()), name="first_box"),
    path("guide/", TemplateView.as_view(template_name="shop/guide.html"), name="guide"),
    path("pay/", include((payment, "iamport"))),
    path("identity/", include("django_iamport.contrib.identity_verification.urls")),
    path("cash-receipt/", include("django_iamport.contrib.cash_receipts.urls")),
    path("products/<slug:slug>/subscribe/", never_cache(subscribing.Subscribe.as_view()), name="subscribe"),
    path("subscriptions/", include("django_iamport.contrib.subscriptions.urls")),
    path("cards/", include("django_iamport.contrib.billing.urls")),
]
