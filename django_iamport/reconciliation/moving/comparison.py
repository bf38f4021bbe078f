"""What is wrong between a row of the former code and the payment at the gateway: words, the gravest first."""

from __future__ import annotations

from decimal import Decimal

from django_iamport.rules.payment import SeenPayment
from django_iamport.rules.standing import Standing, is_test_payment, standing
from django_iamport.rules.status import Status
from django_iamport.rules.verification import CARD_REGISTRATION

from .tables import OldRow

TAKEN = (Standing.HELD, Standing.REFUNDED)


def findings(
    old: OldRow, payment: SeenPayment, *, expected: Decimal, currency: str, test_mode: bool
) -> list[str]:
    """`expected`: what the payment should have been, in the main unit of `currency`."""
    if payment.merchant_uid != old.merchant_uid or old.imp_uid not in ("", payment.imp_uid):
        return ["other"]
    if is_test_payment(payment, test_mode=test_mode):
        return ["test"] if old.is_paid else []
    seen = standing(payment)
    if seen is Standing.UNCLEAR:
        return ["unclear"]
    if seen not in TAKEN:
        return [_not_taken(payment)] if old.is_paid else []
    found = [] if old.is_paid else ["unrecorded"]
    if payment.currency != currency or payment.customer_uid_usage == CARD_REGISTRATION:
        found.append("other")
    if payment.cancel_amount > 0:
        found.append("cancelled")
    asked = payment.amount + (payment.promotion.discount if payment.promotion else 0)
    if asked != expected:
        found.append("less" if asked < expected else "more")
    return found


def _not_taken(payment: SeenPayment) -> str:
    return "cancelled" if payment.status == Status.CANCELLED else "unpaid"
