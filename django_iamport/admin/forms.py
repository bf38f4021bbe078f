"""What an operator fills in before money moves."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from django_iamport.models import AbstractTransaction
from django_iamport.rules.dates import KST
from django_iamport.rules.money import decimals

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

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


class VoidForm(forms.Form):
    reason = forms.CharField(
        label=pgettext_lazy("desk", "reason"),
        max_length=200,
        widget=REASON,
        help_text=_("It is kept in the history with your name."),
    )
    confirmed = forms.BooleanField(
        label=_("Nobody will be able to pay into this account. This can't be undone.")
    )


class ChangeAccountForm(forms.Form):
    """The last day for the deposit, in Korean time: an account is open until its end."""

    due = forms.DateField(
        label=_("deposit by"),
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("Until 23:59 of this day, Korean time."),
    )

    def __init__(self, transaction: AbstractTransaction, data: QueryDict | None = None) -> None:
        due = transaction.vbank_date.astimezone(KST).date() if transaction.vbank_date else None
        super().__init__(data, initial={"due": due})
        self.fields["due"].widget.attrs["min"] = today().isoformat()

    def clean_due(self) -> date:
        due: date = self.cleaned_data["due"]
        if due < today():
            raise forms.ValidationError(_("This day is over."))
        return due

    def get_due(self) -> datetime:
        return datetime.combine(self.cleaned_data["due"], time(23, 59, 59), tzinfo=KST)


class TransferForm(forms.Form):
    """Why the money went back past the gateway, and what shows that it did."""

    proof = forms.CharField(
        label=_("proof of transfer"),
        max_length=100,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text=_("The bank, the day and the number of the transfer."),
    )
    reason = forms.CharField(
        label=pgettext_lazy("desk", "reason"),
        max_length=95,
        widget=REASON,
        help_text=_("It is kept in the history with your name."),
    )
    confirmed = forms.BooleanField(
        label=_("I transferred the whole amount to the customer. Nothing is refunded through the gateway.")
    )


class SeveralRefundsForm(forms.Form):
    """One reason for all, and for each payment a one-time key and the rest that the operator saw."""

    reason = forms.CharField(
        label=pgettext_lazy("desk", "reason"),
        max_length=200,
        widget=REASON,
        help_text=_("The payment provider sees it, too."),
    )
    confirmed = forms.BooleanField(label=_("I want to refund all of these payments. This can't be undone."))

    def __init__(self, transactions: Sequence[AbstractTransaction], data: QueryDict | None = None) -> None:
        super().__init__(data)
        for row in transactions:
            once = f"{secrets.token_urlsafe(24)} {_written(row.held_amount, row.paid_currency)}"
            self.fields[f"once_{row.pk}"] = forms.CharField(
                max_length=64, initial=once, required=False, widget=forms.HiddenInput
            )

    def was_shown(self, row: AbstractTransaction) -> bool:
        """Whether the operator saw it with a sum to refund."""
        return bool(self.data.get(f"once_{row.pk}"))

    def once_of(self, row: AbstractTransaction) -> tuple[str, Decimal]:
        """The key, and the rest; of a field that was tampered with a rest that no payment has."""
        key, _space, rest = str(self.data.get(f"once_{row.pk}")).partition(" ")
        try:
            return key[:64], Decimal(rest)
        except InvalidOperation:
            return key[:64], Decimal(0)


FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2100, 12, 31)


def _day(label: _StrPromise) -> forms.DateField:
    limits = [MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY)]
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}), validators=limits)


class PeriodForm(forms.Form):
    """Days in Korean time, both included; `usual` unless said otherwise, and `longest` days at most."""

    begin = _day(pgettext_lazy("desk", "from"))
    end = _day(_("to (inclusive)"))

    def __init__(
        self, data: QueryDict | None, usual: tuple[date, date], *, longest: int | None = None
    ) -> None:
        self.usual, self.longest = usual, longest
        asked = data if data is not None and ("begin" in data or "end" in data) else None
        super().__init__(asked, initial=dict(zip(("begin", "end"), usual, strict=True)))

    def clean(self) -> dict[str, object]:
        cleaned = super().clean() or self.cleaned_data
        if not (cleaned.get("begin") and cleaned.get("end")):
            return cleaned
        days = (cleaned["end"] - cleaned["begin"]).days + 1
        if days < 1:
            self.add_error("end", _("The end date is before the start date."))
        elif self.longest is not None and days > self.longest:
            self.add_error("end", _("Choose at most %(days)d days.") % {"days": self.longest})
        return cleaned

    def get_period(self) -> tuple[date, date]:
        """What was asked for; the usual one where nothing was, or what can't be."""
        is_asked = self.is_bound and self.is_valid()
        return (self.cleaned_data["begin"], self.cleaned_data["end"]) if is_asked else self.usual


def today() -> date:
    return timezone.now().astimezone(KST).date()


def last_month() -> tuple[date, date]:
    end = today().replace(day=1) - timedelta(days=1)
    return end.replace(day=1), end


def _written(amount: Decimal, currency: str) -> str:
    return f"{amount:.{decimals(currency)}f}"
