"""Amounts and ways to pay as people read them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from django_iamport.rules.money import decimals

# The gateway's words for them; a wallet that is not here is shown by the gateway's.
PAY_METHODS: Mapping[str, str | Promise] = {
    "card": pgettext_lazy("payment method", "Credit card"),
    "trans": pgettext_lazy("payment method", "Bank transfer"),
    "vbank": pgettext_lazy("payment method", "Virtual account"),
    "phone": pgettext_lazy("payment method", "Mobile phone"),
    "kakaopay": pgettext_lazy("payment method", "KakaoPay"),
    "naverpay": pgettext_lazy("payment method", "Naver Pay"),
    "tosspay": pgettext_lazy("payment method", "Toss Pay"),
    "samsungpay": pgettext_lazy("payment method", "Samsung Pay"),
    "payco": pgettext_lazy("payment method", "PAYCO"),
    "point": pgettext_lazy("payment method", "Points"),
}
# Companies whose customers call a payment by the company's name, whatever it was taken from.
WALLETS = {
    "kakaopay": "kakaopay",
    "naverpay": "naverpay",
    "payco": "payco",
    "tosspay": "tosspay",
    "tosspay_v2": "tosspay",
}


def amount_in_words(amount: int | Decimal, currency: str = "KRW") -> str:
    """`50,000원` or `₩50,000` for won, by language; `USD 10.50` for other currencies."""
    return amounts_in(currency)(amount)


def amounts_in(currency: str) -> Callable[[int | Decimal], str]:
    """`amount_in_words` for many amounts of a currency: what doesn't depend on the amount is looked up once."""
    if currency != "KRW":
        places = decimals(currency)
        return lambda amount: f"{currency} {Decimal(amount):,.{places}f}"
    before, _amount, after = _("₩%(amount)s").partition("%(amount)s")

    def in_words(amount: int | Decimal) -> str:
        sign = "-" if amount < 0 else ""
        return f"{sign}{before}{abs(Decimal(amount)):,.0f}{after}"

    return in_words


def pay_method_in_words(pay_method: str, pg_provider: str = "") -> str:
    """How it was paid; where the company is told, a wallet's name: the gateway says `card` or `point` of it."""
    called = WALLETS.get(pg_provider, pay_method) if pay_method else ""
    return str(PAY_METHODS.get(called, called))
