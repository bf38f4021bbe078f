"""System checks of a shop that issues cash receipts (docs/cash-receipts.md lists the ids)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004 - Django's word
from django.db import router
from django.urls import NoReverseMatch, reverse

from django_iamport.gateway.receipts import FIELDS
from django_iamport.records.history import History

from .models import CashReceipt


@register(Tags.compatibility)
def check_cash_receipt_settings(
    app_configs: Sequence[AppConfig] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    fields = getattr(settings, "IAMPORT_CASH_RECEIPT_FIELDS", {})
    if isinstance(fields, Mapping) and all(
        name in FIELDS and isinstance(value, str) for name, value in fields.items()
    ):
        return []
    hint = "Use a dict of texts, with names of these: " + ", ".join(sorted(FIELDS)) + "."
    return [Error("IAMPORT_CASH_RECEIPT_FIELDS is invalid.", hint=hint, id="iamport_cash_receipts.E001")]


@register(Tags.models)
def check_cash_receipt_models(
    app_configs: Sequence[AppConfig] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    if router.db_for_write(CashReceipt) == router.db_for_write(History):
        return []
    return [
        Error(
            "CashReceipt and History are in different databases.",
            hint="Make your database router keep them, and your transactions, in one.",
            obj=CashReceipt,
            id="iamport_cash_receipts.E002",
        )
    ]


@register(Tags.urls)
def check_cash_receipt_urls(
    app_configs: Sequence[AppConfig] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    try:
        reverse("iamport_cash_receipts:page", args=["merchantuid"])
    except NoReverseMatch:
        return [
            Warning(
                "The address of the customer's cash receipt is not in the URLconf.",
                hint='path("cash-receipt/", include("django_iamport.contrib.cash_receipts.urls"))',
                id="iamport_cash_receipts.W001",
            )
        ]
    return []
