"""Which transaction models a project has, and in which of them a `merchant_uid` is found."""

from __future__ import annotations

from django.apps import apps
from django.db import models, router

from django_iamport import conf
from django_iamport.models.transaction import AbstractTransaction
from django_iamport.rules.merchant_uids import is_well_formed


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
        raise LookupError(f"{model.__name__} is no AbstractTransaction.")
    return model


def find_attempt(merchant_uid: str) -> AbstractTransaction | None:
    """The stored attempt of that `merchant_uid`, in whichever model it is; compared exactly."""
    if not is_well_formed(merchant_uid):
        return None
    for model in transaction_models():
        for row in _stored(model).filter(merchant_uid=merchant_uid):
            if row.merchant_uid == merchant_uid:
                return row
    return None


def find_by_imp_uid(imp_uid: str) -> AbstractTransaction | None:
    """The stored transaction of that `imp_uid`; compared exactly."""
    for model in transaction_models():
        for row in _stored(model).filter(imp_uid=imp_uid):
            if row.imp_uid == imp_uid:
                return row
    return None


def _stored(model: type[AbstractTransaction]) -> models.QuerySet[AbstractTransaction]:
    """From the database that is written to: a replica may not know a row that the gateway speaks of already."""
    return model._base_manager.using(router.db_for_write(model))
