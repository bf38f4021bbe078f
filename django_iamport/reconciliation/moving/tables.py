"""Where the former code kept its payments: tables and columns, by default those of the tutorial."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import connections
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from django_iamport.gateway.moments import as_stored

BATCH = 100  # the gateway answers so many at once
WON = "KRW"


@dataclass(frozen=True)
class Tables:
    """Names of tables and columns; an empty one says that there is none.

    `paid` is a column that is true, or `column:word,word` for one that holds one of these words. It stands in
    `orders`, or, where that is empty, in `transactions`; without it a row with an `imp_uid` counts as paid. The
    total of an order is its column `total`, or what its `items` cost without its `discount`.
    """

    transactions: str = "order_ordertransaction"
    key: str = "id"
    order: str = "order_id"
    merchant_uid: str = "merchant_order_id"
    imp_uid: str = "transaction_id"
    amount: str = "amount"
    currency: str = ""
    created: str = "created"
    orders: str = "order_order"
    order_key: str = "id"
    paid: str = "paid"
    total: str = ""
    discount: str = "discount"
    items: str = "order_orderitem"
    item_order: str = "order_id"
    price: str = "price"
    quantity: str = "quantity"

    @classmethod
    def of_app(cls, label: str, names: Iterable[tuple[str, str]] = ()) -> Tables:
        """The tutorial's tables under another app's label, with `names` in the place of its own.

        Raises ValueError for a name that is none of these.
        """
        tables = cls(f"{label}_ordertransaction", orders=f"{label}_order", items=f"{label}_orderitem")
        known = {field.name for field in fields(cls)}
        for name, value in names:
            if name not in known:
                raise ValueError(f"{name} is none of {', '.join(sorted(known))}")
            tables = replace(tables, **{name: value})
        return tables

    def columns(self) -> dict[str, list[str]]:
        """Table -> its columns that are read."""
        paid = self.paid.partition(":")[0]
        of_order = [paid, self.total, "" if self.total or not self.items else self.discount]
        of_row = [
            self.key,
            self.order,
            self.merchant_uid,
            self.imp_uid,
            self.amount,
            self.currency,
            self.created,
        ]
        if self.orders:
            named = {self.transactions: of_row, self.orders: [self.order_key, *of_order]}
        else:
            named = {self.transactions: [*of_row, *of_order]}
        if self.items and not self.total:
            named[self.items] = [self.item_order, self.price, self.quantity]
        return {table: [column for column in columns if column] for table, columns in named.items()}


@dataclass(frozen=True)
class OldRow:
    """One row of the former code. `is_paid`: what that code believed; `total`: of its order, where known."""

    key: Any
    order: Any
    merchant_uid: str
    imp_uid: str
    amount: Decimal
    currency: str
    created: datetime | None
    is_paid: bool
    total: Decimal | None

    @property
    def expected(self) -> Decimal:
        """What its payment should have been: the order's total, else what the code believed to ask for."""
        return self.amount if self.total is None else self.total


