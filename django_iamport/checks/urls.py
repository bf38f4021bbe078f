"""A system check of the project's addresses (docs/settings.md lists the ids)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Tags, register
from django.urls import NoReverseMatch, reverse


@register(Tags.urls)
def check_urls(app_configs: Sequence[AppConfig] | None = None, **kwargs: Any) -> list[CheckMessage]:
    if not getattr(settings, "ROOT_URLCONF", None):
        return []
    try:
        reverse("iamport:webhook")
    except NoReverseMatch:
        return [
            checks.Warning(
                "The addresses of django_iamport are not included: no page can pay, and no notice arrives.",
                hint=f'Add path("pay/", include(with_order_form(YourForm))) to {settings.ROOT_URLCONF}; '
                'where your own code makes the orders, path("pay/", include("django_iamport.urls")).',
                id="iamport.W066",
            )
        ]
    return []
