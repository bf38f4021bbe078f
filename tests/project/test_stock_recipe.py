"""The recipe of docs/signals.md, run: stock, points and coupons go out once and come back once."""

import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.db import connection, models
from django.test.utils import isolate_apps

from django_iamport import signals
from tests.shop.models import OrderTransaction
from tests.shopper import in_another_tab

SIGNALS = (Path(__file__).resolve().parents[2] / "docs/signals.md").read_text(encoding="utf-8")
RECIPE = re.search(r"## Stock, points and coupons\n.*?```python\n(.*?)```", SIGNALS, re.DOTALL)[1]
PRICE = 50_000


@pytest.fixture
def shelf(transactional_db):
    """Tables as the recipe names them, beside the shop's order: one product, customer and coupon."""
    with isolate_apps("tests.shop"):

        class Product(models.Model):
            stock = models.PositiveIntegerField()

            class Meta:
                app_label = "shop"

        class Customer(models.Model):
            points = models.IntegerField(default=0)

            class Meta:
                app_label = "shop"

        class Coupon(models.Model):
            order = models.IntegerField()
            used = models.BooleanField(default=False)

            class Meta:
                app_label = "shop"

    tables = (Product, Customer, Coupon)
    with connection.schema_editor() as editor:
        for table in tables:
            editor.create_model(table)
    yield SimpleNamespace(Product=Product, Customer=Customer, Coupon=Coupon)
    with connection.schema_editor() as editor:
        for table in tables:
            editor.delete_model(table)


@pytest.fixture
def kept(shelf, order, receive):
    """What the recipe's receivers leave behind, by name."""
    product = shelf.Product.objects.create(stock=3)
    customer = shelf.Customer.objects.create()
    shelf.Coupon.objects.create(order=order.pk)
    lines = [SimpleNamespace(product_id=product.pk, quantity=2)]
    seen = SimpleNamespace(
        items=SimpleNamespace(order_by=lambda name: lines), customer_id=customer.pk, amount=order.amount
    )
    coupons = SimpleNamespace(
        objects=SimpleNamespace(filter=lambda order: shelf.Coupon.objects.all()),
    )

    def receiver(signal, sender):
        assert sender is OrderTransaction

        def connect(function):
            receive(signal, lambda order, **kwargs: function(order=seen, **kwargs))
            return function

        return connect

    names = {"OrderTransaction": OrderTransaction, "Product": shelf.Product, "Customer": shelf.Customer}
    code = RECIPE.replace("from django.dispatch import receiver\n", "")
    exec(code, {**names, "Coupon": coupons, "receiver": receiver})

    def read():
        points, used = shelf.Customer.objects.get().points, shelf.Coupon.objects.get().used
        return shelf.Product.objects.get().stock, points, used

    return read


SOLD, UNSOLD = (1, PRICE // 100, True), (3, 0, False)


def test_a_sale_takes_them_once_and_a_refund_in_parts_gives_them_back_once(
    attempt, iamport_sandbox, confirm, kept
):
    imp_uid = iamport_sandbox.pay(attempt)
    for _ in range(2):
        row = confirm(attempt, imp_uid)
    assert kept() == SOLD

    row.cancel(10_000, reason="part")
    assert kept() == SOLD
    row.cancel(reason="the rest")
    confirm(attempt, imp_uid)
    assert kept() == UNSOLD


def test_money_that_was_never_accepted_gives_nothing_back(order, attempt, iamport_sandbox, confirm, kept):
    other = in_another_tab(order)
    confirm(attempt, iamport_sandbox.pay(attempt))

    assert confirm(other, iamport_sandbox.pay(other)).status == "cancelled"
    assert kept() == SOLD


def test_a_voided_account_gives_nothing_back(attempt, iamport_sandbox, confirm, kept):
    imp_uid = iamport_sandbox.issue_account(attempt)
    confirm(attempt, imp_uid)
    iamport_sandbox.void(imp_uid)

    assert confirm(attempt, imp_uid).status == "cancelled"
    assert kept() == UNSOLD


def test_the_recipe_names_the_signals_that_there_are():
    assert {name for name in re.findall(r"\b(?:payment|order)_\w+", RECIPE) if hasattr(signals, name)} == {
        "order_refunded",
        "payment_paid",
    }
