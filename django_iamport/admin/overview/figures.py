"""What came in, went back and was declined, as bars and as words; each bar leads to its list."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from django_iamport.admin import bookkeeping
from django_iamport.admin.bookkeeping import APPROVED, DECLINED, Line
from django_iamport.admin.filters import FIGURES
from django_iamport.formatting import amount_in_words, pay_method_in_words
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


def money(transactions: QuerySet[Any], spans: Sequence[Span], link: Link) -> list[Money]:
    """By currency, won first; four queries."""
    months = months_so_far()
    found = _by_currency(bookkeeping.lines(transactions, edges(spans)))
    beside = _by_currency(bookkeeping.lines(transactions, edges(months)))
    order = sorted({*found, *beside}, key=lambda currency: (currency != "KRW", currency))
    return [_Currency(currency, link).figures(spans, found, months, beside) for currency in order]


def _by_currency(lines: Iterable[Line]) -> dict[str, list[Line]]:
    found: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        found[line.currency].append(line)
    return found


def total(lines: Iterable[Line], begin: date, currency: str) -> Line:
    """All of these, whatever the method."""
    summed = Line(begin, "", currency)
    for line in lines:
        for name in ("payments", "paid", "refunds", "refunded", "rejected", "returned"):
            setattr(summed, name, getattr(summed, name) + getattr(line, name))
    return summed


class _Currency:
    def __init__(self, currency: str, link: Link) -> None:
        self.currency, self.link = currency, link

    def figures(
        self,
        spans: Sequence[Span],
        found: dict[str, list[Line]],
        months: Sequence[Span],
        beside: dict[str, list[Line]],
    ) -> Money:
        mine = found.get(self.currency, [])
        whole = Span(spans[0].begin, spans[-1].end, "")
        return Money(
            currency=self.currency,
            totals=self._totals(total(mine, whole.begin, self.currency)),
            by_day=self._by_day(spans, mine),
            by_method=self._by_method(mine, whole),
            months=self._months(months, beside.get(self.currency, [])),
        )

    def _amount(self, amount: Decimal) -> str:
        return amount_in_words(amount, self.currency)

    def _totals(self, line: Line) -> list[tuple[str, str]]:
        told = [
            (words()["paid"], _counted(self._amount(line.paid), line.payments)),
            (words()["refunded"], _counted(self._amount(line.refunded), line.refunds)),
            (pgettext("desk", "balance"), self._amount(line.balance)),
        ]
        rejected = [(_("rejected payments"), self._amount(line.rejected))] if line.rejected else []
        return [*told, *rejected]

    def _paid(self, line: Line, span: Span, **filters: str) -> Value:
        url = self.link("paid", span.begin, span.end, paid_currency__exact=self.currency, **filters)
        words = _counted(self._amount(line.paid), line.payments)
        return Value(line.paid, words, url if line.payments else "")

    def _refunded(self, line: Line, span: Span, **filters: str) -> Value:
        url = self.link("refunded", span.begin, span.end, paid_currency__exact=self.currency, **filters)
        words = _counted(self._amount(line.refunded), line.refunds)
        return Value(line.refunded, words, url if line.refunds else "")

    def _by_day(self, spans: Sequence[Span], lines: Sequence[Line]) -> Plot:
        summed = [total((x for x in lines if x.begin == s.begin), s.begin, self.currency) for s in spans]
        columns = [
            Column(span.label, self._paid(line, span), self._refunded(line, span))
            for span, line in zip(spans, summed, strict=True)
        ]
        smallest = Decimal(1).scaleb(-decimals(self.currency))
        return plot(columns, self._amount, smallest=smallest)

    def _by_method(self, lines: Sequence[Line], whole: Span) -> list[Row]:
        methods = {line.pay_method for line in lines}
        summed = {
            m: total((x for x in lines if x.pay_method == m), whole.begin, self.currency) for m in methods
        }
        order = sorted((m for m in methods if summed[m].payments), key=lambda m: (-summed[m].paid, m))
        values = [self._paid(summed[m], whole, pay_method=m) for m in order]
        paid = sum((value.amount for value in values), Decimal(0))
        return [
            Row(
                pay_method_in_words(m) or "–",
                "in",
                length,
                value.words,
                value.url,
                _share(value.amount, paid),
            )
            for m, value, length in zip(order, values, lengths([v.amount for v in values]), strict=True)
        ]

    def _months(self, months: Sequence[Span], lines: Sequence[Line]) -> list[tuple[str, list[Row]]]:
        """Payments and refunds, each of this month, of last month up to the same day, and of all of it."""
        before, rest, now = months
        of = {s.begin: [line for line in lines if line.begin == s.begin] for s in (now, before)}
        last_month = [line for line in lines if line.begin < now.begin]
        whole = Span(before.begin, rest.end, _("last month, all of it"))
        compared = [(now, of[now.begin]), (before, of[before.begin]), (whole, last_month)]
        told = []
        for kind, head, value_of in (
            ("in", words()["paid"], self._paid),
            ("out", words()["refunded"], self._refunded),
        ):
            values = [value_of(total(found, s.begin, self.currency), s) for s, found in compared]
            rows = [
                Row(span.label, kind, length, value.words, value.url)
                for (span, _found), value, length in zip(
                    compared, values, lengths([v.amount for v in values]), strict=True
                )
            ]
            told.append((head, rows))
        return told


def declines(transactions: QuerySet[Any], spans: Sequence[Span], link: Link) -> Declines:
    """Of the attempts that were begun in the period and answered by whoever was to pay; two queries."""
    days = edges(spans)
    begun = bookkeeping.counted(transactions).filter(DECLINED | APPROVED, bookkeeping.within("created", days))
    by_span = {
        row["span"]: row
        for row in begun.annotate(span=bookkeeping.span_of("created", days))
        .values("span")
        .annotate(declined=Count("pk", filter=DECLINED), answered=Count("pk"))
        .order_by()
    }
    declined = sum(row["declined"] for row in by_span.values())
    answered = sum(row["answered"] for row in by_span.values())
    columns = [
        _declined_on(span, by_span.get(number, {"declined": 0, "answered": 0}), link)
        for number, span in enumerate(spans)
    ]
    return Declines(
        declined=declined,
        answered=answered,
        share=_share(Decimal(declined), Decimal(answered)),
        url=link("declined", spans[0].begin, spans[-1].end) if declined else "",
        by_day=plot(columns, lambda share: f"{share:.0f}%", smallest=Decimal(1)),
        reasons=_reasons(begun.filter(DECLINED), declined, spans, link),
    )


def _declined_on(span: Span, counts: dict[str, int], link: Link) -> Column:
    declined, answered = counts["declined"], counts["answered"]
    share = Decimal(declined) * 100 / answered if answered else Decimal(0)
    words = _("%(share)s (%(declined)d of %(answered)d)") % {
        "share": _share(Decimal(declined), Decimal(answered)),
        "declined": declined,
        "answered": answered,
    }
    return Column(span.label, Value(share, words, link("declined", span.begin, span.end) if declined else ""))


def _reasons(declined: QuerySet[Any], count: int, spans: Sequence[Span], link: Link) -> list[Row]:
    counted = declined.values("fail_reason").annotate(number=Count("pk")).order_by("-number", "fail_reason")
    listed = [(row["fail_reason"], row["number"]) for row in counted[:MOST_REASONS]]
    others = count - sum(number for _reason, number in listed)
    numbers = [Decimal(number) for _reason, number in listed]
    rows = [
        Row(
            label=reason or _("no reason given"),
            kind="out",
            length=length,
            words=str(number),
            url=link("declined", spans[0].begin, spans[-1].end, fail_reason__exact=reason),
            note=_share(Decimal(number), Decimal(count)),
        )
        for (reason, number), length in zip(listed, lengths(numbers), strict=True)
    ]
    if others:
        length = lengths([numbers[0], Decimal(others)])[1] if others <= numbers[0] else "100%"
        rows.append(
            Row(_("other reasons"), "out", length, str(others), "", _share(Decimal(others), Decimal(count)))
        )
    return rows


def words() -> dict[str, str]:
    """What the bars stand for."""
    return {name: str(told) for name, told in FIGURES.items()}


def _counted(words: str, number: int) -> str:
    return _("%(amount)s (%(number)s)") % {"amount": words, "number": f"{number:,}"}


def _share(part: Decimal, whole: Decimal) -> str:
    return f"{part * 100 / whole:.1f}%" if whole else "–"
