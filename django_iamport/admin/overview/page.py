"""The overview and the books, beside the list of a shop's transactions."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.apps import apps
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from django_iamport.admin.exports import csv_response
from django_iamport.admin.forms import PeriodForm, last_month
from django_iamport.admin.pages import PagesMixin
from django_iamport.ledger.books.bookkeeping import daily
from django_iamport.ledger.books.closed_days import LONGEST
from django_iamport.models import AbstractTransaction

from . import books, figures, periods, waiting


class OverviewMixin(PagesMixin):
    """Both pages speak of the transactions that this admin class shows; what waits, of all kinds."""

    def overview_view(self, request: HttpRequest) -> HttpResponse:
        """What waits for a human, and what came in and went back in a period; asks no gateway."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = PeriodForm(request.GET, periods.usual(), longest=LONGEST)
        begin, end = form.get_period()
        spans, rows = periods.spans(begin, end), self.get_queryset(request)
        lines = figures.read(rows, spans)
        kinds = kinds_of(self.admin_site, request)
        waits = [(kind, kind.what_waits(request)) for kind in [*kinds, *others_of(self.admin_site, request)]]
        return self.show_page(
            request,
            "overview",
            pgettext("desk", "Overview"),
            form=form,
            begin=begin,
            end=end,
            choices=[
                (
                    choice.words,
                    self._at("overview", begin=choice.begin, end=choice.end),
                    (begin, end) == (choice.begin, choice.end),
                )
                for choice in periods.choices()
            ],
            kinds=[(kind, kind.page_url("overview"), kind is self) for kind in kinds],
            waits=[(kind, found) for kind, found in waits if found],
            names_kinds=len(kinds) > 1 or any(found for _kind, found in waits[len(kinds) :]),
            connection=waiting.connection([kind.get_queryset(request) for kind in kinds], rows.db),
            links=self._links(),
            words=figures.words(),
            money=figures.money(lines, spans, self.list_url),
            declines=figures.declines(rows, lines, spans, self.list_url),
            books_url=self._at("bookkeeping", begin=begin, end=end),
            is_by_month=spans[0].begin != spans[0].end,
        )

    def bookkeeping_view(self, request: HttpRequest) -> HttpResponseBase:
        """Payments and refunds of a period, by day (Korean time) and method: to look at, then as a file."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = PeriodForm(request.GET, last_month())
        begin, end = form.get_period()
        is_file = form.is_valid() and "download" in request.GET
        lines = daily(self.get_queryset(request), begin, end, afresh=is_file)
        if is_file:
            return csv_response(f"payments-{begin}-{end}", books.heads(), map(books.row, lines))
        return self.show_page(
            request,
            "bookkeeping",
            _("Payments and refunds by day"),
            form=form,
            begin=begin,
            end=end,
            **books.table(lines),
        )

    def what_waits(self, request: HttpRequest) -> list[tuple[waiting.Waiting, str]]:
        """What waits among the transactions that this class shows, each with the address of its list."""
        found = waiting.what_waits(self.get_queryset(request))
        return [(each, self._at("changelist", attention=each.name)) for each in found]

    def list_url(self, figure: str, begin: date, end: date, **filters: str) -> str:
        """The address of the list that a bar stands for (`FigureFilter`)."""
        return self._at("changelist", figure=figure, begin=begin, end=end, **filters)

    def _at(self, page: str, **query: Any) -> str:
        return f"{self.page_url(page)}?{urlencode(query)}"

    def _links(self) -> dict[str, str]:
        """Addresses of this package's own tables; a site of the shop's own may not have them."""
        since = (timezone.now() - waiting.A_DAY).isoformat(timespec="seconds")
        told = {
            "runs": ("syncrun", {}),
            "webhooks": ("history", {"source__exact": "webhook", "created__gte": since}),
        }
        links = {}
        for name, (model, query) in told.items():
            try:
                address = reverse(
                    f"admin:django_iamport_{model}_changelist", current_app=self.admin_site.name
                )
            except NoReverseMatch:
                continue
            links[name] = f"{address}?{urlencode(query)}" if query else address
        return links


def kinds_of(site: AdminSite, request: HttpRequest) -> list[OverviewMixin]:
    """The admin classes of all transaction models of a site that whoever asks may look at."""
    models = [model for model in apps.get_models() if issubclass(model, AbstractTransaction)]
    found = [site.get_model_admin(model) for model in models if site.is_registered(model)]
    return [kind for kind in found if isinstance(kind, OverviewMixin) and kind.has_view_permission(request)]


def others_of(site: AdminSite, request: HttpRequest) -> list[Any]:
    """The admin classes of other models that have something to say of what waits, by a method `what_waits`: those
    of apps that only some shops have, or the shop's own."""
    models = [model for model in apps.get_models() if site.is_registered(model)]
    others: list[Any] = [site.get_model_admin(m) for m in models if not issubclass(m, AbstractTransaction)]
    return [o for o in others if hasattr(o, "what_waits") and o.has_view_permission(request)]
