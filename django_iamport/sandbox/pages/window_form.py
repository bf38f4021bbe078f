"""The payment window's form."""

from collections.abc import Sequence
from copy import copy
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ..delivery import queue
from ..rules import Account
from ..rules.billing.cards import TEST_CARDS
from ..rules.codes import BANKS, INSTALMENTS_FROM, QUOTAS
from ..rules.money import of
from ..rules.payments import request_pay
from ..rules.refusals import DECLINED, NOT_AUTHORISED, PG_DOWN
from ..state.stores import Row

PAY_METHODS = {
    "card": _("Credit card"),
    "trans": _("Bank transfer"),
    "vbank": _("Virtual account"),
    "phone": _("Mobile phone"),
}
CARRIERS = {"SKT": "SKT", "KTF": "KT", "LGT": "LG U+", "MVNO": _("Budget carrier (MVNO)")}
OUTCOMES = {
    "approve": _("The payment is approved"),
    "decline": _("The card company declines"),
    "pg_down": _("The payment provider is down"),
    "lost": _("Approved, but the connection is lost: the shop's page gets no result"),
}
NEWS = {
    "any": _("page and webhook in any order"),
    "webhook_first": _("the webhook first, then the page"),
    "page_first": _("the page first, the webhook five seconds later"),
}
PAGE_FIRST_SECONDS = 5
FAR_EXPIRY = "2099-12"
NEEDED = {"card": "card_code", "trans": "bank_code", "vbank": "vbank_code", "phone": "carrier"}


def pay_methods(payment: Row) -> dict[str, Any]:
    """What the window offers: a key (`customer_uid`) is issued for cards only."""
    return {"card": PAY_METHODS["card"]} if payment["customer_uid"] else PAY_METHODS


def quotas(payment: Row) -> dict[int, Any]:
    """Months of instalments that the amount and the shop allow."""
    instalments = payment["currency"] == "KRW" and of(payment["amount"]) >= INSTALMENTS_FROM
    months: Sequence[int] = QUOTAS if instalments and not payment["customer_uid"] else QUOTAS[:1]
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


class Chosen(forms.ChoiceField):
    """One of what is offered. The page draws it by itself, so that no form needs a widget of its own."""

    def __deepcopy__(self, memo: dict[int, Any]) -> "Chosen":
        return copy(self)


class ChosenNumber(Chosen, forms.TypedChoiceField):
    """The same, as a number."""


class WindowForm(forms.Form):
    """What the buyer chose, and (for practice) what is to become of it."""

    pay_method = Chosen()
    card_code = Chosen(required=False, error_messages={"invalid_choice": _("Choose a card company.")})
    card_quota = ChosenNumber(coerce=int, required=False)
    bank_code = Chosen(choices=BANKS.items(), required=False)
    vbank_code = Chosen(choices=BANKS.items(), required=False)
    carrier = Chosen(choices=CARRIERS.items(), required=False)
    agree = forms.BooleanField(error_messages={"required": _("Agree to the terms to continue.")})
    outcome = Chosen(choices=OUTCOMES.items(), required=False)
    test_card = Chosen(required=False)
    news = Chosen(choices=NEWS.items(), required=False)

    missing = {
        "card_code": _("Choose a card company."),
        "bank_code": _("Choose a bank."),
        "vbank_code": _("Choose a bank."),
        "carrier": _("Choose your carrier."),
    }

    def __init__(self, payment: Row, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.payment = payment
        offered: dict[str, dict[Any, Any]] = {
            "pay_method": pay_methods(payment),
            "card_code": cards(payment),
            "card_quota": quotas(payment),
            "test_card": {"": "", **test_cards()},
        }
        for name, choices in offered.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101
            field.choices = list(choices.items())

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        name = NEEDED.get(cleaned.get("pay_method", ""))
        if name and not cleaned.get(name) and name not in self.errors:
            self.add_error(name, self.missing[name])
        return cleaned

    def execute(self, account: Account) -> None:
        """Let the gateway do what was chosen. Raises Refusal where the window is over."""
        with account.store.exclusive():
            self._pay(account)
            if self.cleaned_data["news"] == "page_first":
                until = account.clock.unix() + PAGE_FIRST_SECONDS
                queue.delay_until(account.store, self.payment["imp_uid"], until)

    @property
    def is_to_be_approved(self) -> bool:
        """Whether money is to be captured: not an account that is issued, not a payment that fails."""
        fails = self.cleaned_data["outcome"] in ("decline", "pg_down")
        return not fails and self.cleaned_data["pay_method"] != "vbank"

    def _pay(self, account: Account) -> None:
        chosen, imp_uid = self.cleaned_data, self.payment["imp_uid"]
        method, quota = chosen["pay_method"], chosen["card_quota"] or 0
        if chosen["outcome"] == "pg_down":
            account.decline(imp_uid, PG_DOWN)
        elif chosen["outcome"] == "decline":
            account.decline(imp_uid, DECLINED if method == "card" else NOT_AUTHORISED)
        elif method == "vbank":
            account.issue_vbank(imp_uid, chosen["vbank_code"])
        elif method == "card" and chosen["test_card"]:
            account.pay_by_card(imp_uid, chosen["test_card"], FAR_EXPIRY, card_quota=quota)
        elif method == "card":
            account.approve(imp_uid, pay_method=method, card_code=chosen["card_code"], card_quota=quota)
        else:
            account.approve(imp_uid, pay_method=method, bank_code=chosen["bank_code"] or None)
