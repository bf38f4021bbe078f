"""What pages and files show of an order, column by column."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple, Protocol, TypeAlias

from django import forms
from django.db.models import Model, QuerySet
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from django_iamport.admin.exports import desk_moment
from django_iamport.formatting import amount_in_words, pay_method_in_words
from django_iamport.models import AbstractTransaction, PayableMixin
from django_iamport.models.order import ShopOrder
from django_iamport.rules.status import Status

# Keys of forms are nobody's business.
LEFT_OUT = {"checkout_key"}
BATCH = 500


class Column(NamedTuple):
    """`value` takes the order, which brings its `transactions` and `items` along."""

    name: str
    label: str | Promise
    value: Callable[[ShopOrder], object]


@dataclass(frozen=True)
class OrderLine:
    """A line of an order whose own lines are not written as `AbstractOrderItem` is; `price` is that of one."""

    name: str
    price: Decimal | int
    quantity: int = 1

    def get_total(self) -> Decimal:
        return Decimal(self.price) * self.quantity


class Line(Protocol):
    """What pages and files read of a line, be it an item of the shop's or an `OrderLine`."""

    @property
    def name(self) -> str: ...
    @property
    def price(self) -> Decimal | int: ...
    @property
    def quantity(self) -> int: ...
    def get_total(self) -> Decimal: ...


LinesOf: TypeAlias = Callable[[Any], Iterable[Line]]


def own_columns(model: type[Model], names: Sequence[str] | None) -> list[Column]:
    """The order's own columns, or those of `names`."""
    fields = [field for field in model._meta.concrete_fields if field.name not in LEFT_OUT]
    if names is not None:
        fields = [model._meta.get_field(name) for name in names]  # type: ignore[misc]
    return [Column(field.name, field.verbose_name, _reader(field.name)) for field in fields]


def columns_of(model: type[Model], names: Sequence[str] | None) -> list[Column]:
    """The same, and how the order was paid."""
    return [
        *own_columns(model, names),
        Column("pay_method", gettext_lazy("payment method"), _pay_method),
        Column("refunded", gettext_lazy("amount refunded"), _refunded),
        Column("merchant_uid", gettext_lazy("payment number (merchant_uid)"), _merchant_uid),
    ]


def shown(column: Column, order: PayableMixin) -> object:
    """A value as a page shows it."""
    value = column.value(order)
    if isinstance(value, datetime):
        return desk_moment(value)
    if isinstance(value, Decimal):
        return amount_in_words(value, order.get_payment_currency())
    return "–" if value in (None, "") else value


def export_rows(
    orders: QuerySet[ShopOrder], columns: Sequence[Column], lines_of: LinesOf | None
) -> tuple[list[str | Promise], Iterator[list[object]]]:
    """Heads and rows: one for each order, or one for each of the lines of each order; read in batches."""
    heads = [column.label for column in columns]
    related = [field.name for field in orders.model._meta.concrete_fields if field.many_to_one]
    orders = orders.select_related(*related) if related else orders
    has_items = lines_of is not None and hasattr(orders.model, "items")
    orders = orders.prefetch_related("transactions", *(["items"] if has_items else []))
    if lines_of is not None:
        heads += [pgettext("desk", "product"), _("unit price"), pgettext("desk", "quantity"), _("line total")]
    return heads, _rows(orders, columns, lines_of)


def _rows(
    orders: QuerySet[ShopOrder], columns: Sequence[Column], lines_of: LinesOf | None
) -> Iterator[list[object]]:
    for order in orders.iterator(chunk_size=BATCH):
        row = [column.value(order) for column in columns]
        if lines_of is None:
            yield row
            continue
        for line in lines_of(order):
            yield [*row, line.name, line.price, line.quantity, line.get_total()]


class ExportForm(forms.Form):
    columns = forms.MultipleChoiceField(
        label=pgettext_lazy("desk", "columns"), widget=forms.CheckboxSelectMultiple
    )
    rows = forms.ChoiceField(
        label=pgettext_lazy("desk", "rows"),
        choices=[
            ("order", gettext_lazy("one per order")),
            ("line", gettext_lazy("one per product in an order")),
        ],
        widget=forms.RadioSelect,
    )

    def __init__(self, columns: Sequence[Column], *, has_lines: bool, data: QueryDict | None = None) -> None:
        names = [column.name for column in columns]
        super().__init__(data, initial={"columns": names, "rows": "order"})
        self.fields["columns"].choices = [(column.name, column.label) for column in columns]  # type: ignore[attr-defined]
        if not has_lines:
            self.fields["rows"].choices = self.fields["rows"].choices[:1]  # type: ignore[attr-defined]


def _reader(name: str) -> Callable[[ShopOrder], object]:
    def read(order: Model) -> object:
        in_words = getattr(order, f"get_{name}_display", None)
        value = in_words() if in_words else getattr(order, name)
        return str(value) if isinstance(value, Model) else value

    return read


def attempt_to_show(attempts: Iterable[AbstractTransaction]) -> AbstractTransaction | None:
    """The one that says how an order is paid: money that is held, money that went back, an account that waits."""

    def weight(row: AbstractTransaction) -> tuple[bool, ...]:
        is_held = row.status == Status.REJECTED and row.held_amount > 0
        was_paid = row.verified_at is not None and not row.reject_reason
        return row.status == Status.PAID, is_held, was_paid, row.is_awaiting_deposit

    latest_first = sorted(attempts, key=lambda row: row.created, reverse=True)
    return max(latest_first, key=weight, default=None)


def _paid(order: ShopOrder) -> list[AbstractTransaction]:
    return [row for row in order.transactions.all() if row.paid_at and not row.reject_reason]


def _pay_method(order: ShopOrder) -> str:
    return ", ".join(pay_method_in_words(row.pay_method) for row in _paid(order))


def _refunded(order: ShopOrder) -> Decimal | None:
    paid = _paid(order)
    return sum((row.cancel_amount for row in paid), Decimal(0)) if paid else None


def _merchant_uid(order: ShopOrder) -> str:
    return ", ".join(row.merchant_uid for row in _paid(order))
