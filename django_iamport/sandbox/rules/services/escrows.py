"""Shipping data of escrow payments, and what their buyers answer."""

from collections.abc import Mapping
from dataclasses import dataclass

from ...state.stores import Row
from ..ledger import Ledger
from ..refusals import ALREADY_SHIPPED, ESCROW_ANSWERED, NO_ESCROW, NO_ESCROW_HERE, NOT_SHIPPED, Refusal

KIND, ANSWER = "shipping", "escrow_answer"
COMPANIES = (
    "HYUNDAI", "HANARO", "SAGAWA", "KGB", "YELLOWCAP", "DONGBU", "EPOST", "CJGLS", "HANJIN", "DAESIN", "ETC",
)  # fmt: skip
REGISTERS = ("html5_inicis", "kcp", "daou", "ksnet", "smartro_v2", "nice_v2", "welcome")
"""Who takes shipping data; `nice_v2` no changes of it."""

ADDRESS = ("name", "tel", "addr", "postcode")
DEMANDED: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "html5_inicis": {"sender": ADDRESS, "receiver": ADDRESS},
    "smartro_v2": dict.fromkeys(("sender", "receiver"), ("name", "tel", "postcode", "formed_address")),
    "daou": {"sender": ("relationship",), "receiver": (), "logis": ("receiving_at", "address")},
}
"""By payment company: what it wants to know of sender, receiver and parcel."""

CONFIRMED, REFUSED = "3", "4"


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
        if ledger.stored(imp_uid)["pg_provider"] == "nice_v2":
            raise Refusal(-1, NO_ESCROW_HERE, 400)
        return _write(ledger, imp_uid, shipping)


def read(ledger: Ledger, imp_uid: str) -> Row:
    _require_escrow(ledger, imp_uid)
    row = ledger.store.get(KIND, imp_uid)
    if row is None:
        raise Refusal(-1, NOT_SHIPPED, 409)
    return row


def answer(ledger: Ledger, imp_uid: str, status: str, reason: str | None = None) -> None:
    """The buyer confirms or refuses what was shipped, once; the shop is told. Raises Refusal."""
    with ledger.store.exclusive():
        row = read(ledger, imp_uid)
        if not can_answer(ledger, imp_uid):
            raise Refusal(-1, ESCROW_ANSWERED)
        now = ledger.clock.unix()
        ledger.store.put(
            ANSWER, imp_uid, {"imp_uid": imp_uid, "invoice": row["invoice"], "escrow_status": status}
        )
        told = {"escrow_status": status, "changed_at": now, "denied_reason": reason}
        ledger.write_webhooks(ledger.stored(imp_uid), more={"event": "Inicis.Escrow.Changed", "extra": told})


def can_answer(ledger: Ledger, imp_uid: str) -> bool:
    """Whether something was shipped that the buyer has neither confirmed nor refused."""
    is_shipped = ledger.store.get(KIND, imp_uid) is not None
    return is_shipped and ledger.store.get(ANSWER, imp_uid) is None


def _require_escrow(ledger: Ledger, imp_uid: str) -> None:
    payment = ledger.stored(imp_uid)
    if not payment["escrow"] or payment["status"] != "paid":
        raise Refusal(-1, NO_ESCROW, 409)
    if payment["pg_provider"] not in REGISTERS:
        raise Refusal(-1, NO_ESCROW_HERE, 400)


def _write(ledger: Ledger, imp_uid: str, shipping: Shipping) -> Row:
    row: Row = {
        "company": shipping.company if shipping.company in COMPANIES else "ETC",
        "invoice": shipping.invoice,
        "sent_at": shipping.sent_at,
        "applied_at": ledger.clock.unix(),
    }
    ledger.store.put(KIND, imp_uid, row)
    return row
