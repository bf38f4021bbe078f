"""What a page shows of a payment's cash receipt, and to whom it offers one."""

from __future__ import annotations

from typing import Any

from django_iamport.models import AbstractTransaction

from . import receipts, rules
from .models import CashReceipt


def standing(transaction: AbstractTransaction) -> dict[str, Any]:
    """`receipt`: the last one that was asked for; `may_ask`: whether another one can be asked for now."""
    last = CashReceipt.objects.of(transaction).last()
    is_open = last is not None and last.is_open
    return {
        "receipt": last,
        "may_ask": not is_open and receipts.is_possible(transaction),
        "is_cash": transaction.pay_method in rules.CASH,
    }
