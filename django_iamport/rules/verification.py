"""Whether a payment is what was asked for, and whether the order still wants it.

Pure, as all rules of money: nothing here knows models, settings or HTTP.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from .payment import SeenPayment
from .standing import Standing, is_proven_live, is_test_payment, standing

# What `customer_uid_usage` says of a card that was registered, perhaps without a won moving.
CARD_REGISTRATION = "issue"
# The payment companies whose window takes the amount as it registers a card; and every one that bills a telephone.
# The others show an amount there and take none.
CHARGES_AS_IT_REGISTERS = frozenset(
    {"kakaopay", "danal", "danal_tpay", "mobilians", "settle_acc", "paymentwall"}
)
# And of a payment by a card that was registered before.
CARD_CHARGE = "payment"


class Reason(str, Enum):
    """Why money that the gateway took is not accepted."""

    FORGED = "forged"
    DUPLICATE = "duplicate"
    ORDER_CHANGED = "order_changed"
    ORDER_CLOSED = "order_closed"
    DISCOUNT = "discount"
    TEST_PAYMENT = "test_payment"
    NOT_A_PAYMENT = "not_a_payment"


# A test payment and a card registration hold nothing; a discount is a person's decision.
NEVER_REFUNDED = frozenset({Reason.DISCOUNT.value, Reason.TEST_PAYMENT.value, Reason.NOT_A_PAYMENT.value})
HOLDS_NOTHING = frozenset({Reason.TEST_PAYMENT.value, Reason.NOT_A_PAYMENT.value})


@dataclass(frozen=True)
class Asked:
    """What an attempt asked for; None in what has a default means: not named, not checked.

    But a `customer_uid_usage` must be absent where it is not named.
    """

    amount: Decimal
    currency: str
    customer_uid_usage: str | None = None
    customer_uid: str | None = None
    pg_provider: str | None = None
    pg_id: str | None = None
    escrow: bool | None = None


@dataclass(frozen=True)
class OrderNow:
    """The order as read under the lock."""

    amount: Decimal
    currency: str
    accepts: bool
    paid_by_another: bool


def judge_payment(asked: Asked, payment: SeenPayment, *, test_mode: bool) -> Reason | None:
    """Compare a payment with what its attempt asked for.

    Returns the reason to refuse it, or None. `DISCOUNT` means that the difference is exactly the discount
    that the gateway names: the shop may accept it.
    """
    if is_test_payment(payment, test_mode=test_mode):
        return Reason.TEST_PAYMENT
    usage_differs = (payment.customer_uid_usage or None) != asked.customer_uid_usage
    if payment.amount <= 0 or _is_registration_alone(payment, is_asked_for=not usage_differs):
        return Reason.NOT_A_PAYMENT
    if usage_differs or payment.currency != asked.currency or not _names_agree(asked, payment):
        return Reason.FORGED
    if payment.amount == asked.amount:
        return None
    discount = payment.promotion.discount if payment.promotion else 0
    return Reason.DISCOUNT if discount > 0 and payment.amount + discount == asked.amount else Reason.FORGED


def _is_registration_alone(payment: SeenPayment, *, is_asked_for: bool) -> bool:
    """A card was registered, and no money moved though the answer may read `paid`, or nobody asked for it."""
    if payment.customer_uid_usage != CARD_REGISTRATION:
        return False
    takes_money = payment.pg_provider in CHARGES_AS_IT_REGISTERS or payment.pay_method == "phone"
    return not (is_asked_for and takes_money)


def _names_agree(asked: Asked, payment: SeenPayment) -> bool:
    return (
        (asked.customer_uid is None or payment.customer_uid == asked.customer_uid)
        and (asked.pg_provider is None or payment.pg_provider == asked.pg_provider)
        and (asked.pg_id is None or payment.pg_id == asked.pg_id)
        and (asked.escrow is None or payment.escrow is asked.escrow)
    )


def judge_order(asked: Asked, order: OrderNow) -> Reason | None:
    """Ask whether the order still wants what the attempt asked for (docs/reliability.md, rule 6)."""
    if order.paid_by_another:
        return Reason.DUPLICATE
    if not order.accepts:
        return Reason.ORDER_CLOSED
    if (order.amount, order.currency) != (asked.amount, asked.currency):
        return Reason.ORDER_CHANGED
    return None


def proves(payment: SeenPayment, *, merchant_uid: str, imp_uid: str | None, test_mode: bool) -> bool:
    """Tell whether a looked-up payment is evidence that money of exactly this transaction is held."""
    return (
        payment.merchant_uid == merchant_uid
        and payment.imp_uid == imp_uid
        and standing(payment) is Standing.HELD
        and is_proven_live(payment, test_mode=test_mode)
    )
