"""The shop's own addresses, called from outside in: as the gateway and a phone call them, and what came back."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import NamedTuple
from urllib.parse import urljoin

import requests
from django.core.exceptions import ImproperlyConfigured
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from django_iamport import conf
from django_iamport.payments import request_pay

from .findings import ERROR, NOTE, WARNING, Finding

TIMEOUT = (3.05, 10)  # connect, read seconds
MOST_BYTES = 100_000
SCRIPT = "django_iamport/checkout.js"


class Answer(NamedTuple):
    """`location` is where a redirect leads to, empty where it is none."""

    status: int
    location: str
    body: bytes


class Called(NamedTuple):
    """One address, how it is called without any consequence, and how this package answers that."""

    name: str
    method: str
    fields: dict[str, object] | None
    is_ours: Callable[[Answer], bool]


# What names nothing, pays nothing, and is signed for no attempt has no consequence.
CALLED = (
    Called("webhook", "POST", {}, lambda answer: _object(answer) == {"status": "ignored"}),
    Called("confirm", "POST", {"amount": 1}, lambda answer: "reason" in _object(answer)),
    Called("redirect", "GET", None, lambda answer: _object(answer) == {"status": "ignored"}),
)


def examine() -> Iterator[Finding]:
    """Call each of them once; nothing is stored by it, and the gateway isn't asked."""
    site = conf.site_url() or ""
    for called in CALLED:
        try:
            url = site + reverse(f"iamport:{called.name}")
        except NoReverseMatch:
            continue
        finding = _finding(called, url)
        if finding is not None:
            yield finding
            if finding.code == "address_unreachable":
                return
    if not conf.get("IAMPORT_SEND_NOTICE_URL"):
        yield _console(site)


def examine_script() -> Iterator[Finding]:
    """Get checkout.js as a customer's page does: without it a page asks for its button again and again."""
    url = ""
    try:
        url = urljoin(f"{conf.site_url()}/", static(SCRIPT))
        answer = call("GET", url, None)
    except (ValueError, ImproperlyConfigured):
        # A storage that knows nothing of it: it was never collected.
        answer = Answer(404, "", b"")
    except requests.RequestException:
        # Of the shop's own host it was said already; another one may let browsers in alone.
        return
    if 300 <= answer.status < 400 or answer.status == 200:
        return
    yield Finding(
        "script_missing",
        ERROR,
        _("%(script)s is answered with %(status)d at %(url)s: no page can open the payment window.")
        % {"script": SCRIPT, "status": answer.status, "url": url or "STATIC_URL"},
        _("Run collectstatic, and let the web server serve STATIC_ROOT under STATIC_URL."),
    )


def call(method: str, url: str, fields: dict[str, object] | None) -> Answer:
    """One request, which follows no redirect; the gateway follows none. Raises what `requests` raises."""
    with requests.request(
        method, url, json=fields, timeout=TIMEOUT, allow_redirects=False, stream=True
    ) as response:
        body = next(response.iter_content(MOST_BYTES), b"")
        return Answer(response.status_code, response.headers.get("Location", ""), body)


def _finding(called: Called, url: str) -> Finding | None:
    try:
        query = f"?{request_pay.signed(request_pay.PROBE)}" if called.method == "GET" else ""
        answer = call(called.method, url + query, called.fields)
    except requests.RequestException as error:
        return Finding(
            "address_unreachable",
            WARNING,
            _("%(url)s can't be reached from this server: %(why)s.") % {"url": url, "why": _why(error)},
            _(
                "Check the name, the certificate and the firewall. If this server alone can't reach its own "
                "address, call it from another machine."
            ),
        )
    if 300 <= answer.status < 400:
        told = {"url": url, "status": answer.status, "location": answer.location}
        return Finding(
            "address_redirects",
            ERROR,
            _("%(url)s redirects to %(location)s (%(status)d): the gateway doesn't follow, notices are lost.")
            % told,
            _("Set IAMPORT_SITE_URL to the address that answers, with or without www; answer notices there."),
        )
    if called.is_ours(answer):
        return None
    return Finding(
        "address_answers",
        ERROR,
        _("%(url)s is answered with %(status)d, and not by this package.")
        % {"url": url, "status": answer.status},
        _(
            "Look for what stands in front of it: a firewall, basic authentication, a maintenance page, another "
            "site under that name."
        ),
    )


def _console(site: str) -> Finding:
    return Finding(
        "console_address",
        NOTE,
        _("Payments carry no notice address: the one in the gateway's console counts."),
        _("Enter exactly %s there: what is redirected, such as http or a name without www, is lost.")
        % (site + reverse("iamport:webhook")),
    )


def _why(error: requests.RequestException) -> str | Promise:
    if isinstance(error, requests.Timeout):
        return _("no answer in time")
    if isinstance(error, requests.exceptions.SSLError):
        return _("the certificate is not valid")
    return _("no connection")


def _object(answer: Answer) -> dict[str, object]:
    try:
        found = json.loads(answer.body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
