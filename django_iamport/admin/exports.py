"""Files for a spreadsheet: Korean in Excel, streamed, and no cell that runs as a formula."""

from __future__ import annotations

import csv
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import islice

from asgiref.sync import sync_to_async
from django.http import StreamingHttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header

from django_iamport.rules.dates import KST

# Excel reads UTF-8 only where the file says so.
BYTE_ORDER_MARK = "\ufeff"
# A spreadsheet takes what begins so for a formula; the wide forms are typed on Korean and Japanese keyboards.
FORMULA_BEGINNINGS = tuple("=+-@\t\r\n＝＋－＠")
LONGEST_NUMBER = 15
# Under ASGI, so many lines are read at a time.
LINES_AT_ONCE = 200


class _Streamed(StreamingHttpResponse):
    """Sent while it is read under ASGI, too, where Django would read an ordinary iterator to its end first."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        lines = iter(self)
        while part := await sync_to_async(lambda: b"".join(islice(lines, LINES_AT_ONCE)))():
            yield part


def csv_response(
    name: str, heads: Sequence[object], rows: Iterable[Sequence[object]]
) -> StreamingHttpResponse:
    """A download; `rows` are read one by one while they are sent. Moments are texts, amounts numbers."""
    response = _Streamed(_lines(heads, rows), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = content_disposition_header(True, f"{name}.csv") or "attachment"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def desk_moment(moment: datetime) -> str:
    """As the lists beside it: in the desk's own time zone."""
    local = timezone.localtime(moment) if timezone.is_aware(moment) else moment
    return f"{local:%Y-%m-%d %H:%M}"


def kst_moment(moment: datetime | None) -> str:
    """`2026-12-24 23:59`, in Korean time; empty where there is none."""
    return f"{moment.astimezone(KST):%Y-%m-%d %H:%M}" if moment else ""


def cell(value: object) -> str | int | Decimal:
    """The value as it is written: a text that would run, or lose digits, is held by a sign before it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else value
    if isinstance(value, int):
        return value
    if isinstance(value, datetime):
        return kst_moment(value)
    if isinstance(value, date):
        return value.isoformat()
    text = str(value).replace("\0", "")
    if text.lstrip(" \u3000\u00a0").startswith(FORMULA_BEGINNINGS):
        return f"'{text}"
    # 010… and long account numbers would be shown as other numbers.
    return f"\t{text}" if _would_lose_digits(text) else text


def _would_lose_digits(text: str) -> bool:
    return text.isdecimal() and len(text) > 1 and (text[0] == "0" or len(text) > LONGEST_NUMBER)


class _Line:
    """What `csv` writes to: hands the line on."""

    def write(self, line: str) -> str:
        return line


def _lines(heads: Sequence[object], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    writer = csv.writer(_Line())
    yield BYTE_ORDER_MARK + writer.writerow([cell(head) for head in heads])
    for row in rows:
        yield writer.writerow([cell(value) for value in row])
