"""Payments and refunds of a period by day and method, as the books want them; days are Korean."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import groupby
from typing import NamedTuple

from django.db.models import DateTimeField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from django_iamport.formatting import pay_method_in_words
from django_iamport.models import AbstractTransaction, Cancellation
from django_iamport.rules.dates import KST

BATCH = 1000


class Entry(NamedTuple):
    moment: datetime
    pay_method: str
    currency: str
    # payment, refund, and both of a payment that the rules rejected
    kind: str
    amount: Decimal


def book(
    transactions: QuerySet[AbstractTransaction], begin: date, end: date
) -> tuple[list[str], Iterator[list[object]]]:
    """Heads and rows for `begin` to `end`, both included; read in batches, one day held at a time.

    A payment counts on the day it was paid, a refund on the day it was made, however old its payment is.
    Rejected payments stand in columns of their own: they never count as paid, and the gateway's lists have them.
    """
    heads = [
        pgettext("desk", "day"),
        _("payment method"),
        pgettext("desk", "currency"),
        pgettext("desk", "payments"),
        pgettext("desk", "paid"),
    ]
    heads += [
        pgettext("desk", "refunds"),
        pgettext("desk", "refunded"),
        pgettext("desk", "balance"),
        pgettext("desk", "rejected"),
        _("refunds of rejected payments"),
    ]
    return heads, _rows(heapq.merge(payments(transactions, begin, end), refunds(transactions, begin, end)))


def payments(transactions: QuerySet[AbstractTransaction], begin: date, end: date) -> Iterator[Entry]:
    since, until = _moments(begin, end)
    found = transactions.filter(paid_amount__isnull=False, paid_at__gte=since, paid_at__lt=until)
    columns = ("paid_at", "pay_method", "paid_currency", "reject_reason", "paid_amount")
    for moment, pay_method, currency, reason, amount in (
        found.order_by("paid_at").values_list(*columns).iterator(chunk_size=BATCH)
    ):
        yield Entry(moment, pay_method, currency, "rejected" if reason else "payment", amount)


def refunds(transactions: QuerySet[AbstractTransaction], begin: date, end: date) -> Iterator[Entry]:
    since, until = _moments(begin, end)
    of = transactions.order_by().filter(merchant_uid=OuterRef("merchant_uid"))
    found = (
        Cancellation.objects.using(transactions.db)
        .annotate(
            moment=Coalesce("cancelled_at", "created", output_field=DateTimeField()),
            pay_method=Subquery(of.values("pay_method")[:1]),
            reject_reason=Subquery(of.values("reject_reason")[:1]),
        )
        .filter(moment__gte=since, moment__lt=until, pay_method__isnull=False)
    )
    columns = ("moment", "pay_method", "currency", "reject_reason", "amount")
    for moment, pay_method, currency, reason, amount in (
        found.order_by("moment").values_list(*columns).iterator(chunk_size=BATCH)
    ):
        yield Entry(moment, pay_method, currency, "returned" if reason else "refund", amount)


def _rows(entries: Iterator[Entry]) -> Iterator[list[object]]:
    for day, of_day in groupby(entries, key=lambda entry: entry.moment.astimezone(KST).date()):
        counts: Counter[tuple[str, str, str]] = Counter()
        sums: dict[tuple[str, str, str], Decimal] = {}
        for entry in of_day:
            key = (entry.pay_method, entry.currency, entry.kind)
            counts[key] += 1
            sums[key] = sums.get(key, Decimal(0)) + entry.amount
        for method, currency in sorted({key[:2] for key in counts}):
            paid, refunded, rejected, returned = (
                sums.get((method, currency, kind), Decimal(0))
                for kind in ("payment", "refund", "rejected", "returned")
            )
            yield [
                day,
                pay_method_in_words(method),
                currency,
                counts[method, currency, "payment"],
                paid,
                counts[method, currency, "refund"],
                refunded,
                paid - refunded,
                rejected,
                returned,
            ]


def _moments(begin: date, end: date) -> tuple[datetime, datetime]:
    midnight = time(tzinfo=KST)
    return datetime.combine(begin, midnight), datetime.combine(end + timedelta(days=1), midnight)
