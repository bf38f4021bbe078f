"""The payment window's form."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ..rules import Account
from ..rules.billing.cards import TEST_CARDS
from ..rules.codes import BANKS, INSTALMENTS_FROM, QUOTAS
from ..rules.money import of
from ..rules.payments import request_pay
from ..state.stores import Row
from .practice import Chosen, PracticeForm

PAY_METHODS = {
    "card": _("Credit card"),
    "trans": _("Bank transfer"),
    "vbank": _("Virtual account"),
    "phone": _("Mobile phone"),
}
OTHERS = {
    "cultureland": "컬쳐랜드",
    "smartculture": "스마트문상",
    "culturegift": "문화상품권",
    "booknlife": "도서문화상품권",
    "point": _("Points"),
    "alipay": "Alipay",
    "alipay_plus": "Alipay+",
    "unionpay": "UnionPay",
    "wechat": "WeChat Pay",
    "tenpay": "Tenpay",
    "econtext": "eContext",
    "molpay": "MOLPay",
}
"""Offered where the page asks for one of them."""

CARRIERS = {"SKT": "SKT", "KTF": "KT", "LGT": "LG U+", "MVNO": _("Budget carrier (MVNO)")}
FAR_EXPIRY = "2099-12"
NEEDED = {"card": "card_code", "trans": "bank_code", "vbank": "vbank_code", "phone": "carrier"}


def pay_methods(payment: Row) -> dict[str, Any]:
    """What the window offers: what the channel does, beside the four usual ones only what the page asked for.

    A key (`customer_uid`) is issued for one of them only.
    """
    asked, offered = payment.get("asked_method"), payment.get("offered")
    usual = {name: label for name, label in PAY_METHODS.items() if offered is None or name in offered}
    if payment["customer_uid"] and usual:
        first = next(iter(usual))
        return {first: usual[first]}
    if asked in OTHERS and offered and asked in offered:
        return {asked: OTHERS[asked], **usual}
    return usual or dict(PAY_METHODS)


def quotas(payment: Row) -> dict[int, Any]:
    """Months of instalments that the amount and the shop allow."""
    instalments = payment["currency"] == "KRW" and of(payment["amount"]) >= INSTALMENTS_FROM
    months: Sequence[int] = QUOTAS if instalments and not payment["customer_uid"] else QUOTAS[:1]
    months = [month for month in months if month <= payment.get("most_months", month)]
    offered = request_pay.months_offered(payment)
    if offered is not None:
        months = [month for month in offered if month in months] or QUOTAS[:1]
    return {month: _quota(month, free=bool(payment.get("free_interest"))) for month in months}


def _quota(month: int, *, free: bool) -> Any:
    if not month:
        return _("Pay in full")
    text = _("%(months)d months, interest-free") if free else _("%(months)d months")
    return text % {"months": month}


def cards(payment: Row) -> dict[str, str]:
    """The card companies that the shop lets choose."""
    return request_pay.cards_offered(payment)


def test_cards() -> dict[str, str]:
    """Numbers that behave in a way of their own, with what the card company says."""
    return {card.number: f"{card.number} · {card.reason}" for card in TEST_CARDS}


class ChosenNumber(Chosen, forms.TypedChoiceField):
    """The same, as a number."""


class WindowForm(PracticeForm):
    """What the buyer chose, and (for practice) what is to become of it."""

    pay_method = Chosen()
    card_code = Chosen(required=False, error_messages={"invalid_choice": _("Choose a card company.")})
    card_quota = ChosenNumber(coerce=int, required=False)
    bank_code = Chosen(choices=BANKS.items(), required=False)
    vbank_code = Chosen(choices=BANKS.items(), required=False)
    carrier = Chosen(choices=CARRIERS.items(), required=False)
    agree = forms.BooleanField(error_messages={"required": _("Agree to the terms to continue.")})
    test_card = Chosen(required=False)

    missing = {
        "card_code": _("Choose a card company."),
        "bank_code": _("Choose a bank."),
        "vbank_code": _("Choose a bank."),
        "carrier": _("Choose your carrier."),
    }

    def __init__(self, payment: Row, *args: Any, **kwargs: Any) -> None:
        super().__init__(payment, *args, **kwargs)
        self.offer(
            pay_method=pay_methods(payment),
            card_code=cards(payment),
            card_quota=quotas(payment),
            test_card={"": "", **test_cards()},
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        name = NEEDED.get(cleaned.get("pay_method", ""))
        if name and not cleaned.get(name) and name not in self.errors:
            self.add_error(name, self.missing[name])
        return cleaned

    @property
    def chosen_method(self) -> str:
        return str(self.cleaned_data["pay_method"])

    def pay(self, account: Account, imp_uid: str) -> None:
        chosen, method, quota = self.cleaned_data, self.chosen_method, self.cleaned_data["card_quota"] or 0
        if method == "vbank":
            account.issue_vbank(imp_uid, chosen["vbank_code"])
        elif method == "card" and chosen["test_card"]:
            account.pay_by_card(imp_uid, chosen["test_card"], FAR_EXPIRY, card_quota=quota)
        elif method == "card":
            account.approve(imp_uid, pay_method=method, card_code=chosen["card_code"], card_quota=quota)
        else:
            account.approve(imp_uid, pay_method=method, bank_code=chosen["bank_code"] or None)
