"""Reading rows for decisions: from the database that is written to, and by their exact ids."""

from __future__ import annotations

from typing import TypeVar

from django.db import models

from django_iamport.exceptions import AttemptNotFound

from .kinds import every_row
from .transaction import TransactionRecord

AnyModel = TypeVar("AnyModel", bound=models.Model)
Row = TypeVar("Row", bound=TransactionRecord)


def rows(model: type[AnyModel], using: str | None = None) -> models.QuerySet[AnyModel]:
    """All rows of a model, none hidden by a manager; a replica may not have those that the gateway speaks of."""
    return every_row(model, using)


def find_exactly(found: models.QuerySet[AnyModel], **column: str) -> AnyModel | None:
    """The row with that id. Ids are compared in Python: some databases compare without case."""
    ((name, value),) = column.items()
    return next((row for row in found.filter(**column) if getattr(row, name) == value), None)


def require_attempt(model: type[Row], merchant_uid: str, using: str) -> Row:
    """The attempt of that `merchant_uid`; raises `AttemptNotFound`."""
    row = find_exactly(rows(model, using), merchant_uid=merchant_uid)
    if row is None:
        raise AttemptNotFound(f"There is no attempt {merchant_uid}.")
    return row
