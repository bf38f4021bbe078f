"""Money on the wire: JSON numbers, never text, never more than the columns hold."""

from __future__ import annotations

import json
from decimal import Decimal, localcontext

import pytest

from django_iamport.client import wire_amount


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (100, "100"),
        (0, "0"),
        (Decimal("100.00"), "100"),
        (Decimal("1E+2"), "100"),
        (Decimal("10.50"), "10.5"),
        (Decimal("0.01"), "0.01"),
        (Decimal("999999999999.99"), "999999999999.99"),
        (999_999_999_999, "999999999999"),
    ],
)
def test_an_amount_reads_on_the_wire_as_it_is(amount, text):
    assert json.dumps(wire_amount(amount)) == text


def test_a_narrow_decimal_context_of_the_shop_changes_nothing():
    with localcontext() as context:
        context.prec = 3
        assert wire_amount(Decimal("123456.78")) == 123456.78


@pytest.mark.parametrize("amount", [1.0, True, "100", None])
def test_what_is_no_money_type_is_refused(amount):
    with pytest.raises(TypeError):
        wire_amount(amount)


@pytest.mark.parametrize(
    "amount", [-1, Decimal("NaN"), Decimal("sNaN"), Decimal("Infinity"), Decimal("0.001"), 10**12], ids=str
)
def test_what_is_no_sum_is_refused(amount):
    with pytest.raises(ValueError, match=r"not a sum|decimals|digits"):
        wire_amount(amount)
