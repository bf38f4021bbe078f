"""The gateway's own clock, which can be moved ahead."""

from calendar import monthrange
from datetime import datetime, timedelta, timezone
from typing import Literal

from .stores import Store

KST = timezone(timedelta(hours=9), "KST")
KIND = "clock"

Leap = Literal["hour", "tomorrow", "week", "month"]


class Clock:
    """Real time, moved ahead by some seconds.

    With a store, all clocks of that store are moved together. How far is read once, so a server makes a clock
    for each request.
    """

    def __init__(self, store: Store | None = None) -> None:
        self._store = store
        self._ahead: float | None = None if store else 0.0

    @property
    def ahead(self) -> float:
        """Seconds between real time and the gateway's."""
        if self._ahead is None:
            self._ahead = self._stored()
        return self._ahead

    def now(self) -> datetime:
        """The gateway's moment, aware, in UTC."""
        return datetime.now(timezone.utc) + timedelta(seconds=self.ahead)

    def unix(self) -> int:
        """The same in unix seconds."""
        return int(self.now().timestamp())

    def move(self, seconds: float) -> None:
        """Let time pass. Raises ValueError where it would run backwards, or past the year 9998."""
        if seconds < 0:
            raise ValueError("the gateway's clock can only be moved ahead")
        if self.now().timestamp() + seconds > datetime(9999, 1, 1, tzinfo=KST).timestamp():
            raise ValueError("that is too far ahead")
        if self._store is None:
            self._ahead = self.ahead + seconds
            return
        with self._store.exclusive():
            self._ahead = self._stored() + seconds
            self._store.put(KIND, KIND, {"ahead": self._ahead})

    def _stored(self) -> float:
        row = self._store.get(KIND, KIND) if self._store else None
        return float(row["ahead"]) if row else 0.0


class StoppedClock(Clock):
    """The clock of something that happens at a moment of its own."""

    def __init__(self, unix: int) -> None:
        super().__init__()
        self._unix = unix

    def now(self) -> datetime:
        return datetime.fromtimestamp(self._unix, timezone.utc)


def until(leap: Leap, now: datetime) -> float:
    """Seconds until an hour, a day, a week or a month later, at the same time of the Korean day.

    A month ends where the next one has no such day: from January 31st it is one to the last of February.
    """
    here = now.astimezone(KST)
    if leap != "month":
        spans = {"hour": timedelta(hours=1), "tomorrow": timedelta(days=1), "week": timedelta(weeks=1)}
        return spans[leap].total_seconds()
    year, month = here.year + here.month // 12, here.month % 12 + 1
    day = min(here.day, monthrange(year, month)[1])
    return (here.replace(year=year, month=month, day=day) - here).total_seconds()


def kst(unix: int, form: str = "%Y-%m-%d %H:%M:%S") -> str:
    """A moment of the gateway as Korean people read it, whatever the project's time zone."""
    return datetime.fromtimestamp(unix, KST).strftime(form)
