"""A shop with several hosts: a phone comes back to that of `IAMPORT_SITE_URL`, and its session is on another."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.http.request import split_domain_port, validate_host
from django.urls import reverse

from django_iamport import conf
from django_iamport.payments import request_pay

LOCAL = (".localhost", "127.0.0.1", "[::1]")


def remembering(
    params: dict[str, Any], request: HttpRequest, name: str = "iamport:redirect"
) -> dict[str, Any]:
    """The window's parameters, the return address of which names the host that the customer browses, where that is
    not the one that it leads to. Any other address than that of `name` is the shop's own, and left as it is."""
    site, host = urlsplit(conf.site_url() or ""), request.get_host()
    address = params["m_redirect_url"]
    is_ours = address.startswith(request_pay.absolute(reverse(name)) + "?")
    if not site.netloc or host == site.netloc or not is_ours or not is_named(host):
        return params
    return {**params, "m_redirect_url": f"{address}&{urlencode({'host': host})}"}


def address_on_own_host(request: HttpRequest) -> str | None:
    """The same address on the host that it names; None where it names none, or the phone is there already.

    Any visitor can write one there: only hosts that `ALLOWED_HOSTS` names are gone to.
    """
    query = request.GET.copy()
    host = "".join(query.pop("host", [])[-1:])
    if not host or host == request.get_host() or not is_named(host):
        return None
    scheme = urlsplit(conf.site_url() or "").scheme or request.scheme
    return f"{scheme}://{host}{request.path}?{query.urlencode()}"


def is_named(host: str) -> bool:
    """Whether the settings name a host, or a domain that it lies in; `*` names none."""
    known = settings.ALLOWED_HOSTS or (LOCAL if settings.DEBUG else ())
    domain, _port = split_domain_port(host)
    return bool(domain) and validate_host(domain, [name for name in known if name != "*"])
