"""Cash receipts: of transfers and deposits, and of cash sales that the gateway knows nothing else of."""

import re
import secrets
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ...state.stores import Row, Store
from .. import money
from ..ledger import Ledger
from ..payments import cancels
from ..refusals import ALREADY_RECEIPTED, NO_RECEIPT, NOT_FOR_RECEIPT, Refusal, wrong_parameter

KIND = "receipt"
EXTERNAL = "cash_sale"
CASH = ("trans", "vbank")
IDENTIFIER = re.compile(r"[\d-]{10,19}", re.ASCII)
IDENTIFIER_TYPES = ("person", "business", "phone", "taxcard")
TYPES = ("person", "company")


@dataclass(frozen=True)
class ReceiptRequest:
    """For whom, and which part of the amount is free of tax or VAT (won). Raises Refusal for what can't be."""

    identifier: str
    identifier_type: str | None = None
    type: str | None = None
    tax_free: Decimal | None = None
    vat_amount: Decimal | None = None

    def __post_init__(self) -> None:
        if not IDENTIFIER.fullmatch(self.identifier):
            raise wrong_parameter()
        if self.identifier_type not in (None, *IDENTIFIER_TYPES) or self.type not in (None, *TYPES):
            raise wrong_parameter()


def issue(ledger: Ledger, imp_uid: str, request: ReceiptRequest) -> Row:
    """Of what is left of a payment."""
    with ledger.change(imp_uid) as payment:
        left = cancels.refundable(payment)
        if (
            payment["pay_method"] not in CASH
            or not payment["paid_at"]
            or not left
            or payment["currency"] != "KRW"
        ):
            raise wrong_parameter(NOT_FOR_RECEIPT)
        row = _issue(ledger, KIND, imp_uid, left, request)
        payment["cash_receipt_issued"] = True
    return _as_json("imp_uid", row)


def cancel(ledger: Ledger, imp_uid: str) -> Row:
    with ledger.change(imp_uid) as payment:
        row = _cancel(ledger, KIND, imp_uid, unknown=400)
        payment["cash_receipt_issued"] = False
    return _as_json("imp_uid", row)


def read(ledger: Ledger, imp_uid: str) -> Row:
    ledger.stored(imp_uid)
    return _as_json("imp_uid", _read(ledger.store, KIND, imp_uid, unknown=404))


def issue_external(ledger: Ledger, merchant_uid: str, amount: Decimal, request: ReceiptRequest) -> Row:
    """Of a sale that was paid in cash elsewhere."""
    if not amount:
        raise wrong_parameter()
    with ledger.store.exclusive():
        return _as_json("merchant_uid", _issue(ledger, EXTERNAL, merchant_uid, amount, request))


def cancel_external(ledger: Ledger, merchant_uid: str) -> Row:
    with ledger.store.exclusive():
        return _as_json("merchant_uid", _cancel(ledger, EXTERNAL, merchant_uid, unknown=404))


def read_external(store: Store, merchant_uid: str) -> Row:
    return _as_json("merchant_uid", _read(store, EXTERNAL, merchant_uid, unknown=404))


def _issue(ledger: Ledger, kind: str, uid: str, amount: Decimal, request: ReceiptRequest) -> Row:
    before = ledger.store.get(kind, uid)
    if before is not None and not before["cancelled_at"]:
        raise wrong_parameter(ALREADY_RECEIPTED)
    tax_free = request.tax_free or Decimal(0)
    vat = money.vat_of(amount - tax_free) if request.vat_amount is None else request.vat_amount
    if tax_free + vat > amount:
        raise wrong_parameter()
    row: Row = {
        "uid": uid,
        "receipt_tid": f"StdpayCASH{secrets.randbelow(10**14):014d}",
        "apply_num": f"{secrets.randbelow(10**9):09d}",
        "type": request.type or "person",
        "amount": int(amount),
        "vat": int(vat),
        "receipt_url": f"{ledger.merchant.receipt_url}{uid}",
        "applied_at": ledger.clock.unix(),
        "cancelled_at": 0,
    }
    ledger.store.put(kind, uid, row)
    return row


def _cancel(ledger: Ledger, kind: str, uid: str, *, unknown: int) -> Row:
    row = _read(ledger.store, kind, uid, unknown=unknown)
    if row["cancelled_at"]:
        raise wrong_parameter(NO_RECEIPT)
    row["cancelled_at"] = ledger.clock.unix()
    ledger.store.put(kind, uid, row)
    return row


def _read(store: Store, kind: str, uid: str, *, unknown: int) -> Row:
    row = store.get(kind, uid)
    if row is None:
        raise Refusal(-1, NO_RECEIPT, unknown)
    return row


def _as_json(name: str, row: Row) -> dict[str, Any]:
    return {name: row["uid"], **{key: value for key, value in row.items() if key != "uid"}}
