"""What all pages of the desk share: addresses, style, who may look, and no transaction around them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django import forms
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.templatetags.admin_urls import add_preserved_filters
from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import PermissionDenied
from django.db import router
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from django_iamport.admin.lists import ListMixin
from django_iamport.views.base import outside_transactions
from django_iamport.views.error_reports import without_values


class PagesMixin(ListMixin):
    """Pages beside the list and the form of Django's admin, each a method `<name>_view`."""

    # Pages of one row, and of the whole list; their addresses and names end with these words.
    row_pages: Sequence[str] = ()
    list_pages: Sequence[str] = ()
    # As in the columns that put something in words.
    empty_value_display = "–"

    @property
    def media(self) -> forms.Media:
        return super().media + forms.Media(
            css={"all": ["django_iamport/admin.css"]}, js=["django_iamport/admin.js"]
        )

    def get_urls(self) -> list[URLPattern]:
        pages = [path(f"{page}/", self._view(page), name=self._name(page)) for page in self.list_pages]
        pages += [
            path(f"<path:object_id>/{page}/", self._view(page), name=self._name(page))
            for page in self.row_pages
        ]
        return [without_values_at(pattern) for pattern in [*pages, *super().get_urls()]]

    def _view(self, page: str) -> Callable[..., HttpResponseBase]:
        return outside_transactions(self.admin_site.admin_view(getattr(self, f"{page}_view")))

    def _name(self, page: str) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{page}"

    def page_url(self, page: str, row: Model | None = None) -> str:
        """The address of a page of this admin class: of a row, or of the list."""
        arguments = [] if row is None else [quote(row.pk)]
        return reverse(f"admin:{self._name(page)}", args=arguments, current_app=self.admin_site.name)

    def kept_address(self, request: HttpRequest, page: str, row: Model | None = None) -> str:
        """The same, leading back to the list under the filters that it was left with."""
        filters: dict[str, Any] = {
            "preserved_filters": self.get_preserved_filters(request),
            "opts": self.opts,
        }
        return add_preserved_filters(filters, self.page_url(page, row))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """What a list shows, and which buttons a page has, decides what an operator does."""
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.using(router.db_for_write(self.model))

    def get_row(self, request: HttpRequest, object_id: str) -> Any:
        """The row of that key; raises `Http404`, or `PermissionDenied` for whoever may not look at it."""
        row = self.get_object(request, unquote(object_id))
        if row is None:
            raise Http404
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        return row

    def get_filtered(self, request: HttpRequest) -> QuerySet[Any]:
        """The rows that the list shows under the same filters; raises as `get_row` does."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            rows: QuerySet[Any] = self.get_changelist_instance(request).queryset
        except IncorrectLookupParameters as error:
            raise Http404 from error
        return rows

    def show_page(
        self, request: HttpRequest, template: str, title: str, row: Model | None = None, **context: object
    ) -> HttpResponse:
        # Where the templates' links to Django's own pages go.
        request.current_app = self.admin_site.name
        return TemplateResponse(
            request,
            f"admin/django_iamport/{template}.html",
            {
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "media": self.media,
                "title": title,
                "original": row,
                "back_url": self.kept_address(request, "changelist" if row is None else "change", row),
                "preserved_filters": self.get_preserved_filters(request),
                **context,
            },
        )


def without_values_at(address: URLPattern) -> URLPattern:
    """Django's own pages of a model, too: an order's form holds the customer's telephone."""
    view = without_values(address.callback)
    return URLPattern(address.pattern, view, address.default_args, address.name)
