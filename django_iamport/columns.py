"""Which columns of a transaction belong to the gateway, and how a payment fills them."""

from __future__ import annotations

from typing import Any

from django_iamport.client.results import Payment
from django_iamport.gateway import without_personal_data

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
BOOKKEEPING = frozenset({"heard_at", "backlog_since", "backlog_code", "polled_at"})


def _link(address: str | None) -> str:
    """It becomes a link on a page: anything but a web address is left to the raw answer."""
    return address if address and address.startswith(("https://", "http://")) else ""


def described(payment: Payment) -> dict[str, Any]:
    """A payment's columns other than its amounts."""
    return {
        "imp_uid": payment.imp_uid,
        "pay_method": payment.pay_method or "",
        "pg_provider": payment.pg_provider or "",
        "sandbox": payment.sandbox,
        "receipt_url": _link(payment.receipt_url),
        "fail_reason": payment.fail_reason or "",
        "vbank_code": payment.vbank_code or "",
        "vbank_name": payment.vbank_name or "",
        "vbank_num": payment.vbank_num or "",
        "vbank_holder": payment.vbank_holder or "",
        "vbank_date": payment.vbank_date,
        "vbank_issued_at": payment.vbank_issued_at,
        "paid_at": payment.paid_at,
        "failed_at": payment.failed_at,
        "cancelled_at": payment.cancelled_at,
        "answer": without_personal_data(payment.raw),
    }
