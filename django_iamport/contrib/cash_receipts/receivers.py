"""Money that went back: its receipt is marked in the same transaction, and adjusted after the commit."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.db import transaction as database
from django.dispatch import receiver
from django.utils import timezone

from django_iamport import signals
from django_iamport.models import AbstractTransaction
from django_iamport.reconciliation import further

from . import outcomes, settling
from .models import CashReceipt
from .rules import CASH, PERSON, ReceiptStatus

further.PARTS["cash_receipts"] = settling.go_on


@receiver(signals.payment_cancelled, dispatch_uid="iamport_cash_receipts_refund")
@receiver(signals.payment_returned, dispatch_uid="iamport_cash_receipts_return")
def mark(sender: object, transaction: AbstractTransaction, **kwargs: Any) -> None:
    now, using = timezone.now(), outcomes.database()
    of_it = CashReceipt.objects.of(transaction)
    if transaction.held_amount == 0:
        # Nothing is left that a receipt could be of.
        of_it.filter(is_renewal_wanted=True).update(is_renewal_wanted=False)
        of_it.filter(status=ReceiptStatus.REFUSED).update(code="")
    marked = of_it.open().order_by().update(due_at=now, retry_at=None)
    if not marked and not of_it.exists() and _has_one_of_the_window(transaction):
        CashReceipt.objects.create(
            kind="payment",
            merchant_uid=transaction.merchant_uid,
            imp_uid=transaction.imp_uid or "",
            open_key=transaction.merchant_uid,
            type=PERSON,
            amount=transaction.paid_amount or 0,
            status=ReceiptStatus.ISSUED.value,
            due_at=now,
        )
        marked = 1
    if marked:
        database.on_commit(partial(settling.adjust_all, transaction.merchant_uid), using=using, robust=True)


def _has_one_of_the_window(transaction: AbstractTransaction) -> bool:
    """The customer asked for it in the payment window: the payment company issued it, and nobody here did."""
    return transaction.pay_method in CASH and bool(transaction.answer.get("cash_receipt_issued"))
