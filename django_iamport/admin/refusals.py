"""Why something could not be done, in words for an operator: the gateway's and ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from django_iamport.exceptions import IamportError

_SETUP = gettext_lazy(
    "The gateway denies this shop access. Please ask your server administrator to run iamport_check."
)
# Where the customer's text would be the wrong one.
FOR_OPERATORS: Mapping[str, Any] = {
    "outcome_unknown": gettext_lazy(
        "The gateway did not confirm whether this was carried out. It will be checked automatically; "
        "please do not try again until the outcome appears here."
    ),
    "gateway_authentication": _SETUP,
    "gateway_permission": _SETUP,
    "gateway_refused": gettext_lazy("The payment provider refused."),
    "gateway_declined": gettext_lazy("The payment provider refused."),
    "gateway_conflict": gettext_lazy(
        "The gateway has a different status for this payment. Press “Ask the gateway” first."
    ),
    "gateway_not_found": gettext_lazy("The gateway does not know this payment."),
    "payment_unknown": gettext_lazy(
        "The gateway does not know this payment yet, or its answers contradict each other."
    ),
    "receiver_failed": gettext_lazy(
        "The shop’s own code failed while the payment was being stored. Nothing was changed."
    ),
    "busy": gettext_lazy("The database was busy. Nothing was changed; please try again."),
}


def refusal_in_words(error: IamportError) -> str:
    """Our words for the error, and the gateway's own where it gave any."""
    ours = str(FOR_OPERATORS.get(error.code, error.message))
    theirs = getattr(error, "gateway_message", "")
    return _("%(ours)s Message: %(theirs)s") % {"ours": ours, "theirs": theirs} if theirs else ours
