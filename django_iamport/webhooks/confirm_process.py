"""The gateway's question before it takes the money: may this payment still go on?

It spares refunds and guards nothing: the same is asked under the lock before a payment is accepted.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from django_iamport import conf
from django_iamport.models import AbstractTransaction
from django_iamport.models.registry import find_attempt
from django_iamport.payments.open_attempts import is_under_way
from django_iamport.records.rows import rows
from django_iamport.rules.status import Status


def find(merchant_uid: str) -> AbstractTransaction | None:
    """The attempt of that number, where it is this shop's."""
    attempt = find_attempt(merchant_uid)
    return attempt if attempt is not None and conf.owns(attempt.gateway_merchant_uid) else None


def is_payable(attempt: AbstractTransaction, amount: Decimal | None) -> bool:
    """Whether it may still be paid with `amount` (main unit), as the shop's database says.

    `amount` is None where the gateway doesn't tell one. False for another amount, an order whose amount or
    currency has changed, and one that has a payment already or a saved card that may have been charged.
    """
    order, asked = attempt.order, (attempt.amount, attempt.currency)
    wanted = (Decimal(order.get_payment_amount()), order.get_payment_currency())
    if asked != wanted or amount not in (None, attempt.amount):
        return False
    return attempt.status != Status.REJECTED and not _is_paid_otherwise(attempt)


def _is_paid_otherwise(attempt: AbstractTransaction) -> bool:
    attempts: QuerySet[Any] = rows(type(attempt))
    now = timezone.now()
    return any(
        row.status == Status.PAID or (row.pk != attempt.pk and is_under_way(row, now))
        for row in attempts.filter(order=attempt.order_id, status__in=(Status.PAID, Status.READY))
    )
