"""The discount of a promotion: before it there is the order, after it the money that moves."""

import secrets
from decimal import Decimal
from typing import Any

from ...state.stores import Row
from .. import money
from ..switches import Switches


def give(row: Row, discount: Decimal, minimum: Decimal, switches: Switches) -> None:
    """Take a discount off an order that is about to be paid.

    Where less than `minimum` of the order is left after a partial refund, the promotion ends. Raises ValueError
    for a discount that is none.
    """
    if not 0 < discount < money.of(row["amount"]):
        raise ValueError("a discount is more than 0 and less than the amount")
    if not money.fits(discount, row["currency"]):
        raise ValueError("a discount has no more decimals than the currency")
    row.update(
        amount=money.stored(money.of(row["amount"]) - discount),
        discount=money.stored(discount),
        promotion_minimum=money.stored(minimum),
        promotion={"id": f"promotion-id-{secrets.token_hex(12)}", "discount": _number(discount)},
        promotion_reads=switches.promotion_amount_reads,
    )


def taken_off(row: Row) -> Decimal:
    """What the promotion still takes off, 0 where there is none."""
    return money.of(row.get("discount", 0))


def ends_with(row: Row, order_left: Decimal, *, retain: bool) -> bool:
    """Whether a refund ends the promotion, of which that much of the order is left."""
    return order_left == 0 or (not retain and order_left < money.of(row["promotion_minimum"]))


def end(row: Row, cancellation: dict[str, Any]) -> None:
    """The refund that ended it returned so much less."""
    discount = taken_off(row)
    row.update(discount=0, discount_returned=money.stored(discount))
    row["discount_in"] = cancellation["cancellation_id"]


def show(row: Row, document: dict[str, Any]) -> None:
    """What lookups show where they count before the discount."""
    if row.get("promotion_reads") != "undiscounted":
        return
    returned = money.of(row["discount_returned"])
    document["amount"] = _number(money.of(row["amount"]) + taken_off(row) + returned)
    document["cancel_amount"] = _number(money.of(row["cancel_amount"]) + returned)
    for entry in document["cancel_history"]:
        if entry["cancellation_id"] == row.get("discount_in"):
            entry["amount"] = _number(money.of(entry["amount"]) + returned)


def _number(amount: Decimal) -> int | float:
    return money.as_number(money.stored(amount))
