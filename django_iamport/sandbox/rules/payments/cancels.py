"""Refunds, whole and partial."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from ...state.clock import kst
from ...state.stores import Row
from .. import money
from ..channels import Rules
from ..codes import STANDARD_BANKS
from ..refusals import (
    ALREADY_CANCELLED,
    CANCEL_SPLIT,
    CANCEL_TOO_MUCH,
    CHECKSUM_MISMATCH,
    NO_PARTIAL_REFUND,
    NOTHING_TO_CANCEL,
    PHONE_MONTH_OVER,
    REFUND_ACCOUNT_NEEDED,
    REFUND_TIME_OVER,
    VAT_NEEDED,
    WRONG_REFUND_ACCOUNT,
    not_cancelled,
    refused_by_pg,
    wrong_parameter,
)
from ..switches import Switches
from . import promotions, records

REFUND_BANK = re.compile(r"(?:BK)?(?P<code>\d{2,3})", re.ASCII)
"""Each PG has a form of its own: `088`, `88`, `BK88`."""

DAY = 24 * 60 * 60
ACCOUNT_NUMBER = re.compile(r"\d[\d-]{3,30}", re.ASCII)


@dataclass(frozen=True)
class CancelRequest:
    """`amount` None or 0 asks for all that is left; `checksum` is the rest as the caller knows it.

    `tax_free` (None: nothing) and `vat_amount` are the parts of `amount` that go back of each.
    """

    amount: Decimal | None = None
    tax_free: Decimal | None = None
    vat_amount: Decimal | None = None
    checksum: Decimal | None = None
    reason: str | None = None
    refund_account: Mapping[str, str | None] | None = None
    retain_promotion: bool = False
    in_console: bool = False

    @property
    def amounts(self) -> list[Decimal]:
        given = (self.amount, self.tax_free, self.vat_amount, self.checksum)
        return [each for each in given if each is not None]


def refundable(row: Row) -> Decimal:
    return money.of(row["amount"]) - money.of(row["cancel_amount"])


def tax_free_left(row: Row) -> Decimal:
    return money.of(row["tax_free"]) - money.of(row["tax_free_cancelled"])


def vat_left(row: Row) -> Decimal | None:
    """None where the payment named no VAT of its own."""
    if row["vat_amount"] is None:
        return None
    return money.of(row["vat_amount"]) - money.of(row["vat_cancelled"])


def cancel(row: Row, request: CancelRequest, now: int, switches: Switches, rules: Rules | None = None) -> str:
    """Give money back, where the `rules` of its channel permit it; answers the new `cancellation_id`."""
    counted = _allowed(row, request, now, switches)
    if rules is not None:
        _permit(row, rules, now, is_whole=counted == _counted_rest(row, switches))
    amount, ends_promotion = _in_money(row, request, counted, switches)
    tax_free, vat = _parts(row, request, amount)
    cancellation_id = f"cancellation-{secrets.token_hex(12)}"
    row["cancel_history"].append(
        {
            "pg_tid": row["pg_tid"],
            "amount": money.stored(amount),
            "cancelled_at": now,
            "reason": request.reason or "",
            "cancellation_id": cancellation_id,
            "receipt_url": row["receipt_url"],
        }
    )
    if ends_promotion:
        promotions.end(row, row["cancel_history"][-1])
    if row["receipt_url"]:
        row["cancel_receipt_urls"].append(row["receipt_url"])
    row.update(
        cancel_amount=money.stored(money.of(row["cancel_amount"]) + amount),
        tax_free_cancelled=money.stored(money.of(row["tax_free_cancelled"]) + tax_free),
        vat_cancelled=money.stored(money.of(row["vat_cancelled"]) + vat),
        cancelled_at=now,
        cancel_reason=request.reason,
    )
    row["status"] = switches.partial_refund_reads if refundable(row) else "cancelled"
    return cancellation_id


def _counted_rest(row: Row, switches: Switches) -> Decimal:
    """The rest in the sums in which cancels count: by the guide, as before a promotion's discount."""
    if switches.promotion_cancels_count == "discounted":
        return refundable(row)
    return refundable(row) + promotions.taken_off(row)


