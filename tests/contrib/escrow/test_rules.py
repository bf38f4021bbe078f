"""Moments of notices, of which nobody says how they are written."""

from datetime import datetime, timedelta, timezone

import pytest

from django_iamport.contrib.escrow.rules import KST, read_moment

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("told", "moment"),
    [
        (1_772_400_000, datetime.fromtimestamp(1_772_400_000, timezone.utc)),
        ("1772400000", datetime.fromtimestamp(1_772_400_000, timezone.utc)),
        ("2026-03-02 09:00:00", datetime(2026, 3, 2, 9, 0, tzinfo=KST)),
        ("2026-03-02T09:00:00+00:00", datetime(2026, 3, 2, 9, 0, tzinfo=timezone.utc)),
        (None, NOW),
        (True, NOW),
        ("어제", NOW),
        ("9" * 40, NOW),
        (10**30, NOW),
        (int((NOW + timedelta(days=1)).timestamp()), NOW),
    ],
)
def test_a_moment_is_read_or_it_is_now(told, moment):
    assert read_moment(told, NOW) == moment
