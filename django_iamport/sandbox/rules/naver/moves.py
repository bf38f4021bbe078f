"""What may be done with a product order, when, and what becomes of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...state.stores import Row

PRODUCT, DELIVERY = "product_amount", "delivery_amount"

CANCELLED = {"product_order_status": "CANCELED", "claim_type": "CANCEL", "claim_status": "CANCEL_DONE"}
RETURNED = {"product_order_status": "RETURNED", "claim_status": "RETURN_DONE"}
RETURN_REQUESTED = {"claim_type": "RETURN", "claim_status": "RETURN_REQUEST"}
CLAIMS = {"CANCEL_REQUEST": "cancel", "RETURN_REQUEST": "return"}


@dataclass(frozen=True)
class Move:
    """Done where the order has one of `statuses` and this open `claim`, and isn't `placed` where False is asked.

    `returns` are the sums that go back to the buyer.
    """

    statuses: tuple[str, ...]
    becomes: Mapping[str, Any]
    claim: str | None = None
    placed: bool | None = None
    returns: tuple[str, ...] = ()

    def fits(self, order: Row) -> bool:
        return (
            order["product_order_status"] in self.statuses
            and _claim(order) == self.claim
            and self.placed in (None, order["placed"])
        )


def _claim(order: Row) -> str | None:
    """What is open: a `cancel`, a `return`, or one that is `withheld`."""
    return "withheld" if order["withheld"] else CLAIMS.get(order["claim_status"])


PAID = ("PAYED",)
SENT = ("DELIVERING", "DELIVERED")

OF_THE_SHOP: Mapping[str, Move] = {
    "place": Move(PAID, {"placed": True}, placed=False),
    "ship": Move(PAID, {"placed": True, "product_order_status": "DELIVERING"}),
    "cancel": Move(PAID, CANCELLED, returns=(PRODUCT, DELIVERY)),
    "approve_cancel": Move(PAID, CANCELLED, claim="cancel", returns=(PRODUCT, DELIVERY)),
    "request_return": Move(SENT, RETURN_REQUESTED),
    "approve_return": Move(SENT, RETURNED, claim="return", returns=(PRODUCT,)),
    "reject_return": Move(SENT, {"claim_status": "RETURN_REJECT"}, claim="return"),
    "withhold_return": Move(SENT, {"withheld": True}, claim="return"),
    "resolve_return": Move(SENT, {"withheld": False}, claim="withheld"),
}

OF_THE_BUYER: Mapping[str, tuple[Move, ...]] = {
    "ask_cancel": (
        Move(PAID, CANCELLED, placed=False, returns=(PRODUCT, DELIVERY)),
        Move(PAID, {"claim_type": "CANCEL", "claim_status": "CANCEL_REQUEST"}, placed=True),
    ),
    "ask_return": (Move(SENT, RETURN_REQUESTED),),
    "deliver": (Move(("DELIVERING",), {"product_order_status": "DELIVERED"}),),
    "decide": (Move(SENT, {"product_order_status": "PURCHASE_DECIDED"}),),
}
"""Before the shop has placed an order, the buyer cancels it alone; after that the shop has to agree."""
