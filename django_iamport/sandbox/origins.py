"""Whose page asks: browsers name its origin with every request that changes something; programs name none.

There is no login: the sandbox is a development tool, and whoever reaches it is its operator. What has to be kept
out is a page of another site that is open in the developer's browser.
"""

from ipaddress import ip_address
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.http.request import validate_host

from . import conf
from .tls.names import GATEWAY

SAFE = ("GET", "HEAD", "OPTIONS")


def is_foreign(request: HttpRequest, *, knows_a_key: bool = False) -> bool:
    """Whether a page of another site wants something changed.

    At home are this machine's own hosts at any port (a shop under development lives there), the sandbox's own and
    those that are listed. `knows_a_key`: the address holds a key, which proves a page that names no origin.
    """
    origin = request.headers.get("Origin")
    if request.method in SAFE or request.headers.get("Sec-Fetch-Site") == "same-origin":
        return False
    if origin is None:
        return request.headers.get("Sec-Fetch-Site") == "cross-site"
    if origin == "null":
        return not (knows_a_key and "Sec-Fetch-Site" not in request.headers)
    return not is_at_home(request, origin)


def is_at_home(request: HttpRequest, origin: str) -> bool:
    """Whether it is this machine's, the sandbox's own, or listed."""
    host = _host_of(origin)
    return is_loopback(host) or host in conf.allowed_hosts() or is_own(request, origin)


def is_own(request: HttpRequest, origin: str) -> bool:
    """Whether the request came to the origin's host, and that is no name that another site could lead here.

    Where every host is answered (`*`), a site may have its own name resolve to this machine. It has no certificate
    for it then, no address, and no name without a dot.
    """
    host = _host_of(origin)
    if not host or host != _host_of(f"//{request.get_host()}"):
        return False
    named = [*GATEWAY, *(name for name in settings.ALLOWED_HOSTS if name != "*")]
    return origin.startswith("https:") or "." not in host or _is_address(host) or validate_host(host, named)


def is_loopback(host: str) -> bool:
    """Whether the name or address can only be this machine's."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    return _is_address(host) and ip_address(host).is_loopback


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _host_of(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""
