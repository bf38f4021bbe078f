"""A shop that an earlier version made goes on with this one, and changes nothing of its own."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import django
import pytest

from tests.project.released import freeze
from tests.test_public_api import ROOT, load, promised

pytestmark = pytest.mark.once

RELEASED = sorted(path for path in Path(freeze.__file__).parent.glob("[0-9]*") if path.is_dir())
FREEZE = "run python tests/project/released/freeze.py, if that version is not out yet"

UPGRADE = """
import json
import django; django.setup()
from django.apps import apps
from django.core.management import call_command
from django.db import connections

def shape(alias):
    shape, connection = {}, connections[alias]
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            columns = connection.introspection.get_table_description(cursor, table)
            kept = connection.introspection.get_constraints(cursor, table)
            shape[table] = [
                sorted([c.name, str(c.type_code), c.null_ok, str(c.default)] for c in columns),
                sorted([name, each["columns"], each["unique"], each["check"]] for name, each in kept.items()
                       if not name.startswith("__")),
            ]
    return shape

counted = lambda: {m._meta.label: m._base_manager.count() for m in apps.get_models()}
before = {label: n for label, n in counted().items() if label.startswith("shop.")}
call_command("migrate", verbosity=0)
call_command("makemigrations", check=True, dry_run=True, verbosity=1)
call_command("migrate", database="fresh", verbosity=0)
old, new = shape("default"), shape("fresh")
for model in apps.get_models():
    list(model._base_manager.all())
after = counted()
print(json.dumps({
    "differ": {t: [old.get(t), new.get(t)] for t in {*old, *new} if old.get(t) != new.get(t)},
    "lost": {label: n for label, n in before.items() if after[label] != n},
    "history": after["django_iamport.History"],
}))

from django_iamport.sandbox.rules.payments.fixtures import import_payments
from django_iamport.testing import sandbox
from shop.models import Order, OrderTransaction
with sandbox() as gateway:
    row = OrderTransaction.objects.filter(status="paid", cancel_amount=0).order_by("pk").first()
    import_payments(gateway.account, [
        {"merchant_uid": row.merchant_uid, "imp_uid": row.imp_uid, "amount": int(row.paid_amount)},
    ])
    row.cancel(500, reason="a scratch")
    order = Order.objects.create(name="Tea", amount=1000, user=row.order.user)
    another = OrderTransaction.objects.create_new(order)
    gateway.pay(another)
    another.sync()
    order.refresh_from_db()
print(json.dumps([row.status, int(row.cancel_amount), another.status, order.status]))
"""


@pytest.mark.parametrize("released", RELEASED, ids=lambda path: path.name)
def test_its_database_is_brought_up_to_date_by_our_own_migrations_and_goes_on_selling(released, tmp_path):
    with closing(sqlite3.connect(tmp_path / "default.sqlite3")) as database:
        database.executescript((released / "database.sql").read_text(encoding="utf-8"))
        database.commit()
    try:
        told = freeze.run(UPGRADE, cwd=tmp_path, shop=released).splitlines()
    except RuntimeError as error:
        pytest.fail(f"{error}\na shop of {released.name} would have to change something: {FREEZE}")
    assert told[0] == "No changes detected", FREEZE
    found, sold = map(json.loads, told[1:])
    assert (found["differ"], found["lost"]) == ({}, {}), FREEZE
    assert found["history"]
    assert sold == ["paid", 500, "paid", "paid"]


def is_installed(name: str) -> bool:
    """Whether what brings the name is here: an extra, or a Django that gives it to every model."""
    if name.endswith(".NotUpdated"):
        return django.VERSION >= (6, 0)
    try:
        load("django_iamport.contrib.drf.views")
    except pytest.skip.Exception:
        return not name.startswith("django_iamport.contrib.drf")
    return True


@pytest.mark.parametrize("released", RELEASED, ids=lambda path: path.name)
def test_every_name_it_could_use_is_there_unless_the_changes_say_that_it_is_gone(released):
    once = freeze.unfolded((released / "names.txt").read_text(encoding="utf-8"))
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    gone = {name for name in once if is_installed(name)} - promised()
    assert {name for name in gone if f"`{name}`" not in changes} == set(), FREEZE


def test_what_is_kept_of_names_says_all_of_them():
    assert freeze.unfolded(freeze.folded(sorted(promised()))) == promised()


def test_there_is_one_to_compare_with():
    assert freeze.version() in [path.name for path in RELEASED]
    names = freeze.unfolded((RELEASED[-1] / "names.txt").read_text(encoding="utf-8"))
    assert {
        *("django_iamport.models.AbstractTransaction.cancel(amount)", "django_iamport.urls.with_order_form"),
        *("IAMPORT_KEY", "iamport:webhook", "iamport_sync", "error_not_payable", "event_paid"),
        "django_iamport.client.Client(timeout)",
    } <= names
