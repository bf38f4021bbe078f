from datetime import datetime, timedelta

import pytest

from django_iamport.sandbox.state.clock import KST, Clock, Leap, until
from django_iamport.sandbox.state.stores import Store


def test_a_moved_clock_is_ahead_for_everybody_who_asks_the_store(store: Store) -> None:
    mine = Clock(store)
    mine.move(3600)
    mine.move(60)
    theirs = Clock(store)
    assert theirs.ahead == mine.ahead == 3660
    assert theirs.now() - Clock().now() > timedelta(minutes=60)
    theirs.move(1)
    assert Clock(store).ahead == 3661


@pytest.mark.parametrize("seconds", [-1, 10**12])
def test_it_is_not_moved_back_nor_past_all_dates(seconds: int) -> None:
    clock = Clock()
    with pytest.raises(ValueError, match="ahead"):
        clock.move(seconds)
    assert clock.ahead == 0


@pytest.mark.parametrize(
    ("leap", "start", "end"),
    [
        ("hour", (2026, 11, 24, 23, 30), (2026, 11, 25, 0, 30)),
        ("tomorrow", (2026, 12, 31, 9, 0), (2027, 1, 1, 9, 0)),
        ("week", (2026, 12, 30, 9, 0), (2027, 1, 6, 9, 0)),
        ("month", (2026, 11, 24, 9, 0), (2026, 12, 24, 9, 0)),
        ("month", (2026, 12, 31, 9, 0), (2027, 1, 31, 9, 0)),
        ("month", (2027, 1, 31, 9, 0), (2027, 2, 28, 9, 0)),
    ],
)
def test_a_leap_ends_at_the_same_time_of_the_korean_day(
    leap: Leap, start: tuple[int, ...], end: tuple[int, ...]
) -> None:
    now = datetime(*start, tzinfo=KST)  # type: ignore[arg-type,misc]
    assert now + timedelta(seconds=until(leap, now)) == datetime(*end, tzinfo=KST)  # type: ignore[arg-type,misc]
