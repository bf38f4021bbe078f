"""The cart: product keys and quantities in the session. Prices are read from the products, never kept here."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject, cached_property

from django_iamport.access import paid_orders
from shop.models import Product


@dataclass(frozen=True)
class Line:
    product: Product
    quantity: int

    @property
    def total(self) -> int:
        return self.product.price * self.quantity


class Cart:
    def __init__(self, request: HttpRequest) -> None:
        self.session = request.session
        self.quantities: dict[str, int] = self.session.get("cart", {})
        # Lines leave the cart when they are paid, or an account waits for their deposit, not when they are
        # ordered: a customer whose card is declined finds everything in its place; what was added since stays.
        for order in paid_orders(request, awaiting_deposit=True):
            for item in order.items.select_related("product"):
                self.add(item.product, -item.quantity)

    def add(self, product: Product, quantity: int) -> None:
        self.set(product, self.quantities.get(str(product.pk), 0) + quantity)

    def set(self, product: Product, quantity: int) -> None:
        """At most what is in stock; 0 or less takes the product out."""
        self.quantities.pop(str(product.pk), None)
        if min(quantity, product.stock) > 0:
            self.quantities[str(product.pk)] = min(quantity, product.stock)
        self.session["cart"] = self.quantities

    @cached_property
    def lines(self) -> list[Line]:
        products = Product.objects.filter(pk__in=self.quantities, stock__gt=0)
        return [Line(product, min(self.quantities[str(product.pk)], product.stock)) for product in products]

    @property
    def total(self) -> int:
        return sum(line.total for line in self.lines)

    def __len__(self) -> int:
        return sum(line.quantity for line in self.lines)


def cart(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `{{ cart }}` in every template."""
    return {"cart": SimpleLazyObject(lambda: Cart(request))}