def _in_money(row: Row, request: CancelRequest, counted: Decimal, switches: Switches) -> tuple[Decimal, bool]:
    """What goes back to the buyer, and whether the promotion ends with it."""
    discount = promotions.taken_off(row)
    if not discount:
        return counted, False
    is_whole = counted == _counted_rest(row, switches)
    order_left = Decimal(0) if is_whole else refundable(row) + discount - counted
    if not promotions.ends_with(row, order_left, retain=request.retain_promotion):
        return counted, False
    if switches.promotion_cancels_count == "discounted" and is_whole:
        return counted, True
    if counted <= discount:
        raise not_cancelled(CANCEL_TOO_MUCH)
    return counted - discount, True


def _allowed(row: Row, request: CancelRequest, now: int, switches: Switches) -> Decimal:
    if not records.holds_money(row):
        raise not_cancelled(NOTHING_TO_CANCEL)
    if not all(money.fits(each, row["currency"]) for each in request.amounts):
        raise wrong_parameter()
    rest = _counted_rest(row, switches)
    if refundable(row) == 0:
        raise not_cancelled(ALREADY_CANCELLED)
    if request.checksum is not None and request.checksum != rest:
        raise not_cancelled(CHECKSUM_MISMATCH)
    amount = request.amount or rest
    if amount > rest:
        raise not_cancelled(CANCEL_TOO_MUCH)
    if row["pay_method"] == "phone" and kst(row["paid_at"], "%Y-%m") != kst(now, "%Y-%m"):
        raise refused_by_pg(PHONE_MONTH_OVER)
    if row["pay_method"] == "vbank" and not request.in_console:
        _check_account(request.refund_account or {})
    return amount


def _permit(row: Row, rules: Rules, now: int, *, is_whole: bool) -> None:
    """What the payment company permits."""
    if not (is_whole or rules.partial_refunds):
        raise refused_by_pg(NO_PARTIAL_REFUND)
    if rules.refund_days is not None and now - row["paid_at"] > rules.refund_days * DAY:
        raise refused_by_pg(REFUND_TIME_OVER)


def _parts(row: Row, request: CancelRequest, amount: Decimal) -> tuple[Decimal, Decimal]:
    """How much of the amount is free of tax, and how much is VAT.

    The last refund needs no split: whatever is left of each part goes back.
    """
    free_left, vat = tax_free_left(row), vat_left(row)
    if vat is not None and request.vat_amount is None and not request.in_console:
        raise refused_by_pg(VAT_NEEDED)
    if amount == refundable(row):
        return free_left, vat or Decimal(0)
    tax_free, asked_vat = request.tax_free or Decimal(0), request.vat_amount or Decimal(0)
    taxed_left = refundable(row) - free_left
    if tax_free > min(free_left, amount) or amount - tax_free > taxed_left:
        raise refused_by_pg(CANCEL_SPLIT)
    if asked_vat > amount - tax_free or (vat is not None and asked_vat > vat):
        raise refused_by_pg(CANCEL_SPLIT)
    return tax_free, asked_vat


def _check_account(refund_account: Mapping[str, str | None]) -> None:
    holder, bank, number = (
        refund_account.get(name) for name in ("refund_holder", "refund_bank", "refund_account")
    )
    if not (holder and bank and number):
        raise not_cancelled(REFUND_ACCOUNT_NEEDED)
    known = REFUND_BANK.fullmatch(bank)
    if (
        known is None
        or known["code"].rjust(3, "0") not in STANDARD_BANKS
        or not ACCOUNT_NUMBER.fullmatch(number)
    ):
        raise refused_by_pg(WRONG_REFUND_ACCOUNT)
