"""A verification without a window: a code is sent to a telephone, and whoever has it is its owner (by contract).

In no URLconf by itself: whoever may ask makes strangers' telephones ring, and what the carriers' terms demand of
the shop's own form is the shop's to show.
"""

from __future__ import annotations

import re
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_variables

from django_iamport import conf
from django_iamport.exceptions import ChannelUnknown, OutcomeUnknown, Refused
from django_iamport.gateway import budgets, certifications
from django_iamport.signals.monitoring import log

from . import access, verification
from .exceptions import IdentityCodeRefused, IdentityCodeWrong, IdentityNotCertified
from .models import AbstractIdentityVerification
from .views import IdentityJsonView

__all__ = ["IdentityCodeView", "IdentityConfirmationView"]

# What the carrier is asked about, and what can't be right.
PERSON = {
    "name": re.compile(r".{1,50}"),
    "birth": re.compile(r"[0-9]{6}"),
    "gender_digit": re.compile(r"[1-8]"),
    "phone": re.compile(r"01[0-9]{8,9}"),
    "carrier": re.compile("SKT|KT|LGT"),
}


class IdentityCodeView(IdentityJsonView):
    """Sends a code: takes `name`, `birth` (YYMMDD), `gender_digit` (the seventh of the resident number), `phone`,
    `carrier` (SKT, KT, LGT) and `is_mvno`; answers `merchant_uid`.

    Counted by address, user and telephone. Raises `IdentityCodeRefused` for whom the carrier doesn't know.
    """

    @method_decorator(sensitive_variables())
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        person = self.get_person()
        channel_key = conf.channels().get(self.channel_name, {}).get("channelKey")
        if not channel_key:
            raise ChannelUnknown("A code is sent through a channel with a channelKey.")
        self.require_budget()
        if request.user.is_authenticated:
            budgets.take(budgets.ORDER, f"identity of {request.user.pk}")
        budgets.take(budgets.ORDER, f"identity of {person['phone']}")
        row = access.begin(request, self.get_model())
        further = {"is_mvno": self.truth("is_mvno", missing=False), **self.get_code_parameters(row)}
        try:
            imp_uid = certifications.send_code(row.merchant_uid, channel_key, **person, **further)
        except Refused as error:
            log("identity_code_not_sent", merchant_uid=row.merchant_uid, reason=error.code)
        else:
            verification.claim(row, imp_uid)
            return JsonResponse({"merchant_uid": row.merchant_uid})
        # Raised here: the other error would carry the person in its frames.
        raise IdentityCodeRefused("The gateway sent no code.")

    def get_person(self) -> dict[str, str]:
        person = {name: self.text(name).strip() for name in PERSON}
        person["phone"] = re.sub(r"[\s-]", "", person["phone"])
        wrong = [name for name, pattern in PERSON.items() if not pattern.fullmatch(person[name])]
        if wrong:
            raise IdentityCodeRefused(f"Missing or not valid: {', '.join(wrong)}.")
        return person

    def get_code_parameters(self, row: AbstractIdentityVerification) -> dict[str, Any]:
        """Hook: further parameters, such as `company` (the name in the message), `verification_method` (`APP`)."""
        return {}


class IdentityConfirmationView(IdentityJsonView):
    """Takes `merchant_uid` and the `code` (none where the person confirmed in an app); answers as
    `IdentityValidationView` does: looked up, and accepted once.

    Raises `IdentityCodeWrong` where the gateway knows of no success afterwards.
    """

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        row = self.require(self.text("merchant_uid"))
        if row.status == "ready":
            self.confirm(row, self.text("code"))
            try:
                row = self.accept(row, row.claimed_imp_uid, "browser")
            except IdentityNotCertified as error:
                raise IdentityCodeWrong(f"{row.merchant_uid} is not confirmed.") from error
        return JsonResponse({"status": row.status, "merchant_uid": row.merchant_uid})

    @method_decorator(sensitive_variables())
    def confirm(self, row: AbstractIdentityVerification, code: str) -> None:
        """Whatever is answered, the look-up says what came of it: a code is good once, its answer may be lost."""
        if not row.claimed_imp_uid:
            raise IdentityCodeWrong(f"No code was sent for {row.merchant_uid}.")
        budgets.take(budgets.ATTEMPT, row.merchant_uid)
        try:
            certifications.confirm_code(row.claimed_imp_uid, code)
        except (Refused, OutcomeUnknown):
            return
