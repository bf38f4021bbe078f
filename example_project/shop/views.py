"""Catalogue, cart and orders. Making an order, paying it and its receipt are django_iamport's views."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Literal

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST
from django.views.generic import DetailView, ListView

from django_iamport.access import orders_of
from django_iamport.contrib.identity_verification.views import IdentityDemandMixin
from django_iamport.views import CheckoutPageMixin, OrderCreateAjaxView, OrderCreateView, OrderFormMixin
from shop.cards import BillingKey
from shop.cart import Cart
from shop.forms import OrderForm, QuantityForm
from shop.models import Order, OrderItem, Product


class ProductList(ListView):
    model = Product


class ProductDetail(DetailView):
    model = Product


@require_POST
def change_cart(request: HttpRequest, slug: str, how: Literal["add", "set"]) -> HttpResponse:
    product = get_object_or_404(Product, slug=slug)
    form = QuantityForm(request.POST)
    if form.is_valid():
        change = getattr(Cart(request), how)
        change(product, form.cleaned_data["quantity"])
    return redirect("cart")


class OrderOfCart(IdentityDemandMixin, OrderFormMixin):
    form_class = OrderForm
    # Who was verified longer ago is asked again.
    identity_within = timedelta(days=365)

    def needs_identity(self) -> bool:
        return any(line.product.is_for_adults for line in Cart(self.request).lines)

    def get_items(self) -> list[OrderItem]:
        # Names and prices are copied: the receipt says what was bought, whatever becomes of the product.
        return [
            OrderItem(
                product=line.product, name=line.product.name, price=line.product.price, quantity=line.quantity
            )
            for line in Cart(self.request).lines
        ]


class OrderCreate(OrderOfCart, OrderCreateView):
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if Cart(request).lines:
            return super().get(request, *args, **kwargs)
        # Whoever bought and comes back here finds the order, not an empty cart.
        return redirect("my_orders" if orders_of(request).exists() else "cart")

    def get_form(self, **kwargs: Any) -> Any:
        user = self.request.user
        if user.is_authenticated:
            kwargs["initial"] = {"recipient": user.get_full_name(), "email": user.email}
        return super().get_form(**kwargs)


class OrderCreateAjax(OrderOfCart, OrderCreateAjaxView):
    """Makes the order of the cart, with the form that `OrderCreate` shows."""

    def fill_order(self, order: Order, items: Sequence[OrderItem], key: str) -> None:
        super().fill_order(order, items, key)
        order.identity = self.get_identity() if self.needs_identity() else None


class MyOrders(ListView):
    template_name = "shop/my_orders.html"

    def get_queryset(self) -> QuerySet[Order]:
        return orders_of(self.request).prefetch_related("items", "transactions")


class PayOrder(CheckoutPageMixin, DetailView):
    template_name = "shop/pay_order.html"

    def get_queryset(self) -> QuerySet[Order]:
        return orders_of(self.request).prefetch_related("items", "transactions")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = self.request.user
        cards = BillingKey.objects.saved(user) if user.is_authenticated else []
        return super().get_context_data(cards=cards, **kwargs)
