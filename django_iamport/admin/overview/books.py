"""The books of a period in words: as rows of a file, and as a table.

The cells of the table are written here: a template of their own for each line took most of the page's time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from html import escape
from itertools import groupby
from typing import Any

from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from django_iamport.formatting import amounts_in, pay_method_in_words
from django_iamport.ledger.books.bookkeeping import Line

from .figures import total

# Lines that a page shows; the file has all.
MOST_LINES = 1000
# Of a line, as the heads of the file name them after day, method and currency.
COLUMNS = ("payments", "paid", "refunds", "refunded", "balance", "rejected", "returned")
METHOD = '<td role="cell" class="iamport-method">%s</td>'
NUMBER = '<td role="cell" class="iamport-number" data-head="%s">'
EMPTY = '<td role="cell" class="iamport-number iamport-nothing" data-head="%s">–</td>'


def heads() -> list[str]:
    return [
        pgettext("desk", "day"),
        _("payment method"),
        pgettext("desk", "currency"),
        pgettext("desk", "payments"),
        pgettext("desk", "paid"),
        pgettext("desk", "refunds"),
        pgettext("desk", "refunded"),
        pgettext("desk", "net amount"),
        pgettext("desk", "rejected"),
        _("refunds of rejected payments"),
    ]


def row(line: Line) -> list[object]:
    """Of the file."""
    method = pay_method_in_words(line.pay_method)
    return [line.begin, method, line.currency, *(getattr(line, name) for name in COLUMNS)]


def table(books: Iterable[Line]) -> dict[str, Any]:
    """Without columns in which nothing stands."""
    lines = list(books)
    currencies = sorted({line.currency for line in lines})
    totals = [
        total((line for line in lines if line.currency == currency), lines[0].begin, currency)
        for currency in currencies
    ]
    told = [name for name in COLUMNS if any(getattr(line, name) for line in totals)]
    day, method, _currency, *numbers = heads()
    columns = {name: capfirst(head) for name, head in zip(COLUMNS, numbers, strict=True) if name in told}
    cells = _Cells(columns)
    days = groupby(lines[:MOST_LINES], key=lambda line: line.begin)
    return {
        "heads": [day, method, *columns.values()],
        "days": [(begin, [*map(cells.of, of_day)]) for begin, of_day in days],
        "totals": [*map(cells.of, totals)],
        "left_out": max(len(lines) - MOST_LINES, 0),
    }


class _Cells:
    """Of a line its method, and a number for each of the columns; what lines have in common is written once."""

    def __init__(self, columns: Mapping[str, str]) -> None:
        self.columns = [(name, NUMBER % escape(head), EMPTY % escape(head)) for name, head in columns.items()]
        self.method = cache(lambda method: METHOD % escape(pay_method_in_words(method) or "–"))
        self.amounts_in = cache(amounts_in)

    def of(self, line: Line) -> SafeString:
        in_words = self.amounts_in(line.currency)
        cells = [self.method(line.pay_method)]
        for name, begin, empty in self.columns:
            number = getattr(line, name)
            if not number:
                cells.append(empty)
            else:
                words = f"{number:,}" if isinstance(number, int) else escape(in_words(number))
                cells.append(f"{begin}{words}</td>")
        return SafeString("".join(cells))
