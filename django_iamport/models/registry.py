"""Which transaction models a project has, and in which of them a `merchant_uid` is found."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db.models import Exists, Model, OuterRef, QuerySet

from django_iamport import conf
from django_iamport.records import kinds
from django_iamport.records.rows import AnyModel, find_exactly, rows
from django_iamport.rules.merchant_uids import is_well_formed

from .transaction import AbstractTransaction


def transaction_models() -> list[type[AbstractTransaction]]:
    """All concrete transaction models; children that share their parent's rows are left out."""
    return kinds.derived_from(AbstractTransaction)


def without_payment(found: QuerySet[AnyModel]) -> QuerySet[AnyModel]:
    """Of rows that a `merchant_uid` ties to a payment, those whose payment was blanked, or is gone."""
    for model in transaction_models():
        kept = rows(model).filter(merchant_uid=OuterRef("merchant_uid"), erased_at=None)
        found = found.filter(~Exists(kept))
    return found


def transaction_model_of(order: type[Model]) -> type[AbstractTransaction]:
    """The transactions that pay orders of a class, be it a proxy or a child of the one that they point at.

    Raises `LookupError` where no transaction model pays that kind of order.
    """
    for model in transaction_models():
        if kinds.has_rows_of(order, model.order_model()):
            return model
    raise LookupError(
        f"No transaction model pays {order.__name__}: "
        "add a subclass of AbstractTransaction whose order points at it."
    )


def name_of(order: Model) -> str:
    """What names an order where its key alone could be that of another kind: `shop.order:17`.

    Raises `LookupError` where no transaction model pays that kind of order.
    """
    return f"{_label(transaction_model_of(type(order)))}:{order.pk}"


def name_of_order(attempt: AbstractTransaction) -> str:
    """What names the order of an attempt, without reading it."""
    return f"{_label(type(attempt))}:{attempt.order_id}"


def named(name: str) -> tuple[type[AbstractTransaction] | None, str]:
    """The transactions of the kind that a name of `name_of` names, and the key; no kind for a key alone."""
    label, _colon, key = name.partition(":")
    for model in transaction_models() if key else ():
        if label.lower() == _label(model):
            return model, key
    return None, name


def find_order(model: type[AbstractTransaction], key: object) -> Model | None:
    """The order of that key among those that the transactions pay, as the object that is asked."""
    orders = model.order_model()
    try:
        order = rows(orders).filter(pk=orders._meta.pk.to_python(key)).first()
    except (ValidationError, ValueError, OverflowError):
        return None
    return None if order is None else kinds.asked(order)


def _label(model: type[AbstractTransaction]) -> str:
    concrete: Any = model.order_model()._meta.concrete_model
    return str(concrete._meta.label_lower)


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
