"""What came in, went back and was declined, as bars and as words; each bar leads to its list."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from django_iamport.admin.filters import FIGURES
from django_iamport.formatting import amount_in_words, pay_method_in_words
from django_iamport.ledger.books import bookkeeping
from django_iamport.ledger.books.bookkeeping import Line
from django_iamport.rules.money import decimals

from .periods import Span, edges, months_so_far
from .plots import Column, Plot, Value, lengths, plot

MOST_REASONS = 8

# The address of the list that a bar stands for: the figure, its first and last day, and further filters.
Link = Callable[..., str]


@dataclass(frozen=True)
class Row:
    """A bar that lies: `kind` is in or out."""

    label: str
    kind: str
    length: str
    words: str
    url: str
    note: str = ""


@dataclass(frozen=True)
class Money:
    """All figures of one currency."""

    currency: str
    totals: list[tuple[str, str]]
    by_day: Plot
    by_method: list[Row]
    months: list[tuple[str, list[Row]]]


@dataclass(frozen=True)
class Declines:
    declined: int
    answered: int
    share: str
    url: str
    by_day: Plot
    reasons: list[Row]


def read(transactions: QuerySet[Any], spans: Sequence[Span]) -> list[Line]:
    """Of the period, this month and the last."""
    at_once = _at_once(edges(spans), edges(months_so_far()))
    return [line for days in at_once for line in bookkeeping.lines(transactions, days)]


def money(lines: Iterable[Line], spans: Sequence[Span], link: Link) -> list[Money]:
    """By currency, won first."""
    months = months_so_far()
    found: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        found[line.currency].append(line)
    order = sorted(found, key=lambda currency: (currency != "KRW", currency))
    return [_Currency(currency, found[currency], link).figures(spans, months) for currency in order]


def _at_once(period: list[date], months: list[date]) -> list[list[date]]:
    """Days that both are about are added up once."""
    if period[-1] < months[0]:
        return [period, months]
    return [sorted({*period, *months})]


def total(lines: Iterable[Line], begin: date, currency: str) -> Line:
    """All of these, whatever the method."""
    summed = Line(begin, "", currency)
    for line in lines:
        summed.add(line)
    return summed


class _Currency:
    def __init__(self, currency: str, lines: Sequence[Line], link: Link) -> None:
        self.currency, self.lines, self.link = currency, lines, link

    def figures(self, spans: Sequence[Span], months: Sequence[Span]) -> Money:
        whole = Span(spans[0].begin, spans[-1].end, "")
        return Money(
            currency=self.currency,
            totals=self._totals(self._sum(whole)),
            by_day=self._by_day(spans),
            by_method=self._by_method(whole),
            months=self._months(months),
        )

    def _within(self, span: Span) -> list[Line]:
        return [line for line in self.lines if span.begin <= line.begin <= span.end]

    def _sum(self, span: Span) -> Line:
        return total(self._within(span), span.begin, self.currency)

    def _amount(self, amount: Decimal) -> str:
        return amount_in_words(amount, self.currency)

    def _totals(self, line: Line) -> list[tuple[str, str]]:
        told = [
            (words()["paid"], _counted(self._amount(line.paid), line.payments)),
            (words()["refunded"], _counted(self._amount(line.refunded), line.refunds)),
            (pgettext("desk", "net amount"), self._amount(line.balance)),
        ]
        rejected = [(_("rejected payments"), self._amount(line.rejected))] if line.rejected else []
        return [*told, *rejected]

    def _paid(self, line: Line, span: Span, **filters: str) -> Value:
        url = self.link("paid", span.begin, span.end, paid_currency__exact=self.currency, **filters)
        told = _counted(self._amount(line.paid), line.payments)
        return Value(line.paid, told, url if line.payments else "")

    def _refunded(self, line: Line, span: Span) -> Value:
        url = self.link("refunded", span.begin, span.end, paid_currency__exact=self.currency)
        told = _counted(self._amount(line.refunded), line.refunds)
        return Value(line.refunded, told, url if line.refunds else "")

    def _by_day(self, spans: Sequence[Span]) -> Plot:
        summed = [(span, self._sum(span)) for span in spans]
        columns = [
            Column(span.label, self._paid(line, span), self._refunded(line, span)) for span, line in summed
        ]
        smallest = Decimal(1).scaleb(-decimals(self.currency))
        return plot(columns, self._amount, smallest=smallest)

    def _by_method(self, whole: Span) -> list[Row]:
        by_method: dict[str, list[Line]] = defaultdict(list)
        for line in self._within(whole):
            by_method[line.pay_method].append(line)
        summed = {method: total(lines, whole.begin, self.currency) for method, lines in by_method.items()}
        order = sorted((m for m in summed if summed[m].payments), key=lambda m: (-summed[m].paid, m))
        values = [self._paid(summed[method], whole, pay_method=method) for method in order]
        labels = [pay_method_in_words(method) or "–" for method in order]
        return _rows("in", labels, values, is_share=True)

    def _months(self, months: Sequence[Span]) -> list[tuple[str, list[Row]]]:
        """Payments and refunds, each of this month, of last month up to the same day, and of all of it."""
        before, rest, now = months
        whole = Span(before.begin, rest.end, _("last month, all of it"))
        summed = [(span, self._sum(span)) for span in (now, before, whole)]
        labels = [capfirst(span.label) for span, _line in summed]
        return [
            (words()["paid"], _rows("in", labels, [self._paid(line, span) for span, line in summed])),
            (
                words()["refunded"],
                _rows("out", labels, [self._refunded(line, span) for span, line in summed]),
            ),
        ]


def _rows(kind: str, labels: Sequence[str], values: Sequence[Value], *, is_share: bool = False) -> list[Row]:
    """Bars that lie side by side."""
    amounts = [value.amount for value in values]
    whole = sum(amounts, Decimal(0))
    return [
        Row(label, kind, length, value.words, value.url, _share(value.amount, whole) if is_share else "")
        for label, value, length in zip(labels, values, lengths(amounts), strict=True)
    ]


def declines(
    transactions: QuerySet[Any], lines: Iterable[Line], spans: Sequence[Span], link: Link
) -> Declines:
    """What was begun in the period and declined, beside the payments of the period."""
    by_span, by_reason = bookkeeping.declined(transactions, edges(spans))
    approved = _approved(lines, spans)
    declined = by_span.total()
    answered = declined + sum(approved)
    return Declines(
        declined=declined,
        answered=answered,
        share=_share(Decimal(declined), Decimal(answered)),
        url=link("declined", spans[0].begin, spans[-1].end) if declined else "",
        by_day=plot(
            [
                _declined_on(span, by_span[number], by_span[number] + approved[number], link)
                for number, span in enumerate(spans)
            ],
            lambda share: f"{share:.0f}%",
            smallest=Decimal(1),
        ),
        reasons=_reasons(by_reason, spans, link),
    )


def _approved(lines: Iterable[Line], spans: Sequence[Span]) -> list[int]:
    found = [*lines]
    return [sum(line.approved for line in found if span.begin <= line.begin <= span.end) for span in spans]


def _declined_on(span: Span, declined: int, answered: int, link: Link) -> Column:
    share = Decimal(declined) * 100 / answered if answered else Decimal(0)
    words = _("%(share)s (%(declined)d of %(answered)d)") % {
        "share": _share(Decimal(declined), Decimal(answered)),
        "declined": declined,
        "answered": answered,
    }
    return Column(span.label, Value(share, words, link("declined", span.begin, span.end) if declined else ""))


def _reasons(by_reason: Counter[str], spans: Sequence[Span], link: Link) -> list[Row]:
    listed = sorted(by_reason.items(), key=lambda item: (-item[1], item[0]))[:MOST_REASONS]
    values = [
        Value(
            Decimal(number),
            f"{number:,}",
            link("declined", spans[0].begin, spans[-1].end, fail_reason__exact=reason),
        )
        for reason, number in listed
    ]
    labels = [reason or _("no reason given") for reason, _number in listed]
    others = by_reason.total() - sum(number for _reason, number in listed)
    if others:
        labels.append(_("other reasons"))
        values.append(Value(Decimal(others), f"{others:,}"))
    return _rows("out", labels, values, is_share=True)


def words() -> dict[str, str]:
    """What the bars stand for."""
    return {name: str(told) for name, told in FIGURES.items()}


def _counted(words: str, number: int) -> str:
    return _("%(amount)s (%(number)s)") % {"amount": words, "number": f"{number:,}"}


def _share(part: Decimal, whole: Decimal) -> str:
    return f"{part * 100 / whole:.1f}%" if whole else "–"
