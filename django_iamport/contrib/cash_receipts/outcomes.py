"""What became of a receipt: stored with a line in the history, whoever reports it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import router
from django.utils import timezone

from django_iamport.exceptions import IamportError
from django_iamport.gateway.receipts import SeenReceipt
from django_iamport.models import OperatorCall
from django_iamport.models.registry import find_attempt
from django_iamport.records import locks
from django_iamport.records.blocks import block
from django_iamport.records.history import LONG_NUMBER, Origin, note
from django_iamport.rules.texts import storable

from . import rules
from .models import CashReceipt
from .rules import ReceiptStatus

NOT_CANCELLED = "cash_receipt_not_cancelled"
NO_TROUBLE: dict[str, Any] = {"code": "", "gateway_message": "", "tries": 0, "retry_at": None}


def database() -> str:
    return router.db_for_write(CashReceipt)


def issued(row: CashReceipt, seen: SeenReceipt, origin: Origin) -> bool:
    """It is valid: stored as the gateway shows it. Each of these answers False where somebody else was first."""
    columns: dict[str, Any] = {"status": ReceiptStatus.ISSUED.value, **_shown(seen), **NO_TROUBLE}
    return _store(row, "cash_receipt_issued", origin, **columns)


def taken_in(row: CashReceipt, seen: SeenReceipt, origin: Origin) -> bool:
    """It is valid, and was issued on somebody else's word than this row's: perhaps on another number."""
    return _store(
        row,
        "cash_receipt_issued",
        origin,
        status=ReceiptStatus.ISSUED.value,
        **_shown(seen),
        type=seen.type or row.type,
        masked_identifier="",
        identifier_type="",
        **NO_TROUBLE,
    )


def adjusted(row: CashReceipt, seen: SeenReceipt, origin: Origin) -> bool:
    """The payment company made it fit what is left by itself, or nothing has to change.

    False, too, where more went back since: it stays to be compared.
    """

    def step() -> bool:
        with _held(row) as held:
            if held != seen.amount:
                return False
            return _write(row, "cash_receipt_adjusted", origin, **_shown(seen), due_at=None, **NO_TROUBLE)

    return locks.retrying(step, unless_within=database())


def refused(row: CashReceipt, error: IamportError | None, origin: Origin) -> bool:
    """It was not issued; without an error because the gateway, asked long enough, knows of none."""
    message = _words(error)
    return _store(
        row,
        "cash_receipt_refused",
        origin,
        told=message,
        status=ReceiptStatus.REFUSED.value,
        open_key=None,
        due_at=None,
        code="cash_receipt_not_found" if error is None else error.code,
        gateway_message=message,
        retry_at=None,
    )


def unknown(row: CashReceipt, origin: Origin) -> bool:
    return _store(
        row, "cash_receipt_unknown", origin, status=ReceiptStatus.UNKNOWN.value, code="outcome_unknown"
    )


def cancelling(row: CashReceipt, *, reason: str, by: str, origin: Origin) -> bool:
    """The intent, before the call: one worker alone gets True."""
    return _store(
        row,
        "cash_receipt_cancelling",
        origin,
        told=reason,
        status=ReceiptStatus.CANCELLING.value,
        sent_at=timezone.now(),
        reason=LONG_NUMBER.sub("***", storable(reason))[:200],
        cancelled_by=by,
    )


def cancelled(row: CashReceipt, seen: SeenReceipt | None, origin: Origin) -> bool:
    """It is not valid any more; where that is because a part went back, what is left wants another one."""

    def step() -> bool:
        with _held(row) as held:
            by_refund = row.status != ReceiptStatus.CANCELLING or row.reason == rules.REFUND
            is_marked = CashReceipt.objects.filter(pk=row.pk, due_at__isnull=False).exists()
            return _write(
                row,
                "cash_receipt_cancelled",
                origin,
                told=row.reason,
                status=ReceiptStatus.CANCELLED.value,
                open_key=None,
                due_at=None,
                **(_shown(seen) if seen else {}),
                cancelled_at=(seen.cancelled_at if seen else None) or timezone.now(),
                is_renewal_wanted=by_refund and is_marked and held > 0,
                **NO_TROUBLE,
            )

    is_stored = locks.retrying(step, unless_within=database())
    if is_stored:
        close_calls(row)
    return is_stored


def not_cancelled(row: CashReceipt, error: IamportError, origin: Origin) -> bool:
    """It stays valid, and is tried again later where money went back."""
    return _store(
        row,
        "cash_receipt_not_cancelled",
        origin,
        told=_words(error),
        status=ReceiptStatus.ISSUED.value,
        code=error.code,
        gateway_message=_words(error),
        tries=row.tries + 1,
        retry_at=timezone.now() + rules.pause_after(row.tries),
    )


def dismissed(row: CashReceipt, *, reason: str, origin: Origin) -> bool:
    """Nobody has to see to it any more."""
    return _store(
        row, "cash_receipt_dismissed", origin, told=reason, code="", is_renewal_wanted=False, retry_at=None
    )


def call_operator(row: CashReceipt, origin: Origin) -> None:
    """Somebody has to look: told by the next `iamport_sync`, and until it is settled."""
    using = database()
    with block(using, row.merchant_uid):
        calls = OperatorCall.objects.using(using)
        if calls.store(row.merchant_uid, NOT_CANCELLED, imp_uid=row.imp_uid) is not None:
            note(
                row.merchant_uid,
                "needs_operator",
                origin=origin,
                using=using,
                imp_uid=row.imp_uid,
                reason=NOT_CANCELLED,
            )


def close_calls(row: CashReceipt) -> None:
    calls = OperatorCall.objects.using(database())
    calls.close(row.merchant_uid, timezone.now(), reasons=(NOT_CANCELLED,))


def is_believed(row: CashReceipt, span: timedelta = rules.BELIEVED_AFTER) -> bool:
    """Whether "there is none" is believed by now: a payment company may be slow."""
    return timezone.now() - row.sent_at >= span


def _shown(seen: SeenReceipt) -> dict[str, Any]:
    shown: dict[str, Any] = {
        name: getattr(seen, name) for name in ("vat", "receipt_tid", "apply_num", "receipt_url", "applied_at")
    }
    return {**shown, **({"amount": seen.amount} if seen.amount else {})}


def is_earlier(seen: SeenReceipt, row: CashReceipt) -> bool:
    """Whether it is the one of a row before: the gateway shows the last receipt that it knows."""
    same = {"applied_at": seen.applied_at, "apply_num": seen.apply_num, "receipt_tid": seen.receipt_tid}
    return CashReceipt.objects.filter(merchant_uid=row.merchant_uid, pk__lt=row.pk, **same).exists()


def _words(error: IamportError | None) -> str:
    """Of whoever refused, without the number: the client knows it only where it was sent this time."""
    return LONG_NUMBER.sub("***", storable(getattr(error, "gateway_message", "") or ""))[:1000]


@contextmanager
def _held(row: CashReceipt) -> Iterator[Decimal]:
    """What is held of its payment, under the payment's lock: no refund is stored meanwhile."""
    attempt = find_attempt(row.merchant_uid) if row.kind == "payment" else None
    if attempt is None:
        with block(database(), row.merchant_uid):
            yield Decimal(0)
    else:
        with locks.locked_attempt(attempt, database()) as stored:
            yield stored.held_amount


def _store(row: CashReceipt, event: str, origin: Origin, *, told: str = "", **columns: Any) -> bool:
    using = database()

    def step() -> bool:
        with block(using, row.merchant_uid):
            return _write(row, event, origin, told=told, **columns)

    return locks.retrying(step, unless_within=using)


def _write(row: CashReceipt, event: str, origin: Origin, *, told: str = "", **columns: Any) -> bool:
    if not row.store(**columns):
        return False
    if row.is_issued:
        CashReceipt.objects.filter(merchant_uid=row.merchant_uid, is_renewal_wanted=True).update(
            is_renewal_wanted=False
        )
    note(
        row.merchant_uid,
        event,
        origin=origin,
        using=database(),
        imp_uid=row.imp_uid,
        reason=told or row.code,
        amount=row.amount,
        currency="KRW",
    )
    return True
