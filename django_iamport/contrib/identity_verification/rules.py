"""How old a person is, as Korean law counts, and what is kept of it; without Django.

Two ages are asked for under the name of 19. The Youth Protection Act (article 2) takes whoever turns 19 in a year
for an adult from its 1 January on: alcohol, tobacco, media. The Civil Act (articles 4, 158) asks for the birthday.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum

from django_iamport.rules.dates import KST

__all__ = ["AgeBand", "Person", "age_band", "full_age", "is_adult", "is_full_age_19"]

ADULT_AGE = 19
# Below it, the law on personal data asks for a parent's consent.
CONSENT_AGE = 14


class AgeBand(str, Enum):
    """How old somebody was when he was verified: as coarse as both rules allow."""

    UNDER_14 = "under_14"
    FROM_14_TO_18 = "14_to_18"
    TURNING_19 = "turning_19"
    FROM_19_TO_29 = "19_to_29"
    FROM_30_TO_39 = "30_to_39"
    FROM_40_TO_49 = "40_to_49"
    FROM_50_TO_59 = "50_to_59"
    FROM_60 = "60_and_over"


MINORS = frozenset({AgeBand.UNDER_14.value, AgeBand.FROM_14_TO_18.value})
GROWN = (
    (30, AgeBand.FROM_19_TO_29),
    (40, AgeBand.FROM_30_TO_39),
    (50, AgeBand.FROM_40_TO_49),
    (60, AgeBand.FROM_50_TO_59),
)


def korean_day(moment: datetime) -> date:
    return moment.astimezone(KST).date()


def full_age(birthday: date, on: date) -> int:
    """In whole years; whoever was born on 29 February turns a year older on 1 March of a common year."""
    return on.year - birthday.year - ((on.month, on.day) < (birthday.month, birthday.day))


def is_adult(birthday: date, on: date) -> bool:
    """By the Youth Protection Act: from 1 January of the year in which one turns 19."""
    return on.year - birthday.year >= ADULT_AGE


def is_full_age_19(birthday: date, on: date) -> bool:
    """By the Civil Act: from the 19th birthday."""
    return full_age(birthday, on) >= ADULT_AGE


def age_band(birthday: date, on: date) -> AgeBand:
    age = full_age(birthday, on)
    if age < CONSENT_AGE:
        return AgeBand.UNDER_14
    if age < ADULT_AGE:
        return AgeBand.TURNING_19 if is_adult(birthday, on) else AgeBand.FROM_14_TO_18
    return next((band for end, band in GROWN if age < end), AgeBand.FROM_60)


def is_adult_band(band: str) -> bool:
    """The same as `is_adult`, of what is kept; whoever was an adult stays one."""
    return bool(band) and band not in MINORS


def is_full_age_19_band(band: str, verified_on: date, today: date) -> bool:
    """The same as `is_full_age_19`, of what is kept: who turned 19 in a year that is over has done so."""
    if band == AgeBand.TURNING_19:
        return today.year > verified_on.year
    return is_adult_band(band)


@dataclass(frozen=True, slots=True, repr=False)
class Person:
    """Who was verified, for the shop's hook alone: nothing of it is stored by this package.

    `gender` is `male`, `female` or empty; `phone`, `carrier` and `foreigner` are told by contract only, and empty
    or None otherwise. `unique_key` (CI) is the same for a person at every shop, `unique_in_site` (DI) at this one.
    """

    name: str
    birthday: date
    gender: str
    phone: str
    carrier: str
    foreigner: bool | None
    unique_key: str
    unique_in_site: str
    certified_at: datetime

    def __repr__(self) -> str:
        # A log or an error report that shows it shows nobody.
        return "<Person>"

    @property
    def age(self) -> int:
        """Full age in years, on the day in Korea when the person was verified."""
        return full_age(self.birthday, korean_day(self.certified_at))

    @property
    def is_adult(self) -> bool:
        """By the Youth Protection Act: in the year in which one turns 19, and later."""
        return is_adult(self.birthday, korean_day(self.certified_at))

    @property
    def is_full_age_19(self) -> bool:
        """By the Civil Act: the 19th birthday was reached."""
        return is_full_age_19(self.birthday, korean_day(self.certified_at))

    @property
    def age_band(self) -> str:
        return age_band(self.birthday, korean_day(self.certified_at)).value
