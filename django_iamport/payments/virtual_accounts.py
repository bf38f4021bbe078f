"""A waiting virtual account: voided, or changed in its due moment and to the sum that the order asks for now."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django_iamport import conf
from django_iamport.exceptions import (
    AccountNotWaiting,
    IamportError,
    NotPayable,
    OrderClosed,
    OutcomeUnknown,
    RefundNeedsOperator,
)
from django_iamport.gateway import instructions
from django_iamport.ledger import shop_code
from django_iamport.records import locks
from django_iamport.records.history import Origin
from django_iamport.records.rows import require_attempt
from django_iamport.records.transaction import TransactionRecord
from django_iamport.refunds import execution
from django_iamport.rules.money import is_payable
from django_iamport.rules.status import RefundStatus


def void(row: TransactionRecord, using: str, *, reason: str, by: str) -> None:
    """`AbstractTransaction.void_account`: asked for by somebody, and carried out as what the rules ask for is."""
    locks.require_no_transaction(using)
    if not conf.owns(row.gateway_merchant_uid):
        raise AccountNotWaiting(f"{row.merchant_uid} is not a payment of this shop.")
    if not require_attempt(type(row), row.merchant_uid, using).is_awaiting_deposit:
        raise AccountNotWaiting(f"{row.merchant_uid} is not waiting for a deposit.")
    refund = execution.void_account(row, using, reason=reason, by=by or "operator")
    if refund is not None and refund.status == RefundStatus.NEEDS_OPERATOR:
        raise RefundNeedsOperator(
            f"The account of {row.merchant_uid} was not voided: {refund.code}.",
            refusal=refund.code,
            gateway_message=refund.gateway_message,
        )
    if require_attempt(type(row), row.merchant_uid, using).is_awaiting_deposit:
        raise OutcomeUnknown("The account is being voided.", merchant_uid=row.merchant_uid)


def change(row: TransactionRecord, using: str, *, vbank_due: datetime | None, by: str) -> None:
    """`AbstractTransaction.change_account`: the new sum is stored first, so that either one may be seen."""
    locks.require_no_transaction(using)
    if not conf.owns(row.gateway_merchant_uid):
        raise AccountNotWaiting(f"{row.merchant_uid} is not a payment of this shop.")
    amount = shop_code.typed(row.merchant_uid, lambda: locks.retrying(lambda: _announce(row, using)))
    if amount is None and vbank_due is None:
        return
    try:
        answer = instructions.change_account(row.imp_uid or "", amount=amount, vbank_due=vbank_due)
    except OutcomeUnknown:
        # Whichever sum the next lookup shows is right.
        raise
    except IamportError:
        locks.retrying(lambda: _take_back(row, using))
        raise
    execution.post_and_execute(type(row), answer, Origin("account", by), using)


def _announce(row: TransactionRecord, using: str) -> Decimal | None:
    """Store the sum that the account is to have; None where it has the order's already."""
    with locks.locked_attempt(row, using) as stored:
        if not stored.is_awaiting_deposit:
            raise AccountNotWaiting(f"{row.merchant_uid} is not waiting for a deposit.")
        order = stored.order
        if not order.accepts_payment(stored):
            raise OrderClosed("The order no longer accepts payments.")
        amount = Decimal(order.get_payment_amount())
        if amount == stored.amount:
            return None
        if not is_payable(amount, stored.currency):
            raise NotPayable(f"{amount} {stored.currency} can't be charged.")
        stored.store_asked(vbank_amount=str(amount))
        return amount


def _take_back(row: TransactionRecord, using: str) -> None:
    with locks.locked_attempt(row, using) as stored:
        stored.store_asked(vbank_amount=None)
