"""The gateway's side, list by list: large pages, short windows, and no row lost while states change."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from django_iamport.client import Page, Unreadable
from django_iamport.exceptions import Refused

from .connection import client
from .moments import aware
from .payload import seen

if TYPE_CHECKING:
    from django_iamport.client.results import Payment

LARGEST_PAGE = 1000
# Older texts of the gateway grant no more.
SMALLER_PAGE = 100
# The gateway grants 90 days; its clock and ours may differ.
WINDOW = timedelta(days=89)


class Lists:
    """Pages of payments by status, the earliest begun first; as large as the gateway grants.

    `report` is called with each payment that can't be read; it hides no other.
    """

    def __init__(self, report: Callable[[Unreadable], None] = lambda entry: None) -> None:
        self.limit = LARGEST_PAGE
        self.report = report

    def pages(self, status: str, since: datetime) -> Iterator[tuple[datetime, tuple[Payment, ...]]]:
        """Each page with the moment it was asked for.

        Sorted by the one moment that never changes: what begins meanwhile comes at the end. Raises
        `GatewayError` where a page could not be read.
        """
        for begin, end in windows(since, timezone.now()):
            yield from self._window(status, begin, end)

    def _window(
        self, status: str, begin: datetime, end: datetime | None
    ) -> Iterator[tuple[datetime, tuple[Payment, ...]]]:
        number: int | None = 1
        total = 0
        while number:
            asked_at = timezone.now()
            page = self._page(status, number, begin, end)
            for entry in page.unreadable:
                self.report(entry)
            yield asked_at, tuple(seen(payment) for payment in page.list)
            # Where a payment left the list, the rows behind it moved up, perhaps to the page before.
            moved_up = (page.total or 0) < total
            number = max(1, number - 1) if moved_up else page.next
            total = page.total or 0

    def _page(self, status: str, number: int, begin: datetime, end: datetime | None) -> Page[Payment]:
        payments = client().payments
        try:
            return payments.by_status_page(
                status,
                page=number,
                limit=self.limit,
                from_=aware(begin),
                to=end and aware(end),
                sorting="started",
            )
        except Refused:
            if number > 1:
                # The last page became empty meanwhile.
                return Page(())
            if self.limit == SMALLER_PAGE:
                raise
            self.limit = SMALLER_PAGE
            return self._page(status, number, begin, end)


def windows(since: datetime, now: datetime) -> Iterator[tuple[datetime, datetime | None]]:
    """Spans of at most 90 days; the last one is open, so that nothing leaves it while it is read."""
    while now - since > WINDOW:
        yield since, since + WINDOW
        since += WINDOW
    yield since, None
