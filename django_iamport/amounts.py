"""Amounts as people read them."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext as _

from django_iamport.verification import WITHOUT_DECIMALS


def amount_in_words(amount: int | Decimal, currency: str = "KRW") -> str:
    """`50,000원` or `₩50,000` for won, by language; `USD 10.50` for other currencies."""
    if currency == "KRW":
        return _("₩%(amount)s") % {"amount": f"{Decimal(amount):,.0f}"}
    return f"{currency} {Decimal(amount):,.{0 if currency in WITHOUT_DECIMALS else 2}f}"
