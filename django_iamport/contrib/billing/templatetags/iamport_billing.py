"""`{% iamport_save_card %}`: a button that opens the window in which a card is registered."""

from __future__ import annotations

from django import template
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from django_iamport.models import PayableMixin
from django_iamport.templatetags.iamport import (
    SAFE_PARAMETERS,
    checkout_script,
    messages,
    name_of_order,
    require_channel,
)

register = template.Library()


@register.simple_tag(takes_context=True)
def iamport_save_card(
    context: template.Context,
    *,
    button: str,
    order: PayableMixin | None = None,
    channel: str = "",
    nonce: str | None = None,
    **request_pay: object,
) -> SafeString:
    """Emit what a page needs to register a card.

    `button`: the selector of the button. `order`: the visitor's order that the card is charged for as soon as it
    is saved. `channel`, `nonce` and further keywords as in `iamport_checkout`.
    """
    unsafe = sorted(set(request_pay) - SAFE_PARAMETERS)
    if unsafe:
        raise template.TemplateSyntaxError(
            f"iamport_save_card doesn't take {', '.join(unsafe)}: the page belongs to the customer."
        )
    if channel:
        require_channel(channel, request_pay)
    config = {
        "form": "",
        "button": button,
        "channel": channel,
        "orderId": name_of_order(order) if order else "",
        "urls": {
            "checkout": reverse("iamport_billing:card_checkout"),
            "validation": reverse("iamport_billing:card_validation"),
        },
        "requestPay": request_pay,
        "messages": {**messages(), **_own_messages(charges=order is not None)},
    }
    return checkout_script(context, config, nonce)


def _own_messages(*, charges: bool) -> dict[str, str]:
    """What checkout.js says otherwise where a card is registered."""
    own = {
        "preparing": _("Preparing the registration…"),
        "open": _("The payment provider's window is open. Please finish there."),
        "checking": _("Checking the card…"),
        "stillChecking": _("We are still waiting for the payment provider. Please check again in a moment."),
        "noAnswer": _("Did the window close? If you entered your card, check again; if not, try again."),
        "payAgain": _("Try again"),
        "notPaid": _("The card was not saved. You can try again."),
        "paid": _("Your card is saved."),
    }
    if charges:
        own |= {"paid": _("Thank you, your payment is complete."), "notPaid": _("You have not paid yet.")}
    return own
