"""What a sum of money may be, by currency."""

from __future__ import annotations

from decimal import Decimal

# Currencies without a minor unit; every other one has two decimals.
WITHOUT_DECIMALS = frozenset({"KRW", "JPY", "VND", "CLP", "ISK", "PYG", "UGX", "XAF", "XOF", "XPF"})

# What no column of 14 digits, two of them decimals, holds.
TOO_MUCH = Decimal(10) ** 12


def decimals(currency: str) -> int:
    """How many decimals an amount of that currency has: 0 or 2."""
    return 0 if currency in WITHOUT_DECIMALS else 2


def is_payable(amount: Decimal, currency: str) -> bool:
    """More than nothing, no more than a column holds, and no fractions that the currency lacks.

    0 in the window registers a card.
    """
    step = Decimal(1).scaleb(-decimals(currency))
    return amount.is_finite() and 0 < amount < TOO_MUCH and amount % step == 0
