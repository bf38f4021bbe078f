"""Payments on which a promotion gave a discount, told in the money that moved."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django_iamport.client.results import Payment


def in_money(payment: Payment) -> Payment:
    """The same payment; where its whole refund is counted as before the discount, as what was held and went back.

    The gateway's guide counts refunds so, and doesn't say which of the two a lookup shows.
    """
    discount = payment.promotion.discount if payment.promotion else 0
    if discount <= 0 or payment.cancel_amount != payment.amount + discount:
        return payment
    told = [entry.amount for entry in payment.cancel_history]
    if told not in ([], [payment.cancel_amount]):
        return payment
    history = tuple(replace(entry, amount=payment.amount) for entry in payment.cancel_history)
    return replace(payment, cancel_amount=payment.amount, cancel_history=history)
