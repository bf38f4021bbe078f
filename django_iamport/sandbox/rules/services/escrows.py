"""Shipping data of escrow payments."""

from dataclasses import dataclass

from ...state.stores import Row
from ..ledger import Ledger
from ..refusals import ALREADY_SHIPPED, NO_ESCROW, NOT_SHIPPED, Refusal

KIND = "shipping"
COMPANIES = (
    "HYUNDAI", "HANARO", "SAGAWA", "KGB", "YELLOWCAP", "DONGBU", "EPOST", "CJGLS", "HANJIN", "DAESIN", "ETC",
)  # fmt: skip


@dataclass(frozen=True)
class Shipping:
    """`sent_at` in unix seconds; a courier that isn't known is `ETC`."""

    company: str
    invoice: str
    sent_at: int


def register(ledger: Ledger, imp_uid: str, shipping: Shipping) -> Row:
    with ledger.store.exclusive():
        _require_escrow(ledger, imp_uid)
        if ledger.store.get(KIND, imp_uid) is not None:
            raise Refusal(-1, ALREADY_SHIPPED, 409)
        return _write(ledger, imp_uid, shipping)


def change(ledger: Ledger, imp_uid: str, shipping: Shipping) -> Row:
    with ledger.store.exclusive():
        read(ledger, imp_uid)
        return _write(ledger, imp_uid, shipping)


def read(ledger: Ledger, imp_uid: str) -> Row:
    _require_escrow(ledger, imp_uid)
    row = ledger.store.get(KIND, imp_uid)
    if row is None:
        raise Refusal(-1, NOT_SHIPPED, 409)
    return row


def _require_escrow(ledger: Ledger, imp_uid: str) -> None:
    payment = ledger.stored(imp_uid)
    if not payment["escrow"] or payment["status"] != "paid":
        raise Refusal(-1, NO_ESCROW, 409)


def _write(ledger: Ledger, imp_uid: str, shipping: Shipping) -> Row:
    row: Row = {
        "company": shipping.company if shipping.company in COMPANIES else "ETC",
        "invoice": shipping.invoice,
        "sent_at": shipping.sent_at,
        "applied_at": ledger.clock.unix(),
    }
    ledger.store.put(KIND, imp_uid, row)
    return row
