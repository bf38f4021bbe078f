"""When a payment can be refunded, and what for: the payment companies' conditions."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.utils import timezone

from django_iamport.exceptions import (
    RefundAccountMissing,
    RefundInConsole,
    RefundPeriodOver,
    RefundRestChanged,
)
from django_iamport.records.refund import Refund
from django_iamport.rules import dates
from django_iamport.rules.payment import SeenPayment


def rest_of(payment: SeenPayment) -> Decimal:
    """What can still be refunded, in the payment's currency."""
    return Decimal(payment.amount) - Decimal(payment.cancel_amount)


def discount_of(payment: SeenPayment) -> Decimal:
    """What a promotion took off the payment; the gateway counts refunds without it."""
    return Decimal(payment.promotion.discount) if payment.promotion else Decimal(0)


def needs_account(pay_method: str | None, pg_provider: str | None, paid_at: datetime | None) -> bool:
    """Deposits go back to an account; and at KCP a phone bill of another month."""
    is_late = pay_method == "phone" and _is_kcp(pg_provider) and _is_another_month(paid_at)
    return pay_method == "vbank" or is_late


def require_refundable_now(pay_method: str | None, pg_provider: str | None, paid_at: datetime | None) -> None:
    """Raise `RefundPeriodOver` for a phone bill after the month of its payment."""
    if pay_method == "phone" and not _is_kcp(pg_provider) and _is_another_month(paid_at):
        raise RefundPeriodOver("A phone payment can be refunded only in the month it was made.")


def require_possible(refund: Refund, payment: SeenPayment, asked: Decimal) -> None:
    """Whether a stored refund can be sent for the payment as it was looked up; `asked` is what it was to be.

    Raises `RefundRestChanged`, `RefundInConsole`, `RefundPeriodOver`, `RefundAccountMissing`.
    """
    if refund.checksum is not None and rest_of(payment) != refund.checksum:
        raise RefundRestChanged(f"{rest_of(payment)} is left of {refund.merchant_uid}.")
    if discount_of(payment):
        _require_whole_and_understood(refund, payment, asked)
    require_refundable_now(payment.pay_method, payment.pg_provider, payment.paid_at)
    if not refund.has_account and needs_account(payment.pay_method, payment.pg_provider, payment.paid_at):
        raise RefundAccountMissing(f"{refund.merchant_uid} was paid by a deposit.")


def _require_whole_and_understood(refund: Refund, payment: SeenPayment, asked: Decimal) -> None:
    """By the gateway's guide 10,000 paid as 9,000 go back whole by 10,000; of parts it says nothing that holds."""
    is_whole = payment.cancel_amount == 0 and (refund.is_automatic or refund.amount == payment.amount)
    if not is_whole:
        raise RefundInConsole(f"{refund.merchant_uid} had a promotion: it can only be refunded as a whole.")
    if payment.amount + discount_of(payment) != asked:
        raise RefundInConsole(f"The sums of {refund.merchant_uid} don't say what its promotion took off.")


def _is_kcp(pg_provider: str | None) -> bool:
    return (pg_provider or "").startswith("kcp")


def _is_another_month(paid_at: datetime | None) -> bool:
    return dates.is_another_month(paid_at, _now())


def _now() -> datetime:
    return timezone.now()
