"""What a sum of money may be."""

from decimal import Decimal

import pytest

from django_iamport.rules.money import decimals, is_payable


@pytest.mark.parametrize(
    ("amount", "currency", "payable"),
    [
        ("1", "KRW", True),
        ("50000.00", "KRW", True),
        ("0", "KRW", False),
        ("0.00", "USD", False),
        ("-1", "KRW", False),
        ("1.5", "KRW", False),
        ("0.01", "KRW", False),
        ("10.5", "USD", True),
        ("0.01", "USD", True),
        ("0.001", "USD", False),
        ("100.5", "JPY", False),
        ("100.5", "VND", False),
        ("999999999999", "KRW", True),
        ("1000000000000", "KRW", False),
        ("NaN", "KRW", False),
        ("Infinity", "USD", False),
    ],
)
def test_what_can_be_asked_for(amount, currency, payable):
    assert is_payable(Decimal(amount), currency) is payable


@pytest.mark.parametrize(("currency", "digits"), [("KRW", 0), ("JPY", 0), ("VND", 0), ("USD", 2), ("EUR", 2)])
def test_a_currency_has_two_decimals_or_none(currency, digits):
    assert decimals(currency) == digits
