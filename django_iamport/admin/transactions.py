"""The list and the page of a shop's transactions: everything to read, nothing that decides money to change."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from django.contrib import admin
from django.contrib.admin.utils import flatten, flatten_fieldsets
from django.contrib.admin.views.main import ORDER_VAR, ChangeList
from django.core.exceptions import ValidationError
from django.db import router
from django.db.models import Count, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from django_iamport.admin import hands
from django_iamport.admin.buttons import ButtonsMixin
from django_iamport.admin.columns import (
    ACCOUNT,
    HIDDEN,
    IDS,
    IN_WORDS,
    MOMENTS,
    MONEY,
    TransactionColumns,
    slip_link,
)
from django_iamport.admin.exports import csv_response, kst_moment
from django_iamport.admin.filters import AttentionFilter, FigureFilter, PayMethodFilter
from django_iamport.admin.lists import DeskList, begin_of_month, date_links, has_more_than, most_listed
from django_iamport.admin.overview import OverviewMixin
from django_iamport.admin.permissions import PaymentsMixin, ReadOnlyMixin
from django_iamport.admin.wording import (
    call_in_words,
    provider_in_words,
    reason_in_words,
    refund_badge,
    refund_in_words,
    source_in_words,
    status_badge,
    status_in_words,
)
from django_iamport.formatting import amount_in_words, pay_method_in_words
from django_iamport.ledger.books.bookkeeping import is_counted
from django_iamport.models import AbstractTransaction, Refund
from django_iamport.records.transaction import BOOKKEEPING, GATEWAY_COLUMNS
from django_iamport.rules.status import RefundStatus

if TYPE_CHECKING:
    TabularInline = admin.TabularInline[Any, Any]
else:
    TabularInline = admin.TabularInline

# A column of a list, in a shop's subclass, too.
Shown: TypeAlias = str | Callable[[Any], str | bool]
Action: TypeAlias = str | Callable[[Any, HttpRequest, QuerySet[Any]], HttpResponseBase | None]

# Of so many transactions the totals come with the page.
MOST_SUMMED = 50_000

EXPORTED = (
    *("created", "paid_at", "order", "merchant_uid", "imp_uid", "status", "reject_reason", "pay_method"),
    *("pg_provider", "currency", "amount", "paid_amount", "cancel_amount"),
)


class TransactionList(DeskList):
    """What was paid on some days stands in the order in which it was paid: by the index that finds it."""

    def _is_by_payment(self) -> bool:
        return self.params.get("figure") == "paid" and ORDER_VAR not in self.params

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[Any]:
        return ["-paid_at", "-pk"] if self._is_by_payment() else super().get_ordering(request, queryset)

    def get_ordering_field_columns(self) -> dict[int, Any]:
        return {} if self._is_by_payment() else super().get_ordering_field_columns()


class TransactionAdminMixin(TransactionColumns, PaymentsMixin, OverviewMixin, ButtonsMixin):
    """`class TransactionAdmin(TransactionAdminMixin, admin.ModelAdmin)` (docs/admin.md)."""

    change_list_template = "admin/django_iamport/transaction_list.html"
    change_form_template = "admin/django_iamport/transaction.html"
    # Where the gateway's console is; a method `get_console_url` may name the payment's own page.
    console_url = "https://admin.portone.io/"

    list_display: list[Shown] | tuple[Shown, ...] = (
        "merchant_uid",
        "shown_status",
        "shown_amount",
        "shown_held",
        "shown_pay_method",
        "order",
        "created",
    )
    list_filter: ClassVar[Any] = ("status", AttentionFilter, ("pay_method", PayMethodFilter), "created")
    # What a customer or the gateway would quote: the order's number, ours and theirs, the payment company's
    # number, the approval number on a card's slip, the account that a deposit went to.
    search_fields: ClassVar[list[str] | tuple[str, ...]] = (
        "merchant_uid__startswith",
        "gateway_merchant_uid__startswith",
        "imp_uid__startswith",
        "vbank_num__startswith",
        "pg_tid__startswith",
        "apply_num__startswith",
    )
    search_help_text = gettext_lazy(
        "The whole order number; or the whole or the beginning of merchant_uid, imp_uid, the payment provider’s "
        "transaction number, a card approval number, or an account number"
    )
    date_hierarchy = "created"
    # By other columns the database would sort all rows.
    sortable_by: ClassVar[Any] = ("merchant_uid", "created")
    list_select_related: ClassVar[bool | list[str] | tuple[str, ...]] = ("order",)
    list_pages = (*ButtonsMixin.list_pages, "overview", "bookkeeping", "export")
    actions: Sequence[Action] | None = ("refund_selected",)

    # The list.

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return TransactionList

    def find_keys(self, request: HttpRequest, queryset: QuerySet[Any], bit: str) -> set[Any] | None:
        keys = super().find_keys(request, queryset, bit)
        if keys is None:
            return None
        try:
            order = self.model.order_model()._meta.pk.to_python(bit)
            return keys | {*queryset.filter(order=order).order_by().values_list("pk", flat=True)}
        except (ValueError, ValidationError, OverflowError):
            # No key of this shop's orders is written like this.
            return keys

    def get_list_filter(self, request: HttpRequest) -> Any:
        """The overview links to both, whatever filters a shop chooses."""
        own = super().get_list_filter(request)
        needed = [AttentionFilter] if AttentionFilter not in own else []
        return [FigureFilter, *own, *needed]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        response = super().changelist_view(request, extra_context)
        context = getattr(response, "context_data", None) or {}
        if "cl" in context:
            context.update(self._totals(context["cl"]), iamport_dates=date_links(context["cl"]))
            context["iamport_overview_url"] = self.page_url("overview")
            context["iamport_export_url"] = self.page_url("export")
            context["iamport_bookkeeping_url"] = self.page_url("bookkeeping")
        return response

    def _totals(self, listed: TransactionList) -> dict[str, object]:
        """Of what was looked for, or of the period chosen; else of this month."""
        chosen = (f"{self.date_hierarchy}__", AttentionFilter.parameter_name, "figure")
        is_chosen = listed.query or any(name.startswith(chosen) for name in listed.params)
        if listed.found_more:
            return {"iamport_totals_most": f"{most_listed(self):,}"}
        rows = listed.queryset if is_chosen else listed.queryset.filter(created__gte=begin_of_month())
        if has_more_than(
            rows, MOST_SUMMED, "paid_at" if listed.params.get("figure") == "paid" else "created"
        ):
            return {"iamport_totals_most": f"{MOST_SUMMED:,}"}
        totals = self.get_totals(rows.filter(is_counted()))
        return {"iamport_totals": totals, "iamport_totals_of_month": not is_chosen}

    def get_totals(self, queryset: QuerySet[Any]) -> list[dict[str, object]]:
        """What transactions come to, by currency; one query."""
        sums = {"count": Count("*"), "paid": Sum("paid_amount", default=0), "refunded": Sum("cancel_amount")}
        rows = queryset.order_by("currency").values("currency", "reject_reason").annotate(**sums)
        return [
            _total_in_words(currency, [*of_reason])
            for currency, of_reason in groupby(rows, key=lambda row: row["currency"])
        ]

    # The page.

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        own = super().get_readonly_fields(request, obj)
        columns = sorted((GATEWAY_COLUMNS | BOOKKEEPING) - HIDDEN - IN_WORDS)
        shown = [name for name in (*MONEY, *IDS, *MOMENTS) if name.startswith("shown_")]
        # What a shop's own list of fields names stays readable as it is stored.
        named = [name for name in flatten_fieldsets(self.fieldsets or ()) if name in IN_WORDS]
        named += [name for name in flatten(self.fields or ()) if name in IN_WORDS]
        return list(dict.fromkeys(["order", *own, *columns, *shown, *named, "created", "modified"]))

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if self.fieldsets or self.fields:
            return super().get_fieldsets(request, obj)
        grouped = {*MONEY, *IDS, *ACCOUNT, *MOMENTS, "answer"}
        own = [name for name in self.get_fields(request, obj) if name not in grouped | IN_WORDS]
        folded = {"classes": ["collapse"]}
        return [
            (None, {"fields": own}),
            (pgettext("desk", "Amounts"), {"fields": MONEY}),
            (pgettext("desk", "Identifiers"), {"fields": IDS}),
            (pgettext("payment method", "Virtual account"), {"fields": ACCOUNT, **folded}),
            (_("Dates and times"), {"fields": MOMENTS, **folded}),
            (_("Gateway response"), {"fields": ["answer"], **folded}),
        ]

    def get_console_url(self, transaction: AbstractTransaction) -> str:
        """Where the payment is in the gateway's console; empty for no link."""
        return self.console_url if transaction.imp_uid else ""

    def get_further_links(
        self, request: HttpRequest, transaction: AbstractTransaction
    ) -> list[tuple[str, str]]:
        """Hook: links beside the buttons, each an address and its text; apps and shops add their own pages."""
        return []

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
            context["iamport"] = self._desk(request, obj)
        return super().render_change_form(request, context, add, change, form_url, obj)

    def _desk(self, request: HttpRequest, row: AbstractTransaction) -> dict[str, object]:
        refunds, cancellations, history = list(row.refunds), list(row.cancellations), list(row.history)
        given = [refund for refund in refunds if refund.account_given_at]
        noted = [entry.by for entries in (refunds, cancellations, history) for entry in entries]
        by = hands.in_words([*noted, *(refund.account_given_by for refund in given)])
        return {
            "transaction": row,
            "badge": status_badge(row),
            "pay_method": pay_method_in_words(row.pay_method),
            "held": self.shown_held(row),
            "console_url": self.get_console_url(row),
            "further_links": self.get_further_links(request, row),
            **self._offered(request, row),
            "calls": [(call.created, call_in_words(call.reason)) for call in row.operator_calls.open()],
            "waiting": next(
                (refund for refund in refunds if refund.status == RefundStatus.NEEDS_OPERATOR), None
            ),
            "account_given": [(refund.account_given_at, by[refund.account_given_by]) for refund in given],
            "under_way": any(refund.is_open for refund in refunds),
            "refunds": [
                (
                    refund,
                    dict(Refund.KIND)[refund.kind],
                    refund_badge(refund),
                    by[refund.by],
                    *refund_in_words(refund),
                )
                for refund in refunds
            ],
            "cancellations": [
                (e, source_in_words(e.source), by[e.by], reason_in_words(e.reason), slip_link(e.receipt_url))
                for e in cancellations
            ],
            "history": [(e, source_in_words(e.source), by[e.by], reason_in_words(e.reason)) for e in history],
        }

    def _offered(self, request: HttpRequest, row: AbstractTransaction) -> dict[str, str]:
        """The addresses of the buttons, empty for those that this operator can't use now."""
        waiting = self.waiting_refund(request, row)
        may_ask = waiting is not None and self.may_ask_account_now(row)
        offered = {
            "sync": True,
            "refund": self.may_refund_now(request, row),
            "accept": self.may_accept_now(request, row),
            "answer": self.may_answer_now(request, row),
            "transferred": waiting is not None,
            "ask_account": may_ask,
            "void": self.may_change_account_now(request, row),
            "account": self.may_change_account_now(request, row),
        }
        addresses = {
            f"{page}_url": self.kept_address(request, page, row) if is_offered else ""
            for page, is_offered in offered.items()
        }
        asks = may_ask and waiting is not None and waiting.needs_account
        return {**addresses, "customer_url": row.get_refund_account_url() if asks else ""}

    def export_view(self, request: HttpRequest) -> HttpResponseBase:
        """The filtered list, one row per transaction."""
        rows = self.get_filtered(request).select_related("order")
        heads = [str(self.model._meta.get_field(name).verbose_name) for name in EXPORTED]
        return csv_response("transactions", heads, _exported(rows))


