"""The tables of a shop that follows the tutorial, as its own schema makes them, and what the gateway says."""

import json
import re
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from django_iamport.sandbox.rules.payments.fixtures import import_payments
from tests.shop.models import Order

SQL = Path(__file__).with_name("tutorial.sql").read_text(encoding="utf-8").split(";\n")
TABLES = ("order_ordertransaction", "order_orderitem", "order_order", "shop_product", "shop_category")
# Another shop's: one table, with names and words of its own.
SIMILAR = [
    "CREATE TABLE payments (no integer, number varchar(40), payment varchar(40), won integer, state varchar(9))",
    "INSERT INTO payments VALUES (1, 'de47abf1b7', 'imp_000000000001', 50000, 'done')",
    "INSERT INTO payments VALUES (2, '0732d58aae', 'imp_000000000003', 50000, 'shipped')",
    "INSERT INTO payments VALUES (3, '36adab53b2', '', 12500, 'new')",
]
NAMES = {
    "transactions": "payments",
    "key": "no",
    "order": "no",
    "merchant_uid": "number",
    "imp_uid": "payment",
    "amount": "won",
    "created": "",
    "orders": "",
    "items": "",
    "paid": "state:done,shipped",
}
PAYMENTS = [
    {"merchant_uid": "de47abf1b7", "imp_uid": "imp_000000000001", "amount": 50_000},
    {"merchant_uid": "1c2333dfe0", "imp_uid": "imp_000000000002", "amount": 57_500},
    # The page's hidden field was changed.
    {"merchant_uid": "0732d58aae", "imp_uid": "imp_000000000003", "amount": 100},
    {"merchant_uid": "7bbde59e79", "imp_uid": "imp_000000000004", "amount": 25_000, "sandbox": True},
    {
        "merchant_uid": "0c66bda63c",
        "imp_uid": "imp_000000000005",
        "amount": 50_000,
        "status": "cancelled",
        "cancel_amount": 50_000,
    },
    # Of the sixth the gateway knows nothing. The seventh was paid, and the customer closed the tab.
    {"merchant_uid": "36adab53b2", "imp_uid": "imp_000000000007", "amount": 12_500},
]
TOTALS = [50_000, 57_500, 50_000, 25_000, 50_000, 25_000, 12_500, 25_000, 50_000, 25_000]


def statements() -> Iterator[str]:
    """As the database that is tested would have them from the same schema."""
    for statement in [*SQL, *SIMILAR]:
        if connection.vendor != "sqlite":
            statement = statement.replace(" AUTOINCREMENT", "").replace(" DEFERRABLE INITIALLY DEFERRED", "")
            statement = re.sub(r" datetime\b", " timestamp", statement).replace(" bool ", " smallint ")
            statement = statement.replace("integer unsigned", "integer").replace(
                " decimal ", " decimal(10, 2) "
            )
        if connection.vendor == "mysql":
            statement = statement.replace('"', "`").replace(" timestamp ", " datetime(6) ")
        yield statement


@pytest.fixture(scope="module")
def tutorial(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Before the tests' transactions, which a change of tables would end on MariaDB."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        for statement in filter(str.strip, statements()):
            cursor.execute(statement)
    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        for table in (*TABLES, "coupon_coupon", "payments"):
            cursor.execute(f"DROP TABLE {connection.ops.quote_name(table)}")


@pytest.fixture
def gateway(tutorial: None, db: None, iamport_sandbox: Any) -> Any:
    import_payments(iamport_sandbox.account, PAYMENTS)
    return iamport_sandbox


@pytest.fixture
def similar(gateway: Any) -> list[str]:
    """How the similar table is told."""
    return [f"--map={name}={value}" for name, value in NAMES.items()]


@pytest.fixture
def orders(gateway: Any, settings: Any) -> list[Order]:
    """The shop's orders, moved by the shop itself with their keys and totals."""
    settings.IAMPORT_FORMER_PREFIXES = [""]
    return [
        Order.objects.create(pk=number, name=f"Order {number}", amount=total)
        for number, total in enumerate(TOTALS, start=1)
    ]


class Ran:
    def __init__(self, command: str, *arguments: str, **options: Any) -> None:
        out, self.code, self.failed = StringIO(), 0, ""
        try:
            call_command(command, *arguments, stdout=out, **options)
        except CommandError as error:
            self.code, self.failed = error.returncode, str(error)
        self.out = out.getvalue()

    @property
    def report(self) -> Any:
        return json.loads(self.out)

    @property
    def found(self) -> dict[str, str]:
        """Row of the former code, or order without one -> code."""
        return {each["row"] or f"order {each['order']}": each["code"] for each in self.report["findings"]}
