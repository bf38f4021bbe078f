"""One time for shop and gateway, of which both can be told."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from django_iamport.sandbox.state.clock import Clock

BEGIN = datetime(2026, 3, 2, 3, tzinfo=timezone.utc)
LOOK = timedelta(milliseconds=1)


class Time:
    """Goes on by a millisecond whenever somebody looks, so that the same history has the same moments.

    `skew` is by how much the server's clock, on which the shop runs, is wrong. Stands for the module `time`, too.
    """

    def __init__(self) -> None:
        self.moment, self.skew = BEGIN, timedelta(0)

    def now(self) -> datetime:
        """The right one: the gateway's."""
        self.moment += LOOK
        return self.moment

    def shops(self) -> datetime:
        return self.now() + self.skew

    def time(self) -> float:
        return self.shops().timestamp()

    def monotonic(self) -> float:
        return self.now().timestamp()

    def sleep(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


class GatewaysClock(Clock):
    def __init__(self, time: Time) -> None:
        super().__init__()
        self._time = time

    def now(self) -> datetime:
        return self._time.now()

    def move(self, seconds: float) -> None:
        self._time.sleep(seconds)
