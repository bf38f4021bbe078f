"""This package's own tables: refunds, cancellations and the history, to read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import pgettext_lazy

from django_iamport.admin import hands
from django_iamport.admin.pages import PagesMixin
from django_iamport.admin.permissions import ReadOnlyMixin
from django_iamport.admin.wording import call_in_words, refund_badge
from django_iamport.formatting import amount_in_words
from django_iamport.models import Cancellation, History, OperatorCall, Refund
from django_iamport.models.registry import find_attempt
from django_iamport.records.refund import NO_ACCOUNT

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
else:
    ModelAdmin = admin.ModelAdmin


class RecordAdmin(ReadOnlyMixin, PagesMixin, ModelAdmin):
    """Rows that this package writes and nobody edits."""

    # The column that says whose hand it was.
    hand: ClassVar[str] = "by"
    readonly_fields = ("transaction", "shown_by")
    exclude: ClassVar[list[str] | tuple[str, ...] | None] = ("by",)
    search_fields: ClassVar[list[str] | tuple[str, ...]] = ("merchant_uid", "imp_uid")

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

    @admin.display(description=pgettext_lazy("desk", "amount"), ordering="amount")
    def shown_amount(self, record: Refund | Cancellation | History) -> str:
        return "–" if record.amount is None else amount_in_words(record.amount, record.currency)

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
        return hands.in_words([hand])[hand] if listed is None else listed


@admin.register(Refund)
class RefundAdmin(RecordAdmin):
    list_display = ("merchant_uid", "kind", "shown_amount", "reason", "colored_status", "shown_by", "created")
    list_filter = ("status", "kind", "created")
    # A customer's account is for the payment company alone.
    exclude = ("by", "account_given_by", *NO_ACCOUNT)

    @admin.display(description=pgettext_lazy("desk", "status"), ordering="status")
    def colored_status(self, refund: Refund) -> SafeString:
        return refund_badge(refund)


@admin.register(Cancellation)
class CancellationAdmin(RecordAdmin):
    list_display = ("merchant_uid", "shown_amount", "reason", "shown_by", "source", "cancelled_at", "created")
    list_filter = ("source", "created")
    search_fields = ("merchant_uid", "imp_uid", "entry")


@admin.register(OperatorCall)
class OperatorCallAdmin(RecordAdmin):
    hand = "answered_by"
    exclude = ("answered_by",)
    list_display = ("created", "merchant_uid", "shown_reason", "answered_at", "shown_by", "answer")
    list_filter = ("reason", ("answered_at", admin.EmptyFieldListFilter), "created")
    ordering = ("-pk",)

    @admin.display(description=pgettext_lazy("desk", "reason"), ordering="reason")
    def shown_reason(self, call: OperatorCall) -> str:
        return call_in_words(call.reason)


@admin.register(History)
class HistoryAdmin(RecordAdmin):
    list_display = ("created", "merchant_uid", "event", "shown_amount", "reason", "source", "shown_by")
    list_filter = ("event", "source", "created")
    ordering = ("-pk",)
