"""This package's own tables: refunds, cancellations and the history, to read."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext, pgettext_lazy

from django_iamport.admin import hands
from django_iamport.admin.columns import slip_link
from django_iamport.admin.filters import AnsweredFilter, CallFilter, KindFilter, SourceFilter
from django_iamport.admin.pages import PagesMixin
from django_iamport.admin.permissions import ReadOnlyMixin
from django_iamport.admin.wording import (
    call_in_words,
    reason_in_words,
    refund_badge,
    refund_in_words,
    source_in_words,
)
from django_iamport.formatting import amount_in_words
from django_iamport.models import AbstractTransaction, Cancellation, History, OperatorCall, Refund
from django_iamport.models.registry import find_attempt

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
else:
    ModelAdmin = admin.ModelAdmin


class RecordAdmin(ReadOnlyMixin, PagesMixin, ModelAdmin):
    """Rows that this package writes and nobody edits."""

    # The column that says whose hand it was.
    hand: ClassVar[str] = "by"
    search_fields: ClassVar[list[str] | tuple[str, ...]] = ("merchant_uid__exact", "imp_uid__exact")
    search_help_text = _("The whole merchant_uid or imp_uid")
    # These have an index; by other columns the database would sort all rows.
    ordering: ClassVar[Any] = ("-created",)
    sortable_by: ClassVar[Any] = ("created", "shown_number")

    @admin.display(description=pgettext_lazy("desk", "transaction"))
    def transaction(self, record: Refund | Cancellation | History | OperatorCall) -> str | SafeString:
        found = find_attempt(record.merchant_uid)
        if found is None:
            return "–"
        name = f"admin:{found._meta.app_label}_{found._meta.model_name}_change"
        try:
            address = reverse(name, args=[found.pk], current_app=self.admin_site.name)
        except NoReverseMatch:
            return str(found)
        return format_html('<a href="{}">{}</a>', address, found)

    @admin.display(description=_("payment number (merchant_uid)"), ordering="merchant_uid")
    def shown_number(self, record: Refund | Cancellation | History | OperatorCall) -> str:
        return record.merchant_uid

    @admin.display(description=pgettext_lazy("desk", "amount"))
    def shown_amount(self, record: Refund | Cancellation | History) -> str:
        return _sum(record.amount or None, record.currency)

    @admin.display(description=pgettext_lazy("column", "reason"))
    def shown_reason(self, record: Refund | Cancellation | History) -> str:
        return reason_in_words(record.reason) or "–"

    @admin.display(description=pgettext_lazy("column", "source"))
    def shown_source(self, record: Cancellation | History) -> str:
        return str(source_in_words(record.source))

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """The names of a whole page are looked up at once."""
        listed = super().get_changelist_instance(request)
        names = hands.in_words(getattr(record, self.hand) for record in listed.result_list)
        for record in listed.result_list:
            record.hand_in_words = names[getattr(record, self.hand)]
        return listed

    @admin.display(description=pgettext_lazy("desk", "by"))
    def shown_by(self, record: Refund | Cancellation | History | OperatorCall) -> str:
        listed: str | None = getattr(record, "hand_in_words", None)
        hand: str = getattr(record, self.hand)
        return (hands.in_words([hand])[hand] if listed is None else listed) or "–"


@admin.register(Refund)
class RefundAdmin(RecordAdmin):
    list_display = (
        *(
            "shown_number",
            "shown_kind",
            "shown_amount",
            "shown_reason",
            "shown_status",
            "shown_by",
            "created",
        ),
    )
    list_filter = ("status", ("kind", KindFilter), "created")
    # A customer's account is for the payment company alone.
    fields = readonly_fields = (
        *("transaction", "shown_kind", "shown_status", "shown_amount", "shown_left", "shown_tax_free"),
        *(
            "shown_reason",
            "shown_hindrance",
            "shown_by",
            "account_given_at",
            "created",
            "sent_at",
            "retry_at",
        ),
    )

    @admin.display(description=pgettext_lazy("desk", "by"))
    def shown_by(self, refund: Refund) -> str:  # type: ignore[override]
        return super().shown_by(refund) if refund.by else pgettext("desk", "automatic")

    @admin.display(description=pgettext_lazy("column", "status"))
    def shown_status(self, refund: Refund) -> SafeString:
        return refund_badge(refund)

    @admin.display(description=pgettext_lazy("column", "kind"))
    def shown_kind(self, refund: Refund) -> str:
        return str(dict(Refund.KIND).get(refund.kind, refund.kind))

    @admin.display(description=_("amount left before the refund"))
    def shown_left(self, refund: Refund) -> str:
        return _sum(refund.checksum, refund.currency)

    @admin.display(description=_("tax-free part"))
    def shown_tax_free(self, refund: Refund) -> str:
        return _sum(refund.tax_free, refund.currency)

    @admin.display(description=_("Reason not carried out"))
    def shown_hindrance(self, refund: Refund) -> str:
        return refund_in_words(refund)[1] or "–"


@admin.register(Cancellation)
class CancellationAdmin(RecordAdmin):
    list_display = (
        *(
            "shown_number",
            "shown_amount",
            "shown_reason",
            "shown_by",
            "shown_source",
            "cancelled_at",
            "created",
        ),
    )
    list_filter = (("source", SourceFilter), "created")
    search_fields = ("merchant_uid__exact", "imp_uid__exact", "entry__exact")
    search_help_text = _("The whole merchant_uid, imp_uid, or refund number")
    fields = readonly_fields = (
        *("transaction", "shown_amount", "shown_reason", "shown_by", "shown_source"),
        *("shown_cancellation_id", "shown_receipt", "cancelled_at", "created"),
    )

    @admin.display(description=_("Refund number"))
    def shown_cancellation_id(self, cancellation: Cancellation) -> str:
        return cancellation.cancellation_id or "–"

    @admin.display(description=_("Sales slip"))
    def shown_receipt(self, cancellation: Cancellation) -> SafeString | str:
        return slip_link(cancellation.receipt_url) or "–"


@admin.register(OperatorCall)
class OperatorCallAdmin(RecordAdmin):
    hand = "answered_by"
    list_display = ("created", "shown_number", "shown_call", "answered_at", "shown_by", "answer")
    list_filter = (("reason", CallFilter), ("answered_at", AnsweredFilter), "created")
    fields = readonly_fields = ("transaction", "shown_call", "created", "answered_at", "shown_by", "answer")

    @admin.display(description=pgettext_lazy("column", "reason"))
    def shown_call(self, call: OperatorCall) -> str:
        return call_in_words(call.reason)


@admin.register(History)
class HistoryAdmin(RecordAdmin):
    list_display = (
        *(
            "created",
            "shown_number",
            "shown_event",
            "shown_amount",
            "shown_reason",
            "shown_source",
            "shown_by",
        ),
    )
    list_filter = ("event", ("source", SourceFilter), "created")
    fields = readonly_fields = (
        *(
            "transaction",
            "created",
            "shown_event",
            "shown_amount",
            "shown_reason",
            "shown_source",
            "shown_by",
        ),
        *("shown_before", "shown_after", "heard"),
    )

    @admin.display(description=_("what happened"))
    def shown_event(self, record: History) -> str:
        return str(dict(History.EVENT).get(record.event, record.event))

    @admin.display(description=_("status before"))
    def shown_before(self, record: History) -> str:
        return _status(record.status_before)

    @admin.display(description=_("status after"))
    def shown_after(self, record: History) -> str:
        return _status(record.status_after)


def _sum(amount: Decimal | None, currency: str) -> str:
    return "–" if amount is None else amount_in_words(amount, currency)


def _status(status: str) -> str:
    return str(dict(AbstractTransaction.STATUS).get(status, status)) or "–"
