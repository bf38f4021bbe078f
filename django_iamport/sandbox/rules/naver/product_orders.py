"""The product orders of a payment by Naver Pay's order type, each with a state of its own."""

import secrets
from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Any

from ...state.clock import kst
from ...state.stores import Row
from ..billing import refunds
from ..ledger import Ledger
from ..payments import cancels, naver_cart
from ..payments.cancels import CancelRequest
from ..refusals import NOT_BY_PARTS, PRODUCT_ORDER_STATE, Refusal, not_cancelled, unknown_payment
from .moves import CANCELLED, OF_THE_BUYER, OF_THE_SHOP, PRODUCT, Move

KIND = "product_order"
DAYS_TO_SHIP = 3
HIDDEN = ("imp_uid", "placed", "withheld", "tax_free", "started_at")


def begin(ledger: Ledger, payment: Row) -> None:
    """The buyer has paid: what was in the cart is ordered, and Naver's sum of it is the payment's amount."""
    lines = payment.get("naver_cart", ()) if naver_cart.is_order(payment) else ()
    for line in lines:
        order = _new(payment, line, ledger.clock.unix())
        ledger.store.put(KIND, order["product_order_id"], order)
    if lines:
        payment["amount"] = sum(line["amount"] + line["delivery"] for line in lines)
        payment["tax_free"] = sum(line["amount"] for line in lines if line["tax_free"])


def of_payment(ledger: Ledger, imp_uid: str) -> list[Row]:
    """As they were ordered. Raises Refusal for a payment that has none, whatever the time."""
    if not naver_cart.is_order(ledger.stored(imp_uid)):
        raise unknown_payment()
    return ledger.store.find(KIND, sort="started_at", imp_uid=imp_uid)


def find(ledger: Ledger, product_order_id: str) -> Row:
    order = ledger.store.get(KIND, product_order_id)
    if order is None:
        raise unknown_payment()
    return order


def as_json(order: Row) -> dict[str, Any]:
    return {name: value for name, value in order.items() if name not in HIDDEN}


def move(
    ledger: Ledger, imp_uid: str, name: str, ids: Collection[str] = (), reason: str = ""
) -> tuple[list[Row], bool]:
    """The shop does something with some product orders of a payment, or with all.

    Answers those with which it could be done, and whether these are all that were meant. Raises Refusal (500)
    where it could be done with none.
    """
    with ledger.change(imp_uid) as payment:
        orders = _meant(of_payment(ledger, imp_uid), ids)
        moves = [(order, OF_THE_SHOP[name]) for order in orders if OF_THE_SHOP[name].fits(order)]
        _carry_out(ledger, payment, moves, reason)
    return [order for order, _ in moves], len(moves) == len(ids or orders)


def move_of_buyer(ledger: Ledger, imp_uid: str, name: str, product_order_id: str | None = None) -> None:
    """The buyer, or a courier, does something with one product order or with all; refunds send a webhook."""
    with ledger.change(imp_uid) as payment:
        orders = _meant(of_payment(ledger, imp_uid), [product_order_id] if product_order_id else ())
        moves = [(order, move) for order in orders for move in OF_THE_BUYER[name] if move.fits(order)]
        for cancellation_id in _carry_out(ledger, payment, moves, "구매자 취소"):
            ledger.write_webhooks(payment, cancellation_id)


def moves_of_buyer(order: Row) -> list[str]:
    """What the buyer or a courier may do with it now."""
    return [name for name, moves in OF_THE_BUYER.items() if any(move.fits(order) for move in moves)]


def cancel_whole(ledger: Ledger, payment: Row, request: CancelRequest) -> None:
    """A cancel of the payment cancels what was ordered: all of it, before any of it is shipped."""
    if not naver_cart.is_order(payment):
        return
    orders = of_payment(ledger, payment["imp_uid"])
    held = [order for order in orders if order["product_order_status"] not in ("CANCELED", "RETURNED")]
    is_whole = not request.amount or request.amount == cancels.refundable(payment)
    if held and not (is_whole and all(order["product_order_status"] == "PAYED" for order in held)):
        raise not_cancelled(NOT_BY_PARTS)
    for order in held:
        _write(ledger, order, {**CANCELLED, "withheld": False})


def _meant(orders: list[Row], ids: Collection[str]) -> list[Row]:
    return [order for order in orders if not ids or order["product_order_id"] in ids]


def _carry_out(ledger: Ledger, payment: Row, moves: Sequence[tuple[Row, Move]], reason: str) -> list[str]:
    """Answers the `cancellation_id` of each refund."""
    if not moves:
        raise Refusal(-1, PRODUCT_ORDER_STATE, 500)
    cancellations = []
    for order, move in moves:
        _write(ledger, order, move.becomes)
        amount = sum(order[name] for name in move.returns)
        if amount:
            tax_free = order[PRODUCT] if order["tax_free"] else 0
            request = CancelRequest(Decimal(amount), Decimal(tax_free), reason=reason, in_console=True)
            cancellations.append(refunds.refund(ledger, payment, request))
    return cancellations


def _write(ledger: Ledger, order: Row, changes: Any) -> None:
    order.update(changes)
    ledger.store.put(KIND, order["product_order_id"], order)


def _new(payment: Row, line: Row, now: int) -> Row:
    name = payment["buyer_name"] or "구매자"
    tel = payment["buyer_tel"] or "010-0000-0000"
    return {
        "product_order_id": f"{kst(now, '%Y%m%d')}{secrets.randbelow(10**8):08d}",
        "product_order_status": "PAYED",
        "claim_type": None,
        "claim_status": None,
        "product_id": line["product_id"],
        "product_name": line["product_name"],
        "product_option_id": line["option_id"],
        "product_option_name": line["option_name"],
        "product_amount": line["amount"],
        "delivery_amount": line["delivery"],
        "quantity": line["quantity"],
        "orderer": {"name": name, "id": "sand****", "tel": tel},
        "shipping_address": {
            "base": payment["buyer_addr"] or "서울특별시 중구 세종대로 110",
            "detail": None,
            "postcode": payment["buyer_postcode"] or "04524",
            "tel1": tel,
            "tel2": None,
            "name": name,
        },
        "shipping_memo": None,
        "shipping_due": now + DAYS_TO_SHIP * 24 * 60 * 60,
        "individual_code": None,
        "imp_uid": payment["imp_uid"],
        "placed": False,
        "withheld": False,
        "tax_free": line["tax_free"],
        "started_at": now,
    }
