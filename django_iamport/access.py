"""Whose order is it: who may pay, who may see, and which orders a visitor's session began."""

from __future__ import annotations

import secrets
from typing import TypeVar

from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest

from django_iamport.models.order import AbstractOrder, PayableMixin, ShopOrder
from django_iamport.models.registry import default_transaction_model, transaction_models
from django_iamport.models.transaction import AbstractTransaction

__all__ = ["orders_of", "owns", "paid_orders", "remember"]

SESSION_KEY = "iamport_orders"
KEYS_KEY = "iamport_checkout_keys"
REMEMBERED = 30
UNPAID, TAKEN = "unpaid", "taken"

Order = TypeVar("Order", bound=Model)


def owns(request: HttpRequest, order: PayableMixin) -> bool:
    """Whether the visitor owns an order: as its `user`, or, for an order without one, through the session."""
    owner = getattr(order, "user_id", None)
    if owner is not None:
        user = getattr(request, "user", None)
        return user is not None and user.is_authenticated and user.pk == owner
    return _key(order) in _remembered(request) or getattr(order, "checkout_key", None) in _issued(request)


def issue_checkout_key(request: HttpRequest) -> str:
    """A one-time key for an order form; the session notes it, so that only this visitor can use it."""
    key = secrets.token_urlsafe(24)
    request.session[KEYS_KEY] = [*_issued(request), key][-REMEMBERED:]
    return key


def remember(request: HttpRequest, order: PayableMixin, *, checkout_key: str = "") -> None:
    """Note in the session that this visitor began an order, and with which one-time key."""
    remembered = dict(_remembered(request))
    remembered.setdefault(_key(order), {"state": UNPAID, "checkout_key": checkout_key})
    request.session[SESSION_KEY] = dict(list(remembered.items())[-REMEMBERED:])


def order_by_key(request: HttpRequest, order_model: type[Order], checkout_key: str) -> Order | None:
    """The order that this session began with that one-time key.

    Weaker than a unique column: two requests at the same moment may both find nothing.
    """
    for key, note in reversed(_remembered(request).items()):
        label, _, pk = key.partition(":")
        if label == order_model._meta.label_lower and note.get("checkout_key") == checkout_key:
            return order_model._base_manager.filter(pk=pk).first()
    return None


def orders_of(
    request: HttpRequest, transaction_model: type[AbstractTransaction] | None = None
) -> QuerySet[ShopOrder]:
    """The orders that the visitor owns: those of the user, and those without one that the session began."""
    order_model = (transaction_model or default_transaction_model()).order_model()
    prefix = f"{order_model._meta.label_lower}:"
    began = [key.removeprefix(prefix) for key in _remembered(request) if key.startswith(prefix)]
    orders: QuerySet[ShopOrder] = order_model._base_manager.all()
    if not any(field.name == "user" for field in order_model._meta.concrete_fields):
        return orders.filter(pk__in=began)
    owned = Q(user=None, pk__in=began)
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        owned |= Q(user=user.pk)
    return orders.filter(owned)


def paid_orders(
    request: HttpRequest, transaction_model: type[AbstractTransaction] | None = None
) -> list[ShopOrder]:
    """The orders of this session that were paid (or settled) since this was last asked; each is answered once.

    A shop's cart takes their lines out: whoever brought the news, this visitor's next request hears of it.
    """
    order_model = (transaction_model or default_transaction_model()).order_model()
    label = order_model._meta.label_lower
    remembered = dict(_remembered(request))
    unpaid = [
        key for key, note in remembered.items() if key.startswith(f"{label}:") and note["state"] == UNPAID
    ]
    if not unpaid:
        return []
    keys = [key.partition(":")[2] for key in unpaid]
    orders: QuerySet[ShopOrder] = order_model._base_manager.filter(pk__in=keys)
    paid = [order for order in orders if is_settled(order)]
    for order in paid:
        remembered[_key(order)]["state"] = TAKEN
    if paid:
        request.session[SESSION_KEY] = remembered
    return paid


def is_settled(order: PayableMixin) -> bool:
    """Whether an order was ever paid, or needed no payment."""
    if getattr(order, "status", None) == AbstractOrder.STATUS.paid:
        return True
    return any(
        first_paid(model, order) is not None
        for model in transaction_models()
        if model.order_model() is type(order)
    )


def first_paid(model: type[AbstractTransaction], order: PayableMixin) -> AbstractTransaction | None:
    """The transaction that paid an order, whatever became of the money since."""
    paid = Q(order=order, verified_at__isnull=False)
    return model._base_manager.filter(paid).order_by("pk").first()


def _issued(request: HttpRequest) -> list[str]:
    session = getattr(request, "session", None)
    found = session.get(KEYS_KEY) if session is not None else None
    return found if isinstance(found, list) else []


def _remembered(request: HttpRequest) -> dict[str, dict[str, str]]:
    session = getattr(request, "session", None)
    found = session.get(SESSION_KEY) if session is not None else None
    return found if isinstance(found, dict) else {}


def _key(order: PayableMixin) -> str:
    return f"{type(order)._meta.label_lower}:{order.pk}"
