"""Which refunds are new: by their number, by position and sum, by the sum alone; and never twice."""

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_iamport.rules.cancel_history import Entry, growth_of, new_entries

START = datetime(2026, 11, 24, tzinfo=timezone.utc)


@dataclass
class Told:
    amount: int | Decimal
    cancellation_id: str | None = None
    cancelled_at: datetime | None = None


@dataclass
class Stored:
    entry: str
    amount: Decimal
    position: int | None = None

    @property
    def cancellation_id(self):
        return "" if self.entry[:1] in ("#", "=") else self.entry


def new(history, stored=(), cancel_amount=None):
    told = sum(entry.amount for entry in history) if cancel_amount is None else cancel_amount
    return new_entries(
        history,
        list(stored),
        cancel_amount=Decimal(told),
        stored_amount=sum((row.amount for row in stored), Decimal(0)),
    )


def store(entries):
    return [Stored(entry.key, entry.amount, entry.position) for entry in entries]


def keys(entries):
    return [entry.key for entry in entries]


def test_each_number_is_new_once():
    history = [Told(10, "a"), Told(20, "b")]
    first = new(history[:1])
    second = new(history, store(first))

    assert (keys(first), keys(second)) == (["a"], ["b"])
    assert new(history, store(first + second)) == []


def test_several_at_once_come_in_the_order_of_their_moments():
    history = [Told(10, "late", START + timedelta(hours=1)), Told(20, "early", START)]

    assert keys(new(history)) == ["early", "late"]


def test_without_numbers_the_position_tells_them_apart():
    history = [Told(10), Told(10)]
    first = new(history[:1])

    assert (keys(first), keys(new(history, store(first)))) == (["#0"], ["#1"])


@pytest.mark.parametrize("numbered_first", [True, False])
def test_an_entry_that_gets_its_number_later_or_loses_it_is_the_same(numbered_first):
    with_number, without = [Told(10, "a")], [Told(10)]
    first, then = (with_number, without) if numbered_first else (without, with_number)
    stored = store(new(first))

    assert new(then, stored) == []
    assert keys(new([*then, Told(5, "b")], stored)) == ["b"]


@pytest.mark.parametrize("history", [[], [Told(10, "a")], [Told(7, "a"), Told(7, "b")]])
def test_where_the_list_does_not_explain_the_growth_the_sum_is_one_entry(history):
    entries = new(history, cancel_amount=30)

    assert entries == [Entry("=30", None, Decimal(30))]
    assert new(history, store(entries), cancel_amount=30) == []


def test_after_a_growth_without_a_list_only_the_latest_entries_are_new():
    stored = store(new([], cancel_amount=30))

    assert keys(new([Told(10, "a"), Told(20, "b"), Told(5, "c")], stored)) == ["c"]


def test_a_sum_that_has_not_grown_brings_nothing_new_whatever_the_list_says():
    stored = store(new([Told(10, "a")]))

    assert new([Told(10, "a"), Told(10, "b")], stored, cancel_amount=10) == []
    assert new([Told(10, "b")], stored, cancel_amount=5) == []


def test_an_entry_of_nothing_is_none():
    assert keys(new([Told(0, "nothing"), Told(10, "a")])) == ["a"]


@given(
    amounts=st.lists(st.integers(1, 5), min_size=1, max_size=6),
    answers=st.lists(st.tuples(st.integers(0, 6), st.booleans(), st.booleans()), max_size=12),
)
def test_whatever_is_told_in_whatever_form_the_sums_agree_and_never_fall(amounts, answers):
    """Each answer shows the first so many refunds, with or without numbers, with or without the list."""
    stored, reached = [], 0
    for shown, has_numbers, has_list in answers:
        told = [Told(amount, f"id{n}" if has_numbers else None) for n, amount in enumerate(amounts[:shown])]
        total = sum(amounts[:shown])
        entries = new(told if has_list else [], stored, cancel_amount=total)
        stored += store(entries)
        reached = max(reached, total)
        assert sum(row.amount for row in stored) == reached
        assert len({row.entry for row in stored}) == len(stored)


def test_growth_is_a_decimal_of_nothing_too():
    assert growth_of([]) == Decimal(0)
