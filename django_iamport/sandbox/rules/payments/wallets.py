"""Wallets: what a payment says that was made in an app, at its own company or inside another one's contract."""

from collections.abc import Mapping
from typing import Any

from ...state.stores import Row
from ..channels.providers import PROVIDERS, WALLETS

MONEY, CARD, ACCOUNT = "money", "card", "account"
"""With what a wallet pays: its own money or points, a card in it, a bank account in it."""

ANSWERED = {MONEY: "point", CARD: "card", ACCOUNT: "trans"}
"""What `pay_method` of the payment says then."""

MEANS: Mapping[str, tuple[str, ...]] = {
    "kakaopay": (MONEY, CARD),
    "naverpay": (CARD, MONEY),
    "naverco": (CARD, MONEY),
    "payco": (CARD, MONEY, ACCOUNT),
    "tosspay": (ACCOUNT, CARD),
    "tosspay_v2": (MONEY, CARD),
    "toss_brandpay": (CARD, ACCOUNT),
    "samsung": (CARD,),
    "applepay": (CARD,),
}
ONLY = {"naverpay_card": CARD, "naverpay_point": MONEY, "tosspay_card": CARD, "tosspay_money": MONEY}
"""Where `pay_method` names one of them."""

MINDS = ("tosspay", "payco")
"""Wallets that mind the page's `pay_method`; the others leave it to their app."""

OF_ITSELF = ("paypal", "paypal_v2")
"""Their payments say `paypal`, whatever was behind it."""

WINDOWS = {"kakaopay": "kakaopay", "naverpay": "naverpay", "payco": "payco", "tosspay": "toss"}
CODES = {
    "naverpay_card": "naverpay",
    "naverpay_point": "naverpay",
    "samsungpay": "samsung",
    "ssgpay_bank": "ssgpay",
}


def hub_wallet(row: Mapping[str, Any]) -> str | None:
    """The wallet that was asked for inside another company's contract, as `emb_pg_provider` names it."""
    asked = _asked(row)
    if PROVIDERS[row["pg_provider"]].is_wallet or asked not in WALLETS:
        return None
    return "tosspay" if asked.startswith("tosspay") else CODES.get(asked, asked)


def window_of(row: Mapping[str, Any]) -> str:
    """Which window opens: that of the PG, or of the wallet that the page asked for."""
    wallet = hub_wallet(row)
    return WINDOWS.get(wallet, "wallet") if wallet else PROVIDERS[row["pg_provider"]].window


def name_of(row: Mapping[str, Any]) -> str:
    """What the window calls itself."""
    return WALLETS[_asked(row)] if hub_wallet(row) else PROVIDERS[row["pg_provider"]].name


def means_of(row: Mapping[str, Any]) -> tuple[str, ...]:
    """With what the buyer may pay; nothing to choose where the payment is no wallet's, or the page has chosen."""
    wallet = hub_wallet(row)
    if wallet is None and not PROVIDERS[row["pg_provider"]].is_wallet:
        return ()
    if row["pg_provider"] in OF_ITSELF:
        return (MONEY,)
    only = ONLY.get(_asked(row))
    # Inside another contract it is the wallet of today, not the older contract of the same name.
    code = "tosspay_v2" if wallet == "tosspay" else wallet or row["pg_provider"]
    return (only,) if only else MEANS.get(code, (CARD, MONEY))


def answered_method(row: Row, pay_method: str | None) -> str:
    """What the payment's `pay_method` says, of a wallet's what paid; `pay_method` is what is known to have.

    PayPal names itself alone.
    """
    if row["pg_provider"] in OF_ITSELF:
        return "paypal"
    means = [ANSWERED[each] for each in means_of(row)]
    if pay_method or not means:
        return pay_method or str(row["pay_method"])
    asked = row["pay_method"] if row["pg_provider"] in MINDS else None
    return asked if asked in means else means[0]


def _asked(row: Mapping[str, Any]) -> str:
    return str(row.get("asked_method") or row["pay_method"])
