"""A row for each cancellation that an answer shows, and the intent that it answers."""

from __future__ import annotations

from decimal import Decimal

from django_iamport.gateway.payload import web_address
from django_iamport.records.cancellation import Cancellation
from django_iamport.records.history import Origin
from django_iamport.records.refund import Refund
from django_iamport.records.transaction import TransactionRecord
from django_iamport.rules.cancel_history import Entry, key_of, new_entries
from django_iamport.rules.payment import SeenPayment
from django_iamport.rules.status import RefundStatus
from django_iamport.rules.texts import storable

from .books import day_sums


def record_new(
    row: TransactionRecord, payment: SeenPayment, origin: Origin, using: str
) -> list[Cancellation]:
    """Store the cancellations that are new, in order, under the order's lock; answers them.

    A new entry of exactly the sum of the refund that is under way is that refund, and closes it.
    """
    if payment.cancel_amount <= row.cancel_amount:
        return []
    stored = list(Cancellation.objects.using(using).filter(imp_uid=payment.imp_uid))
    entries = new_entries(
        payment.cancel_history,
        stored,
        cancel_amount=Decimal(payment.cancel_amount),
        stored_amount=sum((known.amount for known in stored), Decimal(0)),
    )
    return [_store(row, payment, entry, origin, using) for entry in entries]


def known_entries(payment: SeenPayment, using: str) -> list[str]:
    """The keys of all cancellations that happened already: those seen, and those stored."""
    seen = [key_of(entry, position) for position, entry in enumerate(payment.cancel_history)]
    stored = Cancellation.objects.using(using).filter(imp_uid=payment.imp_uid)
    return sorted({*seen, *stored.values_list("entry", flat=True)})


def _store(
    row: TransactionRecord, payment: SeenPayment, entry: Entry, origin: Origin, using: str
) -> Cancellation:
    seen = None if entry.position is None else payment.cancel_history[entry.position]
    refund = _intent(payment.imp_uid, entry, using)
    cancellation = Cancellation.objects.using(using).create(
        merchant_uid=row.merchant_uid,
        imp_uid=payment.imp_uid,
        entry=entry.key,
        position=entry.position,
        amount=entry.amount,
        currency=storable(payment.currency)[:3],
        reason=storable((seen and seen.reason) or (refund.reason if refund else "") or "")[:1000],
        by=refund.by if refund else origin.by,
        source=origin.source,
        receipt_url=web_address(seen.receipt_url if seen else None),
        cancelled_at=seen.cancelled_at if seen else payment.cancelled_at,
        refund=refund,
    )
    day_sums.forget([cancellation.cancelled_at or cancellation.created], using)
    if refund is not None:
        refund.close(RefundStatus.DONE)
    return cancellation


def _intent(imp_uid: str, entry: Entry, using: str) -> Refund | None:
    under_way = (
        Refund.objects.using(using).open_for(imp_uid).filter(kind="refund", status__in=Refund.UNDER_WAY)
    )
    intents = under_way.filter(amount=entry.amount).select_for_update()
    return next((refund for refund in intents if entry.key not in refund.cancellations_before), None)
