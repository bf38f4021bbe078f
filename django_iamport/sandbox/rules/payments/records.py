"""The Payment, as stored and as answered: every key is always there, absent values are null, moments are 0."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from ...state.stores import Row
from .. import money
from ..channels import Channel
from ..codes import QUOTAS
from . import promotions

Document = dict[str, Any]

BLANK: Mapping[str, Any] = {
    "imp_uid": None,
    "merchant_uid": None,
    "status": "ready",
    "amount": 0,
    "cancel_amount": 0,
    "currency": "KRW",
    "pay_method": None,
    "channel": "pc",
    "pg_provider": None,
    "emb_pg_provider": None,
    "pg_id": None,
    "pg_tid": None,
    "sandbox": False,
    "escrow": False,
    "apply_num": None,
    "bank_code": None,
    "bank_name": None,
    "card_code": None,
    "card_name": None,
    "card_number": None,
    "card_issuer_code": None,
    "card_issuer_name": None,
    "card_publisher_code": None,
    "card_publisher_name": None,
    "card_quota": 0,
    "card_type": None,
    "vbank_code": None,
    "vbank_name": None,
    "vbank_num": None,
    "vbank_holder": None,
    "vbank_date": 0,
    "vbank_issued_at": 0,
    "name": None,
    "buyer_name": None,
    "buyer_email": None,
    "buyer_tel": None,
    "buyer_addr": None,
    "buyer_postcode": None,
    "custom_data": None,
    "user_agent": None,
    "started_at": 0,
    "paid_at": 0,
    "failed_at": 0,
    "cancelled_at": 0,
    "fail_reason": None,
    "cancel_reason": None,
    "receipt_url": None,
    "cancel_history": [],
    "deposit_history": [],
    "cancel_receipt_urls": [],
    "cash_receipt_issued": False,
    "customer_uid": None,
    "customer_uid_usage": None,
    "promotion": None,
}

BESIDE: Mapping[str, Any] = {
    "tax_free": 0,
    "tax_free_cancelled": 0,
    "vat_amount": None,
    "vat_cancelled": 0,
    "vbank_due_at": 0,
    "notice_url": None,
    "m_redirect_url": None,
    "origin": None,
    "language": None,
    "asked_method": None,
    "channel_key": None,
    "customer_id": None,
    "offered": None,
    "most_months": QUOTAS[-1],
    "key_charges": False,
    "error_code": None,
    "window_key": "",
    "test_number": None,
    "discount": 0,
    "discount_returned": 0,
    "promotion_minimum": 0,
    "naver_cart": [],
}
"""What is kept with a payment and never answered. Without a `window_key` it has no window.

`asked_method` is the `pay_method` that the page asked for. `key_charges` is whether a window that issued a
billing key took the amount, too. `amount` and `cancel_amount` are the money that moves; `discount` is what a
promotion still takes off the order,
and `discount_returned` what it took off before a refund ended it.
"""

ECHOED = ("name", "buyer_name", "buyer_email", "buyer_tel", "buyer_addr", "buyer_postcode")


def new(
    params: Mapping[str, Any], *, imp_uid: str, channel: Channel, amount: Decimal, currency: str, now: int
) -> Row:
    """The record that exists from the moment the window is shown, or the request received."""
    row = {**BLANK, **BESIDE, "cancel_history": [], "deposit_history": [], "cancel_receipt_urls": []}
    row.update({name: text(params.get(name)) for name in ECHOED})
    row.update(
        imp_uid=imp_uid,
        merchant_uid=params["merchant_uid"],
        amount=money.stored(amount),
        currency=currency,
        pay_method=text(params.get("pay_method")) or "card",
        asked_method=text(params.get("pay_method")) or "card",
        channel_key=channel.key,
        offered=[*channel.pay_methods],
        most_months=channel.rules.instalments,
        pg_provider=channel.pg_provider,
        pg_id=channel.pg_id,
        sandbox=channel.test,
        escrow=params.get("escrow") is True,
        custom_data=custom_data(params.get("custom_data")),
        customer_uid=text(params.get("customer_uid")),
        customer_id=text(params.get("customer_id")),
        started_at=now,
    )
    return row


def as_json(row: Row) -> Document:
    """What lookups answer for a stored row, with the edits that a test has asked for."""
    document = {name: row[name] for name in BLANK}
    for name in ("amount", "cancel_amount"):
        document[name] = money.as_number(row[name])
    document["cancel_history"] = [
        {**entry, "amount": money.as_number(entry["amount"])} for entry in row["cancel_history"]
    ]
    promotions.show(row, document)
    document.update(row.get("edited", {}))
    for name in row.get("left_out", []):
        document.pop(name, None)
    return document


def holds_money(row: Row) -> bool:
    """Whether money was captured that a refund could give back: few windows that issue a key take any."""
    return bool(row["paid_at"]) and (row["customer_uid_usage"] != "issue" or row.get("key_charges", False))


def text(value: object) -> str | None:
    return None if value is None or value == "" else str(value)


def custom_data(value: object) -> str | None:
    """Kept as JSON text, whatever was sent."""
    return None if value is None else json.dumps(value, ensure_ascii=False, default=str)
