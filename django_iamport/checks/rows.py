"""A system check of what is stored (`check --database`, `migrate`; docs/settings.md lists the ids)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Any

from django.apps import AppConfig
from django.core import checks
from django.core.checks import CheckMessage, Tags, register
from django.db import DatabaseError, router, transaction

from django_iamport.models import Refund
from django_iamport.reconciliation import prefixes

MOST_NAMED = 3


@register(Tags.database)
def check_rows(
    app_configs: Sequence[AppConfig] | None = None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    using = router.db_for_write(Refund)
    if using not in (databases or ()):
        return []
    try:
        with transaction.atomic(using=using):
            named = list(islice(prefixes.orphans(), MOST_NAMED))
    except DatabaseError:
        # Before the first migration there is nothing to find.
        return []
    if not named:
        return []
    return [
        checks.Warning(
            f"Some payments under way have a prefix that is not this shop's: {', '.join(named)}.",
            hint="If they are its own, add their prefix to IAMPORT_FORMER_PREFIXES; if they came with a copy of "
            "another shop's data, to IAMPORT_COPIED_PREFIXES.",
            id="iamport.W042",
        )
    ]
