"""Lists as quick with a million rows as with a thousand: counts that stop, searches by index, dates uncounted."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Iterator
from copy import copy
from datetime import date, datetime
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import FieldDoesNotExist
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.db.models.constants import LOOKUP_SEP
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.text import capfirst, smart_split
from django.utils.translation import pgettext

from django_iamport.gateway.moments import as_stored
from django_iamport.rules.dates import KST

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
    Pages = Paginator[Any]
else:
    ModelAdmin, Pages = object, Paginator

# Nobody leafs further than this; a period, a filter or a search leads to what is older.
MOST = 1000

PARTS = ("year", "month", "day")
# A year, a month of it, a day of that; nothing for all dates.
Period = tuple[int, ...]


class MoreThan(int):
    """A count that was stopped: one more than it says, so that it compares as what it stands for."""

    def __str__(self) -> str:
        return f">{int(self) - 1}"


def most_listed(model_admin: admin.ModelAdmin[Any]) -> int:
    """A page that shows all of a list holds more, where a shop says so."""
    return max(MOST, model_admin.list_per_page, model_admin.list_max_show_all)


def count_to(rows: QuerySet[Any], most: int) -> int:
    """How many rows there are; `MoreThan` `most`, and no further.

    Counted in their order: by an index, where a database that may begin anywhere begins with the oldest rows. With
    nothing but that order it need not look at the rows.
    """
    order = rows.query.order_by[:1]
    column = order[0].lstrip("-") if order and isinstance(order[0], str) else "pk"
    counted = rows.order_by(*order).values(column)[: most + 1].count()
    return counted if counted <= most else MoreThan(counted)


def has_more_than(rows: QuerySet[Any], most: int, by: str) -> bool:
    """Whether there are more rows than that; `by` names the column whose index is followed."""
    return bool(rows.order_by(by).values(by)[most : most + 1])


class StoppingPaginator(Pages):
    """Counts `most` rows, and its pages end there."""

    most = MOST

    @cached_property
    def count(self) -> int:
        return count_to(self.object_list, self.most)  # type: ignore[arg-type]

    @cached_property
    def num_pages(self) -> int:
        return max(1, -(-min(self.count, self.most) // self.per_page))

    @property
    def stopped_at(self) -> str:
        """The number that the count didn't pass; empty where it was reached."""
        return f"{self.most:,}" if self.count > self.most else ""


class DeskList(ChangeList):
    # Whether a search found more than are listed.
    found_more = False

    def get_results(self, request: HttpRequest) -> None:
        """Of a search that finds too many, those are listed that the database meets first.

        For the latest of them it would walk along the order, past all other rows.
        """
        whole, most = self.queryset, most_listed(self.model_admin)
        if self.query:
            keys = [*whole.order_by().values_list("pk", flat=True)[: most + 1]]
            self.found_more = len(keys) > most
            self.queryset = whole.filter(pk__in=keys) if self.found_more else whole
        super().get_results(request)
        if isinstance(self.result_list, QuerySet):
            self.result_list = self._page(self.result_list)
        self.queryset = whole

    def _page(self, page: QuerySet[Any]) -> QuerySet[Any]:
        """What fits one page is read as a page, too: a database that expects more rows prepares for them.

        Where a search or a few numbers find all rows, their keys are read first, for the same reason as above.
        """
        rows: QuerySet[Any] = self.queryset
        if not page.query.is_sliced:
            return rows[: max(self.result_count, 1)]
        if not self.query and not any(getattr(spec, "has_few", False) for spec in self.filter_specs):
            return page
        keys = [*rows.values_list("pk", flat=True)][page.query.low_mark : page.query.high_mark]
        return rows.filter(pk__in=keys)[: max(len(keys), 1)]

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[Any]:
        """Rows of one moment in the direction of the others: MariaDB reads an index in one direction alone."""
        *before, last = super().get_ordering(request, queryset)
        ascends = bool(before) and isinstance(before[-1], str) and not before[-1].startswith("-")
        return [*before, "pk" if ascends and last == "-pk" else last]


