"""Payments and refunds by day and method, as the books want them; days are Korean, and the database adds up."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from django.db.models import (
    Case,
    Count,
    DateTimeField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Concat

from django_iamport import conf
from django_iamport.gateway.moments import as_stored
from django_iamport.records.cancellation import Cancellation
from django_iamport.records.transaction import WORDS_OF_THE_RULES
from django_iamport.rules.dates import KST
from django_iamport.rules.status import Status

from . import closed_days

# Days that are asked about at once.
CHUNK = 366

ACCEPTED = Q(reject_reason="")
REFUNDED, RETURNED = "+", "-"
# Refused by whoever was to pay it out; what the rules refuse, and deadlines that passed, are no declines.
DECLINED = Q(status=Status.FAILED) & ~Q(fail_reason__in=WORDS_OF_THE_RULES)


NUMBERS = ("payments", "paid", "refunds", "refunded", "rejected", "returned", "approved")


# As they are kept.
READ = (int, Decimal, int, Decimal, Decimal, Decimal, int)


@dataclass
class Line:
    """Of one span of days, one method and one currency. `rejected` and `returned` never count as paid.

    `approved` is how many payments whoever was to pay approved, rejected ones included.
    """

    begin: date
    pay_method: str
    currency: str
    payments: int = 0
    paid: Decimal = Decimal(0)
    refunds: int = 0
    refunded: Decimal = Decimal(0)
    rejected: Decimal = Decimal(0)
    returned: Decimal = Decimal(0)
    approved: int = 0

    def add(self, other: Line) -> None:
        for name in NUMBERS:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    @property
    def balance(self) -> Decimal:
        return self.paid - self.refunded


def daily(transactions: QuerySet[Any], begin: date, end: date, *, afresh: bool = False) -> Iterator[Line]:
    """The books from `begin` to `end`, both included; read a year at a time.

    A payment counts on the day it was paid, a refund on the day it was made, however old its payment is.
    Rejected payments stand in columns of their own: they never count as paid, and the gateway's lists have them.
    `afresh` takes nothing from what is kept.
    """
    while begin <= end:
        last = min(begin + timedelta(days=CHUNK - 1), end)
        days = days_of(begin, last)
        yield from _add_up(transactions, days) if afresh else lines(transactions, days)
        begin = last + timedelta(days=1)


def days_of(begin: date, end: date) -> list[date]:
    """Each day from `begin` to `end`, and the one after."""
    return [begin + timedelta(days=number) for number in range((end - begin).days + 2)]


def lines(transactions: QuerySet[Any], days: Sequence[date]) -> list[Line]:
    """What each span of days comes to, in order; `days` are their first days, and the one after the last."""
    kept, open_days = _kept(transactions, days)
    told = [_line(day, numbers) for day, sums in kept for numbers in sums.get("lines", ())]
    found: dict[tuple[date, str, str], Line] = {}
    for line in (*told, *_add_up(transactions, open_days)):
        begin = days[_span(days, line.begin)]
        key = (begin, line.pay_method, line.currency)
        if key in found:
            found[key].add(line)
        else:
            line.begin, found[key] = begin, line
    return [found[key] for key in sorted(found)]


def declined(transactions: QuerySet[Any], days: Sequence[date]) -> tuple[Counter[int], Counter[str]]:
    """How many payments were begun and declined, by span, and by reason."""
    kept, open_days = _kept(transactions, days)
    told = [(day, *pair) for day, sums in kept for pair in sums.get("declined", {}).items()]
    by_span, by_reason = Counter[int](), Counter[str]()
    for day, reason, number in (*told, *_declines(transactions, open_days)):
        by_span[_span(days, day)] += number
        by_reason[reason] += number
    return by_span, by_reason


def add_up_beforehand(transactions: QuerySet[Any]) -> Iterator[int]:
    """Keep what days that are over came to, before anybody looks: how many days, a week with each step."""
    for days in closed_days.due(transactions):
        kept = closed_days.KEPT - closed_days.BEFOREHAND
        for _each in closed_days.read(transactions, days, partial(_sums, transactions), kept):
            pass
        yield len(days)


def _kept(
    transactions: QuerySet[Any], days: Sequence[date]
) -> tuple[Iterator[tuple[date, closed_days.Sums]], list[date]]:
    """What the days that are over came to, and the edges of the spans after them."""
    over, open_days = closed_days.split(transactions, days)
    return closed_days.read(transactions, over, partial(_sums, transactions)), open_days


def _span(days: Sequence[date], day: date) -> int:
    return bisect_right(days, day) - 1


def _sums(transactions: QuerySet[Any], days: Sequence[date]) -> dict[date, closed_days.Sums]:
    """What these days came to, as it is kept."""
    found: dict[date, closed_days.Sums] = defaultdict(lambda: {"lines": [], "declined": {}})
    for line in _add_up(transactions, days):
        numbers = [line.pay_method, line.currency, *(str(getattr(line, name)) for name in NUMBERS)]
        found[line.begin]["lines"].append(numbers)
    for day, reason, number in _declines(transactions, days):
        found[day]["declined"][reason] = number
    return found


def _line(day: date, told: Sequence[str]) -> Line:
    pay_method, currency, *numbers = told
    return Line(
        day, pay_method, currency, *(read(number) for read, number in zip(READ, numbers, strict=True))
    )


def _add_up(transactions: QuerySet[Any], days: Sequence[date]) -> list[Line]:
    """Two queries, however many spans and rows there are."""
    found: dict[tuple[int, str, str], Line] = {}
    if len(days) < 2:
        return []

    def line(span: int, pay_method: str, currency: str) -> Line:
        key = (span, pay_method, currency)
        return found.setdefault(key, Line(days[span], pay_method, currency))

    for row in _payments(transactions, days):
        of_payments = line(row["span"], row["pay_method"], row["paid_currency"])
        of_payments.payments, of_payments.paid = row["number"], row["paid"]
        of_payments.rejected, of_payments.approved = row["rejected"], row["approved"]
    for row in _refunds(transactions, days):
        if row["payment"] is None:
            continue  # of another kind of transactions
        of_refunds = line(row["span"], row["payment"][1:], row["currency"])
        if row["payment"][0] == RETURNED:
            of_refunds.returned = row["sum"]
        else:
            of_refunds.refunds, of_refunds.refunded = row["number"], row["sum"]
    return [found[key] for key in sorted(found)]


def _declines(transactions: QuerySet[Any], days: Sequence[date]) -> list[tuple[date, str, int]]:
    if len(days) < 2:
        return []
    begun = counted(transactions).filter(DECLINED, within("created", days))
    grouped = begun.annotate(span=span_of("created", days)).values_list("span", "fail_reason")
    rows = grouped.annotate(number=Count("*")).order_by()
    return [(days[span], reason, number) for span, reason, number in rows]


def _payments(transactions: QuerySet[Any], days: Sequence[date]) -> Iterable[Any]:
    """By one index that holds all of these columns: no row is read."""
    taken = counted(transactions).filter(within("paid_at", days), paid_amount__isnull=False)
    grouped: Iterable[Any] = (
        taken.annotate(span=span_of("paid_at", days))
        .values("span", "pay_method", "paid_currency")
        .annotate(
            approved=Count("*"),
            number=Count("paid_amount", filter=ACCEPTED),
            paid=Sum("paid_amount", filter=ACCEPTED, default=Decimal(0)),
            rejected=Sum("paid_amount", filter=~ACCEPTED, default=Decimal(0)),
        )
        .order_by()
    )
    return grouped


def _refunds(transactions: QuerySet[Any], days: Sequence[date]) -> Iterable[Any]:
    """Each refund looks its payment up in an index: `payment` says whether it was accepted, and its method."""
    accepted = Case(When(ACCEPTED, then=Value(REFUNDED)), default=Value(RETURNED))
    of = counted(transactions).filter(merchant_uid=OuterRef("merchant_uid"))
    return (
        made_within(days, transactions.db)
        .alias(moment=Coalesce("cancelled_at", "created", output_field=DateTimeField()))
        .annotate(
            span=span_of("moment", days),
            payment=Subquery(of.values(told=Concat(accepted, "pay_method"))[:1]),
        )
        .values("span", "currency", "payment")
        .annotate(number=Count("*"), sum=Sum("amount"))
        .order_by()
    )


def counted(transactions: QuerySet[Any]) -> QuerySet[Any]:
    return plain(transactions).filter(is_counted())


def is_counted() -> Q:
    """Whether a transaction counts: play money does where the shop is in test mode alone."""
    return Q() if conf.test_mode() else ~Q(sandbox=True)


def plain(transactions: QuerySet[Any]) -> QuerySet[Any]:
    """The same rows, once each: what a shop's admin adds to them by a join would multiply sums."""
    rows, query = transactions.order_by(), transactions.query
    if not (query.annotations or query.distinct):
        return rows
    own: QuerySet[Any] = rows.model._base_manager.using(rows.db)
    return own.filter(pk__in=rows.values("pk"))


def made_within(days: Sequence[date], using: str) -> QuerySet[Cancellation]:
    """The refunds of these days, of whatever payments; where the gateway told no moment, when it was heard."""
    heard = within("created", days) & Q(cancelled_at=None)
    return Cancellation.objects.using(using).order_by().filter(within("cancelled_at", days) | heard)


def within(column: str, days: Sequence[date]) -> Q:
    """That a moment lies in the days from the first to the one before the last."""
    return Q((f"{column}__gte", midnight(days[0])), (f"{column}__lt", midnight(days[-1])))


def span_of(column: str, days: Sequence[date]) -> Case | Value:
    """Which of the spans a moment within them lies in; found by halves, without a database's time zones."""

    def among(first: int, last: int) -> Case | Value:
        if last - first == 1:
            return Value(first)
        middle = (first + last) // 2
        is_before = When(Q((f"{column}__lt", midnight(days[middle]))), then=among(first, middle))
        return Case(is_before, default=among(middle, last))

    return among(0, len(days) - 1)


def midnight(day: date) -> datetime:
    """When a day begins in Korea."""
    return as_stored(datetime.combine(day, time(tzinfo=KST)))
