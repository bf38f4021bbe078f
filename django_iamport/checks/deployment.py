"""System checks of what only a live shop must have (`check --deploy`; docs/settings.md lists the ids)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, register

from .settings import is_url, value_of


def _is_gateways(value: object) -> bool:
    """Whether it is an https address of another host than the shop's: the sandbox answers at the shop's own."""
    if not is_url(value) or not value.startswith("https://"):
        return False
    site = value_of("IAMPORT_SITE_URL")
    own = urlsplit(site).hostname if is_url(site) else None
    return urlsplit(value).hostname not in (own, "localhost", "127.0.0.1", "::1")


def _needs_no_header(value: object) -> bool:
    """Settings of Django's say that a proxy is in front: its address would be counted as every visitor's."""
    says = ("SECURE_PROXY_SSL_HEADER", "USE_X_FORWARDED_HOST", "USE_X_FORWARDED_PORT")
    is_proxied = any(getattr(settings, name) for name in says)
    return bool(value) or not is_proxied or value_of("IAMPORT_ADDRESS_BUDGET") is None


# id, level of concern, setting, what holds in production, what to do
DEPLOY: tuple[tuple[str, str, Callable[[object], bool], str], ...] = (
    (
        "E101",
        "IAMPORT_TEST_MODE",
        lambda v: not v,
        "Turn it off: test payments would be accepted as real money.",
    ),
    (
        "W102",
        "IAMPORT_SITE_URL",
        lambda v: isinstance(v, str) and v.startswith("https://"),
        "Set it to an https address.",
    ),
    (
        "W103",
        "IAMPORT_MERCHANT_UID_PREFIX",
        bool,
        "Set one. If there are payments already, add IAMPORT_FORMER_PREFIXES = ['']. A copy needs its own.",
    ),
    ("E104", "IAMPORT_API_URL", _is_gateways, "Use an https address other than the sandbox's."),
    ("E105", "IAMPORT_SDK_URL", _is_gateways, "Use an https address other than the sandbox's."),
    (
        "E106",
        "IAMPORT_SANDBOX_ALLOWED",
        lambda v: not v,
        "Turn it off, and remove the sandbox from INSTALLED_APPS.",
    ),
    (
        "W107",
        "IAMPORT_ADDRESS_HEADER",
        _needs_no_header,
        "Name the header in which your proxy tells the visitor's address, such as X-Real-IP.",
    ),
)


@register(Tags.security, deploy=True)
def check_deployment(app_configs: Sequence[AppConfig] | None = None, **kwargs: Any) -> list[CheckMessage]:
    return [
        (Error if number.startswith("E") else checks.Warning)(
            f"{name} is not suitable for a live shop.", hint=hint, id=f"iamport.{number}"
        )
        for number, name, holds, hint in DEPLOY
        if not holds(value_of(name))
    ]
