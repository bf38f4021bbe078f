"""Virtual accounts: issued, paid into, voided, lapsed."""

import re
import secrets
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from ...state.clock import KST
from ...state.stores import Row
from .. import money
from ..channels import Channel
from ..codes import STANDARD_BANKS
from ..ledger import Ledger
from ..refusals import (
    DUE_DATE_OVER,
    NOT_WAITING,
    VOIDED,
    WRONG_DEPOSIT,
    WRONG_DUE_DATE,
    Refusal,
    not_opened,
    wrong_parameter,
)
from . import orders
from .orders import Order

DEFAULT_DAYS = 30
HOLDER = "연습상점"


@dataclass(frozen=True)
class VirtualAccountRequest:
    """`due` in unix seconds; a `number` of the shop's own is by contract."""

    bank_code: str
    due: int
    holder: str | None = None
    number: str | None = None


def due_at(vbank_due: object, now: datetime) -> int:
    """The last second of the due day in KST, as unix time.

    Takes `YYYY-MM-DD`, `YYYYMMDD`, both also with a time of day, which the bank ignores; None means 30 days.
    """
    if vbank_due in (None, ""):
        day = (now.astimezone(KST) + timedelta(days=DEFAULT_DAYS)).date()
    else:
        day = _day(str(vbank_due))
    due = int(datetime.combine(day, time(23, 59, 59), KST).timestamp())
    if due < now.timestamp():
        raise not_opened(WRONG_DUE_DATE)
    return due


def is_waiting(row: Row) -> bool:
    """Whether an account was issued and neither paid nor voided."""
    return row["status"] == "ready" and bool(row["vbank_num"])


def issue_by_api(ledger: Ledger, order: Order, channel: Channel, request: VirtualAccountRequest) -> Row:
    """An account without a window; the shop gets its webhook as if there had been one."""
    now = ledger.clock.unix()
    with ledger.store.exclusive():
        orders.refuse_paid(ledger.store, order.merchant_uid)
        orders.permit(order, channel)
        row = orders.open_payment(order, channel, now)
        row["vbank_due_at"] = request.due
        _refuse_past(request.due, now)
        issue(row, request.bank_code.rjust(3, "0"), now)
        row.update(
            vbank_holder=request.holder or HOLDER,
            vbank_num=request.number or row["vbank_num"],
            receipt_url=f"{ledger.merchant.receipt_url}{row['imp_uid']}",
        )
        ledger.write(row)
        ledger.write_webhooks(row)
    return row


def change(row: Row, amount: Decimal | None, due: int | None, now: int) -> None:
    """Another sum, another moment until which it may be paid in."""
    _require_waiting_account(row)
    if amount is None and due is None:
        raise wrong_parameter()
    if amount is not None:
        if not amount:
            raise wrong_parameter()
        row["amount"] = money.stored(amount)
    if due is not None:
        _refuse_past(due, now)
        row["vbank_date"] = due


def issue(row: Row, bank_code: str, now: int) -> None:
    if bank_code not in STANDARD_BANKS:
        raise wrong_parameter()
    row.update(
        pay_method="vbank",
        pg_tid=f"StdpayVBNK{secrets.randbelow(10**14):014d}",
        vbank_code=bank_code,
        vbank_name=STANDARD_BANKS[bank_code],
        vbank_num=f"{secrets.randbelow(10**14):014d}",
        vbank_holder=HOLDER,
        vbank_date=row["vbank_due_at"],
        vbank_issued_at=now,
    )


def deposit(row: Row, amount: Decimal | None, now: int) -> None:
    """Money arrives; a bank takes the asked sum only, and nothing after the due date."""
    if not is_waiting(row):
        raise Refusal(1, NOT_WAITING)
    if now > row["vbank_date"]:
        raise Refusal(1, DUE_DATE_OVER)
    if amount is not None and amount != money.of(row["amount"]):
        raise Refusal(1, WRONG_DEPOSIT)
    row.update(status="paid", paid_at=now)


def void(row: Row, now: int) -> None:
    """Close an account before money arrived: cancelled, and nothing was ever held."""
    _require_waiting_account(row)
    row.update(status="cancelled", cancelled_at=now, cancel_reason=VOIDED)


def _require_waiting_account(row: Row) -> None:
    if row["pay_method"] != "vbank" or not is_waiting(row):
        raise Refusal(-1, NOT_WAITING, 400)


def _refuse_past(due: int, now: int) -> None:
    if due <= now:
        raise Refusal(-1, WRONG_DUE_DATE)


def _day(text: str) -> date:
    digits = re.sub(r"[-: ]", "", text)
    try:
        return datetime.strptime(digits[:8], "%Y%m%d").replace(tzinfo=KST).date()
    except ValueError:
        raise not_opened(WRONG_DUE_DATE) from None
