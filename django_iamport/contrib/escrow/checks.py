"""System checks of a shop with payments in escrow (docs/escrow.md lists the ids)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004 - Django's word
from django.db import router

from django_iamport.gateway.escrow import Person
from django_iamport.records.history import History

from .models import Delivery

NAMES = {field.name for field in fields(Person)}


@register(Tags.compatibility)
def check_escrow_settings(
    app_configs: Sequence[AppConfig] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    told = getattr(settings, "IAMPORT_ESCROW_SENDER", None)
    hint = "Say who sends your parcels, as a dict of texts: name, tel, postcode, addr (docs/escrow.md)."
    if not told:
        return [Warning("IAMPORT_ESCROW_SENDER is not set.", hint=hint, id="iamport_escrow.W001")]
    if not isinstance(told, Mapping) or any(
        name not in NAMES or not isinstance(value, str) for name, value in told.items()
    ):
        hint = "Use a dict of texts, with names of these: " + ", ".join(sorted(NAMES)) + "."
        return [Error("IAMPORT_ESCROW_SENDER is invalid.", hint=hint, id="iamport_escrow.E001")]
    return []


@register(Tags.models)
def check_escrow_models(app_configs: Sequence[AppConfig] | None = None, **kwargs: Any) -> list[CheckMessage]:
    if router.db_for_write(Delivery) == router.db_for_write(History):
        return []
    return [
        Error(
            "Delivery and History are in different databases.",
            hint="Make your database router keep them, and your transactions, in one.",
            obj=Delivery,
            id="iamport_escrow.E002",
        )
    ]
