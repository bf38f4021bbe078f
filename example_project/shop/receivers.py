"""A product is sold when it is paid for: the stock falls in the step that stores the payment, and rises in the
step after which none of the money is left."""

from typing import Any

from django.db.models import F
from django.dispatch import receiver
from django.utils.translation import gettext as _

from django_iamport.exceptions import RejectPayment
from django_iamport.signals import order_refunded, payment_paid, payment_ready
from shop.models import Order, OrderTransaction, Product
from shop.outbox import Mail


@receiver(payment_paid, sender=OrderTransaction)
def take_from_stock(order: Order, **kwargs: Any) -> None:
    # Every payment takes the products in the same order, so that two of them never wait for each other.
    for item in order.items.order_by("product"):
        enough = Product.objects.filter(pk=item.product_id, stock__gte=item.quantity)
        if not enough.update(stock=F("stock") - item.quantity):
            # Somebody was faster: what this receiver wrote is undone, and the customer gets the money back.
            raise RejectPayment("sold_out")


@receiver(order_refunded, sender=OrderTransaction)
def put_back_into_stock(order: Order, **kwargs: Any) -> None:
    # Once for each payment that was accepted, however many refunds it took. After a partial refund the order
    # keeps what it bought. A shop that waits for the parcel puts it back there instead.
    for item in order.items.order_by("product"):
        Product.objects.filter(pk=item.product_id).update(stock=F("stock") + item.quantity)


# Receivers run in the language in which the customer paid, also where a webhook or iamport_sync brings the news.
@receiver(payment_ready, sender=OrderTransaction)
def tell_the_account(order: Order, transaction: OrderTransaction, **kwargs: Any) -> None:
    subject = _("%(name)s: please transfer the amount") % {"name": order.name}
    Mail.objects.create(to=order.email, subject=subject, text=transaction.get_deposit_text())


@receiver(payment_paid, sender=OrderTransaction)
def say_thanks(order: Order, **kwargs: Any) -> None:
    subject = _("%(name)s: thank you, your payment has arrived") % {"name": order.name}
    text = _("We are packing your order %(number)s.") % {"number": order.pk}
    Mail.objects.create(to=order.email, subject=subject, text=text)


@receiver(order_refunded, sender=OrderTransaction)
def tell_the_refund(order: Order, **kwargs: Any) -> None:
    subject = _("%(name)s: your money was refunded") % {"name": order.name}
    text = _("Your order %(number)s was refunded in full.") % {"number": order.pk}
    Mail.objects.create(to=order.email, subject=subject, text=text)
