"""The form of one channel."""

from collections.abc import Collection
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ..rules.channels import API_PAYMENT, CERTIFICATION, PAYMENT, Channel
from ..rules.channels.channel import MOST_MINIMUM, MOST_REFUND_DAYS, MOST_TEXT, of_dict
from ..rules.channels.providers import PAY_METHODS, PROVIDERS
from ..rules.codes import QUOTAS
from ..rules.money import DECIMALS

TYPES = {
    PAYMENT: _("payments"),
    CERTIFICATION: _("identity verification"),
    API_PAYMENT: _("convenience stores"),
}
PGS = {code: f"{provider.name} ({code})" for code, provider in PROVIDERS.items()}
RULES = ("partial_refunds", "refund_days", "instalments", "minimum", "currencies")


class Words(forms.CharField):
    """Several words of those that are known, as people write them: with commas or spaces between."""

    def __init__(self, known: Collection[str]) -> None:
        super().__init__(required=False, max_length=600)
        self.known = known

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list | tuple) else value

    def clean(self, value: Any) -> list[str]:
        words: list[str] = super().clean(value).replace(",", " ").split()
        if unknown := [word for word in words if word not in self.known]:
            raise forms.ValidationError(_("Unknown: %(words)s.") % {"words": ", ".join(unknown)})
        return words


class ChannelForm(forms.Form):
    """In the words of a channel file; what is left empty is as usual at that company."""

    name = forms.CharField(required=False, max_length=MOST_TEXT)
    pg = forms.ChoiceField(choices=PGS.items())
    mid = forms.CharField(max_length=MOST_TEXT, error_messages={"required": _("Enter the MID.")})
    channelKey = forms.CharField(required=False, max_length=MOST_TEXT)  # noqa: N815 - the gateway's word
    type = forms.ChoiceField(choices=TYPES.items())
    test = forms.BooleanField(required=False)
    pay_methods = Words(PAY_METHODS)
    channel_group_id = forms.CharField(required=False, max_length=MOST_TEXT)
    partial_refunds = forms.BooleanField(required=False)
    refund_days = forms.IntegerField(required=False, min_value=0, max_value=MOST_REFUND_DAYS)
    instalments = forms.IntegerField(required=False, min_value=0, max_value=QUOTAS[-1])
    minimum = forms.IntegerField(required=False, min_value=0, max_value=MOST_MINIMUM)
    currencies = Words(DECIMALS)

    def channel(self) -> Channel:
        """Raises ValueError for what no channel can be."""
        given = {name: value for name, value in self.cleaned_data.items() if value not in (None, "", [])}
        rules = {name: given.pop(name) for name in RULES if name in given}
        return of_dict({**given, "rules": rules})

    @staticmethod
    def values_of(channel: Channel) -> dict[str, Any]:
        """What the form holds to begin with, of a channel that is there."""
        values = channel.as_dict()
        return {**values, **values.pop("rules")}
