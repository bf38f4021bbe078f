"""The payment window's form."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from .gateway import Gateway
from .gateway.codes import BANKS, CARDS, INSTALMENTS_FROM, QUOTAS
from .gateway.money import of
from .gateway.refusals import DECLINED, NOT_AUTHORISED
from .stores import Row

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
    "lost": _("Approved, but the connection is lost: the shop's page hears nothing"),
}
NEEDED = {"card": "card_code", "trans": "bank_code", "vbank": "vbank_code", "phone": "carrier"}


def pay_methods(payment: Row) -> dict[str, Any]:
    """What the window offers: a key (`customer_uid`) is issued for cards only."""
    return {"card": PAY_METHODS["card"]} if payment["customer_uid"] else PAY_METHODS


def quotas(payment: Row) -> dict[int, Any]:
    """Months of instalments that the amount allows."""
    instalments = payment["currency"] == "KRW" and of(payment["amount"]) >= INSTALMENTS_FROM
    months = QUOTAS if instalments and not payment["customer_uid"] else QUOTAS[:1]
    return {month: _("%(months)d months") % {"months": month} if month else _("At once") for month in months}


class WindowForm(forms.Form):
    """What the buyer chose, and (for practice) what is to become of it."""

    pay_method = forms.ChoiceField()
    card_code = forms.ChoiceField(
        choices=CARDS.items(), required=False, error_messages={"invalid_choice": _("Choose a card company.")}
    )
    card_quota = forms.TypedChoiceField(coerce=int, required=False)
    bank_code = forms.ChoiceField(choices=BANKS.items(), required=False)
    vbank_code = forms.ChoiceField(choices=BANKS.items(), required=False)
    carrier = forms.ChoiceField(choices=CARRIERS.items(), required=False)
    agree = forms.BooleanField(error_messages={"required": _("Agree to the terms to go on.")})
    outcome = forms.ChoiceField(choices=OUTCOMES.items(), required=False)

    missing = {
        "card_code": _("Choose a card company."),
        "bank_code": _("Choose a bank."),
        "vbank_code": _("Choose a bank."),
        "carrier": _("Choose your carrier."),
    }

    def __init__(self, payment: Row, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.payment = payment
        methods, months = self.fields["pay_method"], self.fields["card_quota"]
        assert isinstance(methods, forms.ChoiceField)  # noqa: S101
        assert isinstance(months, forms.ChoiceField)  # noqa: S101
        methods.choices = list(pay_methods(payment).items())
        months.choices = list(quotas(payment).items())

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        name = NEEDED.get(cleaned.get("pay_method", ""))
        if name and not cleaned.get(name) and name not in self.errors:
            self.add_error(name, self.missing[name])
        return cleaned

    def carry_out(self, gateway: Gateway) -> None:
        """Let the gateway do what was chosen. Raises Refusal where the window is over."""
        chosen, imp_uid = self.cleaned_data, self.payment["imp_uid"]
        method = chosen["pay_method"]
        if chosen["outcome"] == "decline":
            gateway.decline(imp_uid, DECLINED if method == "card" else NOT_AUTHORISED)
        elif method == "vbank":
            gateway.issue_vbank(imp_uid, chosen["vbank_code"])
        elif method == "card":
            gateway.approve(
                imp_uid,
                pay_method=method,
                card_code=chosen["card_code"],
                card_quota=chosen["card_quota"] or 0,
            )
        else:
            gateway.approve(imp_uid, pay_method=method, bank_code=chosen["bank_code"] or None)
