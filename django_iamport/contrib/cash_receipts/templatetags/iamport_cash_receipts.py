"""`{% iamport_cash_receipt transaction %}`: on the receipt of a payment, how its cash receipt stands."""

from __future__ import annotations

from typing import Any

from django import template

from django_iamport.contrib.cash_receipts.access import standing
from django_iamport.models import AbstractTransaction

register = template.Library()


@register.inclusion_tag("iamport_cash_receipts/link.html")
def iamport_cash_receipt(transaction: AbstractTransaction) -> dict[str, Any]:
    """The cash receipt of a transfer or deposit, and the way to ask for it; nothing for other payments.

    For a page that its owner alone sees, as the package's receipt is.
    """
    return {"transaction": transaction, **standing(transaction)}
