"""What a customer, or an operator, says of a cash receipt: what it is for, and whose number it is on."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.signing import BadSignature, Signer
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from django_iamport import conf
from django_iamport.exceptions import RefundKeyUsed

from . import receipts, rules
from .exceptions import PROBLEMS
from .models import CashReceipt
from .rules import IdentifierInvalid

__all__ = ["CashReceiptForm"]

SALT = "django_iamport.cash_receipts"


class CashReceiptForm(forms.Form):
    """`allowed_identifiers`: a customer's resident number is not asked for; a subclass may allow `"person"`."""

    allowed_identifiers: tuple[str, ...] = ("phone", "taxcard", "business")

    type = forms.ChoiceField(
        label=pgettext_lazy("cash receipt", "Purpose"),
        choices=CashReceipt.TYPE,
        initial=rules.PERSON,
        widget=forms.RadioSelect,
    )
    identifier = forms.CharField(
        label=pgettext_lazy("cash receipt", "Number"),
        max_length=30,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        help_text=_(
            "Mobile phone or cash receipt card number; for a proof of expenses, the business registration number. "
            "It is sent to the payment provider and not stored here."
        ),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if {"type", "identifier"} <= cleaned.keys():
            problem = self._problem(cleaned["identifier"], cleaned["type"])
            if problem:
                self.add_error("identifier", str(PROBLEMS[problem]))
        return cleaned

    def _problem(self, identifier: str, receipt_type: str) -> str:
        try:
            found = rules.read_identifier(identifier, receipt_type)
        except IdentifierInvalid as error:
            return error.code if error.code in {*self.allowed_identifiers, "purpose"} else "unreadable"
        return "" if found.type in self.allowed_identifiers else "unreadable"


class OperatorForm(CashReceiptForm):
    """At the desk: any kind of number, or none where the customer gave none."""

    allowed_identifiers = ("phone", "taxcard", "business", "person")

    is_voluntary = forms.BooleanField(
        label=_("issue under the tax office’s own number"),
        required=False,
        help_text=_(
            "For customers who gave no number: they can claim the receipt later at Hometax with the "
            "approval number."
        ),
    )
    tax_free = forms.DecimalField(
        label=_("tax-free portion"),
        max_digits=12,
        decimal_places=0,
        min_value=0,
        required=False,
        help_text=_("Only if part of the purchase was tax-free."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["identifier"].required = False

    def clean(self) -> dict[str, Any]:
        given = dict(self.cleaned_data)
        if given.get("is_voluntary"):
            self.cleaned_data |= {"type": rules.PERSON, "identifier": rules.VOLUNTARY}
        elif not given.get("identifier") and "identifier" not in self.errors:
            self.add_error("identifier", self.fields["identifier"].error_messages["required"])
        return super().clean()


class ExternalForm(OperatorForm):
    """Of cash that was taken elsewhere; `merchant_uid` makes a double click one receipt."""

    name = forms.CharField(label=_("what was sold"), max_length=100)
    amount = forms.DecimalField(label=_("amount in won"), max_digits=12, decimal_places=0, min_value=1)
    reference = forms.CharField(
        label=_("the shop’s number"),
        max_length=60,
        required=False,
        help_text=_("For example the number at the till or of the order. It is not sent to anybody."),
    )
    channel = forms.ChoiceField(label=pgettext_lazy("column", "channel"), required=False)
    buyer_name = forms.CharField(
        label=_("customer’s name"),
        max_length=50,
        required=False,
        help_text=_("Some payment providers want it. It is sent and not stored here."),
    )
    buyer_tel = forms.CharField(label=_("customer’s telephone"), max_length=20, required=False)
    merchant_uid = forms.CharField(max_length=200, widget=forms.HiddenInput)

    field_order = ("name", "amount", "tax_free", "type", "identifier", "is_voluntary", "reference", "channel")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        number = Signer(salt=SALT).sign(receipts.new_merchant_uid())
        super().__init__(*args, initial={"merchant_uid": number}, **kwargs)
        channels = [name for name, channel in conf.channels().items() if channel.get("channelKey")]
        self.fields["channel"].choices = [("", "–"), *((name, name) for name in channels)]  # type: ignore[attr-defined]
        self.fields["channel"].required = not conf.get("IAMPORT_CHANNEL_KEY")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        try:
            cleaned["merchant_uid"] = Signer(salt=SALT).unsign(cleaned.get("merchant_uid", ""))
        except BadSignature:
            self.add_error(None, RefundKeyUsed("").message)
        return cleaned


class DismissForm(forms.Form):
    reason = forms.CharField(
        label=pgettext_lazy("desk", "reason"),
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 2, "class": "vLargeTextField"}),
        help_text=_("It is kept in the history with your name."),
    )


class CancelForm(DismissForm):
    confirmed = forms.BooleanField(label=_("I want to cancel this cash receipt. This can't be undone."))
