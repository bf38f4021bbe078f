"""The tables of hooks in docs/views.md: each has the order in which a purchase calls them."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import pytest

from tests.project.test_docs import ROOT, read, tables
from tests.shopper import Shopper

pytestmark = pytest.mark.once

TABLES = [
    [re.findall(r"\w+", row)[0] for row in rows[2:]]
    for rows in tables(read("docs/views.md"))
    if rows[0].startswith("| hook |")
]


@contextmanager
def entering() -> Iterator[list[str]]:
    """The functions of this package and its tests that are entered meanwhile, each where it is entered first."""
    names: list[str] = []
    before = sys.getprofile()

    def note(frame: FrameType, event: str, argument: Any) -> None:
        name = frame.f_code.co_name
        if event == "call" and name not in names and frame.f_code.co_filename.startswith(str(ROOT)):
            names.append(name)

    sys.setprofile(note)
    try:
        yield names
    finally:
        sys.setprofile(before)


def test_hooks_are_told_in_the_order_in_which_they_are_called(db, iamport_sandbox):
    shopper = Shopper().add()
    shopper.order()
    shopper.add("Cup", 1_000, 1)
    with entering() as of_a_changed_cart:
        key = shopper.key()
        assert shopper.order(key).status_code == 200
    with entering() as of_the_same_form:
        assert shopper.order(key).status_code == 200

    of_the_form, of_the_order, of_the_payment, _user = TABLES
    for table in (of_the_form, of_the_order, of_the_payment):
        assert [name for name in of_a_changed_cart if name in table] == among(of_a_changed_cart, table)
    assert among(of_the_same_form, of_the_order) == ["find_order_by_key", "is_same"]
    assert [name for name in of_the_same_form if name in of_the_order] == ["find_order_by_key", "is_same"]
    told = {*of_the_form, *of_the_order, *of_the_payment}
    assert told - {*of_a_changed_cart, *of_the_same_form} == {"form_class", "get_next"}


def among(called: list[str], table: list[str]) -> list[str]:
    return [name for name in table if name in called]
