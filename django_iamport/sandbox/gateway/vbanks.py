"""Virtual accounts: issued, paid into, voided, lapsed."""

import re
import secrets
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from ..clock import KST
from ..stores import Row
from . import money
from .codes import BANKS
from .refusals import (
    DUE_DATE_OVER,
    NOT_WAITING,
    VOIDED,
    WRONG_DEPOSIT,
    WRONG_DUE_DATE,
    WRONG_PARAMETER,
    Refusal,
    not_opened,
)

DEFAULT_DAYS = 30
HOLDER = "연습상점"


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


def issue(row: Row, bank_code: str, now: int) -> None:
    if bank_code not in BANKS:
        raise Refusal(-1, WRONG_PARAMETER, 400)
    row.update(
        pay_method="vbank",
        pg_tid=f"StdpayVBNK{secrets.randbelow(10**14):014d}",
        vbank_code=bank_code,
        vbank_name=BANKS[bank_code],
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
    if not is_waiting(row):
        raise Refusal(-1, NOT_WAITING, 400)
    row.update(status="cancelled", cancelled_at=now, cancel_reason=VOIDED)


def _day(text: str) -> date:
    digits = re.sub(r"[-: ]", "", text)
    try:
        return datetime.strptime(digits[:8], "%Y%m%d").replace(tzinfo=KST).date()
    except ValueError:
        raise not_opened(WRONG_DUE_DATE) from None
