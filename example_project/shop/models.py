"""What the shop sells, and what it keeps of a purchase."""

from typing import ClassVar

from django.db import models
from django.db.models import F
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from django_iamport.exceptions import RejectPayment
from django_iamport.models import AbstractOrder, AbstractOrderItem, AbstractTransaction
from shop.adults import AdultsMixin
from shop.cards import BillingKey as BillingKey
from shop.delivery import Delivery
from shop.outbox import Mail as Mail


class Product(models.Model):
    class Category(models.TextChoices):
        CERAMICS = "ceramics", _("Ceramics")
        DRINKS = "drinks", _("Rice wine")
        TEA = "tea", _("Tea")
        PAPER = "paper", _("Paper and cloth")

    slug = models.SlugField(unique=True)
    category = models.CharField(_("category"), max_length=20, choices=Category)
    name_ko = models.CharField(_("name in Korean"), max_length=60)
    name_en = models.CharField(_("name in English"), max_length=60)
    description_ko = models.TextField(_("description in Korean"))
    description_en = models.TextField(_("description in English"))
    price = models.PositiveIntegerField(_("price in won"))
    stock = models.PositiveIntegerField(_("stock"), default=0)
    is_for_adults = models.BooleanField(_("for adults only"), default=False)
    picture = models.CharField(_("static file"), max_length=100, default="shop/products/parcel.svg")

    class Meta:
        ordering = ["category", "pk"]
        verbose_name = _("product")
        verbose_name_plural = _("products")

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return self.name_en if get_language() == "en" else self.name_ko

    @property
    def description(self) -> str:
        return self.description_en if get_language() == "en" else self.description_ko

    def get_absolute_url(self) -> str:
        return reverse("product", args=[self.slug])


class Order(AdultsMixin, Delivery, AbstractOrder):
    """The customer, the amount and the status come from `AbstractOrder`."""

    class Meta(AbstractOrder.Meta):
        verbose_name = _("order")
        verbose_name_plural = _("orders")

    def accepts_payment(self, transaction: AbstractTransaction) -> bool:
        # Asked before the payment window opens: nobody is to pay for what is gone.
        if self.items.filter(product__stock__lt=F("quantity")).exists():
            raise RejectPayment("sold_out")
        self.require_adult(self.items.all())
        return super().accepts_payment(transaction)

    def get_absolute_url(self) -> str:
        return reverse("pay_order", args=[self.pk])

    def get_buyer(self) -> dict[str, str]:
        return {
            "buyer_name": self.recipient,
            "buyer_email": self.email,
            "buyer_tel": self.phone,
            "buyer_postcode": self.postcode,
            "buyer_addr": self.address,
        }


class OrderItem(AbstractOrderItem):
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="items", verbose_name=_("order"))
    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, related_name="+", verbose_name=_("product")
    )

    class Meta(AbstractOrderItem.Meta):
        verbose_name = _("item")
        verbose_name_plural = _("items")


class OrderTransaction(AbstractTransaction):
    REJECT_REASONS: ClassVar = {
        **AbstractTransaction.REJECT_REASONS,
        "sold_out": _("Something in this order has sold out in the meantime."),
        "not_an_adult": _("Something in this order is sold to verified adults only."),
    }

    order = models.ForeignKey(
        Order, on_delete=models.PROTECT, related_name="transactions", verbose_name=_("order")
    )

    # A plain `class Meta:` would drop the constraints that keep the money right.
    class Meta(AbstractTransaction.Meta):
        verbose_name = _("transaction")
        verbose_name_plural = _("transactions")
