"""The identity window's form."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ..rules.services.certifications import Person

CARRIERS = {
    "SKT": "SKT",
    "KT": "KT",
    "LGT": "LG U+",
    "SKT_MVNO": _("SKT budget carrier"),
    "KT_MVNO": _("KT budget carrier"),
    "LGT_MVNO": _("LG U+ budget carrier"),
}
ASKED_CARRIERS = {"KTF": "KT", "MVNO": "SKT_MVNO"}
OUTCOMES = {"certify": _("The person is verified"), "fail": _("The verification fails")}
DEMO = {"name": "김지은", "phone": "01000000000", "birth": "950314", "gender_digit": "2", "carrier": "SKT"}


def _said(text: Any) -> dict[str, Any]:
    return {"required": text, "invalid": text}


class IdentityForm(forms.Form):
    """What the carrier asks. `gender_digit` is the first one behind the birthday in the resident number."""

    name = forms.CharField(max_length=40, error_messages=_said(_("Enter your name.")))
    birth = forms.RegexField(r"^\d{6}$", error_messages=_said(_("Enter your date of birth as six digits.")))
    gender_digit = forms.RegexField(
        r"^[1-8]$", error_messages=_said(_("Enter the digit after the date of birth."))
    )
    carrier = forms.ChoiceField(choices=CARRIERS.items())
    phone = forms.RegexField(
        r"^01\d{8,9}$", error_messages=_said(_("Enter your mobile number without dashes."))
    )
    agree = forms.BooleanField(error_messages=_said(_("Agree to the terms to continue.")))
    outcome = forms.ChoiceField(choices=OUTCOMES.items(), required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "birth" in cleaned and "gender_digit" in cleaned:
            century = 1900 if cleaned["gender_digit"] in "1256" else 2000
            year, month, day = (int(cleaned["birth"][at : at + 2]) for at in (0, 2, 4))
            try:
                cleaned["birthday"] = date(century + year, month, day)
            except ValueError:
                self.add_error("birth", _("Enter your date of birth as six digits."))
        return cleaned

    def person(self) -> Person:
        is_male = self.cleaned_data["gender_digit"] in "1357"
        return Person(
            self.cleaned_data["name"],
            self.cleaned_data["birthday"],
            is_male,
            self.cleaned_data["phone"],
            self.cleaned_data["carrier"],
        )
