"""The operator's list of saved cards: who has which, how it stands, and its deletion at the gateway."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from django_iamport.admin import hands
from django_iamport.admin.pages import PagesMixin
from django_iamport.admin.permissions import UnchangedMixin
from django_iamport.admin.wording import reason_in_words, refusal_in_words, source_in_words, toned
from django_iamport.exceptions import IamportError
from django_iamport.records.hands import operator

from .exceptions import REASONS
from .models import AbstractBillingKey
from .rules import KeyStatus

__all__ = ["BillingKeyAdminMixin"]

TONES = {
    KeyStatus.READY.value: "waiting",
    KeyStatus.ACTIVE.value: "good",
    KeyStatus.DELETING.value: "waiting",
    KeyStatus.GONE.value: "bad",
}


class BillingKeyAdminMixin(UnchangedMixin, PagesMixin):
    """`class BillingKeyAdmin(BillingKeyAdminMixin, admin.ModelAdmin)`.

    Seen by whoever has Django's permission to view the model; looked up at the gateway by whoever may change it;
    deleted there by whoever has `withdraw_billing_keys`. Added and edited by nobody.
    """

    change_form_template = "admin/django_iamport/billing_key.html"
    row_pages = ("look_up", "withdraw")
    list_display: tuple[str, ...] = ("__str__", "user", "shown_status", "shown_default", "created")
    list_filter: ClassVar[Any] = ("status", "created")
    list_select_related: ClassVar[Any] = ("user",)
    search_fields: ClassVar[Any] = ("customer_uid__exact", "merchant_uid__exact", "user__pk__exact")
    search_help_text = gettext_lazy("customer_uid, merchant_uid, or the number of a customer")
    ordering: ClassVar[Any] = ("-created",)
    sortable_by: ClassVar[Any] = ("created",)
    actions = None
    readonly_fields: ClassVar[Any] = (
        *("user", "shown_status", "shown_default", "shown_reason", "card_name", "card_number", "expiry"),
        *("pg_provider", "channel_name", "sandbox", "customer_uid", "merchant_uid"),
        *("inserted", "updated", "looked_up_at", "created", "modified"),
    )
    fields: ClassVar[Any] = readonly_fields

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._has(request, f"view_{self.opts.model_name}") or self.has_look_up_permission(request)

    def has_look_up_permission(self, request: HttpRequest) -> bool:
        return self._has(request, f"change_{self.opts.model_name}")

    def has_withdraw_permission(self, request: HttpRequest) -> bool:
        return self._has(request, "withdraw_billing_keys")

    def _has(self, request: HttpRequest, codename: str) -> bool:
        return bool(request.user.has_perm(f"{self.opts.app_label}.{codename}"))

    @staticmethod
    def _badge(key: AbstractBillingKey) -> SafeString:
        return toned(TONES.get(key.status, "over"), key.get_status_display())

    @admin.display(description=pgettext_lazy("column", "status"), ordering="status")
    def shown_status(self, key: AbstractBillingKey) -> SafeString:
        return self._badge(key)

    @admin.display(description=gettext_lazy("default card"), boolean=True)
    def shown_default(self, key: AbstractBillingKey) -> bool:
        return key.is_default

    @admin.display(description=pgettext_lazy("column", "reason"))
    def shown_reason(self, key: AbstractBillingKey) -> str:
        return str(key.get_reason_display()) or "–"

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

    def _desk(self, request: HttpRequest, key: AbstractBillingKey) -> dict[str, object]:
        history = list(key.history)
        names = hands.in_words(line.by for line in history)
        may_look_up = self.has_look_up_permission(request) and key.may_exist
        may_withdraw = self.has_withdraw_permission(request) and key.may_exist
        return {
            "look_up_url": self.kept_address(request, "look_up", key) if may_look_up else "",
            "withdraw_url": self.kept_address(request, "withdraw", key) if may_withdraw else "",
            "history": [
                (line, source_in_words(line.source), names[line.by], _reason(key, line.reason))
                for line in history
            ],
        }

    def look_up_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        key: AbstractBillingKey = self.get_row(request, object_id)
        self._require(self.has_look_up_permission(request))
        try:
            key.confirm(source="admin", by=operator(request.user))
        except IamportError as error:
            return self._back(request, key, messages.ERROR, refusal_in_words(error))
        told = _("The gateway answered: %(status)s.") % {"status": key.get_status_display()}
        return self._back(request, key, messages.SUCCESS, told)

    def withdraw_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Asked once more before: the customer would have to register the card again."""
        key: AbstractBillingKey = self.get_row(request, object_id)
        self._require(self.has_withdraw_permission(request))
        if request.method == "POST":
            try:
                key.withdraw(by=operator(request.user))
            except IamportError as error:
                return self._back(request, key, messages.ERROR, refusal_in_words(error))
            return self._back(request, key, messages.SUCCESS, _("The card was deleted."))
        title = _("Delete the card at the gateway")
        return self.show_page(request, "billing_key_withdraw", title, key, badge=self._badge(key))

    def _require(self, is_allowed: bool) -> None:
        if not is_allowed:
            raise PermissionDenied

    def _back(
        self, request: HttpRequest, key: AbstractBillingKey, level: int, text: str
    ) -> HttpResponseRedirect:
        self.message_user(request, text, level)
        return HttpResponseRedirect(self.kept_address(request, "change", key))


def _reason(key: AbstractBillingKey, reason: str) -> str:
    return str(REASONS[reason]) if reason in REASONS else reason_in_words(reason)
