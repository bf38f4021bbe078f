"""Refunds, whole and partial."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from ..stores import Row
from . import money
from .refusals import (
    ALREADY_CANCELLED,
    CANCEL_TOO_MUCH,
    CHECKSUM_MISMATCH,
    NOTHING_TO_CANCEL,
    REFUND_ACCOUNT_NEEDED,
    not_cancelled,
)


@dataclass(frozen=True)
class CancelRequest:
    """`amount` None or 0 asks for all that is left; `checksum` is the rest as the caller knows it."""

    amount: Decimal | None = None
    checksum: Decimal | None = None
    reason: str | None = None
    refund_account: Mapping[str, str | None] | None = None
    in_console: bool = False


def refundable(row: Row) -> Decimal:
    return money.of(row["amount"]) - money.of(row["cancel_amount"])


def cancel(row: Row, request: CancelRequest, now: int) -> str:
    """Give money back; answers the new `cancellation_id`. A partial refund reads `cancelled` as well."""
    amount = _allowed(row, request)
    cancellation_id = f"cancellation-{secrets.token_hex(12)}"
    row["cancel_history"].append(
        {
            "pg_tid": row["pg_tid"],
            "amount": money.stored(amount),
            "cancelled_at": now,
            "reason": request.reason,
            "cancellation_id": cancellation_id,
            "receipt_url": row["receipt_url"],
        }
    )
    row["cancel_receipt_urls"].append(row["receipt_url"])
    row.update(
        status="cancelled",
        cancel_amount=money.stored(money.of(row["cancel_amount"]) + amount),
        cancelled_at=now,
        cancel_reason=request.reason,
    )
    return cancellation_id


def _allowed(row: Row, request: CancelRequest) -> Decimal:
    charged = bool(row["paid_at"]) and row["customer_uid_usage"] != "issue"
    if not charged:
        raise not_cancelled(NOTHING_TO_CANCEL)
    rest = refundable(row)
    if rest == 0:
        raise not_cancelled(ALREADY_CANCELLED)
    if request.checksum is not None and request.checksum != rest:
        raise not_cancelled(CHECKSUM_MISMATCH)
    amount = request.amount or rest
    if amount > rest:
        raise not_cancelled(CANCEL_TOO_MUCH)
    if row["pay_method"] == "vbank" and not request.in_console and not _has_account(request):
        raise not_cancelled(REFUND_ACCOUNT_NEEDED)
    return amount


def _has_account(request: CancelRequest) -> bool:
    account = request.refund_account or {}
    return all(account.get(name) for name in ("refund_holder", "refund_bank", "refund_account"))
