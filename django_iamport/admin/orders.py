"""A shop's orders: a page to read, a receipt to print, a file with chosen columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias

from django.contrib import admin
from django.contrib.admin.utils import flatten
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import FieldDoesNotExist
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from django_iamport.admin import lists
from django_iamport.admin.exports import csv_response
from django_iamport.admin.order_columns import (
    Column,
    ExportForm,
    Line,
    attempt_to_show,
    columns_of,
    export_rows,
    own_columns,
    shown,
)
from django_iamport.admin.pages import PagesMixin
from django_iamport.admin.wording import badge, status_badge
from django_iamport.formatting import amount_in_words, pay_method_in_words
from django_iamport.models import AbstractOrder, AbstractTransaction, PayableMixin
from django_iamport.models.order import ShopOrder
from django_iamport.records import kinds

Action: TypeAlias = str | Callable[[Any, HttpRequest, QuerySet[Any]], HttpResponseBase | None]
Sections: TypeAlias = Callable[[HttpRequest, Any, Sequence[Any]], Sequence[SafeString]]

# Columns of AbstractOrder that decide about money, or say who bought; in an order of the shop's own those of the
# same names are the shop's.
DECIDED = ("user", "name", "amount", "currency", "status", "paid_at", "refunded_at", "created")


# An attribute of a listed order: the object that is asked in its place.
ASKED = "_iamport_asked"


class OrderAdminMixin(PagesMixin):
    """`class OrderAdmin(OrderAdminMixin, admin.ModelAdmin)` (docs/admin.md)."""

    change_list_template = "admin/django_iamport/order_list.html"
    change_form_template = "admin/django_iamport/order_form.html"
    row_pages: Sequence[str] = ("detail", "receipt")
    list_pages = ("export",)
    actions: Sequence[Action] | None = ("export_selected",)
    # Who sells, as the receipt says it.
    shop_name = ""
    # Names of the order's columns that pages and files show; all, unless said otherwise.
    detail_fields: Sequence[str] | None = None
    export_fields: Sequence[str] | None = None

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        own = super().get_readonly_fields(request, obj)
        decided = (name for name in DECIDED if self._is_ready_made() and self._has(name))
        in_words = () if obj is None else ("shown_amount", "shown_status")
        return list(dict.fromkeys([*own, *decided, *in_words]))

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """The amount in words; a shop's own list of fields stays as it is."""
        if obj is None or self.fieldsets or self.fields or not self._is_ready_made():
            return super().get_fieldsets(request, obj)
        names = [*flatten(self.get_fields(request, obj))]
        in_words = {"amount": "shown_amount", "status": "shown_status"}
        shown = dict.fromkeys(in_words.get(name, name) for name in names if name != "currency")
        return [(None, {"fields": [*shown]})]

    def _is_ready_made(self) -> bool:
        return issubclass(self.model, AbstractOrder)

    def _has(self, name: str) -> bool:
        try:
            return not self.opts.get_field(name).is_relation or name == "user"
        except FieldDoesNotExist:
            return False

    # For a shop's list_display.

    @admin.display(description=pgettext_lazy("desk", "payment"))
    def shown_status(self, order: ShopOrder) -> SafeString | str:
        """How it is paid: by an order's own status, or where that is the shop's, by its transactions."""
        in_words = getattr(order, "get_status_display", None)
        if self._is_ready_made() and in_words:
            return badge(order.status, in_words())
        attempt = attempt_to_show(order.transactions.all())
        return "–" if attempt is None else status_badge(attempt)

    @admin.display(description=pgettext_lazy("desk", "amount"))
    def shown_amount(self, order: PayableMixin) -> str:
        asked = getattr(order, ASKED, None) or kinds.asked(order)
        return amount_in_words(asked.get_payment_amount(), asked.get_payment_currency())

    @admin.display(description=pgettext_lazy("desk", "pages"))
    def shown_pages(self, order: PayableMixin) -> SafeString:
        return format_html(
            '<span><a href="{}">{}</a> · <a href="{}">{}</a></span>',
            *(self.page_url("detail", order), pgettext("desk", "Details")),
            *(self.page_url("receipt", order), pgettext("desk", "Receipt")),
        )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).prefetch_related("transactions")

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """Of a page whose orders may be children with tables of their own, those are read together."""
        listed = super().get_changelist_instance(request)
        if kinds.children(self.model):
            asked = kinds.all_asked(listed.result_list)
            for order in listed.result_list:
                setattr(order, ASKED, asked[order.pk])
        return listed

    # What a shop whose order has no `items`, or whose receipt says more, overrides.

    def get_lines(self, order: ShopOrder) -> Iterable[Line]:
        """Hook: what was ordered, as pages and files show it: the order's `items`, or an `OrderLine` for each."""
        return order.items.all() if hasattr(order, "items") else ()

    def get_order_number(self, order: ShopOrder) -> str:
        """Hook: the number of an order as the customer knows it."""
        return str(order.pk)

    def get_shop_details(self, order: ShopOrder) -> Sequence[tuple[str | Promise, object]]:
        """Hook: what the receipt says of the seller beside `shop_name`, each with its label."""
        return ()

    def get_sections(
        self, request: HttpRequest, order: ShopOrder, attempts: Sequence[AbstractTransaction]
    ) -> Sequence[SafeString]:
        """Hook: further parts of the page of details, below the payments; each is a `<section class="module">`."""
        return ()

    # Pages of one order.

    def detail_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._show(request, object_id, "order_detail", _("Order details"), self.get_sections)

    def receipt_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The same for the customer: no numbers of the gateway, made to be printed."""
        return self._show(request, object_id, "order_receipt", pgettext("desk", "Receipt"))

    def _show(
        self,
        request: HttpRequest,
        object_id: str,
        template: str,
        title: str,
        sections: Sections | None = None,
    ) -> HttpResponse:
        order = kinds.asked(self.get_row(request, object_id))
        currency = order.get_payment_currency()
        columns = own_columns(self.model, self.detail_fields)
        attempts = list(order.transactions.order_by("created"))
        return self.show_page(
            request,
            template,
            title,
            order,
            facts=[(column.label, shown(column, order)) for column in columns],
            lines=[
                (line, amount_in_words(line.price, currency), amount_in_words(line.get_total(), currency))
                for line in self.get_lines(order)
            ],
            total=amount_in_words(order.get_payment_amount(), currency),
            attempts=[(row, status_badge(row), *_sums(row)) for row in attempts],
            sections=sections(request, order, attempts) if sections else (),
            paid=[(row, *_sums(row)) for row in attempts if row.paid_at and not row.reject_reason],
            shop_name=self.shop_name,
            shop_details=self.get_shop_details(order),
            number=self.get_order_number(order),
            buyer_name=order.get_buyer().get("buyer_name", ""),
            detail_url=self.page_url("detail", order),
            receipt_url=self.page_url("receipt", order),
        )

    # A file of the list.

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {"iamport_export_url": self.page_url("export"), **(extra_context or {})}
        return super().changelist_view(request, context)

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        if obj is not None:
            context["iamport_detail_url"] = self.page_url("detail", obj)
            context["iamport_receipt_url"] = self.page_url("receipt", obj)
        return super().render_change_form(request, context, add, change, form_url, obj)

    @admin.action(description=gettext_lazy("Export selected orders"), permissions=["view"])
    def export_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse:
        filters = request.GET.urlencode()
        if request.POST.get("select_across") != "1":
            filters = urlencode({"pk__in": ",".join(str(pk) for pk in queryset.values_list("pk", flat=True))})
        return HttpResponseRedirect(f"{self.page_url('export')}?{filters}")

    def export_view(self, request: HttpRequest) -> HttpResponseBase:
        """Choose columns; then the orders that the list shows under the same filters, as a file."""
        orders = self.get_filtered(request)
        columns = self.get_export_columns(request)
        form = ExportForm(columns, has_lines=self._has_lines(), data=request.POST or None)
        if form.is_bound and form.is_valid():
            chosen = [column for column in columns if column.name in form.cleaned_data["columns"]]
            lines_of = self.get_lines if form.cleaned_data["rows"] == "line" else None
            heads, rows = export_rows(orders, chosen, lines_of)
            return csv_response("orders", heads, rows)
        return self.show_page(
            request, "order_export", _("Export orders"), form=form, count=lists.count_to(orders, lists.MOST)
        )

    def _has_lines(self) -> bool:
        return hasattr(self.model, "items") or type(self).get_lines is not OrderAdminMixin.get_lines

    def get_export_columns(self, request: HttpRequest) -> list[Column]:
        """What a file may hold; add a `Column` of your own here."""
        return columns_of(self.model, self.export_fields)


def _sums(row: AbstractTransaction) -> tuple[str, str, str]:
    currency = row.paid_currency or row.currency
    held = row.amount if row.paid_amount is None else row.paid_amount
    back = amount_in_words(row.cancel_amount, currency) if row.cancel_amount else ""
    return amount_in_words(held, currency), back, pay_method_in_words(row.pay_method)
