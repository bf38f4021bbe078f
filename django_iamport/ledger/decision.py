"""What the rules and the shop's own hooks say of one payment, asked under the order's lock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import NamedTuple

from django_iamport import conf
from django_iamport.exceptions import RejectPayment
from django_iamport.records.payable import Payable
from django_iamport.records.transaction import TransactionRecord
from django_iamport.rules import verification
from django_iamport.rules.payment import SeenPayment
from django_iamport.rules.status import Status
from django_iamport.rules.verification import Asked, Reason

from .shop_code import ShopCode


class Decision(NamedTuple):
    """Why the order doesn't want a payment, None where it does; and whether its money may go back."""

    reason: str | None
    refund: bool = True


def decide(
    order: Payable,
    attempts: Sequence[TransactionRecord],
    row: TransactionRecord,
    payment: SeenPayment,
    shop: ShopCode,
    *,
    late: bool = False,
) -> Decision:
    """Whether `row` may be paid by `payment`, given its order and all attempts as they are now.

    `late`: the attempt had failed or expired before, so that the order is asked about that, too. Raises
    `ReceiverFailed` where a hook of the shop's failed.
    """
    asked, reason = asked_for(row, payment), judge_alone(row, payment)
    try:
        if reason is Reason.DISCOUNT and _accepts_discount(order, row, payment, shop):
            reason = None
        if reason is not None:
            return Decision(reason.value)
        reason = verification.judge_order(asked, _order_now(order, attempts, row, shop, late=late))
    except RejectPayment as refusal:
        return Decision(refusal.reason, refusal.refund)
    return Decision(reason.value if reason else None)


def _order_now(
    order: Payable,
    attempts: Sequence[TransactionRecord],
    row: TransactionRecord,
    shop: ShopCode,
    *,
    late: bool,
) -> verification.OrderNow:
    paid_by_another = is_paid_by_another(row, attempts)
    # A shop that is asked about a paid order may answer in words of its own: a duplicate goes back.
    accepts = paid_by_another or bool(shop.call(order.accepts_payment, row))
    if accepts and late and not paid_by_another:
        accepts = bool(shop.call(order.accepts_late_payment, row))
    return verification.OrderNow(
        amount=Decimal(shop.call(order.get_payment_amount)),
        currency=shop.call(order.get_payment_currency),
        accepts=accepts,
        paid_by_another=paid_by_another,
    )


def asked_for(row: TransactionRecord, payment: SeenPayment) -> Asked:
    """What the attempt asks for; of an account whose sum is being changed, either sum may be seen."""
    asked, changed = row.as_asked(), row.vbank_amount
    return asked if changed is None or payment.amount != changed else replace(asked, amount=changed)


def judge_alone(row: TransactionRecord, payment: SeenPayment) -> Reason | None:
    """What the payment itself says against it, whatever the order wants."""
    return verification.judge_payment(asked_for(row, payment), payment, test_mode=conf.test_mode())


def is_real_money(row: TransactionRecord, payment: SeenPayment) -> bool:
    reason = judge_alone(row, payment)
    return reason is None or reason.value not in verification.HOLDS_NOTHING


def is_paid_by_another(row: TransactionRecord, attempts: Sequence[TransactionRecord]) -> bool:
    return any(other.status == Status.PAID for other in attempts if other.pk != row.pk)


def is_refunded_by_rule(reason: str) -> bool:
    """The shop's own reasons are refunded wherever anything is; ours where the setting names them."""
    wanted = tuple(conf.get("IAMPORT_AUTO_CANCEL"))
    known = {r.value for r in Reason}
    if reason in verification.NEVER_REFUNDED:
        return False
    return reason in wanted if reason in known else bool(wanted)


def _accepts_discount(order: Payable, row: TransactionRecord, payment: SeenPayment, shop: ShopCode) -> bool:
    discount = Decimal(payment.promotion.discount) if payment.promotion else Decimal(0)
    return bool(shop.call(order.accepts_discount, row, discount))
