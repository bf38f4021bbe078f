"""`{% iamport_checkout %}`: the SDK, the configuration and checkout.js, without inline script."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

from django import template
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html, json_script
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from django_iamport import access, conf
from django_iamport.formatting import amount_in_words, pay_method_in_words
from django_iamport.models import AbstractTransaction, PayableMixin
from django_iamport.models.registry import name_of

register = template.Library()

# Parameters of request_pay that only change how the window looks; everything else comes from the server.
SAFE_PARAMETERS = frozenset({"pay_method", "language", "digital", "popup", "app_scheme"})

_COUNT = "_iamport_checkouts"


@register.simple_tag(takes_context=True)
def iamport_checkout(
    context: template.Context,
    *,
    form: str = "",
    button: str = "",
    order: PayableMixin | None = None,
    channel: str = "",
    nonce: str | None = None,
    **request_pay: object,
) -> SafeString:
    """Emit what a page needs to pay.

    `form`: selector of the form that creates the order and pays it. Or `order` and `button`: an order that
    exists, of any kind that a transaction model pays, and the selector of the button that pays it, in which
    `{order}` stands for the order's key. `channel`: one of `IAMPORT_CHANNELS`, for the buttons that name none
    themselves. `nonce`: for a Content-Security-Policy; by default the request's. Further keywords: `pay_method`,
    `language`, `digital`, `popup`, `app_scheme`.
    """
    if bool(form) == bool(order and button):
        raise template.TemplateSyntaxError("iamport_checkout takes either form=…, or order=… and button=….")
    unsafe = sorted(set(request_pay) - SAFE_PARAMETERS)
    if unsafe:
        raise template.TemplateSyntaxError(
            f"iamport_checkout doesn't take {', '.join(unsafe)}: the page belongs to the customer."
        )
    if channel:
        require_channel(channel, request_pay)
    config = {
        "form": form,
        "button": button.replace("{order}", _in_selector(order.pk)) if order else "",
        "channel": channel,
        "orderId": name_of_order(order) if order else None,
        "urls": {
            "create": reverse("iamport:order_create_ajax"),
            "checkout": reverse("iamport:order_checkout"),
            "validation": reverse("iamport:order_validation"),
        },
        "requestPay": request_pay,
        "messages": messages(),
    }
    # Read before the button is pressed: another payment gives the account up. A form's page knows it already.
    waiting = access.waiting_account(order) if order else context.get("waiting_account")
    told = _account(waiting) if waiting else ""
    if form and context.get("is_sent_too_early"):
        told = _("The page was not ready yet, and nothing was ordered. Please press the button once more.")
    return checkout_script(context, config, nonce, told=told)


def checkout_script(
    context: template.Context, config: Mapping[str, object], nonce: str | None, *, told: str = ""
) -> SafeString:
    """The SDK, once a page, the place of messages, the configuration, and checkout.js, which reads it.

    `told` stands where the messages will.
    """
    request = request_of(context)
    # Counted on the request: an included template has a render context of its own.
    number = getattr(request, _COUNT, 0) + 1
    setattr(request, _COUNT, number)
    element_id = f"iamport-checkout-{number}"
    config = {
        "merchantCode": conf.get("IAMPORT_MERCHANT_CODE"),
        "tierCode": conf.get("IAMPORT_TIER_CODE"),
        **config,
        "csrf": {"header": csrf_header(), "token": get_token(request)},
    }
    attribute = nonce_attribute(context, request, nonce)
    return format_html(
        '<div class="iamport-status" id="{id}-status" role="status" aria-live="polite">{told}</div>\n'
        "{noscript}\n{sdk}{config}\n"
        '<script src="{script}" data-config="{id}" defer{nonce}></script>',
        id=element_id,
        told=told,
        noscript=format_html("<noscript><p>{}</p></noscript>", _("JavaScript is required to pay here.")),
        sdk=sdk(attribute) if number == 1 else "",
        config=json_script(config, element_id),
        script=static("django_iamport/checkout.js"),
        nonce=attribute,
    )


def request_of(context: template.Context) -> HttpRequest:
    """The page's request, with or without Django's context processor of that name."""
    request: HttpRequest | None = context.get("request") or getattr(context, "request", None)
    if request is None:
        raise ImproperlyConfigured(
            "A page with a tag of django_iamport has to know its request: answer it with "
            "render(request, …) or TemplateResponse(request, …)."
        )
    return request


@register.filter
def iamport_amount(amount: Decimal | int | str | None, currency: str = "KRW") -> str:
    """`{{ order.amount|iamport_amount:order.currency }}`: the amount as a customer reads it."""
    return "" if amount is None or amount == "" else amount_in_words(Decimal(amount), currency)


@register.filter
def iamport_order_id(order: PayableMixin) -> str:
    """`{{ order|iamport_order_id }}`: what a form of the shop's own names an order by, its kind included."""
    return name_of_order(order)


