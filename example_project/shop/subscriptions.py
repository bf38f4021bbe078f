"""A box of tea each month: what a customer subscribes to, and the order that each month makes."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from django_iamport.contrib.subscriptions.models import AbstractRenewal, AbstractSubscription
from shop.cards import BillingKey
from shop.delivery import Delivery
from shop.models import Order, OrderItem, Product


class Subscription(Delivery, AbstractSubscription):
    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, related_name="+", verbose_name=_("product")
    )
    # None is the customer's default card, whichever that is when the month comes.
    billing_key = models.ForeignKey(
        BillingKey,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("saved card"),
    )

    # A plain `class Meta:` would drop the constraints that keep a month from being charged twice.
    class Meta(AbstractSubscription.Meta):
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")

    def make_order(self, renewal: "Renewal") -> Order:
        order = Order.objects.create(user=self.user, name=self.name, amount=renewal.amount, **self.delivery)
        OrderItem.objects.create(
            order=order, product=self.product, name=self.product.name, price=renewal.amount, quantity=1
        )
        return order


class Renewal(AbstractRenewal):
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="renewals")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta(AbstractRenewal.Meta):
        verbose_name = _("month")
        verbose_name_plural = _("months")