class OldRows:
    """Reads them, and nothing else of the database."""

    def __init__(self, tables: Tables, using: str) -> None:
        self.tables, self.connection = tables, connections[using]

    def missing(self) -> list[str]:
        """Tables and columns that are not there, as `table` or `table.column`."""
        with self.connection.cursor() as cursor:
            known = set(self.connection.introspection.table_names(cursor))
            found = []
            for table, columns in self.tables.columns().items():
                if table not in known:
                    found.append(table)
                    continue
                described = self.connection.introspection.get_table_description(cursor, table)
                there = {column.name for column in described}
                found += [f"{table}.{column}" for column in columns if column not in there]
        return found

    def batches(self) -> Iterator[list[OldRow]]:
        """All rows by key, a hundred at a time."""
        after: list[Any] = []
        while batch := self._batch(after):
            yield batch
            after = [batch[-1].key]

    def paid_orders_without_row(self) -> list[Any]:
        """Keys of orders that somebody called paid, and for which no payment was ever begun."""
        t = self.tables
        if not (t.orders and t.paid):
            return []
        paid, words = self._paid()
        begun = {order for (order,) in self._select(t.transactions, [t.order], "", [])}
        orders = self._select(t.orders, [t.order_key, paid], f"ORDER BY {self._q(t.order_key)}", [])
        return [key for key, value in orders if _is_true(value, words) and key not in begun]

    def _batch(self, after: Sequence[Any]) -> list[OldRow]:
        t = self.tables
        names = [t.key, t.order, t.merchant_uid, t.imp_uid, t.amount, t.currency, t.created]
        where = f"WHERE {self._q(t.key)} > %s " if after else ""
        found = self._select(
            t.transactions, names, f"{where}ORDER BY {self._q(t.key)} LIMIT {BATCH}", [*after]
        )
        if not found:
            return []
        orders = list({row[1] for row in found if row[1] is not None})
        keys = orders if t.orders else [row[0] for row in found]
        paid, totals, proven = self._paid_of(keys), self._totals(keys, orders), self._proven(orders)
        return [self._row(row, paid, totals, proven) for row in found]

    def _row(
        self, row: Sequence[Any], paid: dict[Any, bool], totals: dict[Any, Decimal], proven: set[Any]
    ) -> OldRow:
        key, order, merchant_uid, imp_uid, amount, currency, created = row
        of = order if self.tables.orders else key
        imp_uid = str(imp_uid or "")
        # Of an order's attempts the one with a payment is it; without any, each of them may be.
        is_paid = paid.get(of, False) and (bool(imp_uid) or order not in proven)
        return OldRow(
            key=key,
            order=order,
            merchant_uid=str(merchant_uid or ""),
            imp_uid=imp_uid,
            amount=_decimal(amount) or Decimal(0),
            currency=str(currency or WON),
            created=self._moment(created),
            is_paid=is_paid if self.tables.paid else bool(imp_uid),
            total=totals.get(of),
        )

    def _paid(self) -> tuple[str, frozenset[str]]:
        column, _colon, words = self.tables.paid.partition(":")
        return column, frozenset(filter(None, words.split(",")))

    def _paid_of(self, keys: Sequence[Any]) -> dict[Any, bool]:
        if not self.tables.paid:
            return {}
        column, words = self._paid()
        return {key: _is_true(value, words) for key, value in self._of_orders(keys, column).items()}

    def _totals(self, keys: Sequence[Any], orders: Sequence[Any]) -> dict[Any, Decimal]:
        t = self.tables
        if t.total:
            found = {key: _decimal(value) for key, value in self._of_orders(keys, t.total).items()}
            return {key: value for key, value in found.items() if value is not None}
        if not (t.items and t.orders):
            return {}
        discounts = self._of_orders(keys, t.discount) if t.discount else {}
        totals: dict[Any, Decimal] = {}
        lines = self._select(t.items, [t.item_order, t.price, t.quantity], *self._in(t.item_order, orders))
        for order, price, quantity in lines:
            line = (_decimal(price) or Decimal(0)) * (_decimal(quantity) or Decimal(0))
            totals[order] = totals.get(order, Decimal(0)) + line
        return {order: total - (_decimal(discounts.get(order)) or 0) for order, total in totals.items()}

    def _proven(self, orders: Sequence[Any]) -> set[Any]:
        t = self.tables
        found = self._select(t.transactions, [t.order, t.imp_uid], *self._in(t.order, orders))
        return {order for order, imp_uid in found if imp_uid}

    def _of_orders(self, keys: Sequence[Any], column: str) -> dict[Any, Any]:
        t = self.tables
        key = t.order_key if t.orders else t.key
        found = self._select(t.orders or t.transactions, [key, column], *self._in(key, keys))
        return {key: value for key, value in found}  # noqa: C416 - of sequences dict() is not typed

    def _in(self, column: str, values: Sequence[Any]) -> tuple[str, list[Any]]:
        if not values:
            return "WHERE 1 = 0", []
        return f"WHERE {self._q(column)} IN ({', '.join(['%s'] * len(values))})", [*values]

    def _moment(self, value: object) -> datetime | None:
        """As it is stored here; without a time zone it is in the database's. None where it is none."""
        moment = parse_datetime(value) if isinstance(value, str) else value
        if not isinstance(moment, datetime):
            return None
        zone = self.connection.timezone  # none where USE_TZ is off
        if zone is not None and timezone.is_naive(moment):
            moment = timezone.make_aware(moment, zone)
        return as_stored(moment)

    def _select(
        self, table: str, columns: Sequence[str], where: str, params: Sequence[Any]
    ) -> Sequence[Sequence[Any]]:
        """A column without a name is NULL."""
        chosen = ", ".join(self._q(column) if column else "NULL" for column in columns)
        with self.connection.cursor() as cursor:
            # Names are quoted, values are parameters.
            cursor.execute(f"SELECT {chosen} FROM {self._q(table)} {where}", list(params))  # noqa: S608
            found: Sequence[Sequence[Any]] = cursor.fetchall()
            return found

    def _q(self, name: str) -> str:
        return self.connection.ops.quote_name(name.replace('"', "").replace("`", ""))


def _is_true(value: object, words: frozenset[str]) -> bool:
    return str(value) in words if words else bool(value)


def _decimal(value: object) -> Decimal | None:
    """A sum as any database answers it, to two digits; None where it is none."""
    try:
        return None if value is None else Decimal(str(value)).quantize(Decimal("0.01"))
    except InvalidOperation:
        return None
