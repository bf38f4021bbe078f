"""Cash receipts at the desk: the list, what failed, and the pages that issue, look up and cancel."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Min, Sum
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import NoReverseMatch, URLPattern, path, reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from django_iamport.admin import TransactionAdminMixin
from django_iamport.admin.filters import AttentionFilter
from django_iamport.admin.overview.waiting import Waiting
from django_iamport.admin.pages import without_values_at
from django_iamport.admin.records import RecordAdmin
from django_iamport.admin.wording import reason_in_words, refusal_in_words, status_badge, toned
from django_iamport.exceptions import IamportError, OutcomeUnknown
from django_iamport.formatting import amount_in_words
from django_iamport.models import AbstractTransaction
from django_iamport.records.hands import operator

from . import receipts
from .access import standing
from .exceptions import CashReceiptOpen
from .forms import CancelForm, DismissForm, ExternalForm, OperatorForm
from .models import CashReceipt
from .rules import ReceiptStatus

if TYPE_CHECKING:
    TransactionAdmin = TransactionAdminMixin
else:
    TransactionAdmin = object

__all__ = ["CashReceiptAdmin", "CashReceiptButtonMixin"]

TONES: Mapping[str, str] = {
    ReceiptStatus.SENT: "waiting",
    ReceiptStatus.ISSUED: "good",
    ReceiptStatus.CANCELLING: "waiting",
    ReceiptStatus.UNKNOWN: "bad",
    ReceiptStatus.REFUSED: "bad",
}
WORDS: Mapping[str, Promise] = {
    "refund": gettext_lazy("The payment was refunded."),
    "cash_receipt_not_found": gettext_lazy("The gateway knows of no cash receipt."),
}


def may_issue(request: HttpRequest) -> bool:
    return request.user.has_perm("iamport_cash_receipts.issue_cash_receipts")


def may_cancel(request: HttpRequest) -> bool:
    return request.user.has_perm("iamport_cash_receipts.cancel_cash_receipts")


def in_words(code: str) -> str:
    return str(WORDS.get(code) or reason_in_words(code))


def receipt_badge(receipt: CashReceipt) -> SafeString:
    words = str(dict(CashReceipt.STATUS).get(receipt.status, receipt.status))
    return toned(TONES.get(receipt.status, "over"), words)


class NeedsSomebodyFilter(AttentionFilter):
    words: ClassVar[Any] = {"any": gettext_lazy("failed, unknown or to be reissued")}

    def waiting(self, found: Any, word: str) -> Any:
        return found.needing_somebody()


@admin.register(CashReceipt)
class CashReceiptAdmin(RecordAdmin):
    list_display = (
        *("created", "shown_number", "shown_amount", "type", "masked_identifier", "shown_status"),
        *("shown_trouble", "shown_by"),
    )
    list_filter: ClassVar[Any] = (NeedsSomebodyFilter, "status", "type", "kind", "created")
    search_fields = ("merchant_uid__exact", "imp_uid__exact", "apply_num__exact", "reference__exact")
    search_help_text = gettext_lazy("The whole merchant_uid, imp_uid, approval number, or the shop’s number")
    change_list_template = "admin/django_iamport/cash_receipt_list.html"
    change_form_template = "admin/django_iamport/cash_receipt.html"
    fields = readonly_fields = (
        *("transaction", "shown_status", "shown_trouble", "type", "masked_identifier", "shown_amount"),
        *("shown_vat", "apply_num", "receipt_tid", "shown_receipt", "applied_at", "cancelled_at"),
        *("shown_reason", "shown_by", "kind", "name", "reference", "channel_name", "created", "sent_at"),
    )
    row_pages = ("sync", "cancel", "dismiss")
    list_pages = ("issue",)

    # What is shown.

    @admin.display(description=pgettext_lazy("desk", "amount"))
    def shown_amount(self, record: Any) -> str:
        return amount_in_words(record.amount, "KRW")

    @admin.display(description=pgettext_lazy("cash receipt", "VAT"))
    def shown_vat(self, record: CashReceipt) -> str:
        return "–" if record.vat is None else amount_in_words(record.vat, "KRW")

    @admin.display(description=pgettext_lazy("column", "status"))
    def shown_status(self, record: CashReceipt) -> SafeString:
        return receipt_badge(record)

    @admin.display(description=gettext_lazy("What needs attention"))
    def shown_trouble(self, record: CashReceipt) -> str:
        if record.is_renewal_wanted:
            return _("A part was refunded: a receipt for the rest needs the customer’s number.")
        return (record.code and record.gateway_message) or in_words(record.code) or "–"

    @admin.display(description=pgettext_lazy("column", "reason"))
    def shown_reason(self, record: Any) -> str:
        return in_words(record.reason) or "–"

    @admin.display(description=pgettext_lazy("column", "receipt"))
    def shown_receipt(self, record: CashReceipt) -> SafeString | str:
        if not record.receipt_url:
            return "–"
        link = '<a href="{}" rel="noopener noreferrer" target="_blank">{}</a>'
        return format_html(link, record.receipt_url, _("Open the cash receipt"))

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        address = self.page_url("issue") if may_issue(request) else ""
        return super().changelist_view(request, {**(extra_context or {}), "iamport_issue_url": address})

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        receipt: CashReceipt | None = context.get("original")
        if receipt is not None and receipt.is_open:
            context["iamport_sync_url"] = self.kept_address(request, "sync", receipt)
            if receipt.is_issued and may_cancel(request):
                context["iamport_cancel_url"] = self.kept_address(request, "cancel", receipt)
        elif receipt is not None and may_issue(request) and _needs_somebody(receipt):
            context["iamport_dismiss_url"] = self.kept_address(request, "dismiss", receipt)
        return super().render_change_form(request, context, *args, **kwargs)

    def what_waits(self, request: HttpRequest) -> list[tuple[Waiting, str]]:
        """For the overview: how many need somebody, with the address of their list."""
        rows: Any = self.get_queryset(request)
        found = rows.needing_somebody().order_by()
        told = found.aggregate(count=Count("pk"), sum=Sum("amount"), since=Min("modified"))
        if not told["count"]:
            return []
        waiting = Waiting(
            name="cash_receipts",
            text=_("cash receipts that failed, are unknown or are to be issued anew"),
            count=told["count"],
            amounts=[amount_in_words(told["sum"], "KRW")],
            since=told["since"],
            is_pressing=True,
        )
        return [(waiting, f"{self.page_url('changelist')}?attention=any")]

    # What is done.

    def sync_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        receipt = self.get_row(request, object_id)
        try:
            receipts.sync(receipt, source="admin")
        except IamportError as error:
            return self._back(request, receipt, messages.ERROR, refusal_in_words(error))
        words = dict(CashReceipt.STATUS).get(receipt.status, receipt.status)
        told = _("The gateway was asked. The cash receipt: %(status)s.") % {"status": words}
        return self._back(request, receipt, messages.SUCCESS, told)

    def cancel_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        receipt = self.get_row(request, object_id)
        if not may_cancel(request):
            raise PermissionDenied
        title, told = _("Cancel the cash receipt"), _("The cash receipt was cancelled.")
        return self._end(request, receipt, receipts.cancel, CancelForm, title=title, told=told)

    def dismiss_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Given up: nobody issues it again, or has to."""
        receipt = self.get_row(request, object_id)
        if not may_issue(request):
            raise PermissionDenied
        title, told = _("Mark as settled"), _("The cash receipt was marked as settled.")
        return self._end(request, receipt, receipts.dismiss, DismissForm, title=title, told=told)

    def _end(
        self,
        request: HttpRequest,
        receipt: CashReceipt,
        end: Callable[..., CashReceipt],
        form_class: type[DismissForm],
        *,
        title: str,
        told: str,
    ) -> HttpResponse:
        """The page that asks for a reason; `told` is said once the receipt was ended by it."""
        form = form_class(request.POST if request.method == "POST" else None)
        if form.is_bound and form.is_valid():
            reason, by = form.cleaned_data["reason"], operator(request.user)
            try:
                end(receipt, reason=reason, by=by, source="admin")
            except IamportError as error:
                return self._back(request, receipt, _level(error), refusal_in_words(error))
            return self._back(request, receipt, messages.SUCCESS, told)
        return self.show_page(
            request, "cash_receipt_change", title, receipt, **self._shown(receipt), form=form
        )

    def issue_view(self, request: HttpRequest) -> HttpResponse:
        """For cash that was taken elsewhere."""
        if not (may_issue(request) and self.has_view_permission(request)):
            raise PermissionDenied
        form = ExternalForm(request.POST if request.method == "POST" else None)
        if form.is_bound and form.is_valid():
            wanted = dict(form.cleaned_data)
            wanted.pop("is_voluntary")
            try:
                receipt = receipts.issue_external(
                    wanted.pop("amount"),
                    wanted.pop("identifier"),
                    **wanted,
                    by=operator(request.user),
                    source="admin",
                )
            except (CashReceiptOpen, OutcomeUnknown) as error:
                self.message_user(request, refusal_in_words(error), messages.WARNING)
                return HttpResponseRedirect(self.page_url("changelist"))
            except IamportError as error:
                form.add_error(None, refusal_in_words(error))
            else:
                return self._back(request, receipt, messages.SUCCESS, _issued(receipt))
        title = _("Cash receipt of a sale elsewhere")
        return self.show_page(request, "cash_receipt_issue", title, form=form)

    def _shown(self, receipt: CashReceipt) -> dict[str, Any]:
        return {"badge": receipt_badge(receipt), "amount": self.shown_amount(receipt), "receipt": receipt}

    def _back(
        self, request: HttpRequest, receipt: CashReceipt, level: int, text: str
    ) -> HttpResponseRedirect:
        self.message_user(request, text, level)
        return HttpResponseRedirect(self.kept_address(request, "change", receipt))


