"""The least that a shop writes: a form, a cart in the session, two views."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template import engines

from django_iamport import access, views
from tests.shop.models import Order, OrderItem, Ticket, TicketTransaction


class OrderForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Order
        fields = ("buyer_name", "buyer_email", "note")

    buyer_name = forms.CharField(max_length=50)


class CartMixin(views.OrderFormMixin):
    form_class = OrderForm

    def get_items(self) -> Sequence[Any]:
        lines = self.request.session.get("cart", [])
        return [OrderItem(name=name, price=price, quantity=quantity) for name, price, quantity in lines]


class OrderCreateView(CartMixin, views.OrderCreateView):
    pass


class OrderCreateAjaxView(CartMixin, views.OrderCreateAjaxView):
    def dispatch(self, *args: Any, **kwargs: Any) -> Any:
        return super().dispatch(*args, **kwargs)


class TicketForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Ticket
        fields = ("customer",)


class TicketCreateAjaxView(views.OrderCreateAjaxView):
    """An order with UUID keys, without lines and without a column for the one-time key."""

    transaction_model = TicketTransaction
    form_class = TicketForm

    def get_items(self) -> Sequence[Any]:
        return [OrderItem(name="Ticket", price=int(self.text("price") or 9_000))]

    def is_same(self, order: Any, items: Sequence[Any]) -> bool:
        return bool(order.price == self.get_amount(items))

    def save_order(self, form: Any, items: Sequence[Any], key: str) -> Any:
        form.instance.price = self.get_amount(items)
        return form.save()


class TicketCheckoutAjaxView(views.OrderCheckoutAjaxView):
    transaction_model = TicketTransaction


@views.checkout_page
def pay_again(request: HttpRequest, pk: str) -> HttpResponse:
    order = get_object_or_404(Order, pk=pk)
    page = engines["django"].from_string(
        '{% extends "django_iamport/base.html" %}{% load iamport %}{% block content %}'
        '<button id="pay" type="button">Pay</button>{% iamport_checkout order=order button="#pay" %}{% endblock %}'
    )
    return HttpResponse(page.render({"order": order}, request))


def cart(request: HttpRequest) -> HttpResponse:
    """Empties the cart of what was paid; `?add=name,price,quantity` puts a line in, `?drop=name` takes it out."""
    lines = request.session.get("cart", [])
    for order in access.paid_orders(request):
        sold = {item.name for item in order.items.all()}
        lines = [line for line in lines if line[0] not in sold]
    if "add" in request.GET:
        name, price, quantity = request.GET["add"].split(",")
        lines.append([name, int(price), int(quantity)])
    lines = [line for line in lines if line[0] != request.GET.get("drop")]
    request.session["cart"] = lines
    return HttpResponse(f"{len(lines)} lines")
