"""Convenience stores: a barcode that the buyer pays at the till. It fills the field `vbank_num`."""

import secrets

from ...state.stores import Row
from ..channels import Channel
from ..ledger import Ledger
from ..refusals import NOT_WAITING, VOIDED, WRONG_DUE_DATE, Refusal
from . import orders, vbanks
from .orders import Order

PAY_METHOD = "cvs"
USUAL_SECONDS = 3 * 24 * 60 * 60


def issue(ledger: Ledger, order: Order, channel: Channel, barcode: str | None, expires: int | None) -> Row:
    """`expires` in unix seconds, by contract three days."""
    now = ledger.clock.unix()
    due = now + USUAL_SECONDS if expires is None else expires
    if due <= now:
        raise Refusal(-1, WRONG_DUE_DATE)
    with ledger.store.exclusive():
        orders.refuse_paid(ledger.store, order.merchant_uid)
        orders.permit(order, channel)
        row = orders.open_payment(order, channel, now)
        row.update(
            pay_method=PAY_METHOD,
            pg_tid=f"GalaxiaCVS{secrets.randbelow(10**14):014d}",
            vbank_num=barcode or f"{secrets.randbelow(10**12):012d}",
            vbank_date=due,
            vbank_issued_at=now,
        )
        ledger.write(row)
    return row


def void(row: Row, now: int) -> None:
    """No till takes it any more."""
    if row["pay_method"] != PAY_METHOD or not vbanks.is_waiting(row):
        raise Refusal(1, NOT_WAITING)
    row.update(status="cancelled", cancelled_at=now, cancel_reason=VOIDED)
