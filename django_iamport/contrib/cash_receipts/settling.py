"""What goes on by itself: receipts whose payment was refunded, and calls whose answer was lost."""

from __future__ import annotations

from django.utils import timezone

from django_iamport import conf
from django_iamport.exceptions import IamportError
from django_iamport.gateway import receipts as gateway
from django_iamport.models.registry import find_attempt
from django_iamport.reconciliation.context import Run
from django_iamport.records.history import Origin
from django_iamport.signals.monitoring import log

from . import outcomes, receipts
from .exceptions import CashReceiptNotIssued, CashReceiptRefused
from .models import CashReceipt
from .rules import REFUND, ReceiptStatus

REFUNDED = Origin("refund")


def go_on(run: Run) -> None:
    """A part of `iamport_sync`: settle each, and list what needs somebody."""
    for row in list(CashReceipt.objects.unfinished(timezone.now())):
        run.go_on()
        if not conf.owns(row.merchant_uid):
            continue
        if run.dry_run:
            run.say(f"{row.merchant_uid}: cash receipt {row.status}")
        else:
            run.attempt(row.merchant_uid, lambda row=row: settle(row))  # type: ignore[misc]


def settle(row: CashReceipt) -> None:
    """Learn what became of a call, finish what was begun, and make the receipt fit what is held.

    Raises `GatewayError`; where the payment company refuses, an operator is called.
    """
    if row.status in (ReceiptStatus.SENT, ReceiptStatus.UNKNOWN):
        receipts.sync(row, source="sync")
    elif row.status == ReceiptStatus.CANCELLING:
        _go_on_cancelling(row)
    if row.status == ReceiptStatus.ISSUED and row.due_at:
        adjust(row)


def adjust_all(merchant_uid: str) -> None:
    """After the commit of a refund: what fails is left for `iamport_sync`."""
    for row in CashReceipt.objects.open().filter(merchant_uid=merchant_uid, due_at__isnull=False):
        try:
            settle(row)
        except IamportError as error:
            log("cash_receipt_postponed", merchant_uid=merchant_uid, reason=error.code)


def adjust(row: CashReceipt) -> None:
    """Compare a receipt with what is held of its payment; cancel it where it is of more.

    The payment company may have done so by itself. What is left then waits for another receipt: the number isn't
    kept here, so the customer, or an operator, gives it again.
    """
    transaction = find_attempt(row.merchant_uid)
    held = transaction.held_amount if transaction is not None else None
    if held is None:
        return
    found = gateway.find(**row.key)
    if found is not None and found.cancelled_at:
        outcomes.cancelled(row, found, REFUNDED)
    elif found is not None and held > 0 and found.amount == held:
        outcomes.adjusted(row, found, REFUNDED)
    else:
        _withdraw(row)


def _withdraw(row: CashReceipt) -> None:
    try:
        receipts.withdraw(row, reason=REFUND, origin=REFUNDED)
    except CashReceiptNotIssued:
        # Somebody else is at it.
        return
    except CashReceiptRefused:
        outcomes.call_operator(row, REFUNDED)
        raise
    finally:
        row.refresh_from_db()


def _go_on_cancelling(row: CashReceipt) -> None:
    receipts.sync(row, source="sync")
    if row.status != ReceiptStatus.CANCELLING:
        return
    origin = Origin("sync", row.cancelled_by)
    if row.store(sent_at=timezone.now()):
        try:
            receipts.carry_out_cancellation(row, origin)
        except CashReceiptRefused:
            if row.due_at:
                outcomes.call_operator(row, origin)
            raise
