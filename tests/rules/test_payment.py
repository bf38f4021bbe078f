"""How long what was seen is evidence."""

from datetime import timedelta

import pytest

from django_iamport.rules.payment import Evidence
from tests.rules.seen import NOON, Payment


@pytest.mark.parametrize(
    ("age", "stored_age", "stale"),
    [(0, None, False), (60, None, False), (61, None, True), (10, 10, False), (10, 20, False), (10, 9, True)],
)
def test_evidence_has_an_age(age, stored_age, stale):
    stored = None if stored_age is None else NOON - timedelta(seconds=stored_age)

    assert Evidence(Payment(), NOON - timedelta(seconds=age)).is_stale(now=NOON, stored=stored) is stale


def test_evidence_asked_for_after_reading_what_is_stored_is_newer_whatever_the_clocks_say():
    ahead = NOON + timedelta(seconds=15)
    evidence = Evidence(Payment(), NOON, asked_after=ahead)
    assert not evidence.is_stale(now=NOON, stored=ahead)
    assert evidence.is_stale(now=NOON, stored=ahead + timedelta(microseconds=1))
    assert evidence.is_stale(now=NOON + timedelta(seconds=61), stored=ahead)