class TransactionInline(TransactionColumns, ReadOnlyMixin, TabularInline):
    """The attempts to pay an order, on the order's page; a subclass names its `model`."""

    extra = 0
    can_delete = False
    fields = readonly_fields = (
        "merchant_uid",
        "imp_uid",
        "shown_status",
        "shown_amount",
        "shown_held",
        "shown_pay_method",
        "paid_at",
    )
    show_change_link = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).using(router.db_for_write(self.model))


def _total_in_words(currency: str, rows: list[dict[str, Any]]) -> dict[str, object]:
    accepted = [row for row in rows if not row["reject_reason"]]
    paid, refunded = (sum(row[name] for row in accepted) for name in ("paid", "refunded"))
    rejected = sum(row["paid"] - row["refunded"] for row in rows) - (paid - refunded)
    sums = {"paid": paid, "refunded": refunded, "held": paid - refunded}
    return {
        "count": sum(row["count"] for row in rows),
        **{name: amount_in_words(amount, currency) for name, amount in sums.items()},
        "rejected": amount_in_words(rejected, currency) if rejected else "",
    }


def _exported(rows: QuerySet[AbstractTransaction]) -> Iterator[list[object]]:
    for row in rows.iterator(chunk_size=1000):
        yield [
            kst_moment(row.created),
            kst_moment(row.paid_at),
            str(row.order),
            row.merchant_uid,
            row.imp_uid,
            status_in_words(row),
            row.get_reject_reason_display(),
            pay_method_in_words(row.pay_method),
            provider_in_words(row.pg_provider),
            row.currency,
            row.amount,
            row.paid_amount,
            row.cancel_amount,
        ]