@register.filter
def iamport_pay_method(pay_method: str, pg_provider: str = "") -> str:
    """`{{ transaction.pay_method|iamport_pay_method:transaction.pg_provider }}`: how it was paid, as a customer
    calls it."""
    return pay_method_in_words(pay_method, pg_provider)


def require_channel(name: str, request_pay: Mapping[str, object]) -> None:
    named = conf.channels().get(name)
    if named is None:
        raise template.TemplateSyntaxError(f"iamport_checkout: {name} is not one of IAMPORT_CHANNELS.")
    if "pay_method" in named and "pay_method" in request_pay:
        raise template.TemplateSyntaxError(f"iamport_checkout: the channel {name} has a pay_method already.")


def _in_selector(key: object) -> str:
    """Whatever the key is, it ends no part of a selector."""
    return re.sub(r"[^\w-]", r"\\\g<0>", str(key))


def name_of_order(order: PayableMixin) -> str:
    """Names the kind, too: the same key of another kind is another order."""
    try:
        return name_of(order)
    except LookupError as error:
        raise ImproperlyConfigured(str(error)) from error


def _account(waiting: AbstractTransaction) -> SafeString:
    due = waiting.get_vbank_due()
    return format_html(
        '{} <a href="{}">{}</a>',
        _("A virtual account was issued for this order. Please deposit the amount by %(due)s.") % {"due": due}
        if due
        else _("A virtual account was issued. Please deposit the amount."),
        reverse("iamport:order_complete", args=[waiting.merchant_uid]),
        _("See the account"),
    )


def sdk(attribute: SafeString) -> SafeString:
    """The element that loads the gateway's SDK; `attribute` is what `nonce_attribute` answers."""
    return format_html('<script src="{}" defer{}></script>\n', conf.get("IAMPORT_SDK_URL"), attribute)


def csrf_header() -> str:
    """What the header with the CSRF token is called."""
    return settings.CSRF_HEADER_NAME.removeprefix("HTTP_").replace("_", "-")


def nonce_attribute(context: template.Context, request: HttpRequest, nonce: str | None) -> SafeString:
    """The nonces of Django and django-csp are lazy and false until read: reading puts them into the header."""
    for found in (
        nonce,
        context.get("csp_nonce"),
        context.get("CSP_NONCE"),
        getattr(request, "csp_nonce", None),
    ):
        if found is not None:
            return format_html(' nonce="{}"', str(found)) if str(found) else SafeString("")
    return SafeString("")


def messages() -> dict[str, str]:
    """Every text that checkout.js shows."""
    return {
        "preparing": _("Preparing the payment…"),
        "open": _("The payment window is open. Please finish there."),
        "checking": _("We are checking your payment. Please keep this page open."),
        "stillChecking": _(
            "We could not confirm your payment yet. Please don't pay again; check again in a moment."
        ),
        "checkAgain": _("Check again"),
        "payAgain": _("Pay again"),
        "noAnswer": _("Did the payment window close? If you paid, check again; if not, pay again."),
        "openWindow": _("Open the payment window"),
        "seeAccount": _("See the account"),
        "payAnotherWay": _("Cancel it and pay another way"),
        "failed": _("The payment did not go through. Nothing was charged; you can try again."),
        "notPaid": _("You have not paid yet. You can try again."),
        "paid": _("Thank you, your payment is complete."),
        "waiting": _("A virtual account was issued. Please deposit the amount."),
        "noConnection": _("No connection. We will try again as soon as you are online."),
        "noSdk": _("The payment window could not be loaded. Please reload the page."),
        "unavailable": _("Payments are not available right now. Please try again in a moment."),
    }
