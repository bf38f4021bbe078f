"""Amounts as people read them."""

from decimal import Decimal

from django.utils.translation import get_language

from ..rules.money import DECIMALS


def display(amount: int | str, currency: str) -> str:
    """`50,000원` in Korean and `₩50,000` elsewhere; other currencies with their code."""
    number = Decimal(amount)
    if currency != "KRW":
        return f"{currency} {number:,.{DECIMALS.get(currency, 2)}f}"
    return f"{number:,}원" if (get_language() or "").startswith("ko") else f"₩{number:,}"
