"""Amounts registered before the window opens."""

from decimal import Decimal

from ...state.stores import Row, Store
from .. import money
from ..refusals import ALREADY_PREPARED, NOT_PREPARED, PREPARED_DIFFERS, Refusal, not_opened

KIND = "prepared"


def create(store: Store, merchant_uid: str, amount: Decimal, currency: str | None) -> Row:
    if store.get(KIND, merchant_uid) is not None:
        raise Refusal(1, ALREADY_PREPARED)
    return _write(store, merchant_uid, amount, currency)


def change(store: Store, merchant_uid: str, amount: Decimal, currency: str | None) -> Row:
    read(store, merchant_uid)
    return _write(store, merchant_uid, amount, currency)


def read(store: Store, merchant_uid: str) -> Row:
    row = store.get(KIND, merchant_uid)
    if row is None:
        raise Refusal(-1, NOT_PREPARED, 404)
    return row


def enforce(store: Store, merchant_uid: str, amount: Decimal, currency: str) -> None:
    """Keep the window shut for another amount; a currency that was not registered is not compared."""
    row = store.get(KIND, merchant_uid)
    if row is None:
        return
    if money.of(row["amount"]) != amount or row["currency"] not in (None, currency):
        raise not_opened(PREPARED_DIFFERS)


def as_json(row: Row) -> Row:
    return {**row, "amount": money.as_number(row["amount"])}


def _write(store: Store, merchant_uid: str, amount: Decimal, currency: str | None) -> Row:
    row: Row = {"merchant_uid": merchant_uid, "amount": money.stored(amount), "currency": currency}
    store.put(KIND, merchant_uid, row)
    return row
