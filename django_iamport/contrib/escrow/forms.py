"""What an operator fills in of a parcel."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
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
from .deliveries import delivery_of, is_as_registered, receiver_of
from .models import COMPANY_NAMES, Delivery

WRITTEN = "%Y-%m-%dT%H:%M:%S"
# Before and after these nothing was shipped.
FIRST, LONGEST = datetime(2000, 1, 1, tzinfo=rules.KST), timedelta(days=366)
OF_THE_SHOP = {"sender": "IAMPORT_ESCROW_SENDER", "products": "get_escrow_products()"}
PERSON = ("name", "tel", "postcode", "addr", "addr_detail")


class DeliveryForm(forms.Form):
    """Filled with what is registered, else with the buyer of the order; moments are Korean."""

    company = forms.ChoiceField(
        label=pgettext_lazy("column", "courier"),
        choices=[(code, COMPANY_NAMES[code]) for code in rules.COMPANIES],
    )
    invoice = forms.CharField(label=gettext_lazy("tracking number"), max_length=60)
    sent_at = forms.CharField(
        label=gettext_lazy("shipped at"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
        help_text=gettext_lazy("Korean time."),
    )
    receiving_at = forms.DateField(
        label=gettext_lazy("day of arrival"), widget=forms.DateInput(attrs={"type": "date"})
    )
    name = forms.CharField(label=gettext_lazy("recipient’s name"), max_length=60, required=False)
    tel = forms.CharField(label=gettext_lazy("recipient’s telephone"), max_length=40, required=False)
    postcode = forms.CharField(label=gettext_lazy("recipient’s postcode"), max_length=10, required=False)
    addr = forms.CharField(label=gettext_lazy("recipient’s address"), max_length=200, required=False)
    addr_detail = forms.CharField(
        label=gettext_lazy("recipient’s address, second line"), max_length=200, required=False
    )
    # Which delivery it was when the form was shown.
    known = forms.CharField(widget=forms.HiddenInput, required=False)

    @sensitive_variables()
    def __init__(self, transaction: AbstractTransaction, data: QueryDict | None = None) -> None:
        self.row = delivery_of(transaction)
        super().__init__(data, initial=_initial(transaction, self.row))
        if "receiving_at" in rules.demanded("parcel", transaction.pg_provider):
            self.fields["receiving_at"].required = True
        else:
            del self.fields["receiving_at"]
        for name in rules.demanded("receiver", transaction.pg_provider):
            self.fields[name].required = True

    def clean_sent_at(self) -> datetime:
        text = self.cleaned_data["sent_at"]
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            moment = FIRST
        moment = moment if moment.tzinfo else moment.replace(tzinfo=rules.KST)
        # A day alone is read as its midnight.
        if "T" not in text or not FIRST < moment < aware(timezone.now()) + LONGEST:
            raise forms.ValidationError(_("Please enter a date and a time."))
        return moment

    @sensitive_variables()
    def clean(self) -> dict[str, Any]:
        """What somebody else has registered since the form was shown is not overwritten unseen."""
        fields = super().clean() or {}
        is_shown = fields.get("known") in ("", None, _known(self.row))
        if not (
            self.errors or is_shown or (self.row is not None and is_as_registered(self.row, **self.told()))
        ):
            raise forms.ValidationError(
                _("This delivery was changed in the meantime. Please open the form again and look at it.")
            )
        return fields

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
        """What the payment company demands and the form, or the shop's settings or code, lack."""
        for part, _dot, name in (each.partition(".") for each in missing):
            if part in OF_THE_SHOP:
                words = _("%(source)s lacks %(name)s. Please ask your server administrator.")
                self.add_error(None, words % {"source": OF_THE_SHOP[part], "name": name})
            else:
                self.add_error(name, _("The payment provider demands this."))


@sensitive_variables()
def _initial(transaction: AbstractTransaction, row: Delivery | None) -> dict[str, Any]:
    """What was refused is corrected, not typed again."""
    asked = row.asked if row is not None else {}
    person = Person(**asked["receiver"]) if asked.get("receiver") else receiver_of(transaction)
    told: dict[str, Any] = {name: getattr(person, name) for name in PERSON}
    told["known"] = _known(row)
    sent_at: datetime | None = timezone.now()
    if row is not None:
        told |= {name: asked.get(name, getattr(row, name)) for name in ("company", "invoice")}
        day = asked.get("receiving_at", row.receiving_at)
        told["receiving_at"] = f"{day[:4]}-{day[4:6]}-{day[6:]}" if day else ""
        sent_at = datetime.fromisoformat(asked["sent_at"]) if asked else row.sent_at or sent_at
    told["sent_at"] = aware(sent_at or timezone.now()).astimezone(rules.KST).strftime(WRITTEN)
    return told


def _known(row: Delivery | None) -> str:
    return "none" if row is None else f"{row.applied_at} {row.asked_at} {row.company} {row.invoice}"
