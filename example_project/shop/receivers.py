"""A product is sold when it is paid for: the stock falls in the step that stores the payment."""

from typing import Any

from django.db.models import F
from django.dispatch import receiver

from django_iamport.exceptions import RejectPayment
from django_iamport.signals import payment_paid
from shop.models import Order, OrderTransaction, Product


@receiver(payment_paid, sender=OrderTransaction)
def take_from_stock(order: Order, **kwargs: Any) -> None:
    # Every payment takes the products in the same order, so that two of them never wait for each other.
    for item in order.items.order_by("product"):
        enough = Product.objects.filter(pk=item.product_id, stock__gte=item.quantity)
        if not enough.update(stock=F("stock") - item.quantity):
            # Somebody was faster: what this receiver wrote is undone, and the customer gets the money back.
            raise RejectPayment("sold_out")
