"""Korean time: due dates and months are Korea's, whatever TIME_ZONE says."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

# There is no summer time.
KST = timezone(timedelta(hours=9), "KST")

# A deposit of the last minute reaches the gateway a little later.
DEPOSIT_DELAY = timedelta(minutes=10)


def is_over(vbank_date: datetime | None, *, now: datetime) -> bool:
    """Whether nobody can pay into a virtual account any more; without a due moment it never ends by time."""
    return vbank_date is not None and now - vbank_date > DEPOSIT_DELAY


def is_another_month(moment: datetime | None, now: datetime) -> bool:
    """Whether a moment lies in another calendar month than now, in Korea."""
    if moment is None:
        return False
    then, today = moment.astimezone(KST), now.astimezone(KST)
    return (then.year, then.month) != (today.year, today.month)


def years_before(moment: datetime, years: int) -> datetime:
    """The same day and time in Korea, that many years ago; on the 28th where there is no 29 February."""
    korean = moment.astimezone(KST)
    try:
        return korean.replace(year=korean.year - years)
    except ValueError:
        return korean.replace(year=korean.year - years, day=28)
