"""Changing a waiting virtual account: its due moment, and its sum to what the order asks for now."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from django_iamport import conf
from django_iamport.exceptions import (
    AccountNotWaiting,
    IamportError,
    NotPayable,
    OrderClosed,
    OutcomeUnknown,
)
from django_iamport.gateway import connection
from django_iamport.gateway.connection import Evidence
from django_iamport.records import locks
from django_iamport.records.history import Origin
from django_iamport.rules import merchant_uids, verification

if TYPE_CHECKING:
    from django_iamport.managers import TransactionManager
    from django_iamport.models.transaction import AbstractTransaction


def change(
    row: AbstractTransaction, manager: TransactionManager[Any], *, vbank_due: datetime | None, by: str
) -> None:
    """`AbstractTransaction.change_account`: the new sum is stored first, so that either one may be told."""
    locks.require_no_transaction(manager.write_database())
    if not merchant_uids.is_ours(row.gateway_merchant_uid, conf.prefix()):
        raise AccountNotWaiting(f"{row.merchant_uid} is not a payment of this shop.")
    amount = locks.repeated(lambda: _announce(row, manager))
    if amount is None and vbank_due is None:
        return
    asked_at = timezone.now()
    try:
        answer = connection.client().vbanks.change(row.imp_uid or "", amount=amount, vbank_due=vbank_due)
    except OutcomeUnknown:
        # Whichever sum the next lookup tells is right.
        raise
    except IamportError:
        locks.repeated(lambda: _take_back(row, manager))
        raise
    manager.take_in_answer(Evidence(answer, asked_at), Origin("account", by))


def _announce(row: AbstractTransaction, manager: TransactionManager[Any]) -> Decimal | None:
    """Store the sum that the account is to have; None where it has the order's already."""
    with manager.locked_attempt(row.merchant_uid) as stored:
        if not stored.is_awaiting_deposit:
            raise AccountNotWaiting(f"{row.merchant_uid} waits for no deposit.")
        order: Any = stored.order
        if not order.accepts_payment(stored):
            raise OrderClosed("The order no longer accepts a payment.")
        amount = Decimal(order.get_payment_amount())
        if amount == stored.amount:
            return None
        if not verification.is_payable(amount, stored.currency):
            raise NotPayable(f"{amount} {stored.currency} can't be asked for.")
        stored.store_asked(vbank_amount=str(amount))
        return amount


def _take_back(row: AbstractTransaction, manager: TransactionManager[Any]) -> None:
    with manager.locked_attempt(row.merchant_uid) as stored:
        stored.store_asked(vbank_amount=None)
