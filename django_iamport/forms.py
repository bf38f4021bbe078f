"""The account that a deposit is returned to: its form, its parts, and the banks there are."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from django_iamport.exceptions import RefundAccountInvalid
from django_iamport.refunds.accounts import RefundAccount, banks

__all__ = ["RefundAccount", "RefundAccountForm", "banks"]


class RefundAccountForm(forms.Form):
    """Where a deposit is returned to; `pg_provider` decides which banks there are."""

    bank = forms.ChoiceField(label=pgettext_lazy("checkout", "Bank"))
    account = forms.CharField(
        label=pgettext_lazy("checkout", "Account"),
        max_length=40,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    holder = forms.CharField(
        label=_("Account holder"), max_length=30, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    tel = forms.CharField(
        label=pgettext_lazy("checkout", "Telephone"),
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel"}),
    )

    def __init__(self, *args: Any, pg_provider: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.pg_provider = pg_provider
        self.fields["bank"].choices = [("", "–"), *banks(pg_provider).items()]  # type: ignore[attr-defined]

    def get_account(self) -> RefundAccount:
        return RefundAccount(**{name: self.cleaned_data.get(name, "") for name in self.fields})

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        try:
            self.get_account().cleaned(self.pg_provider)
        except RefundAccountInvalid as error:
            for name, problems in error.fields.items():
                if name not in self.errors:
                    self.add_error(name, problems)
        return cleaned
