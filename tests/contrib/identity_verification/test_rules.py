"""Two ages go by the name of 19: the law on youth counts the year, the civil law the birthday."""

from datetime import date, datetime, timezone

import pytest

from django_iamport.contrib.identity_verification import rules
from django_iamport.contrib.identity_verification.rules import Person


@pytest.mark.parametrize(
    ("on", "is_adult", "is_full_age"),
    [
        (date(2026, 12, 31), False, False),
        (date(2027, 1, 1), True, False),
        (date(2027, 6, 14), True, False),
        (date(2027, 6, 15), True, True),
    ],
)
def test_an_adult_is_one_from_new_year_on_and_of_full_age_from_the_birthday(on, is_adult, is_full_age):
    birthday = date(2008, 6, 15)
    assert rules.is_adult(birthday, on) is is_adult
    assert rules.is_full_age_19(birthday, on) is is_full_age


def test_who_was_born_on_29_february_is_a_year_older_on_1_march():
    assert not rules.is_full_age_19(date(2004, 2, 29), date(2023, 2, 28))
    assert rules.is_full_age_19(date(2004, 2, 29), date(2023, 3, 1))


@pytest.mark.parametrize(
    ("birthday", "band"),
    [
        (date(2012, 11, 27), "under_14"),
        (date(2012, 11, 26), "14_to_18"),
        (date(2008, 1, 1), "14_to_18"),
        (date(2007, 12, 31), "turning_19"),
        (date(2007, 11, 26), "19_to_29"),
        (date(1996, 11, 27), "19_to_29"),
        (date(1996, 11, 26), "30_to_39"),
        (date(1966, 11, 26), "60_and_over"),
        (date(1900, 1, 1), "60_and_over"),
    ],
)
def test_the_band_is_as_coarse_as_both_rules_allow(birthday, band):
    on = date(2026, 11, 26)
    found = rules.age_band(birthday, on).value
    assert found == band
    assert rules.is_adult_band(found) is rules.is_adult(birthday, on)
    assert rules.is_full_age_19_band(found, on, on) is rules.is_full_age_19(birthday, on)


def test_who_was_verified_in_the_year_of_turning_19_has_turned_19_when_it_is_over():
    verified = date(2026, 3, 1)
    assert not rules.is_full_age_19_band("turning_19", verified, date(2026, 12, 31))
    assert rules.is_full_age_19_band("turning_19", verified, date(2027, 1, 1))
    assert not rules.is_adult_band("14_to_18")
    assert not rules.is_adult_band("")


def person(**changed):
    told = {
        "name": "김지은",
        "birthday": date(2008, 6, 15),
        "gender": "female",
        "phone": "01012345678",
        "carrier": "SKT",
        "foreigner": None,
        "unique_key": "CI-of-Kim",
        "unique_in_site": "DI-of-Kim",
        "certified_at": datetime(2026, 12, 31, 15, 0, tzinfo=timezone.utc),
    }
    return Person(**{**told, **changed})


def test_a_person_is_as_old_as_on_the_day_in_korea():
    assert person().is_adult
    assert not person(certified_at=datetime(2026, 12, 31, 14, 59, tzinfo=timezone.utc)).is_adult
    assert (person().age, person().is_full_age_19, person().age_band) == (18, False, "turning_19")


def test_a_person_who_is_printed_shows_nobody():
    assert repr(person()) == "<Person>" == f"{person()}"
