"""When a period begins, what becomes of one that was missed, and how long a declined card is tried again.

Periods are days in Korea, whatever TIME_ZONE says. Plain Python: no Django, no database.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum

from django_iamport.rules.dates import KST

__all__ = ["Dunning", "Missed", "Schedule", "SubscriptionStatus", "Unit"]


class Unit(str, Enum):
    """What a period is counted in."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


class Missed(str, Enum):
    """What becomes of a period that was over before anybody could charge it."""

    CHARGE = "charge"
    SKIP = "skip"


class SubscriptionStatus(str, Enum):
    """Where a subscription stands."""

    NEW = "new"
    SCHEDULED = "scheduled"
    TRIALING = "trialing"
    INCOMPLETE = "incomplete"
    ACTIVE = "active"
    PAST_DUE = "past_due"
    PAUSED = "paused"
    ENDED = "ended"


class RenewalStatus(str, Enum):
    """What became of one period."""

    OPEN = "open"
    PAID = "paid"
    SKIPPED = "skipped"
    UNPAID = "unpaid"


# Those whose next period is opened when its day has come.
RUNNING = frozenset({SubscriptionStatus.SCHEDULED, SubscriptionStatus.TRIALING, SubscriptionStatus.ACTIVE})
BEHIND = frozenset({SubscriptionStatus.INCOMPLETE, SubscriptionStatus.PAST_DUE})
# Those that a customer may use; whether also while behind is the plan's to say.
ENTITLED = frozenset({SubscriptionStatus.TRIALING, SubscriptionStatus.ACTIVE})
PAUSABLE = RUNNING

# Why a period was skipped, a subscription paused or ended; a shop's own reasons stand beside them.
MISSED, UNPAID, CANCELLED, ERASED = "missed", "unpaid", "cancelled", "erased"
# Why money for a period that was given up goes back, whatever its order says.
PERIOD_OVER = "period_over"


@dataclass(frozen=True)
class Schedule:
    """The days on which periods begin: the first on `anchor`, each further one `every` units later.

    `anchor_day` is the day of the month (1 to 31) or of the week (1, a Monday, to 7) that further periods begin
    on; None means that of `anchor`. A month that has no such day lends its last one, and the next month has the
    day again. Where `anchor` is another day, the first period is a short one. Raises ValueError for what is none.
    """

    anchor: date
    unit: Unit
    every: int = 1
    anchor_day: int | None = None

    def __post_init__(self) -> None:
        require_plan(self.unit, self.every, self.anchor_day)

    def start(self, number: int) -> date:
        """The first day of a period; the first one has number 0."""
        if number < 0:
            raise ValueError("periods are counted from 0")
        if number == 0:
            return self.anchor
        if self.unit in (Unit.DAY, Unit.WEEK):
            step = timedelta(days=self.every * (1 if self.unit is Unit.DAY else 7))
            return self.anchor + self._to_weekday(step) + step * (number - 1)
        return self._in_months(number)

    def _to_weekday(self, step: timedelta) -> timedelta:
        if self.unit is Unit.DAY or self.anchor_day is None:
            return step
        return timedelta(days=(self.anchor_day - self.anchor.isoweekday()) % 7) or step

    def _in_months(self, number: int) -> date:
        step = self.every * (12 if self.unit is Unit.YEAR else 1)
        same_month = self._in_month(0)
        if same_month > self.anchor:
            return self._in_month(step * (number - 1))
        if same_month < self.anchor:
            return self._in_month(1 + step * (number - 1))
        return self._in_month(step * number)

    def _in_month(self, months: int) -> date:
        """The anchor day in the month so many after that of the anchor, or its last day."""
        year, month = divmod(self.anchor.year * 12 + self.anchor.month - 1 + months, 12)
        last = calendar.monthrange(year, month + 1)[1]
        return date(year, month + 1, min(self.anchor_day or self.anchor.day, last))

    def first_whole(self) -> date:
        """The first day on which a period begins that is no short one."""
        if self.anchor_day is None:
            return self.anchor
        if self.unit is Unit.WEEK:
            is_whole = self.anchor.isoweekday() == self.anchor_day
        else:
            is_whole = self.anchor == self._in_month(0)
        return self.anchor if is_whole else self.start(1)

    def carried_day(self, day: date) -> int | None:
        """The anchor day for a series of months or years that goes on from `day`, one of this series.

        The 31st stays the 31st, also where a series ends on a 28 February. None where `day` tells it itself:
        whoever goes on after a pause then has no short period that nobody asked for.
        """
        if self.unit in (Unit.DAY, Unit.WEEK):
            return None
        return self.anchor_day or (self.anchor.day if day.day < self.anchor.day else None)


def require_plan(unit: Unit, every: int, anchor_day: int | None) -> None:
    """Raise ValueError, saying why, for a plan that there can't be."""
    if every < 1:
        raise ValueError("a period takes at least one unit")
    if anchor_day is None:
        return
    highest = {Unit.WEEK: 7, Unit.MONTH: 31, Unit.YEAR: 31}.get(unit)
    if highest is None:
        raise ValueError("periods of days have no anchor day")
    if not 1 <= anchor_day <= highest:
        raise ValueError(f"the anchor day of a {unit.value} is from 1 to {highest}")


def korean_day(moment: datetime, at: time = time(0)) -> date:
    """The day in Korea on which `at` has come; before that time of day, it is still the day before."""
    since_midnight = timedelta(hours=at.hour, minutes=at.minute, seconds=at.second)
    return (moment.astimezone(KST) - since_midnight).date()


def moment_of(day: date, at: time = time(0)) -> datetime:
    """That time of a day in Korea."""
    return datetime.combine(day, at, KST)


def is_missed(schedule: Schedule, number: int, today: date) -> bool:
    """Whether a period is over: the next one has begun."""
    return schedule.start(number + 1) <= today


@dataclass(frozen=True)
class Dunning:
    """How a declined card is tried again.

    `retry_days`: so many days after the first decline; `grace_days` after it, whoever still hasn't paid is given
    up: `then` is `"end"`, or `"pause"`, where the customer may go on later. Raises ValueError for what is none.
    """

    retry_days: tuple[int, ...] = (1, 3, 7)
    grace_days: int = 14
    then: str = "end"

    def __post_init__(self) -> None:
        if [*self.retry_days] != sorted({*self.retry_days}) or any(days < 1 for days in self.retry_days):
            raise ValueError("retry_days are whole days, each later than the one before")
        if self.grace_days < max(self.retry_days, default=0):
            raise ValueError("grace_days end after the last retry")
        if self.then not in ("end", "pause"):
            raise ValueError('then is "end" or "pause"')

    def next_try(self, first_declined_at: datetime, last_tried_at: datetime) -> datetime | None:
        """The first retry after what was tried last; None after all of them.

        Of retries that nobody was there to make only the last one is made up for.
        """
        retries = (first_declined_at + timedelta(days=days) for days in self.retry_days)
        return next((moment for moment in retries if moment > last_tried_at), None)

    def ends_at(self, first_declined_at: datetime) -> datetime:
        return first_declined_at + timedelta(days=self.grace_days)

    def next_move(self, first_declined_at: datetime, last_tried_at: datetime) -> datetime:
        """When the clock has something to do about it: try again, or give up."""
        return self.next_try(first_declined_at, last_tried_at) or self.ends_at(first_declined_at)
