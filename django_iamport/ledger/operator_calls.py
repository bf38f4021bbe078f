"""Telling an operator, after the commit and at least once, and taking the answer."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils import timezone

from django_iamport import signals
from django_iamport.exceptions import OperatorNotCalled
from django_iamport.records import locks
from django_iamport.records.history import Origin, note
from django_iamport.records.operator_call import OperatorCall
from django_iamport.records.rows import require_attempt, rows
from django_iamport.records.transaction import TransactionRecord
from django_iamport.signals.monitoring import log

from . import backlog


def send_all(model: type[TransactionRecord], calls: Iterable[OperatorCall], using: str) -> None:
    """Send `operator_needed` for stored calls; what a receiver fails on is sent again by `iamport_sync`."""
    for call in calls:
        try:
            row = require_attempt(model, call.merchant_uid, using)
            signals.operator_needed.send(sender=model, transaction=row, order=row.order, reason=call.reason)
        except Exception:  # noqa: BLE001 - logged
            log("operator_not_told", error=True, merchant_uid=call.merchant_uid, reason=call.reason)
        else:
            _note_sent(call, using)


def _note_sent(call: OperatorCall, using: str) -> None:
    sent = OperatorCall.objects.using(using).filter(pk=call.pk)
    locks.retrying(lambda: sent.update(sent_at=timezone.now()))


def answer(row: TransactionRecord, using: str, *, text: str, by: str) -> None:
    """`AbstractTransaction.answer_operator`: close the open calls, and forget what only a person could settle."""
    locks.retrying(lambda: _answer(row, using, text=text, by=by))


def _answer(row: TransactionRecord, using: str, *, text: str, by: str) -> None:
    calls = OperatorCall.objects.using(using)
    with locks.locked_attempt(row, using) as stored:
        is_reported = stored.backlog_code in backlog.REPORTED
        if is_reported:
            rows(type(row), using).filter(pk=row.pk).update(backlog_since=None, backlog_code="")
        closed = calls.close(row.merchant_uid, timezone.now(), by=by[:150], answer=text)
        if not closed and not is_reported:
            raise OperatorNotCalled(f"No call for an operator is open for {row.merchant_uid}.")
        note(
            row.merchant_uid,
            "operator_answered",
            origin=Origin("admin", by),
            using=using,
            imp_uid=row.imp_uid or "",
            reason=text,
            status_before=stored.status,
            status_after=stored.status,
        )
