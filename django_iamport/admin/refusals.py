"""Why something could not be done, in words for an operator: the gateway's and ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from django_iamport.exceptions import IamportError

_SETUP = gettext_lazy(
    "The gateway does not let this shop in. Please tell whoever looks after the server to run iamport_check."
)
# Where the customer's text would be the wrong one.
FOR_OPERATORS: Mapping[str, Any] = {
    "outcome_unknown": gettext_lazy(
        "The gateway did not say whether it was done. It is looked up by itself; "
        "please do not try again before its outcome stands here."
    ),
    "gateway_authentication": _SETUP,
    "gateway_permission": _SETUP,
    "gateway_refused": gettext_lazy("The payment company refused."),
    "gateway_declined": gettext_lazy("The payment company refused."),
    "gateway_conflict": gettext_lazy("The gateway holds another state. Press “Ask the gateway” first."),
    "gateway_not_found": gettext_lazy("The gateway knows no such payment."),
    "payment_unknown": gettext_lazy("The gateway knows no such payment yet, or contradicts itself about it."),
    "receiver_failed": gettext_lazy(
        "The shop’s own code failed while the payment was being stored. Nothing was changed."
    ),
    "busy": gettext_lazy("The database was busy. Nothing was changed; please try again."),
}


def refusal_in_words(error: IamportError) -> str:
    """Our words for the error, and the gateway's own where it gave any."""
    ours = str(FOR_OPERATORS.get(error.code, error.message))
    theirs = getattr(error, "gateway_message", "")
    return _("%(ours)s It says: %(theirs)s") % {"ours": ours, "theirs": theirs} if theirs else ours
