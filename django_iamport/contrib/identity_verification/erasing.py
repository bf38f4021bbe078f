"""What `iamport_erase` does with verifications, and what `iamport_forget_identities` cleans away."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from django_iamport.ledger.erasable import Erasable
from django_iamport.records.history import Origin
from django_iamport.records.rows import rows

from . import verification
from .models import AbstractIdentityVerification, verification_models

BY_COMMAND = Origin("command")
HOLDING = ~Q(user=None) | ~Q(unique_key_hash="") | ~Q(age_band="") | ~Q(claimed_imp_uid="")


def of_user(key: Any) -> list[QuerySet[Any]]:
    return [rows(model).filter(user=key) for model in verification_models()]


def before(moment: datetime) -> list[QuerySet[Any]]:
    return [rows(model).filter(HOLDING, created__lt=moment) for model in verification_models()]


def erase(row: AbstractIdentityVerification) -> str | None:
    return None if verification.erase(row, origin=BY_COMMAND) else "certification_kept"


VERIFICATIONS = Erasable(
    name="identity_verifications",
    of_user=of_user,
    before=before,
    erase=erase,
    number=lambda row: str(row.merchant_uid),
)


def to_be_deleted() -> list[QuerySet[Any]]:
    """What the gateway was not reached to delete, and what a browser left there and nobody fetched."""
    over = timezone.now() - verification.LIFE
    settled = ~Q(status="ready") & Q(imp_uid__isnull=False)
    left = Q(status="ready", created__lt=over) & ~Q(claimed_imp_uid="")
    return [rows(model).filter(settled | left, deleted_at=None) for model in verification_models()]


def abandoned() -> list[QuerySet[Any]]:
    """Windows that came to nothing: rows of which nothing is known, here or there."""
    over = timezone.now() - verification.LIFE
    return [
        rows(model).filter(Q(claimed_imp_uid="") | ~Q(deleted_at=None), status="ready", created__lt=over)
        for model in verification_models()
    ]
