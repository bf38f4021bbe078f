"""The gateway's question before it takes the money: may this payment still go on?

It spares refunds and guards nothing: the same is asked under the lock before a payment is accepted.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import router

from django_iamport import conf
from django_iamport.models.registry import find_attempt
from django_iamport.models.transaction import AbstractTransaction
from django_iamport.rules import merchant_uids


def payable_attempt(merchant_uid: str, amount: Decimal | None) -> AbstractTransaction | None:
    """The attempt that may still be paid with `amount` (main unit), as the shop's database says.

    `amount` is None where the gateway doesn't tell one. None for an unknown number, another amount, an order
    whose amount or currency has changed, and one that has a payment already.
    """
    attempt = find_attempt(merchant_uid)
    if attempt is None or not merchant_uids.is_ours(attempt.gateway_merchant_uid, conf.prefix()):
        return None
    order, asked = attempt.order, (attempt.amount, attempt.currency)
    wanted = (Decimal(order.get_payment_amount()), order.get_payment_currency())
    if asked != wanted or amount not in (None, attempt.amount):
        return None
    return None if attempt.status == "rejected" or _is_paid(attempt) else attempt


def _is_paid(attempt: AbstractTransaction) -> bool:
    rows: Any = type(attempt)._base_manager.using(router.db_for_write(type(attempt)))
    return bool(rows.filter(order=attempt.order_id, status="paid").exists())