class CashReceiptButtonMixin(TransactionAdmin):
    """A payment's receipt: `class TransactionAdmin(CashReceiptButtonMixin, TransactionAdminMixin, ModelAdmin)`."""

    def get_urls(self) -> list[URLPattern]:
        address = path(
            "<path:object_id>/cash_receipt/", self._view("cash_receipt"), name=self._name("cash_receipt")
        )
        return [without_values_at(address), *super().get_urls()]

    def get_further_links(
        self, request: HttpRequest, transaction: AbstractTransaction
    ) -> list[tuple[str, str]]:
        links = super().get_further_links(request, transaction)
        shown = standing(transaction)
        if shown["receipt"] is None and not (shown["may_ask"] and may_issue(request)):
            return links
        return [*links, (self.kept_address(request, "cash_receipt", transaction), _("Cash receipt…"))]

    def cash_receipt_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row: AbstractTransaction = self.get_row(request, object_id)
        form = None
        if may_issue(request) and standing(row)["may_ask"]:
            form = OperatorForm(request.POST if request.method == "POST" else None)
        self.require(form is not None or request.method != "POST" or may_issue(request))
        if form is not None and form.is_bound and form.is_valid():
            answer = self._issue_cash_receipt(request, row, form)
            if answer is not None:
                return answer
        return self.show_page(
            request,
            "cash_receipt_of_payment",
            _("Cash receipt"),
            row,
            badge=status_badge(row),
            held=amount_in_words(row.held_amount, row.paid_currency or row.currency),
            receipts=[
                (receipt, receipt_badge(receipt), self._receipt_url(receipt))
                for receipt in CashReceipt.objects.of(row)
            ],
            form=form,
        )

    def _issue_cash_receipt(
        self, request: HttpRequest, row: AbstractTransaction, form: OperatorForm
    ) -> HttpResponse | None:
        """The answer where it is decided; None where the form has to be shown again."""
        wanted = form.cleaned_data
        try:
            receipt = receipts.issue(
                row,
                wanted["identifier"],
                type=wanted["type"],
                tax_free=wanted["tax_free"],
                by=operator(request.user),
                source="admin",
            )
        except (CashReceiptOpen, OutcomeUnknown) as error:
            return self.back(request, row, _level(error), refusal_in_words(error))
        except IamportError as error:
            form.add_error(None, refusal_in_words(error))
            return None
        return self.back(request, row, messages.SUCCESS, _issued(receipt))

    def _receipt_url(self, receipt: CashReceipt) -> str:
        """Empty where the site of this desk has no page for them."""
        name = "admin:iamport_cash_receipts_cashreceipt_change"
        try:
            return reverse(name, args=[receipt.pk], current_app=self.admin_site.name)
        except NoReverseMatch:
            return ""


def _needs_somebody(receipt: CashReceipt) -> bool:
    return CashReceipt.objects.needing_somebody().filter(pk=receipt.pk).exists()


def _issued(receipt: CashReceipt) -> str:
    return _("A cash receipt for %(amount)s was issued.") % {"amount": amount_in_words(receipt.amount, "KRW")}


def _level(error: IamportError) -> int:
    return messages.WARNING if isinstance(error, OutcomeUnknown) else messages.ERROR
