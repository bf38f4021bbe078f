"""A shop that follows the tutorial, on a database by the tutorial's schema, moved with the guide's own code."""

import contextlib
import os
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SQL = ROOT / "tests/reconciliation/moving/tutorial.sql"
GUIDE = ROOT / "docs/coming-from-the-tutorial.md"

SETTINGS = """
SECRET_KEY = "moved"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "django_iamport", "order"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "shop.sqlite3"}}
ROOT_URLCONF = "django_iamport.urls"
IAMPORT_MERCHANT_UID_PREFIX = "shop"
IAMPORT_FORMER_PREFIXES = [""]
IAMPORT_TRANSACTION_MODEL = "order.Transaction"
"""

AROUND = """
from django.db import models
from django_iamport.models import AbstractTransaction, PayableMixin


class Coupon(models.Model):
    class Meta:
        db_table = "coupon_coupon"


class Product(models.Model):
    class Meta:
        db_table = "shop_product"


"""
FIELDS = """
    first_name = models.CharField(max_length=50)
    last_name = models.CharField(max_length=50)
    email = models.EmailField()
    address = models.CharField(max_length=250)
    postal_code = models.CharField(max_length=20)
    city = models.CharField(max_length=100)
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)
    paid = models.BooleanField(default=False)
    coupon = models.ForeignKey(Coupon, models.PROTECT, related_name="order_coupon", null=True, blank=True)
    discount = models.IntegerField(default=0)

    class Meta:
        ordering = ["-created"]

    def get_total_price(self):
        return sum(item.price * item.quantity for item in self.items.all()) - self.discount

"""
LINE = """
    order = models.ForeignKey(Order, models.CASCADE, related_name="items")
    product = models.ForeignKey(Product, models.PROTECT, related_name="order_products")
    price = models.DecimalField(max_digits=10, decimal_places=2)
    quantity = models.PositiveIntegerField(default=1)
"""

ITEM = f"\n\nclass OrderItem(models.Model):{LINE}"

# Before the move the package is not there yet; the tables are those that Django 2.2 has made.
BEFORE = """
import django; django.setup()
from django.core.management import call_command
call_command("makemigrations", "order", verbosity=0)
"""

MOVED = """
import django; django.setup()
from django.core.management import CommandError, call_command
from django_iamport.sandbox.rules.payments.fixtures import import_payments
from django_iamport.testing import sandbox
from order.models import Order, Transaction

def run(command, *arguments):
    try:
        call_command(command, *arguments)
    except CommandError as error:
        print(command, error.returncode)

call_command("makemigrations", "order", name="moved", verbosity=0)
call_command("migrate", "order", "0001", fake=True, verbosity=0)
call_command("migrate", verbosity=0)
with sandbox() as gateway:
    import_payments(gateway.account, [
        {"merchant_uid": "de47abf1b7", "imp_uid": "imp_000000000001", "amount": 50000},
        {"merchant_uid": "1c2333dfe0", "imp_uid": "imp_000000000002", "amount": 57500},
        {"merchant_uid": "0732d58aae", "imp_uid": "imp_000000000003", "amount": 100},
        {"merchant_uid": "36adab53b2", "imp_uid": "imp_000000000007", "amount": 12500},
    ])
    run("iamport_audit")
    run("iamport_import", "--accept=unrecorded")
    row = Transaction.objects.get(order=2)
    print("the lines of 2 cost", int(sum(line.get_total() for line in row.order.items.all())))
    row.cancel(7500, reason="one cup broke")
    again = Transaction.objects.create_new(Order.objects.get(pk=10))
    gateway.pay(again)
    again.sync()
for row in Transaction.objects.order_by("pk"):
    print(row.order_id, row.status, int(row.paid_amount), int(row.cancel_amount), row.order.paid)
"""


@pytest.fixture
def shop(tmp_path):
    (tmp_path / "order").mkdir()
    (tmp_path / "order/__init__.py").touch()
    (tmp_path / "settings.py").write_text(SETTINGS)
    with contextlib.closing(sqlite3.connect(tmp_path / "shop.sqlite3")) as database:
        database.executescript(SQL.read_text(encoding="utf-8"))
        database.commit()
    return tmp_path


def run(shop, models, script):
    (shop / "order/models.py").write_text(models)
    environ = {**os.environ, "DJANGO_SETTINGS_MODULE": "settings", "PYTHONPATH": f"{shop}{os.pathsep}{ROOT}"}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=shop, env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_the_guides_code_moves_a_shop_whose_database_the_tutorial_made(shop):
    [code] = re.findall(
        r"```python\n[^`]*?(class Order\(PayableMixin\).*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL
    )
    run(shop, AROUND + "class Order(models.Model):" + FIELDS + ITEM, BEFORE)

    moved = code.replace("    ...\n", FIELDS, 1).replace("    ...\n", LINE, 1)
    told = run(shop, AROUND + moved, MOVED)

    # The order's table is as it was.
    [migration] = (shop / "order/migrations").glob("0002_moved.py")
    assert re.findall(r"migrations\.(\w+)\(", migration.read_text()) == ["CreateModel"]
    assert [line for line in told if line.startswith("iamport_")] == ["iamport_audit 4", "iamport_import 4"]
    assert [line for line in told if line.startswith("the lines")] == ["the lines of 2 cost 62500"]
    paid = ["1 paid 50000 0 True", "2 paid 57500 7500 True", "7 paid 12500 0 True", "10 paid 25000 0 True"]
    assert told[-4:] == paid
