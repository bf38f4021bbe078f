"""The list of subscriptions, the page of one, and what the desk may do about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from django_iamport.admin import hands
from django_iamport.admin.overview.waiting import Waiting
from django_iamport.admin.pages import PagesMixin
from django_iamport.admin.permissions import UnchangedMixin
from django_iamport.admin.wording import reason_in_words, refusal_in_words, source_in_words, toned
from django_iamport.exceptions import IamportError
from django_iamport.formatting import amount_in_words
from django_iamport.records.hands import operator

from ..models import AbstractRenewal, AbstractSubscription
from ..rules import PAUSABLE, RenewalStatus, SubscriptionStatus
from . import waiting
from .waiting import SubscriptionAttentionFilter

if TYPE_CHECKING:
    TabularInline = admin.TabularInline[Any, Any]
else:
    TabularInline = admin.TabularInline

__all__ = ["RenewalInline", "SubscriptionAdminMixin"]

TONES = {
    SubscriptionStatus.SCHEDULED.value: "waiting",
    SubscriptionStatus.TRIALING.value: "waiting",
    SubscriptionStatus.INCOMPLETE.value: "bad",
    SubscriptionStatus.ACTIVE.value: "good",
    SubscriptionStatus.PAST_DUE.value: "bad",
    SubscriptionStatus.PAUSED.value: "waiting",
    RenewalStatus.OPEN.value: "waiting",
    RenewalStatus.PAID.value: "good",
    RenewalStatus.UNPAID.value: "bad",
}


class RenewalInline(UnchangedMixin, TabularInline):
    """The periods of a subscription, to read: `model = Renewal`."""

    extra = 0
    can_delete = False
    ordering: ClassVar[Any] = ("-number",)
    fields: ClassVar[Any] = (
        *("number", "period_start", "shown_last_day", "shown_amount", "shown_status", "declines"),
        *("shown_reason", "shown_order"),
    )
    readonly_fields: ClassVar[Any] = fields

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever may see the subscription sees its periods."""
        return True

    @admin.display(description=gettext_lazy("last day"))
    def shown_last_day(self, renewal: AbstractRenewal) -> object:
        return renewal.last_day

    @admin.display(description=pgettext_lazy("desk", "amount"))
    def shown_amount(self, renewal: AbstractRenewal) -> str:
        return amount_in_words(renewal.amount, renewal.currency)

    @admin.display(description=pgettext_lazy("column", "status"))
    def shown_status(self, renewal: AbstractRenewal) -> SafeString:
        status: Any = renewal
        return toned(TONES.get(renewal.status, "over"), status.get_status_display())

    @admin.display(description=pgettext_lazy("column", "reason"))
    def shown_reason(self, renewal: AbstractRenewal) -> str:
        return renewal.get_reason_display() or "–"

    @admin.display(description=pgettext_lazy("desk", "order"))
    def shown_order(self, renewal: AbstractRenewal) -> str | SafeString:
        """The key alone: an order's own words may need further queries."""
        if renewal.order_id is None:
            return "–"
        model: Any = type(renewal)._meta.get_field("order").related_model
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}_change"
        try:
            address = reverse(name, args=[renewal.order_id], current_app=self.admin_site.name)
        except NoReverseMatch:
            return str(renewal.order_id)
        return format_html('<a href="{}">{}</a>', address, renewal.order_id)


