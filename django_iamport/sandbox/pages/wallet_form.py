"""The form of a wallet's window: KakaoPay, Naver Pay, Toss, PAYCO, PayPal."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from ..rules import Account
from ..rules.codes import BANKS
from ..rules.payments import request_pay, wallets
from ..state.stores import Row
from .practice import Chosen, PracticeForm

LABELS = {
    wallets.MONEY: _("Money or points"),
    wallets.CARD: _("Credit card"),
    wallets.ACCOUNT: _("Bank account"),
}
BRANDS = {
    "kakaopay": _("KakaoPay"),
    "naverpay": _("Naver Pay"),
    "toss": _("Toss Pay"),
    "payco": "PAYCO",
    "paypal": "PayPal",
}
IN_AN_APP = ("kakaopay", "toss", "wallet")
"""Windows that first show a code to scan at a desk, or open an app on a phone."""

HAS_NO_APP = ("toss_brandpay",)


def means(payment: Row) -> dict[str, Any]:
    return {each: LABELS[each] for each in wallets.means_of(payment)}


def begins_in_app(payment: Row) -> bool:
    return wallets.window_of(payment) in IN_AN_APP and payment["pg_provider"] not in HAS_NO_APP


def brand(payment: Row) -> Any:
    """What the window calls itself in the language that it speaks."""
    return BRANDS.get(wallets.window_of(payment), wallets.name_of(payment))


class WalletForm(PracticeForm):
    """With what in the wallet the buyer pays."""

    means = Chosen()
    card_code = Chosen(required=False, error_messages={"invalid_choice": _("Choose a card company.")})
    bank_code = Chosen(choices=BANKS.items(), required=False)

    def __init__(self, payment: Row, *args: Any, **kwargs: Any) -> None:
        super().__init__(payment, *args, **kwargs)
        self.offer(means=means(payment), card_code=request_pay.cards_offered(payment))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        chosen = cleaned.get("means")
        if chosen == wallets.CARD and not cleaned.get("card_code") and "card_code" not in self.errors:
            self.add_error("card_code", _("Choose a card company."))
        if chosen == wallets.ACCOUNT and not cleaned.get("bank_code"):
            self.add_error("bank_code", _("Choose a bank."))
        return cleaned

    @property
    def chosen_method(self) -> str:
        return wallets.ANSWERED[self.cleaned_data["means"]]

    def pay(self, account: Account, imp_uid: str) -> None:
        account.approve(
            imp_uid,
            pay_method=self.chosen_method,
            card_code=self.cleaned_data["card_code"] or None,
            bank_code=self.cleaned_data["bank_code"] or None,
        )
