"""Which days a page is about, and how they are cut into spans; all of them Korean."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from django_iamport.admin.forms import last_month, today
from django_iamport.ledger.books.bookkeeping import days_of

# More days than these are drawn by month.
MOST_DAYS = 62


@dataclass(frozen=True)
class Span:
    """One column of a plot: the days from `begin` to `end`, both included."""

    begin: date
    end: date
    label: str


@dataclass(frozen=True)
class Choice:
    words: str
    begin: date
    end: date


def usual() -> tuple[date, date]:
    return last_days(30)


def last_days(count: int) -> tuple[date, date]:
    return today() - timedelta(days=count - 1), today()


def choices() -> list[Choice]:
    now = today()
    return [
        Choice(_("7 days"), *last_days(7)),
        Choice(_("30 days"), *last_days(30)),
        Choice(_("90 days"), *last_days(90)),
        Choice(_("this month"), now.replace(day=1), now),
        Choice(_("last month"), *last_month()),
        Choice(_("12 months"), *last_days(365)),
    ]


def spans(begin: date, end: date) -> list[Span]:
    """The days of a period; its months where there are too many of them."""
    if (end - begin).days < MOST_DAYS:
        words = pgettext("date format: a day in a plot", "M j")
        return [Span(day, day, date_format(day, words)) for day in days_of(begin, end)[:-1]]
    words = pgettext("date format: a month in a plot", "M Y")
    firsts = [begin, *(day for day in days_of(begin, end)[1:-1] if day.day == 1)]
    lasts = [*(day - timedelta(days=1) for day in firsts[1:]), end]
    return [Span(first, last, date_format(first, words)) for first, last in zip(firsts, lasts, strict=True)]


def edges(spans: Sequence[Span]) -> list[date]:
    """The first day of each, and the day after the last one."""
    return [*(span.begin for span in spans), spans[-1].end + timedelta(days=1)]


def months_so_far() -> list[Span]:
    """Last month up to the same day, the rest of it, and this month up to today."""
    now, (first, last) = today(), last_month()
    same_day = first.replace(day=min(now.day, monthrange(first.year, first.month)[1]))
    return [
        Span(first, same_day, _("last month, up to the same day")),
        Span(same_day + timedelta(days=1), last, ""),
        Span(now.replace(day=1), now, _("this month")),
    ]
