"""System checks of a shop that verifies identities (docs/identity-verification.md lists the ids)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import AppConfig
from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import router
from django.urls import NoReverseMatch, reverse

from django_iamport.records.history import History

from .models import AbstractIdentityVerification, verification_models


@register(Tags.models)
def check_identity_models(
    app_configs: Sequence[AppConfig] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    found = verification_models()
    if not found:
        return [
            Error(
                "No model derives from AbstractIdentityVerification.",
                hint="Add one to an app of yours, and migrate (docs/identity-verification.md).",
                id="iamport_identity_verification.E001",
            )
        ]
    return [message for model in found for message in _check_model(model)]


def _check_model(model: type[AbstractIdentityVerification]) -> Iterator[CheckMessage]:
    prefix = f"{model._meta.app_label}_{model.__name__.lower()}_"
    own = {constraint.name for constraint in model._meta.constraints}
    if not own >= {f"{prefix}certified", f"{prefix}nobody"}:
        yield Error(
            f"{model.__name__} does not inherit the constraints of AbstractIdentityVerification.",
            hint=f"In {model.__name__}, write: class Meta(AbstractIdentityVerification.Meta)",
            obj=model,
            id="iamport_identity_verification.E002",
        )
    if router.db_for_write(model) != router.db_for_write(History):
        yield Error(
            f"{model.__name__} and History are in different databases.",
            hint="Make your database router keep them in one.",
            obj=model,
            id="iamport_identity_verification.E003",
        )


@register(Tags.urls)
def check_identity_urls(app_configs: Sequence[AppConfig] | None = None, **kwargs: Any) -> list[CheckMessage]:
    try:
        reverse("iamport_identity_verification:page")
    except NoReverseMatch:
        return [
            checks.Warning(
                "The addresses of the identity verification are not in the URLconf.",
                hint='path("identity/", include("django_iamport.contrib.identity_verification.urls"))',
                id="iamport_identity_verification.W001",
            )
        ]
    return []
