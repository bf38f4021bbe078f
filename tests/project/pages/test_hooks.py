"""The tables of hooks in docs/views.md: each has the order in which a purchase calls them."""

from __future__ import annotations

import re

import pytest

from tests.project.test_architecture import entered_functions
from tests.project.test_docs import ROOT, read, tables
from tests.shopper import Shopper

pytestmark = pytest.mark.once

TABLES = [
    [re.findall(r"\w+", row)[0] for row in rows[2:]]
    for rows in tables(read("docs/views.md"))
    if rows[0].startswith("| hook |")
]


def test_hooks_are_told_in_the_order_in_which_they_are_called(db, iamport_sandbox):
    shopper = Shopper().add()
    shopper.order()
    shopper.add("Cup", 1_000, 1)
    with entered_functions(ROOT) as in_a_changed_cart:
        key = shopper.key()
        assert shopper.order(key).status_code == 200
    with entered_functions(ROOT) as in_the_same_form:
        assert shopper.order(key).status_code == 200
    of_a_changed_cart, of_the_same_form = entered_first(in_a_changed_cart), entered_first(in_the_same_form)

    of_the_form, of_the_order, of_the_payment, _user = TABLES
    for table in (of_the_form, of_the_order, of_the_payment):
        assert [name for name in of_a_changed_cart if name in table] == among(of_a_changed_cart, table)
    assert among(of_the_same_form, of_the_order) == ["find_order_by_key", "is_same"]
    assert [name for name in of_the_same_form if name in of_the_order] == ["find_order_by_key", "is_same"]
    told = {*of_the_form, *of_the_order, *of_the_payment}
    assert told - {*of_a_changed_cart, *of_the_same_form} == {"form_class", "get_next"}


def entered_first(entered: list[tuple[str, str]]) -> list[str]:
    """The names, each where it was entered first."""
    return [*dict.fromkeys(name for _file, name in entered)]


def among(called: list[str], table: list[str]) -> list[str]:
    return [name for name in table if name in called]
