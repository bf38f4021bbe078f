"""Periods, month ends in Korean time, and how long a declined card is tried again: without Django."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_iamport.contrib.subscriptions.rules import (
    Dunning,
    Schedule,
    Unit,
    is_missed,
    korean_day,
    moment_of,
    require_plan,
)


def starts(schedule: Schedule, count: int) -> list[str]:
    return [schedule.start(number).isoformat() for number in range(count)]


def test_a_month_that_ends_early_lends_its_last_day_and_the_next_one_has_the_day_again():
    monthly = Schedule(date(2027, 1, 31), Unit.MONTH)
    assert starts(monthly, 5) == ["2027-01-31", "2027-02-28", "2027-03-31", "2027-04-30", "2027-05-31"]


def test_a_leap_day_comes_round_every_four_years():
    yearly = Schedule(date(2028, 2, 29), Unit.YEAR)
    assert starts(yearly, 5) == ["2028-02-29", "2029-02-28", "2030-02-28", "2031-02-28", "2032-02-29"]


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        (Schedule(date(2026, 12, 30), Unit.DAY, 2), ["2026-12-30", "2027-01-01", "2027-01-03"]),
        (Schedule(date(2026, 12, 30), Unit.WEEK), ["2026-12-30", "2027-01-06", "2027-01-13"]),
        (Schedule(date(2026, 12, 30), Unit.WEEK, 2, 5), ["2026-12-30", "2027-01-01", "2027-01-15"]),
        (Schedule(date(2027, 1, 1), Unit.WEEK, 2, 5), ["2027-01-01", "2027-01-15", "2027-01-29"]),
        (Schedule(date(2026, 11, 30), Unit.MONTH, 3), ["2026-11-30", "2027-02-28", "2027-05-30"]),
        (Schedule(date(2026, 11, 10), Unit.MONTH, 1, 25), ["2026-11-10", "2026-11-25", "2026-12-25"]),
        (Schedule(date(2026, 11, 10), Unit.MONTH, 1, 5), ["2026-11-10", "2026-12-05", "2027-01-05"]),
        (Schedule(date(2027, 2, 28), Unit.MONTH, 1, 31), ["2027-02-28", "2027-03-31", "2027-04-30"]),
    ],
)
def test_each_period_begins_where_the_plan_says(schedule, expected):
    assert starts(schedule, 3) == expected


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        (Schedule(date(2027, 4, 10), Unit.MONTH), "2027-04-10"),
        (Schedule(date(2027, 4, 10), Unit.MONTH, 3, 25), "2027-04-25"),
        (Schedule(date(2027, 4, 10), Unit.MONTH, 1, 5), "2027-05-05"),
        (Schedule(date(2027, 4, 25), Unit.MONTH, 1, 25), "2027-04-25"),
        (Schedule(date(2027, 2, 28), Unit.MONTH, 1, 31), "2027-02-28"),
        (Schedule(date(2027, 4, 10), Unit.YEAR, 1, 5), "2027-05-05"),
        (Schedule(date(2026, 12, 30), Unit.WEEK, 2, 5), "2027-01-01"),
        (Schedule(date(2027, 1, 1), Unit.WEEK, 2, 5), "2027-01-01"),
    ],
)
def test_the_first_whole_period_begins_on_the_anchor_day(schedule, expected):
    assert schedule.first_whole().isoformat() == expected
    assert replace(schedule, anchor=schedule.first_whole()).first_whole() == schedule.first_whole()


@given(
    anchor=st.dates(date(2000, 1, 1), date(2090, 12, 31)),
    unit=st.sampled_from(Unit),
    every=st.integers(1, 12),
    day=st.none() | st.integers(1, 7),
    number=st.integers(0, 40),
)
def test_periods_follow_each_other_without_gap_or_overlap(anchor, unit, every, day, number):
    schedule = Schedule(anchor, unit, every, None if unit is Unit.DAY else day)
    assert schedule.start(number) < schedule.start(number + 1)
    # However often a series is begun anew at one of its days, the days stay.
    again = Schedule(schedule.start(number + 1), unit, every, schedule.anchor_day or _day(schedule))
    assert again.start(1) == schedule.start(number + 2)


def _day(schedule: Schedule) -> int | None:
    if schedule.unit is Unit.DAY:
        return None
    return schedule.anchor.isoweekday() if schedule.unit is Unit.WEEK else schedule.anchor.day


@pytest.mark.parametrize(
    ("unit", "every", "day"),
    [(Unit.MONTH, 0, None), (Unit.MONTH, 1, 32), (Unit.WEEK, 1, 8), (Unit.DAY, 1, 1)],
)
def test_a_plan_that_there_cannot_be_is_refused(unit, every, day):
    with pytest.raises(ValueError, match=r"period|day"):
        require_plan(unit, every, day)


def test_days_are_koreas_and_begin_at_the_hour_of_charging():
    eve = datetime(2027, 1, 31, 14, 59, tzinfo=timezone.utc)
    assert korean_day(eve) == date(2027, 1, 31)
    assert korean_day(eve + timedelta(minutes=1)) == date(2027, 2, 1)
    assert korean_day(eve + timedelta(minutes=1), time(9)) == date(2027, 1, 31)
    assert moment_of(date(2027, 2, 1), time(9)) == datetime(2027, 2, 1, tzinfo=timezone.utc)
    assert korean_day(moment_of(date(2027, 2, 1), time(9)), time(9)) == date(2027, 2, 1)


def test_a_period_is_missed_when_the_next_one_has_begun():
    monthly = Schedule(date(2027, 1, 31), Unit.MONTH)
    assert not is_missed(monthly, 0, date(2027, 2, 27))
    assert is_missed(monthly, 0, date(2027, 2, 28))


def test_a_declined_card_is_tried_again_by_the_policy_and_then_given_up():
    policy, first = Dunning(), moment_of(date(2027, 1, 31), time(9))
    tried, moves = first, []
    while (next_try := policy.next_try(first, tried)) is not None:
        moves.append((next_try - first).days)
        tried = next_try
    assert moves == [1, 3, 7]
    assert policy.next_move(first, tried) == policy.ends_at(first) == first + timedelta(days=14)


def test_retries_that_nobody_made_are_not_made_up_for_one_by_one():
    policy, first = Dunning(), moment_of(date(2027, 1, 31))
    assert policy.next_try(first, first + timedelta(days=5)) == first + timedelta(days=7)


@pytest.mark.parametrize(
    "wrong", [{"retry_days": (3, 1)}, {"retry_days": (0,)}, {"grace_days": 5}, {"then": "forget"}]
)
def test_a_policy_that_contradicts_itself_is_refused(wrong):
    with pytest.raises(ValueError, match=r"retry_days|grace_days|then"):
        Dunning(**wrong)
