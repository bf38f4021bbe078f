"""Where the ledger tells that an order is paid, its period is: in the same step, whoever brought the news."""

from __future__ import annotations

from typing import Any

from django.db.models import Model
from django.utils import timezone

from django_iamport import signals
from django_iamport.payments import keeping
from django_iamport.records import kinds
from django_iamport.records.history import Origin
from django_iamport.records.rows import rows
from django_iamport.records.write_database import write_database

from .lifecycle import steps
from .records import RenewalRecord
from .rules import RenewalStatus, SubscriptionStatus

ORIGIN = Origin("payment")


def connect() -> None:
    signals.payment_paid.connect(order_paid, dispatch_uid="iamport_subscriptions")
    signals.order_settled.connect(order_paid, dispatch_uid="iamport_subscriptions")
    keeping.register("subscriptions", keeps)


def order_paid(sender: Any, order: Model, transaction: Any = None, **kwargs: Any) -> None:
    renewal = renewal_of(order)
    if renewal is not None:
        steps.paid(renewal, order, transaction, timezone.now(), ORIGIN)


def keeps(order: Model) -> bool:
    """Whether only its subscription gives an order up: unpaid, its period would be free of charge.

    The first one, of which nothing was paid, ends its subscription.
    """
    renewal = renewal_of(order)
    if renewal is None or renewal.status != RenewalStatus.OPEN:
        return False
    return bool(renewal.subscription.status != SubscriptionStatus.INCOMPLETE)


def renewal_of(order: Model) -> RenewalRecord | None:
    """The period that an order is of."""
    for model in renewal_models():
        if kinds.has_rows_of(type(order), orders_of(model)):
            periods: Any = rows(model, write_database(order))
            found: RenewalRecord | None = periods.filter(order_id=order.pk).first()
            if found is not None:
                return found
    return None


def renewal_models() -> list[type[RenewalRecord]]:
    return kinds.derived_from(RenewalRecord)


def orders_of(model: type[RenewalRecord]) -> type[Model]:
    found: Any = model._meta.get_field("order").related_model
    orders: type[Model] = found
    return orders
