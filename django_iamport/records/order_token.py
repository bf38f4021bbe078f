"""By what a session knows an order again: a word that is given once, where a key may be given twice.

After a backup was restored the next order gets a key that an order had before, and its guest was told of that one.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable

from django.db import models, router
from django.utils import timezone

from django_iamport.records.fields import CreatedField
from django_iamport.records.kinds import topmost


class OrderToken(models.Model):
    """The word of one order, of any model, made when a session first has to remember it."""

    # The model's label and the order's key: `shop.order:17`.
    order = models.CharField(max_length=255, unique=True)
    token = models.CharField(max_length=64)
    # When a guest's order became an account's, because the session that began it signed in.
    joined_at = models.DateTimeField(null=True)
    created = CreatedField(db_index=True)

    def __str__(self) -> str:
        return self.order


def name_of(order: models.Model) -> str:
    """`shop.order:17`, by whichever of its classes it was read."""
    return f"{model_label(type(order))}:{order.pk}"


def model_label(model: type[models.Model]) -> str:
    return topmost(model)._meta.label_lower


def token_of(order: models.Model) -> str:
    """The order's token; made where it has none yet."""
    made = {"token": secrets.token_urlsafe(24)}
    return _tokens().get_or_create(order=name_of(order), defaults=made)[0].token


def tokens(names: Iterable[str]) -> dict[str, str]:
    """The tokens that orders of these names have."""
    wanted = [*names]
    return dict(_tokens().filter(order__in=wanted).values_list("order", "token")) if wanted else {}


def note_joined(order: models.Model) -> None:
    _tokens().filter(order=name_of(order)).update(joined_at=timezone.now())


def has_joined(order: models.Model) -> bool:
    """Whether only the session says that this order is its user's."""
    return _tokens().filter(order=name_of(order), joined_at__isnull=False).exists()


def forget(order: models.Model) -> None:
    """No session knows that order any more."""
    found = _tokens().filter(order=name_of(order))
    # Asked first: where nothing is found, a DELETE would lock the gap in which others insert theirs.
    keys = [*found.values_list("pk", flat=True)]
    if keys:
        _tokens().filter(pk__in=keys).delete()


def _tokens() -> models.QuerySet[OrderToken]:
    return OrderToken._base_manager.using(router.db_for_write(OrderToken))
