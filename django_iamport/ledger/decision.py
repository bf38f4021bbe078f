"""What the rules and the shop's own code say of one payment, asked under the order's lock."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import OperationalError

from django_iamport import conf
from django_iamport.client.results import Payment
from django_iamport.exceptions import ReceiverFailed, RejectPayment
from django_iamport.rules import verification
from django_iamport.rules.verification import Asked, Reason

if TYPE_CHECKING:
    from django_iamport.models.transaction import AbstractTransaction

logger = logging.getLogger("django_iamport")


class Verdict(NamedTuple):
    """Why the order doesn't want a payment, None where it does; and whether its money may go back."""

    reason: str | None
    refund: bool = True


class Judge:
    """One payment against one order and its transactions as they are now."""

    def __init__(self, order: Any, rows: list[AbstractTransaction], payment: Payment) -> None:
        self.order, self.rows, self.payment = order, rows, payment

    def asked(self, row: AbstractTransaction) -> Asked:
        """What the attempt asks for; of an account whose sum is being changed, either sum may be told."""
        asked, changed = row.as_asked(), row.vbank_amount
        return asked if changed is None or self.payment.amount != changed else replace(asked, amount=changed)

    def judge_alone(self, row: AbstractTransaction) -> Reason | None:
        """What the payment itself says against it, whatever the order wants."""
        return verification.judge_payment(self.asked(row), self.payment, test_mode=conf.test_mode())

    def is_real_money(self, row: AbstractTransaction) -> bool:
        reason = self.judge_alone(row)
        return reason is None or reason.value not in verification.HOLDS_NOTHING

    def judge(self, row: AbstractTransaction, *, late: bool = False) -> Verdict:
        """`late`: the attempt had failed or expired before, so that the order is asked about that, too."""
        asked, reason = self.asked(row), self.judge_alone(row)
        if reason is Reason.DISCOUNT and self._accepts_discount(row):
            reason = None
        if reason is not None:
            return Verdict(reason.value)
        paid_by_another = self.is_paid_by_another(row)
        try:
            # A shop that is asked about a paid order may answer in words of its own: a duplicate goes back.
            accepts = paid_by_another or bool(self.call_shop(self.order.accepts_payment, row))
            if accepts and late and not paid_by_another:
                accepts = bool(self.call_shop(self.order.accepts_late_payment, row))
        except RejectPayment as refusal:
            return Verdict(refusal.reason, refusal.refund)
        now = verification.OrderNow(
            amount=Decimal(self.call_shop(self.order.get_payment_amount)),
            currency=self.call_shop(self.order.get_payment_currency),
            accepts=accepts,
            paid_by_another=paid_by_another,
        )
        reason = verification.judge_order(asked, now)
        return Verdict(reason.value if reason else None)

    def is_paid_by_another(self, row: AbstractTransaction) -> bool:
        return any(other.status == "paid" for other in self.rows if other.pk != row.pk)

    def _accepts_discount(self, row: AbstractTransaction) -> bool:
        discount = Decimal(self.payment.promotion.discount) if self.payment.promotion else Decimal(0)
        return bool(self.call_shop(self.order.accepts_discount, row, discount))

    def call_shop(self, code: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Run the shop's own code: its failure undoes the step, its refusal is a verdict."""
        try:
            return code(*args, **kwargs)
        except (RejectPayment, OperationalError):
            raise
        except Exception as error:
            logger.exception("%s: the shop's own code failed", self.payment.merchant_uid)
            raise ReceiverFailed(
                f"{type(error).__name__} while {self.payment.merchant_uid} was stored."
            ) from error


def is_refunded_by_rule(reason: str) -> bool:
    """The shop's own reasons are refunded wherever anything is; ours where the setting names them."""
    wanted = tuple(conf.get("IAMPORT_AUTO_CANCEL"))
    known = {r.value for r in Reason}
    if reason in verification.NEVER_REFUNDED:
        return False
    return reason in wanted if reason in known else bool(wanted)
