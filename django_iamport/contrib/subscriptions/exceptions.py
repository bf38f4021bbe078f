"""What can't be done with a subscription as it stands."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from django_iamport.exceptions import IamportError
from django_iamport.exceptions.texts import CHECKING, Text

__all__ = ["CardMissing", "PlanInvalid", "RenewalUnderWay", "SubscriptionState"]


class SubscriptionState(IamportError):
    """As the subscription stands, this can't be done: pausing what has ended, for example."""

    code = "subscription_state"
    http_status = 409
    message = Text(_("This isn't possible for your subscription right now. Please reload the page."))


class RenewalUnderWay(IamportError):
    """A period's payment is being made, or what became of it isn't known yet."""

    code = "renewal_under_way"
    http_status = 409
    message = Text(CHECKING)


class PlanInvalid(IamportError):
    """There can't be such a plan: an amount, a period or an anchor day that there isn't."""

    code = "plan_invalid"
    http_status = 400
    message = Text(_("There is no such plan."))


class CardMissing(IamportError):
    """The subscription has no card that can be charged, or the card is somebody else's."""

    code = "card_missing"
    http_status = 409
    message = Text(_("Please choose a saved card for this subscription."))
