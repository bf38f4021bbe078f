"""What stands in the index of Django's admin: the overview, and the runs of `iamport_sync`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import pgettext_lazy

from django_iamport.admin.pages import PagesMixin, without_values_at
from django_iamport.admin.permissions import ReadOnlyMixin
from django_iamport.admin.wording import toned
from django_iamport.records.sync_cursor import Overview, SyncRun

from .page import kinds_of
from .waiting import findings_of, outcome_of

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
else:
    ModelAdmin = admin.ModelAdmin


@admin.register(Overview)
class OverviewAdmin(ReadOnlyMixin, ModelAdmin):
    """Leads to the overview of the first kind of transactions that whoever asks may look at."""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is None and bool(kinds_of(self.admin_site, request))

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def get_urls(self) -> list[URLPattern]:
        return [without_values_at(pattern) for pattern in super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        kinds = kinds_of(self.admin_site, request)
        if not kinds:
            raise PermissionDenied
        return HttpResponseRedirect(kinds[0].page_url("overview"))


@admin.register(SyncRun)
class SyncRunAdmin(ReadOnlyMixin, PagesMixin, ModelAdmin):
    list_display = ("begun_at", "ended_at", "shown_outcome", "shown_findings")
    fields = readonly_fields = ("begun_at", "ended_at", "shown_outcome", "shown_findings")

    @admin.display(description=pgettext_lazy("column", "outcome"), ordering="exit_code")
    def shown_outcome(self, run: SyncRun) -> SafeString:
        told = outcome_of(run, timezone.now())
        return toned(told.tone, told.words)

    @admin.display(description=pgettext_lazy("column", "findings"))
    def shown_findings(self, run: SyncRun) -> str:
        return " · ".join(f"{words} ({count})" for count, words in findings_of(run)) or "–"
