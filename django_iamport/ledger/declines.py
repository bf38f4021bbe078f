"""A charge that was refused and of which the gateway keeps no payment: the attempt failed, in its words."""

from __future__ import annotations

from typing import TypeVar

from django.utils import timezone, translation

from django_iamport import signals
from django_iamport.exceptions import ReceiverFailed, RejectPayment
from django_iamport.records import locks
from django_iamport.records.history import Origin, note
from django_iamport.records.transaction import TransactionRecord
from django_iamport.rules.status import Status
from django_iamport.rules.texts import storable

from . import shop_code
from .books import day_sums

LONGEST_REASON = 1000

Row = TypeVar("Row", bound=TransactionRecord)


def post(attempt: Row, reason: str, origin: Origin, using: str) -> Row:
    """Answers the stored attempt, which is `failed` unless news of a payment came first.

    Nothing was looked up: the answer to the shop's own request says that no money moved. A payment under the
    attempt's number is news even so. Raises `ReceiverFailed`, `Busy`; nothing is stored then.
    """

    def step() -> Row:
        locked = locks.locked_order(type(attempt), attempt.order_id, using)
        with translation.override(attempt.language), locked as (order, attempts):
            row = next(each for each in attempts if each.pk == attempt.pk)
            if row.status != Status.READY or row.imp_uid is not None:
                return row
            _store(row, storable(reason)[:LONGEST_REASON], using)
            row.refresh_from_db(using=using)
            note(
                row.merchant_uid,
                "failed",
                origin=origin,
                using=using,
                reason=row.fail_reason,
                status_before=Status.READY.value,
                status_after=row.status,
            )
            shop = shop_code.ShopCode(row.merchant_uid, using)
            try:
                shop.call(signals.payment_failed.send, sender=type(row), transaction=row, order=order)
            except RejectPayment as refusal:
                raise ReceiverFailed("A charge that failed can't be refused any more.") from refusal
            return row

    return shop_code.typed(attempt.merchant_uid, lambda: locks.retrying(step))


def _store(row: TransactionRecord, reason: str, using: str) -> None:
    """There is no evidence to store it by: `store_news` would say that the gateway was asked."""
    now = timezone.now()
    columns = {"status": Status.FAILED.value, "fail_reason": reason, "failed_at": now}
    moments = {"heard_at": now, "modified": now}
    type(row)._base_manager.using(using).filter(pk=row.pk).update(**columns, **moments)
    day_sums.forget([row.created], using)
