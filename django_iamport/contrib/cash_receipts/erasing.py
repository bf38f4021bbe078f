"""What `iamport_erase` blanks of a receipt: whose number it was on, whose hand it was, and what people wrote."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet, Value

from django_iamport.ledger.erasable import Erasable
from django_iamport.models.registry import without_payment

from .models import CashReceipt
from .rules import REFUND, ReceiptStatus

WRITTEN = ("masked_identifier", "name", "reference", "gateway_message", "receipt_url")
HANDS = ("by", "cancelled_by")


def of_user(key: Any) -> list[QuerySet[Any]]:
    """Where he acted himself: of his hand the role stays, whoever's payment it was."""
    hands = (f"customer:{key}", f"operator:{key}")
    return [
        CashReceipt.objects.filter(Q(by=hand) | Q(cancelled_by=hand)).annotate(erased_hand=Value(hand))
        for hand in hands
    ]


def of_payment(merchant_uid: str) -> list[QuerySet[Any]]:
    return [_holding().filter(merchant_uid=merchant_uid)]


def before(moment: datetime) -> list[QuerySet[Any]]:
    """Of sales elsewhere, of payments that were blanked before, and of such as are gone."""
    return [without_payment(_holding().filter(created__lt=moment))]


def erase(row: CashReceipt) -> str | None:
    hand: str | None = getattr(row, "erased_hand", None)
    if hand is not None:
        blank = {column: hand.partition(":")[0] for column in HANDS if getattr(row, column) == hand}
    elif row.due_at or (row.is_open and row.status != ReceiptStatus.ISSUED):
        return "cash_receipt_pending"
    else:
        blank = dict.fromkeys(WRITTEN, "")
        blank["reason"] = REFUND if row.reason == REFUND else ""
        blank |= {column: _role(getattr(row, column)) for column in HANDS}
    CashReceipt.objects.filter(pk=row.pk).update(**blank)
    return None


def _role(hand: str) -> str:
    """An operator's key is an id of the shop's own; a customer's leads to him, and any other text may."""
    if hand.startswith("operator:"):
        return hand
    return "customer" if hand.startswith("customer") else ""


def _holding() -> QuerySet[CashReceipt]:
    written = ~Q(reason__in=("", REFUND))
    for column in WRITTEN:
        written |= ~Q(**{column: ""})
    for column in HANDS:
        written |= ~Q(**{f"{column}__startswith": "operator:"}) & ~Q(**{f"{column}__in": ("", "customer")})
    return CashReceipt.objects.filter(written)


CASH_RECEIPTS = Erasable(
    name="cash_receipts",
    of_user=of_user,
    before=before,
    erase=erase,
    number=lambda row: str(row.merchant_uid),
    of_payment=of_payment,
)
