"""`{% iamport_identity %}`: the SDK, the configuration and identity.js, without inline script."""

from __future__ import annotations

from django import template
from django.middleware.csrf import get_token
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html, json_script
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from django_iamport import conf
from django_iamport.contrib.identity_verification.views import NAMESPACE, safe_next
from django_iamport.templatetags.iamport import csrf_header, nonce_attribute, request_of, sdk

register = template.Library()

_COUNT = "_iamport_identities"


@register.simple_tag(takes_context=True)
def iamport_identity(
    context: template.Context, *, button: str, next_url: str = "", nonce: str | None = None
) -> SafeString:
    """Emit what a page needs to verify who its visitor is.

    `button`: selector of the button that opens the window. `next_url`: the address of this shop where a verified
    visitor goes on to; by default the page itself. `nonce`: for a Content-Security-Policy; by default the
    request's.
    """
    request = request_of(context)
    number = getattr(request, _COUNT, 0) + 1
    setattr(request, _COUNT, number)
    element_id = f"iamport-identity-{number}"
    config = {
        "merchantCode": conf.get("IAMPORT_MERCHANT_CODE"),
        "tierCode": conf.get("IAMPORT_TIER_CODE"),
        "button": button,
        "next": safe_next(request, next_url),
        "urls": {name: reverse(f"{NAMESPACE}:{name}") for name in ("begin", "validation")},
        "csrf": {"header": csrf_header(), "token": get_token(request)},
        "messages": messages(),
    }
    attribute = nonce_attribute(context, request, nonce)
    return format_html(
        '<div class="iamport-status" id="{id}-status" role="status" aria-live="polite"></div>\n'
        "{noscript}\n{sdk}{config}\n"
        '<script src="{script}" data-config="{id}" defer{nonce}></script>',
        id=element_id,
        noscript=format_html(
            "<noscript><p>{}</p></noscript>", _("JavaScript is required to verify who you are.")
        ),
        sdk=sdk(attribute) if number == 1 else "",
        config=json_script(config, element_id),
        script=static("iamport_identity_verification/identity.js"),
        nonce=attribute,
    )


def messages() -> dict[str, str]:
    """Every text that identity.js shows."""
    return {
        "preparing": _("Preparing the verification…"),
        "open": _("The verification window is open. Please finish there."),
        "openWindow": _("Open the verification window"),
        "checking": _("We are checking your verification."),
        "stillChecking": _("We could not check your verification yet. Please check again in a moment."),
        "checkAgain": _("Check again"),
        "notVerified": _("You have not been verified yet. You can try again."),
        "verified": _("Thank you, you are verified."),
        "noSdk": _("The verification window could not be loaded. Please reload the page."),
        "unavailable": _("Verification is not available right now. Please try again in a moment."),
    }
