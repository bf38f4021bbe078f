"""Due moments and months are Korea's."""

from datetime import datetime, timedelta, timezone

import pytest

from django_iamport.rules.dates import DEPOSIT_DELAY, KST, is_another_month, is_over

DUE = datetime(2026, 11, 30, 23, 59, tzinfo=KST)


@pytest.mark.parametrize(
    ("late", "over"), [(-1, False), (0, False), (600, False), (601, True), (86_400, True)], ids=str
)
def test_a_deposit_of_the_last_minute_still_counts(late, over):
    assert timedelta(seconds=600) == DEPOSIT_DELAY
    assert is_over(DUE, now=DUE + timedelta(seconds=late)) is over


def test_an_account_without_a_due_moment_never_ends_by_time():
    assert not is_over(None, now=DUE)


@pytest.mark.parametrize(
    ("moment", "now", "another"),
    [
        ("2026-11-30T14:59Z", "2026-11-30T15:00Z", True),
        ("2026-10-31T15:00Z", "2026-11-30T14:59Z", False),
        ("2025-11-30T00:00Z", "2026-11-30T00:00Z", True),
    ],
)
def test_a_month_ends_at_midnight_in_korea(moment, now, another):
    then, today = (
        datetime.strptime(text, "%Y-%m-%dT%H:%MZ").replace(tzinfo=timezone.utc) for text in (moment, now)
    )
    assert is_another_month(then, today) is another


def test_no_moment_is_in_no_other_month():
    assert not is_another_month(None, DUE)
