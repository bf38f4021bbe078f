"""What Naver Pay's payment type has beside payments: points for the buyer, confirmation, cash receipts."""

from decimal import Decimal

from ...state.stores import Row
from .. import money
from ..ledger import Ledger
from ..payments import cancels
from ..refusals import NAVER_PAY_STATE, NOT_NAVER_PAY, Refusal, wrong_parameter

NAVER_PAY = "naverpay"


def cash_amount(ledger: Ledger, imp_uid: str) -> dict[str, int]:
    """Of what refunds have left: nothing that a card paid. Raises Refusal (400) for any other payment."""
    payment = ledger.store.get("payment", imp_uid)
    if payment is None or payment["pg_provider"] != NAVER_PAY or not payment["paid_at"]:
        raise wrong_parameter(NOT_NAVER_PAY)
    means = str(payment["pay_method"])
    left, tax_free = cancels.refundable(payment), cancels.tax_free_left(payment)
    if "card" in means:
        left = tax_free = Decimal(0)
    vat = money.vat_of(left - tax_free)
    points = left if "point" in means else Decimal(0)
    return {
        "amount_total": int(left),
        "amount_by_npoint": int(points),
        "amount_by_primary": int(left - points),
        "amount_supply": int(left - vat),
        "amount_vat": int(vat),
    }


def deposit_point(ledger: Ledger, imp_uid: str) -> None:
    """The buyer gets the payment's points, once. Raises Refusal (500)."""
    with ledger.change(imp_uid) as payment:
        _mark(ledger, payment, "naver_points_at")


def confirm(ledger: Ledger, imp_uid: str) -> None:
    """The buyer has got what was paid in escrow, once. Raises Refusal (500)."""
    with ledger.change(imp_uid) as payment:
        if not payment["escrow"]:
            raise Refusal(-1, NAVER_PAY_STATE, 500)
        _mark(ledger, payment, "naver_confirmed_at")


def _mark(ledger: Ledger, payment: Row, name: str) -> None:
    holds_money = payment["paid_at"] and cancels.refundable(payment)
    if payment["pg_provider"] != NAVER_PAY or not holds_money or payment.get(name):
        raise Refusal(-1, NAVER_PAY_STATE, 500)
    payment[name] = ledger.clock.unix()
