"""The row of a second payment: the shop's columns as in the attempt, as far as its constraints let them be."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any, TypeVar

from django.db import models

from django_iamport.records.transaction import (
    ASKED_COLUMNS,
    BOOKKEEPING,
    GATEWAY_COLUMNS,
    TransactionRecord,
)

Row = TypeVar("Row", bound=TransactionRecord)


def candidates(attempt: Row, merchant_uid: str) -> Iterator[Row]:
    """New rows of the same order with what was asked, each for the case that a constraint refused the one before.

    Columns that the shop wants to be unique are copied, then left to their defaults, then filled with what no
    other row has: money that is held must have a row, whatever stands in those columns.
    """
    left_out = (GATEWAY_COLUMNS - ASKED_COLUMNS) | BOOKKEEPING
    copied = {
        column.attname: getattr(attempt, column.attname)
        for column in attempt._meta.concrete_fields
        if not column.primary_key and not column.unique and column.name not in left_out
    }
    copied["merchant_uid"] = merchant_uid
    unique = [column for columns in shops_constraints(type(attempt)).values() for column in columns]
    as_default = {name: value for name, value in copied.items() if name not in {c.attname for c in unique}}
    distinct = {column.attname: _distinct(column, merchant_uid) for column in unique}
    yield type(attempt)(**copied)
    if unique:
        # Columns that are unique alone were not copied: they have their defaults already.
        yield type(attempt)(**as_default)
        yield type(attempt)(**as_default, **distinct)


def shops_constraints(model: type[TransactionRecord]) -> dict[str, list[models.Field[Any, Any]]]:
    """What may refuse a second row with the shop's columns of the first: its name -> the shop's columns in it."""
    own = {field.name for field in TransactionRecord._meta.get_fields()} - {"created", "modified"}
    shops = [c for c in model._meta.concrete_fields if c.name not in own | {"order"} and not c.primary_key]
    found = {column.name: {column.name} for column in shops if column.unique}
    for each in (model, *model._meta.get_parent_list()):
        found |= {" + ".join(together): set(together) for together in each._meta.unique_together}
        for constraint in each._meta.constraints:
            if not isinstance(constraint, models.CheckConstraint):
                # An expression, or a constraint that only its database knows, may concern any of them.
                named = getattr(constraint, "fields", ()) or [column.name for column in shops]
                found[constraint.name] = set(named)
    # With a column of ours, which differs from row to row, nothing is refused.
    return {
        name: [column for column in shops if column.name in named]
        for name, named in found.items()
        if not own & named
    }


def _distinct(column: models.Field[Any, Any], merchant_uid: str) -> object:
    """What no other row has in that column, where its kind of value permits that."""
    if column.null:
        return None
    if isinstance(column, models.UUIDField):
        return uuid.uuid4()
    if isinstance(column, (models.SmallIntegerField, models.PositiveSmallIntegerField)):
        return column.get_default()
    if isinstance(column, models.IntegerField):
        return uuid.uuid4().int % 2**31
    if isinstance(column, (models.CharField, models.TextField)):
        # The number of the second payment differs from the attempt's at its end.
        return merchant_uid[-(column.max_length or len(merchant_uid)) :]
    return column.get_default()
