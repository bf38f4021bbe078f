"""System checks of the sandbox."""

from typing import Any

from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.urls import NoReverseMatch, reverse

from . import conf


@checks.register
def channels_can_be_used(**kwargs: Any) -> list[checks.CheckMessage]:
    """What is wrong with them is said before the first window opens."""
    try:
        conf.channels()
    except ImproperlyConfigured as problem:
        return [
            checks.Error(
                str(problem),
                hint="docs/sandbox.md, under Channels, says what a channel has.",
                id="iamport_sandbox.E002",
            )
        ]
    return []


@checks.register(checks.Tags.urls)
def addresses_are_included(**kwargs: Any) -> list[checks.CheckMessage]:
    """Installed alone it has a database table and answers nothing."""
    if not getattr(settings, "ROOT_URLCONF", None) or not conf.allowed():
        return []
    try:
        reverse("iamport_sandbox:console")
    except NoReverseMatch:
        return [
            checks.Warning(
                "The addresses of django_iamport.sandbox are not included: its API answers 404.",
                hint=f'Add path("sandbox/", include("django_iamport.sandbox.urls")) to {settings.ROOT_URLCONF}.',
                id="iamport_sandbox.W002",
            )
        ]
    return []


@checks.register(deploy=True)
def sandbox_is_not_deployed(**kwargs: Any) -> list[checks.CheckMessage]:
    """Play money has no place where customers are."""
    if not conf.allowed():
        return [
            checks.Error(
                "django_iamport.sandbox is installed although DEBUG is off; its pages answer 404.",
                hint="Remove it from INSTALLED_APPS, or set IAMPORT_SANDBOX_ALLOWED = True on a demo server.",
                id="iamport_sandbox.E001",
            )
        ]
    if getattr(settings, "IAMPORT_SANDBOX_ALLOWED", False):
        return [
            checks.Warning(
                "IAMPORT_SANDBOX_ALLOWED lets everybody pay with play money.",
                hint="Set it only on a demo server that ships nothing.",
                id="iamport_sandbox.W001",
            )
        ]
    return []
