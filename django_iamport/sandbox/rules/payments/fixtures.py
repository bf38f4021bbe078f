"""Payments with given numbers, states and times, written and read as a whole.

A payment is given in the words of the REST API's answers, with those of `records.BESIDE` that refunds need.
"""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ...state.stores import Row
from .. import money
from ..channels.channel import Channel
from ..ledger import Ledger
from ..refusals import VOIDED
from . import cancels, fixture_fields, orders, records, vbanks
from .fixture_fields import KINDS, SUMS

ALWAYS_TOLD = (
    *("imp_uid", "merchant_uid", "status", "amount", "cancel_amount", "currency", "pay_method"),
    *("channel_key", "sandbox"),
)
"""What an export holds even where it is the default: another default would make another payment of it."""


def export_payments(ledger: Ledger) -> list[dict[str, Any]]:
    """Every payment, oldest first, as `import_payments` takes it; what is as for a new payment is left out."""
    return [_told(row, ledger) for row in ledger.store.find("payment", "started_at")]


def import_payments(ledger: Ledger, payments: object) -> list[str]:
    """Write payments, all or none; answers their `imp_uid`s. No webhook is written.

    A payment whose `imp_uid` is known is replaced. Raises ValueError, which names the payment, for what no payment
    can be.
    """
    if not isinstance(payments, list) or not all(isinstance(each, dict) for each in payments):
        raise ValueError("payments must be a list of objects")
    with ledger.store.exclusive():
        rows = [_read(each, number, ledger) for number, each in enumerate(payments, start=1)]
        for row in rows:
            ledger.write(row)
    return [row["imp_uid"] for row in rows]


def _told(row: Row, ledger: Ledger) -> dict[str, Any]:
    blank = {**records.BLANK, **records.BESIDE}
    told = {
        name: row[name]
        for name in KINDS
        if name in row and (name in ALWAYS_TOLD or row[name] != blank.get(name))
    }
    if told.get("receipt_url") == f"{ledger.merchant.receipt_url}{row['imp_uid']}":
        del told["receipt_url"]
    told.update({name: money.as_number(told[name]) for name in SUMS if told.get(name) is not None})
    if row["cancel_history"]:
        told["cancel_history"] = records.as_json(row)["cancel_history"]
    return told


def _read(given: Mapping[str, Any], number: int, ledger: Ledger) -> Row:
    try:
        return _row(given, ledger)
    except ValueError as problem:
        raise ValueError(f"payment {number} ({given.get('imp_uid', 'new')}): {problem}") from None


def _row(given: Mapping[str, Any], ledger: Ledger) -> Row:
    now, currency = ledger.clock.now(), given.get("currency", "KRW")
    if currency not in money.DECIMALS:
        raise ValueError(f"currency must be one of {', '.join(money.DECIMALS)}")
    if missing := [name for name in ("merchant_uid", "amount") if name not in given]:
        raise ValueError(f"{missing[0]} is missing")
    read = {name: fixture_fields.read(name, value, currency) for name, value in given.items()}
    params = {"merchant_uid": read["merchant_uid"], "pay_method": read.get("pay_method")}
    row = records.new(
        params,
        imp_uid=read.get("imp_uid") or orders.new_imp_uid(),
        channel=_channel(read, ledger),
        amount=money.of(read["amount"]),
        currency=currency,
        now=int(now.timestamp()),
    )
    row.update({"status": "paid", **read, "imp_uid": row["imp_uid"], "pay_method": row["pay_method"]})
    _complete(row, given, now)
    _check(row)
    if (row["paid_at"] or row["vbank_num"]) and not row["receipt_url"]:
        row["receipt_url"] = f"{ledger.merchant.receipt_url}{row['imp_uid']}"
    return row


def _channel(read: Mapping[str, Any], ledger: Ledger) -> Channel:
    """Whose rules the payment follows: of that key, else of that PG and MID, else the usual one of the method."""
    named = ledger.channels.of_key(read.get("channel_key"))
    pg = f"{read.get('pg_provider')}.{read.get('pg_id')}"
    return named or ledger.channels.choose(None, pg, read.get("pay_method"))


def _complete(row: Row, given: Mapping[str, Any], now: datetime) -> None:
    """What follows from the rest: whole refunds, their list, and moments."""
    status, unix = row["status"], int(now.timestamp())
    if status == "cancelled" and "cancel_amount" not in given:
        row["cancel_amount"] = row["amount"]
    refunded = money.of(row["cancel_amount"]) > 0
    begun = {
        "paid_at": status == "paid" or refunded,
        "failed_at": status == "failed",
        "cancelled_at": status == "cancelled" or refunded,
        "vbank_issued_at": bool(row["vbank_num"]),
    }
    for name, has_begun in begun.items():
        if has_begun and name not in given:
            row[name] = unix
    if "started_at" not in given:
        row["started_at"] = min([unix, *(row[name] for name in begun if row[name])])
    if row["vbank_num"] and not row["vbank_date"]:
        row["vbank_date"] = vbanks.due_at(None, now)
    if row["customer_uid"] and not row["customer_uid_usage"]:
        row["customer_uid_usage"] = "payment"
    if status == "cancelled" and not refunded and not row["cancel_reason"]:
        row["cancel_reason"] = VOIDED
    if refunded and not row["cancel_history"]:
        row["cancel_history"] = [{"amount": row["cancel_amount"], "cancelled_at": row["cancelled_at"]}]
    row["cancel_history"] = [_cancellation(row, entry) for entry in row["cancel_history"]]


def _cancellation(row: Row, entry: Mapping[str, Any]) -> dict[str, Any]:
    blank = {
        "pg_tid": row["pg_tid"] or row["imp_uid"],
        "amount": 0,
        "cancelled_at": row["cancelled_at"],
        "reason": row["cancel_reason"] or "",
        "cancellation_id": f"cancellation-{secrets.token_hex(12)}",
        "receipt_url": row["receipt_url"],
    }
    return {**blank, **entry}


def _check(row: Row) -> None:
    amount, refunded = money.of(row["amount"]), money.of(row["cancel_amount"])
    if refunded > amount:
        raise ValueError("cancel_amount is more than amount")
    if row["status"] in ("ready", "failed") and (refunded or row["paid_at"]):
        raise ValueError(f"a payment that is {row['status']} has no paid_at and no cancel_amount")
    if row["status"] == "paid" and refunded == amount > 0:
        raise ValueError("a payment that is paid still holds money: cancel_amount is less than amount")
    if row["status"] == "cancelled" and not refunded and row["paid_at"]:
        raise ValueError("what was paid and then cancelled has a cancel_amount")
    if sum(money.of(entry["amount"]) for entry in row["cancel_history"]) != refunded:
        raise ValueError("the amounts in cancel_history don't make up cancel_amount")
    if cancels.tax_free_left(row) < 0 or (cancels.vat_left(row) or 0) < 0:
        raise ValueError("more was refunded of a part than there was")
    if row["customer_uid_usage"] == "issue" and not row["paid_at"]:
        raise ValueError("a card is registered by a payment that is paid")
