"""Which transaction models a project has, and in which of them a `merchant_uid` is found."""

from __future__ import annotations

from django.apps import apps

from django_iamport import conf
from django_iamport.records.rows import find_exactly, rows
from django_iamport.rules.merchant_uids import is_well_formed

from .transaction import AbstractTransaction


def transaction_models() -> list[type[AbstractTransaction]]:
    """All concrete transaction models; children that share their parent's rows are left out."""
    found = [model for model in apps.get_models() if issubclass(model, AbstractTransaction)]
    return [
        model
        for model in found
        if not model._meta.proxy
        and not any(issubclass(parent, AbstractTransaction) for parent in model._meta.parents)
    ]


def default_transaction_model() -> type[AbstractTransaction]:
    """The model that `IAMPORT_TRANSACTION_MODEL` names.

    Raises `ImproperlyConfigured` where it is missing, `LookupError` where there is no such model.
    """
    model = apps.get_model(conf.get("IAMPORT_TRANSACTION_MODEL"))
    if not issubclass(model, AbstractTransaction):
        raise LookupError(f"{model.__name__} is not an AbstractTransaction.")
    return model


def find_attempt(merchant_uid: str) -> AbstractTransaction | None:
    """The stored attempt of that `merchant_uid`, in whichever model it is; compared exactly."""
    return _find(merchant_uid=merchant_uid) if is_well_formed(merchant_uid) else None


def find_by_imp_uid(imp_uid: str) -> AbstractTransaction | None:
    """The stored transaction of that `imp_uid`; compared exactly."""
    return _find(imp_uid=imp_uid)


def _find(**column: str) -> AbstractTransaction | None:
    found = (find_exactly(rows(model), **column) for model in transaction_models())
    return next((row for row in found if row is not None), None)
