"""The operator's view: who was verified when, and how old; who it is, nobody reads here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from django_iamport.admin.pages import PagesMixin
from django_iamport.admin.permissions import UnchangedMixin
from django_iamport.admin.wording import refusal_in_words
from django_iamport.exceptions import IamportError
from django_iamport.records.history import Origin
from django_iamport.views.base import outside_transactions

from . import verification

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
else:
    ModelAdmin = object

__all__ = ["IdentityVerificationAdminMixin"]


class IdentityVerificationAdminMixin(UnchangedMixin, PagesMixin, ModelAdmin):
    """Before `admin.ModelAdmin`: to be read by whoever has Django's own permission to view the shop's model.

    To view payments permits nothing here. `erase_identities` of the model permits the action that erases.
    """

    list_display: Any = (
        *("created", "merchant_uid", "user", "status", "age_band"),
        *("shown_adult", "certified_at", "shown_deleted"),
    )
    list_filter: ClassVar[Any] = ("status", "age_band", "created")
    list_select_related: ClassVar[Any] = ("user",)
    search_fields: ClassVar[Any] = ("merchant_uid__exact", "imp_uid__exact")
    fields: ClassVar[Any] = (
        *("merchant_uid", "imp_uid", "user", "status", "shown_reason", "age_band", "shown_adult"),
        *("shown_full_age", "certified_at", "deleted_at", "erased_at", "created"),
    )
    readonly_fields: ClassVar[Any] = fields
    actions: Any = ("erase_chosen",)

    def get_urls(self) -> list[URLPattern]:
        patterns = super().get_urls()
        for pattern in patterns:
            # The action asks the gateway.
            if pattern.name == self._name("changelist"):
                pattern.callback = outside_transactions(pattern.callback)
        return patterns

    def has_erase_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(f"{self.opts.app_label}.erase_identities")

    @admin.display(description=_("adult (the year of turning 19)"), boolean=True)
    def shown_adult(self, row: Any) -> bool | None:
        return row.is_adult if row.is_certified else None

    @admin.display(description=_("19 or older"), boolean=True)
    def shown_full_age(self, row: Any) -> bool | None:
        return row.is_full_age_19 if row.is_certified else None

    @admin.display(description=pgettext_lazy("column", "reason"))
    def shown_reason(self, row: Any) -> str:
        return str(row.REJECT_REASONS.get(row.reject_reason, row.reject_reason)) or "–"

    @admin.display(description=_("deleted at the gateway"), boolean=True)
    def shown_deleted(self, row: Any) -> bool | None:
        return None if row.imp_uid is None and not row.claimed_imp_uid else row.deleted_at is not None

    @admin.action(description=_("Erase personal data of selected verifications"), permissions=["erase"])
    def erase_chosen(self, request: HttpRequest, chosen: QuerySet[Any]) -> None:
        """Blank them here, and at the gateway; whoever was verified by one of them has to be verified again."""
        origin = Origin("admin", f"operator:{request.user.pk}")
        done = left = 0
        for row in chosen:
            try:
                is_erased = verification.erase(row, origin=origin)
            except IamportError as error:
                told = f"{refusal_in_words(error)} ({row.merchant_uid})"
                self.message_user(request, told, messages.ERROR)
            else:
                done, left = done + is_erased, left + (not is_erased)
        if done:
            self.message_user(request, _("Verifications erased: %d") % done, messages.SUCCESS)
        if left:
            told = _("%d left: the gateway could not be reached to delete its copy.") % left
            self.message_user(request, told, messages.ERROR)
