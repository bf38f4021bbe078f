"""Whether what the gateway shows of a payment is stored already. Reads, and decides nothing about money."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django_iamport.records.transaction import TransactionRecord
from django_iamport.rules.dates import is_over
from django_iamport.rules.payment import SeenPayment
from django_iamport.rules.standing import Standing, standing, sums_differ
from django_iamport.rules.status import Status
from django_iamport.rules.verification import HOLDS_NOTHING

from . import backlog

# Of a stored transaction, what is compared.
COLUMNS = (
    *("merchant_uid", "gateway_merchant_uid", "imp_uid", "status", "reject_reason", "fail_reason", "asked"),
    *("amount", "paid_amount", "paid_currency", "cancel_amount", "vbank_num", "vbank_date", "created"),
    *("backlog_since", "backlog_code", "order_id"),
)


def is_news(row: TransactionRecord, payment: SeenPayment, *, now: datetime) -> bool:
    """Whether a posting would change anything for a payment under the `merchant_uid` of this row."""
    seen = standing(payment)
    if row.backlog_code in backlog.REPORTED:
        # The backlog was gone through already.
        return False
    if seen is Standing.UNCLEAR or row.imp_uid is None:
        return True
    if row.imp_uid != payment.imp_uid:
        return seen is Standing.HELD or (seen is Standing.WAITING and not _is_over(payment, now))
    if row.reject_reason in HOLDS_NOTHING:
        return False
    if row.status == Status.CANCELLED:
        return sums_differ(row, payment)
    return not _agrees(row, payment, seen, now)


def _agrees(row: TransactionRecord, payment: SeenPayment, seen: Standing, now: datetime) -> bool:
    if row.status in (Status.PAID, Status.REJECTED):
        is_same_refund = row.cancel_amount == Decimal(payment.cancel_amount)
        return seen is Standing.HELD and is_same_refund and not sums_differ(row, payment)
    if row.status == Status.FAILED:
        ended = seen is Standing.WAITING and _is_over(payment, now)
        return ended or seen in (Standing.FAILED, Standing.OPEN)
    return seen is Standing.OPEN or (seen is Standing.WAITING and _is_same_account(row, payment, now))


def _is_same_account(row: TransactionRecord, payment: SeenPayment, now: datetime) -> bool:
    seen = (payment.vbank_num, payment.vbank_date, Decimal(payment.amount))
    return (row.vbank_num, row.vbank_date, row.amount) == seen and not _is_over(payment, now)


def _is_over(payment: SeenPayment, now: datetime) -> bool:
    return is_over(payment.vbank_date, now=now)