class SubscriptionAdminMixin(UnchangedMixin, PagesMixin):
    """`class SubscriptionAdmin(SubscriptionAdminMixin, admin.ModelAdmin)`, with a `RenewalInline`.

    Seen by whoever has Django's permission to view the model; paused, resumed, charged and ended by whoever has
    `manage_subscriptions`. Added and edited by nobody.
    """

    change_form_template = "admin/django_iamport/subscription.html"
    row_pages = ("pause", "resume", "charge", "cancel", "keep", "end")
    list_display: tuple[str, ...] = (
        *("name", "user", "shown_plan", "shown_status", "shown_reason", "next_at", "created"),
    )
    list_filter: ClassVar[Any] = (SubscriptionAttentionFilter, "status", "ends_at_period_end", "created")
    list_select_related: ClassVar[Any] = ("user",)
    search_fields: ClassVar[Any] = ("subscription_uid__exact", "user__pk__exact")
    search_help_text = gettext_lazy("number of the subscription, or of a customer")
    ordering: ClassVar[Any] = ("-created",)
    sortable_by: ClassVar[Any] = ("created", "next_at")
    actions = None
    fields: ClassVar[Any] = (
        *("user", "name", "shown_plan", "shown_upcoming", "shown_card", "shown_status", "shown_reason"),
        *("trial_end", "period_start", "shown_last_day", "ends_at_period_end", "paused_until", "next_at"),
        *("subscription_uid", "started_at", "ended_at", "created"),
    )
    readonly_fields: ClassVar[Any] = fields

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(
            request.user.has_perm(f"{self.opts.app_label}.view_{self.opts.model_name}")
        ) or self.has_manage_permission(request)

    def what_waits(self, request: HttpRequest) -> list[tuple[Waiting, str]]:
        """For the overview: who is behind and why, each with the address of its list."""
        found = waiting.what_waits(self.get_queryset(request))
        address = self.page_url("changelist")
        return [(each, f"{address}?{urlencode({'attention': each.name})}") for each in found]

    def has_manage_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm(f"{self.opts.app_label}.manage_subscriptions"))

    @admin.display(description=pgettext_lazy("subscription", "plan"))
    def shown_plan(self, row: AbstractSubscription) -> str:
        return row.get_plan_display()

    @admin.display(description=gettext_lazy("plan from the next period on"))
    def shown_upcoming(self, row: AbstractSubscription) -> str:
        return row.get_upcoming_display() or "–"

    @admin.display(description=pgettext_lazy("column", "status"), ordering="status")
    def shown_status(self, row: AbstractSubscription) -> SafeString:
        status: Any = row
        return toned(TONES.get(row.status, "over"), status.get_status_display())

    @admin.display(description=pgettext_lazy("column", "reason"))
    def shown_reason(self, row: AbstractSubscription) -> str:
        return row.get_reason_display() or "–"

    @admin.display(description=gettext_lazy("last paid day"))
    def shown_last_day(self, row: AbstractSubscription) -> object:
        return row.last_day

    @admin.display(description=pgettext_lazy("subscription", "Card"))
    def shown_card(self, row: AbstractSubscription) -> str:
        """The one that is charged next: chosen for it, or the customer's default."""
        return str(row.get_billing_key() or "–")

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

    def _desk(self, request: HttpRequest, row: AbstractSubscription) -> dict[str, object]:
        history = list(row.history)
        names = hands.in_words(line.by for line in history)
        offered = self._offered(row) if self.has_manage_permission(request) else {}
        return {
            "badge": self.shown_status(row),
            "subscription": row,
            **{f"{page}_url": self.kept_address(request, page, row) for page, may in offered.items() if may},
            "history": [
                (line, source_in_words(line.source), names[line.by], _reason(row, line.reason))
                for line in history
            ],
        }

    def _offered(self, row: AbstractSubscription) -> dict[str, bool]:
        return {
            "pause": row.status in PAUSABLE and not row.ends_at_period_end,
            "resume": row.status == SubscriptionStatus.PAUSED and not row.ends_at_period_end,
            "charge": row.is_behind,
            "cancel": row.has_time_left and not row.ends_at_period_end,
            "keep": row.ends_at_period_end,
            "end": row.status != SubscriptionStatus.ENDED,
        }

    def pause_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        told = _("The subscription was paused.")
        return self._act(request, object_id, told, lambda row: row.pause(by=operator(request.user)))

    def resume_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        told = _("The subscription goes on.")
        return self._act(request, object_id, told, lambda row: row.resume(by=operator(request.user)))

    def cancel_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        told = _("The subscription ends with its period.")
        return self._act(request, object_id, told, lambda row: row.cancel(by=operator(request.user)))

    def keep_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        told = _("The cancellation was withdrawn.")
        return self._act(request, object_id, told, lambda row: row.keep(by=operator(request.user)))

    def charge_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        def charge(row: AbstractSubscription) -> str | None:
            if row.pay(by=operator(request.user)):
                return None
            if not row.is_behind:
                return _("Nothing was charged: the order of this period takes no payment any more.")
            return _("The card was declined: %s") % row.get_reason_display()

        return self._act(request, object_id, _("The card was charged."), charge)

    def end_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Asked once more before: it can't be taken back."""
        if request.method == "POST":
            return self._act(
                request,
                object_id,
                _("The subscription was ended."),
                lambda row: row.cancel(at_period_end=False, by=operator(request.user)),
            )
        row: AbstractSubscription = self.get_row(request, object_id)
        self._require_manager(request)
        title = _("End the subscription now")
        return self.show_page(request, "subscription_end", title, row, badge=self.shown_status(row))

    def _act(
        self,
        request: HttpRequest,
        object_id: str,
        told: str,
        act: Callable[[AbstractSubscription], str | None],
    ) -> HttpResponse:
        """Do what a button asks; `act` answers what went wrong, if anything."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        row: AbstractSubscription = self.get_row(request, object_id)
        self._require_manager(request)
        try:
            problem = act(row)
        except IamportError as error:
            problem = refusal_in_words(error)
        self.message_user(request, problem or told, messages.ERROR if problem else messages.SUCCESS)
        return HttpResponseRedirect(self.kept_address(request, "change", row))

    def _require_manager(self, request: HttpRequest) -> None:
        if not self.has_manage_permission(request):
            raise PermissionDenied


def _reason(row: AbstractSubscription, reason: str) -> str:
    """Of a line of its history, which also tells what kept the clock from knowing."""
    words = row.reason_in_words(reason)
    return reason_in_words(reason) if words == reason else words
