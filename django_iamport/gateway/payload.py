"""Which columns of a transaction belong to the gateway, and how a payment fills them."""

from __future__ import annotations

from typing import Any

from django_iamport.client.results import Payment
from django_iamport.gateway.connection import storable, without_personal_data

ASKED_COLUMNS = frozenset({"merchant_uid", "gateway_merchant_uid", "amount", "currency", "asked"})

GATEWAY_COLUMNS = ASKED_COLUMNS | {
    "imp_uid",
    "status",
    "reject_reason",
    "paid_amount",
    "paid_currency",
    "cancel_amount",
    "pay_method",
    "pg_provider",
    "sandbox",
    "receipt_url",
    "fail_reason",
    "vbank_code",
    "vbank_name",
    "vbank_num",
    "vbank_holder",
    "vbank_date",
    "vbank_issued_at",
    "paid_at",
    "failed_at",
    "cancelled_at",
    "verified_at",
    "looked_up_at",
    "paid_order_key",
    "answer",
}

# Ours, but about the news: a new row doesn't inherit them.
BOOKKEEPING = frozenset({"heard_at", "backlog_since", "backlog_code", "polled_at", "notices_booked_until"})


def web_address(address: str | None) -> str:
    """It becomes a link on a page: anything but a web address is left to the raw answer."""
    text = storable(address or "")
    return text if text.startswith(("https://", "http://")) else ""


def _clipped(text: str | None, length: int) -> str:
    """An odd description must never keep a payment from being stored."""
    return storable(text or "")[:length]


def described(payment: Payment) -> dict[str, Any]:
    """A payment's columns other than its amounts."""
    return {
        "imp_uid": payment.imp_uid,
        "pay_method": _clipped(payment.pay_method, 40),
        "pg_provider": _clipped(payment.pg_provider, 40),
        "sandbox": payment.sandbox,
        "receipt_url": web_address(payment.receipt_url),
        "fail_reason": _clipped(payment.fail_reason, 1000),
        "vbank_code": _clipped(payment.vbank_code, 20),
        "vbank_name": _clipped(payment.vbank_name, 60),
        "vbank_num": _clipped(payment.vbank_num, 60),
        "vbank_holder": _clipped(payment.vbank_holder, 60),
        "vbank_date": payment.vbank_date,
        "vbank_issued_at": payment.vbank_issued_at,
        "paid_at": payment.paid_at,
        "failed_at": payment.failed_at,
        "cancelled_at": payment.cancelled_at,
        "answer": without_personal_data(payment.raw),
    }