class ListMixin(ModelAdmin):
    """What every list of the desk does by itself."""

    change_list_template = "admin/django_iamport/list.html"
    show_full_result_count = False
    # Numbers beside the filters would be one more count each.
    show_facets = admin.ShowFacets.NEVER

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return DeskList

    def get_paginator(
        self, request: HttpRequest, queryset: QuerySet[Any], per_page: int, *args: Any, **kwargs: Any
    ) -> StoppingPaginator:
        paginator = StoppingPaginator(queryset, per_page, *args, **kwargs)
        paginator.most = max(per_page, most_listed(self))
        return paginator

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """As Django's, but table by table, because no index serves an `OR` across tables.

        What is found by its keys is listed by its keys: a list that is sorted and cut off would be searched row
        by row otherwise.
        """
        may_have_duplicates = False
        for bit in smart_split(search_term) if self.get_search_fields(request) else ():
            keys = self.find_keys(request, queryset, bit)
            if keys is None:
                queryset, duplicates = super().get_search_results(request, queryset, bit)
                may_have_duplicates |= duplicates
            else:
                queryset = queryset.filter(pk__in=keys)
        return queryset, may_have_duplicates

    def find_keys(self, request: HttpRequest, queryset: QuerySet[Any], bit: str) -> set[Any] | None:
        """The keys of all rows that one word finds; None where it finds too many."""
        keys: set[Any] = set()
        most = most_listed(self)
        for fields in self._by_table(self.get_search_fields(request)):
            of_table = copy(self)
            of_table.get_search_fields = lambda request, fields=fields: fields  # type: ignore[method-assign,misc]
            found, _duplicates = super(ListMixin, of_table).get_search_results(request, queryset, bit)
            keys.update(found.order_by().values_list("pk", flat=True)[: most + 1])
            if len(keys) > most:
                return None
        # A telephone begins what is typed with a capital letter; ids have none.
        if not keys and bit != bit.lower():
            return self.find_keys(request, queryset, bit.lower())
        return keys

    def _by_table(self, fields: Iterable[str]) -> list[list[str]]:
        tables: dict[str, list[str]] = {}
        for field in fields:
            first = field.lstrip("^=@").partition(LOOKUP_SEP)[0]
            tables.setdefault(first if self._is_relation(first) else "", []).append(field)
        return list(tables.values())

    def _is_relation(self, name: str) -> bool:
        try:
            return bool(self.opts.get_field(name).is_relation)
        except FieldDoesNotExist:
            return False


def date_links(listed: ChangeList) -> dict[str, Any] | None:
    """What `admin/date_hierarchy.html` shows: every period between the first row and the last.

    Django asks in which of them there are rows, and reads all rows for that.
    """
    name = listed.date_hierarchy
    if not name:
        return None
    rows = listed.root_queryset.filter(**{f"{name}__isnull": False}).order_by(name)
    moments = rows.values_list(name, flat=True)
    first, last = _day(moments.first()), _day(moments.last())
    if first is None or last is None:
        return None
    chosen = _chosen(listed, name) or _common(first, last)
    shown = [chosen] if len(chosen) == len(PARTS) else [*_within(chosen, first, last)]

    def link(period: Period) -> str:
        parts = dict(zip(PARTS, map(str, period), strict=False))
        return listed.get_query_string(
            {f"{name}__{part}": number for part, number in parts.items()}, [f"{name}__"]
        )

    return {
        "show": True,
        "field_name": getattr(listed.lookup_opts.get_field(name), "verbose_name", name),
        "back": {"link": link(chosen[:-1]), "title": _in_words(chosen[:-1])} if chosen else None,
        "choices": [
            {"title": _in_words(period)} | ({"link": link(period)} if period != chosen else {})
            for period in shown
        ],
    }


def _chosen(listed: ChangeList, name: str) -> Period:
    found = [listed.params.get(f"{name}__{part}") for part in PARTS]
    return tuple(int(number or 0) for number in takewhile(bool, found))


def _common(first: date, last: date) -> Period:
    """What all rows have in common needs no choice."""
    if first.year != last.year:
        return ()
    return (first.year, first.month) if first.month == last.month else (first.year,)


def _within(chosen: Period, first: date, last: date) -> Iterator[Period]:
    begin, end = (first.year, first.month, first.day), (last.year, last.month, last.day)
    ranges = (
        lambda: range(first.year, last.year + 1),
        lambda: range(1, 13),
        lambda: range(1, monthrange(*chosen)[1] + 1),
    )
    for number in ranges[len(chosen)]():
        period = (*chosen, number)
        if begin[: len(period)] <= period <= end[: len(period)]:
            yield period


def _in_words(period: Period) -> str:
    if not period:
        return pgettext("desk", "All dates")
    if len(period) == 1:
        return str(period[0])
    if len(period) == 2:
        return capfirst(date_format(date(*period, 1), "YEAR_MONTH_FORMAT"))
    return capfirst(date_format(date(*period), "MONTH_DAY_FORMAT"))


def _day(moment: date | None) -> date | None:
    if not isinstance(moment, datetime):
        return moment
    return (timezone.localtime(moment) if timezone.is_aware(moment) else moment).date()


def begin_of_month() -> datetime:
    """Of this month, in Korea."""
    now = timezone.now().astimezone(KST)
    return as_stored(now.replace(day=1, hour=0, minute=0, second=0, microsecond=0))
