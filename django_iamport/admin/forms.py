"""What an operator fills in before money moves."""

from __future__ import annotations

import secrets
from datetime import date, timedelta
from decimal import Decimal

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from django_iamport.models import AbstractTransaction
from django_iamport.rules.dates import KST
from django_iamport.rules.money import decimals

REASON = forms.Textarea(attrs={"rows": 2, "class": "vLargeTextField"})


class RefundForm(forms.Form):
    """A sum, a reason, a one-time key, and the rest that the operator saw (docs/reliability.md, rule 24)."""

    amount = forms.DecimalField(label=_("amount to refund"), max_digits=14)
    tax_free = forms.DecimalField(
        label=_("tax-free portion"),
        max_digits=14,
        required=False,
        help_text=_("Only if part of the purchase was tax-free."),
    )
    reason = forms.CharField(
        label=pgettext_lazy("desk", "reason"),
        max_length=200,
        widget=REASON,
        help_text=_("The payment provider sees it, too."),
    )
    confirmed = forms.BooleanField(label=_("I want to refund this money. This can't be undone."))
    refund_key = forms.CharField(max_length=64, widget=forms.HiddenInput)
    checksum = forms.DecimalField(max_digits=14, decimal_places=2, widget=forms.HiddenInput)

    def __init__(self, transaction: AbstractTransaction, data: QueryDict | None = None) -> None:
        rest = _written(transaction.held_amount, transaction.paid_currency)
        self._once = {"refund_key": secrets.token_urlsafe(24), "checksum": rest}
        super().__init__(data, initial={"amount": rest, **self._once})
        step = _written(Decimal(1).scaleb(-decimals(transaction.paid_currency)), transaction.paid_currency)
        self.fields["amount"].widget.attrs.update({"min": step, "max": rest, "step": step})
        self.fields["tax_free"].widget.attrs.update({"min": "0", "max": rest, "step": step})

    def ask_again(self, transaction: AbstractTransaction) -> None:
        """After a refusal: a new key, the rest as it is now, and another confirmation."""
        kept = {name: value for name, value in self.data.items() if name != "confirmed"}
        self.data = {**kept, **RefundForm(transaction)._once}


class AcceptForm(forms.Form):
    reason = forms.CharField(
        label=pgettext_lazy("desk", "reason"),
        max_length=200,
        widget=REASON,
        help_text=_("It is kept in the history with your name."),
    )
    confirmed = forms.BooleanField(
        label=_("I want the shop to keep this money. The order will be marked as paid.")
    )


class AnswerForm(forms.Form):
    note = forms.CharField(
        label=_("what you found and did"),
        max_length=200,
        widget=REASON,
        help_text=_("It stays in the history, with your name. The payment itself is not changed."),
    )


class PeriodForm(forms.Form):
    """Days in Korean time, both included; the last month unless said otherwise."""

    begin = forms.DateField(
        label=pgettext_lazy("desk", "from"), widget=forms.DateInput(attrs={"type": "date"})
    )
    end = forms.DateField(label=_("to (inclusive)"), widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, data: QueryDict | None = None) -> None:
        super().__init__(data, initial=dict(zip(("begin", "end"), last_month(), strict=True)))

    def clean(self) -> dict[str, object]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("begin") and cleaned.get("end") and cleaned["begin"] > cleaned["end"]:
            self.add_error("end", _("The end date is before the start date."))
        return cleaned


def last_month() -> tuple[date, date]:
    end = timezone.now().astimezone(KST).date().replace(day=1) - timedelta(days=1)
    return end.replace(day=1), end


def _written(amount: Decimal, currency: str) -> str:
    return f"{amount:.{decimals(currency)}f}"
