"""What the pages take for granted: their shop's names, and what an argument of a name is; never run.

`.ci/typed_pages.py` has each Python block of the pages read from here what it neither defines nor imports.
Nothing of this package or of Django is here: that, a block imports.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

from django.contrib.auth.models import User
from django.db.models import ForeignKey, Manager, Model, QuerySet
from django.db.models.expressions import Combinable
from django.http import HttpRequest, HttpResponse
from django.test import Client as Browser
from rest_framework import serializers

from django_iamport import views
from django_iamport.contrib.escrow.models import Delivery
from django_iamport.contrib.identity_verification.rules import Person
from django_iamport.exceptions import IamportError
from django_iamport.models import AbstractOrder, AbstractOrderItem, AbstractTransaction
from django_iamport.testing import Sandbox
from tests.shop import models as shop


class Product(Model):
    objects: ClassVar[Manager[Product]]

    name: str
    price: int
    stock: int | Combinable
    is_for_adults: bool

    class Meta:
        app_label = "typing"


class Order(AbstractOrder):
    objects: ClassVar[Manager[Order]]

    email: str
    buyer_email: str
    customer_id: int
    deliveries_confirmed: int

    class Meta:
        app_label = "typing"

    @property
    def items(self) -> QuerySet[OrderItem]:
        raise NotImplementedError

    @property
    def transactions(self) -> Any:
        raise NotImplementedError


class OrderItem(AbstractOrderItem):
    product: Product
    product_id: int

    class Meta:
        app_label = "typing"


class OrderTransaction(AbstractTransaction):
    order: ForeignKey[Order, Order]
    order_id: int

    class Meta:
        app_label = "typing"


class BillingKey(shop.BillingKey):
    class Meta:
        proxy = True


class Subscription(shop.Subscription):
    class Meta:
        proxy = True


class Row(Model):
    """Of a table of the shop's own, whatever its columns are."""

    objects: ClassVar[Manager[Any]]

    class Meta:
        abstract = True


class Coupon(Row):
    class Meta:
        app_label = "typing"


class Customer(Row):
    class Meta:
        app_label = "typing"


class Mail(Row):
    class Meta:
        app_label = "typing"


class Shipment(Row):
    class Meta:
        app_label = "typing"


class OrderSerializer(serializers.ModelSerializer[Order]):
    class Meta:
        model = Order
        fields = ("id", "name")


class FromCart(views.OrderFormMixin):
    pass


def add(request: HttpRequest, pk: int) -> HttpResponse:
    raise NotImplementedError


class OrderCreate(FromCart, views.OrderCreateView):
    pass


class OrderCreateAjax(FromCart, views.OrderCreateAjaxView):
    pass


user_of: Callable[[str], User | None]
in_stock: Callable[[OrderItem], bool]
receipt_text: Callable[[Order], str]
fill_cart: Callable[[Any, str], None]
is_paid: Callable[[dict[str, Any], int], bool]

# a project's settings and addresses, which a block adds to
BASE_DIR: Path
INSTALLED_APPS: list[str]
MIDDLEWARE: list[str]
urlpatterns: list[Any]

# what code is given or has at hand
request: HttpRequest
user: User
order: Order
transaction: OrderTransaction
attempt: OrderTransaction
card: BillingKey
delivery: Delivery
person: Person
amount: Decimal
reason: str
error: IamportError
key: str
secret: str

# a hook for metrics
kind: str
metric: str
value: float
tags: dict[str, str]

# fixtures
iamport_sandbox: Sandbox
client: Browser
gateway: str
