"""The console's forms."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ..delivery import faults
from ..delivery.faults import Fault
from ..rules.webhook_settings import REPEATS, WebhookSettings, is_address_list, is_user_agent

KINDS = {
    "delay": _("the response is delayed"),
    "timeout": _("no response, the caller keeps waiting"),
    "disconnect": _("the connection drops"),
    "error": _("gateway error 500"),
    "html": _("an HTML error page (502)"),
    "unauthorized": _("401, as if the token were unknown"),
    "rate_limit": _("429, too many requests"),
}
WEBHOOK_KINDS = {
    "delay": _("the webhook is delayed"),
    "duplicate": _("the webhook arrives twice"),
    "reorder": _("the webhook arrives after the next one"),
    "lose": _("the webhook is lost"),
}


class ActionForm(forms.Form):
    """Values of an action; empty ones are not given."""

    amount = forms.DecimalField(required=False, max_digits=14, decimal_places=2)
    reason = forms.CharField(required=False, max_length=256)
    product_order_id = forms.CharField(required=False, max_length=40)

    def values(self, names: Iterable[str]) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in names if self.cleaned_data.get(name)}


class FaultForm(forms.Form):
    """What is to go wrong, how often."""

    operation = forms.ChoiceField(choices=[(target, target) for target in faults.TARGETS])
    kind = forms.ChoiceField(choices={**KINDS, **WEBHOOK_KINDS}.items())
    times = forms.IntegerField(
        required=False, min_value=faults.TIMES.start, max_value=faults.TIMES.stop - 1, initial=1
    )
    seconds = forms.FloatField(required=False, min_value=0, max_value=faults.LONGEST_SECONDS)
    after = forms.BooleanField(required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        is_webhook = cleaned.get("operation") == faults.WEBHOOK
        if "kind" in cleaned and cleaned["kind"] not in (WEBHOOK_KINDS if is_webhook else KINDS):
            self.add_error("kind", _("This can't happen to the selected operation."))
        return cleaned

    def fault(self) -> Fault:
        """An empty `times` means: until it is switched off."""
        return Fault(**self.cleaned_data)


class SettingsForm(forms.Form):
    url = forms.URLField(
        required=False,
        max_length=500,
        assume_scheme="http",
        error_messages={"invalid": _("The address must begin with http:// or https://.")},
    )
    content_type = forms.ChoiceField(choices=(("json", "JSON"), ("form", _("form"))))
    repeats = forms.TypedChoiceField(coerce=int, choices=[(each, each) for each in REPEATS])

    user_agent = forms.CharField(required=False, max_length=300)
    forwarded_for = forms.CharField(required=False, max_length=300)

    def clean_user_agent(self) -> str:
        text: str = self.cleaned_data["user_agent"]
        if text and not is_user_agent(text):
            raise forms.ValidationError(_("Use one line of ASCII characters."))
        return text

    def clean_forwarded_for(self) -> str:
        text: str = self.cleaned_data["forwarded_for"]
        if text and not is_address_list(text):
            raise forms.ValidationError(_("Use IP addresses, with commas between them."))
        return text

    def settings(self) -> WebhookSettings:
        """What is left empty is as configured."""
        given = {name: value for name, value in self.cleaned_data.items() if value != ""}
        return WebhookSettings(**given)
