"""Pages of a window: shown by one shop's page alone, in a frame, a window of their own, or in its place."""

import re

from django.http import HttpResponse

PAGE_POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'"
"""Of a page without scripts."""

WINDOW_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors {ancestors}"
)
ORIGIN = re.compile(r"https?://[a-zA-Z0-9.\-\[\]:]+")


def read_origin(origin: object) -> str | None:
    """The origin where it is one, and nothing that could write into a policy."""
    return origin if isinstance(origin, str) and ORIGIN.fullmatch(origin) else None


def protect_window(response: HttpResponse, *, ancestors: str) -> HttpResponse:
    """A window's page under its policy; the shop's page may keep hold of it where it is a window of its own."""
    response["Content-Security-Policy"] = WINDOW_POLICY.format(ancestors=ancestors)
    response["Cross-Origin-Opener-Policy"] = "unsafe-none"
    # The address is the key to the window: it goes to nobody and into no cache.
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "no-store"
    return response
