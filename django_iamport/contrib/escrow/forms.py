"""What an operator fills in of a parcel."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.debug import sensitive_variables

from django_iamport.gateway.escrow import Person
from django_iamport.gateway.moments import aware
from django_iamport.models import AbstractTransaction

from . import rules
from .deliveries import delivery_of, receiver_of
from .models import COMPANY_NAMES

WRITTEN = "%Y-%m-%dT%H:%M"
PERSON = ("name", "tel", "postcode", "addr", "addr_detail")


class DeliveryForm(forms.Form):
    """Filled with what is registered, else with the buyer of the order; moments are Korean."""

    company = forms.ChoiceField(
        label=pgettext_lazy("column", "courier"),
        choices=[(code, COMPANY_NAMES[code]) for code in rules.COMPANIES],
    )
    invoice = forms.CharField(label=gettext_lazy("invoice number"), max_length=60)
    sent_at = forms.CharField(
        label=gettext_lazy("shipped at"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
        help_text=gettext_lazy("Korean time."),
    )
    receiving_at = forms.DateField(
        label=gettext_lazy("day of arrival"), widget=forms.DateInput(attrs={"type": "date"})
    )
    name = forms.CharField(label=gettext_lazy("receiver’s name"), max_length=60)
    tel = forms.CharField(label=gettext_lazy("receiver’s telephone"), max_length=40, required=False)
    postcode = forms.CharField(label=gettext_lazy("receiver’s postcode"), max_length=10, required=False)
    addr = forms.CharField(label=gettext_lazy("receiver’s address"), max_length=200, required=False)
    addr_detail = forms.CharField(
        label=gettext_lazy("receiver’s address, second line"), max_length=200, required=False
    )

    @sensitive_variables()
    def __init__(self, transaction: AbstractTransaction, data: QueryDict | None = None) -> None:
        super().__init__(data, initial=_initial(transaction))
        if "receiving_at" in rules.demanded("parcel", transaction.pg_provider):
            self.fields["receiving_at"].required = True
        else:
            del self.fields["receiving_at"]
        for name in rules.demanded("receiver", transaction.pg_provider):
            self.fields[name].required = True

    def clean_sent_at(self) -> datetime:
        try:
            moment = datetime.fromisoformat(self.cleaned_data["sent_at"])
        except ValueError:
            raise forms.ValidationError(_("Please enter a date and a time.")) from None
        return moment if moment.tzinfo else moment.replace(tzinfo=rules.KST)

    @sensitive_variables()
    def told(self) -> dict[str, Any]:
        """As `deliveries.register` takes it."""
        fields = self.cleaned_data
        day = fields.get("receiving_at")
        return {
            **{name: fields[name] for name in ("company", "invoice", "sent_at")},
            "receiving_at": f"{day:%Y%m%d}" if day else "",
            "receiver": Person(**{name: fields[name].strip() for name in PERSON}),
        }

    def add_missing(self, missing: Sequence[str]) -> None:
        """What the payment company demands and the form, or the shop's settings, lack."""
        for part, _dot, name in (each.partition(".") for each in missing):
            if part == "sender":
                self.add_error(
                    None, _("IAMPORT_ESCROW_SENDER lacks %s. Please ask your server administrator.") % name
                )
            else:
                self.add_error(name, _("The payment provider demands this."))


@sensitive_variables()
def _initial(transaction: AbstractTransaction) -> dict[str, Any]:
    row, person = delivery_of(transaction), receiver_of(transaction)
    told: dict[str, Any] = {name: getattr(person, name) for name in PERSON}
    told["sent_at"] = aware(timezone.now()).astimezone(rules.KST).strftime(WRITTEN)
    if row is None:
        return told
    # What was refused is corrected, not typed again.
    told |= {
        "company": row.asked.get("company", row.company),
        "invoice": row.asked.get("invoice", row.invoice),
    }
    sent_at = datetime.fromisoformat(row.asked["sent_at"]) if row.asked else row.sent_at
    if sent_at:
        told["sent_at"] = aware(sent_at).astimezone(rules.KST).strftime(WRITTEN)
    return told
