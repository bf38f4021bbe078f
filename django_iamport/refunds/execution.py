"""Giving money back and voiding accounts: intent before the call, outcome after it, unknown looked up."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from django.db import IntegrityError, transaction
from django.utils import timezone

from django_iamport import conf, signals
from django_iamport.exceptions import (
    Conflict,
    GatewayError,
    IamportError,
    NotFound,
    OutcomeUnknown,
    PaymentUnknown,
    RefundAccountMissing,
    RefundPeriodOver,
    RefundRestChanged,
    Refused,
)
from django_iamport.gateway import instructions, lookups
from django_iamport.ledger import cancellations, posting
from django_iamport.records import locks
from django_iamport.records.history import Origin, note
from django_iamport.records.refund import Refund
from django_iamport.records.rows import require_attempt
from django_iamport.records.transaction import TransactionRecord
from django_iamport.rules import dates
from django_iamport.rules.payment import Evidence, SeenPayment
from django_iamport.rules.standing import Standing, standing
from django_iamport.rules.status import Status

from .accounts import wire_bank

logger = logging.getLogger("django_iamport")

Model = type[TransactionRecord]
Row = TypeVar("Row", bound=TransactionRecord)

# A refund that the gateway doesn't show is believed not to have happened only after this long.
NOT_DONE_AFTER = timedelta(minutes=5)
# A request that can't be met is tried again after these pauses, for a day; then by hand only.
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (10, 30, 60, 180, 360, 720))


def post_and_execute(
    model: type[Row], evidence: Evidence, origin: Origin, using: str, attempt: Row | None = None
) -> Row:
    """Post what a lookup shows, then carry out the refunds that it requested."""
    posted = posting.post_answer(model, evidence, origin, using, attempt=attempt)
    if posted.requested:
        execute_all(model, posted.requested)
        posted.transaction.refresh_from_db(using=using)
    return posted.transaction


def execute_all(model: Model, refunds: Iterable[Refund]) -> None:
    """Carry stored requests out. What fails stays stored, and `iamport_sync` goes on with it."""
    for refund in refunds:
        try:
            execute(model, refund)
        except IamportError as error:
            logger.warning("%s: %s is postponed: %s", refund.merchant_uid, refund.kind, error.code)


def execute(model: Model, refund: Refund) -> None:
    """Look the payment up, claim the intent, call, and post the answer.

    `model` holds the transaction. Raises `GatewayError` where the outcome has to wait, `PaymentUnknown` where the
    gateway's answer contradicts itself, and for a refund that somebody asked for whatever keeps it from being
    carried out: the row says so, too.
    """
    locks.require_no_transaction(_using(refund))
    if not conf.owns(refund.merchant_uid):
        return
    evidence = lookups.find(refund.imp_uid)
    if _is_settled(model, refund, evidence):
        return
    if refund.kind == "refund" and standing(evidence.payment) is not Standing.HELD:
        raise PaymentUnknown(f"The gateway contradicts itself about {refund.imp_uid}: nothing is refunded.")
    if refund.status in Refund.UNDER_WAY and not _believed_not_done(refund):
        return
    try:
        _require_possible(refund, evidence.payment)
    except IamportError as error:
        _not_carried_out(model, refund, error)
        return
    is_repeated = refund.sent_at is not None
    if _claim(model, refund, evidence.payment):
        _call(model, refund, evidence.payment, is_repeated=is_repeated)


def void_account(row: TransactionRecord, using: str) -> None:
    """Void a waiting virtual account now, with an intent stored first.

    Raises `GatewayError` where the outcome is unknown; the account may still be waiting afterwards.
    """
    imp_uid = row.imp_uid or ""
    refund = None
    # Another attempt may ask for the same at the same moment: then its request is carried out.
    with contextlib.suppress(IntegrityError), transaction.atomic(using=using):
        refund = Refund.objects.using(using).request_by_rule(
            kind="void",
            merchant_uid=row.merchant_uid,
            imp_uid=imp_uid,
            amount=Decimal(0),
            reason="new_attempt",
        )
    refund = refund or Refund.objects.using(using).open_for(imp_uid).first()
    if refund is not None:
        execute(type(row), refund)


# Before the call.


def _is_settled(model: Model, refund: Refund, evidence: Evidence) -> bool:
    """Whether the gateway shows the outcome already; what it shows is posted, which closes the row."""
    seen = standing(evidence.payment)
    if refund.kind == "refund":
        post_and_execute(model, evidence, _origin(refund), _using(refund))
    elif seen is not Standing.WAITING:
        post_and_execute(model, evidence, _origin(refund), _using(refund))
        _close_if_open(refund, "done" if seen in (Standing.REFUNDED, Standing.VOIDED) else "refused")
    refund.refresh_from_db()
    if seen in (Standing.REFUNDED, Standing.VOIDED) and refund.is_open:
        if refund.is_automatic:
            refund.close("done")
        else:
            refund.close("refused", "refund_rest_changed")
    return refund.status in ("done", "refused")


def _close_if_open(refund: Refund, status: str) -> None:
    refund.refresh_from_db()
    if refund.is_open:
        refund.close(status)


def _believed_not_done(refund: Refund) -> bool:
    return refund.sent_at is None or timezone.now() - refund.sent_at > NOT_DONE_AFTER


def _require_possible(refund: Refund, payment: SeenPayment) -> None:
    if refund.kind == "void":
        return
    if refund.checksum is not None and rest_of(payment) != refund.checksum:
        raise RefundRestChanged(f"{rest_of(payment)} is left of {refund.merchant_uid}.")
    require_refundable_now(payment.pay_method, payment.pg_provider, payment.paid_at)
    if not refund.has_account and needs_account(payment.pay_method, payment.pg_provider, payment.paid_at):
        raise RefundAccountMissing(f"{refund.merchant_uid} was paid by a deposit.")


def rest_of(payment: SeenPayment) -> Decimal:
    """What can still be refunded, in the payment's currency."""
    return Decimal(payment.amount) - Decimal(payment.cancel_amount)


def needs_account(pay_method: str | None, pg_provider: str | None, paid_at: datetime | None) -> bool:
    """Deposits go back to an account; and at KCP a phone bill of another month."""
    return pay_method == "vbank" or (
        pay_method == "phone" and _is_kcp(pg_provider) and dates.is_another_month(paid_at, _now())
    )


def require_refundable_now(pay_method: str | None, pg_provider: str | None, paid_at: datetime | None) -> None:
    """Raise `RefundPeriodOver` for a phone bill after the month of its payment."""
    if pay_method == "phone" and not _is_kcp(pg_provider) and dates.is_another_month(paid_at, _now()):
        raise RefundPeriodOver("A phone payment can be refunded only in the month it was made.")


def _is_kcp(pg_provider: str | None) -> bool:
    return (pg_provider or "").startswith("kcp")


def _now() -> datetime:
    return timezone.now()


def _claim(model: Model, refund: Refund, payment: SeenPayment) -> bool:
    """Turn the request into an intent, under the order's lock; of several workers one succeeds."""
    seen, using = (refund.status, refund.sent_at), _using(refund)
    attempt = require_attempt(model, refund.merchant_uid, using)

    def claim() -> bool:
        with locks.locked_attempt(attempt, using) as row:
            stored = Refund.objects.using(using).select_for_update().get(pk=refund.pk)
            if (stored.status, stored.sent_at) != seen:
                return False
            if refund.kind == "refund":
                if row.held_amount != rest_of(payment) or (
                    refund.is_automatic and row.status != Status.REJECTED
                ):
                    return False
                stored.amount = rest_of(payment) if refund.is_automatic else refund.amount
            stored.open_key = refund.merchant_uid if refund.kind == "refund" else refund.imp_uid
            if Refund.objects.using(using).filter(open_key=stored.open_key).exclude(pk=refund.pk).exists():
                return False
            stored.status, stored.sent_at = "sent", _now()
            stored.cancellations_before = cancellations.known_entries(payment, using)
            stored.save()
            _note(stored, f"{refund.kind}_sent")
            return True

    claimed = locks.retrying(claim)
    refund.refresh_from_db()
    return claimed


# The call, and what became of it.


def _call(model: Model, refund: Refund, payment: SeenPayment, *, is_repeated: bool) -> None:
    try:
        answer = _void(refund) if refund.kind == "void" else _cancel(refund, payment)
    except (Refused, Conflict, NotFound) as error:
        # To a repeated call perhaps because the first one did it after all.
        if not (is_repeated and _is_settled(model, refund, lookups.find(refund.imp_uid))):
            _not_carried_out(model, refund, error)
        return
    except OutcomeUnknown:
        _mark_unknown(refund)
        raise
    except GatewayError as error:
        # The request surely did not get through.
        _take_intent_back(refund, error)
        raise
    try:
        post_and_execute(model, answer, _origin(refund), _using(refund))
    except IamportError as error:
        _mark_unknown(refund)
        raise OutcomeUnknown("The gateway carried it out, but its answer could not be stored.") from error
    refund.refresh_from_db()
    if refund.kind == "void":
        _close_if_open(refund, "done")
    elif refund.is_open:
        _mark_unknown(refund)


def _cancel(refund: Refund, payment: SeenPayment) -> Evidence:
    details: dict[str, Any] = {}
    if refund.has_account:
        details = {
            "refund_bank": wire_bank(refund.refund_bank, payment.pg_provider or ""),
            "refund_account": refund.refund_account,
            "refund_holder": refund.refund_holder,
            "refund_tel": refund.refund_tel or None,
        }
    if refund.tax_free is not None:
        details["tax_free"] = refund.tax_free
    return instructions.cancel(
        refund.imp_uid,
        amount=refund.amount,
        checksum=rest_of(payment),
        reason=refund.reason,
        **details,
    )


def _void(refund: Refund) -> Evidence:
    return instructions.void_account(refund.imp_uid)


def _mark_unknown(refund: Refund) -> None:
    if Refund.objects.filter(pk=refund.pk, status="sent").update(status="unknown"):
        _note(refund, "refund_unknown")
    refund.refresh_from_db()


def _take_intent_back(refund: Refund, error: GatewayError) -> None:
    """What the rules ask for stands as it was; who asked for a sum is told, and asks again."""
    mine = Refund.objects.filter(pk=refund.pk, status="sent")
    if refund.is_automatic:
        mine.update(status="wanted", sent_at=None)
        refund.refresh_from_db()
    else:
        withdraw(refund, error.code, status="sent")


def withdraw(refund: Refund, code: str, *, status: str = "wanted") -> None:
    """Close what somebody asked for and what was not sent: nothing of it happens any more."""
    refund.refresh_from_db()
    if refund.status == status and refund.close("refused", code):
        _note(refund, "refund_refused", code)


def _not_carried_out(model: Model, refund: Refund, error: IamportError) -> None:
    """What the rules ask for waits for an operator; who asked for a sum is told."""
    message = error.gateway_message if isinstance(error, Refused) else ""
    logger.error("%s: can't %s: %s", refund.merchant_uid, refund.kind, error.code)
    if refund.is_automatic:
        _hand_to_operator(model, refund, error.code, message)
        return
    if refund.close("refused", error.code, message):
        _note(refund, "refund_refused", error.code)
    raise error


def _hand_to_operator(model: Model, refund: Refund, code: str, message: str) -> None:
    is_stored = refund.wait_for_operator(code, message, retry_at=_next_try(refund.tries))
    if is_stored and refund.tries == 1:
        _call_operator(model, refund, f"{refund.kind}_refused")


def _call_operator(model: Model, refund: Refund, reason: str) -> None:
    """Send `operator_needed`, and note it."""
    using = _using(refund)
    row = require_attempt(model, refund.merchant_uid, using)
    with transaction.atomic(using=using):
        note(
            row.merchant_uid,
            "needs_operator",
            origin=_origin(refund),
            using=using,
            imp_uid=row.imp_uid or "",
            reason=reason,
        )
        signals.operator_needed.send(sender=model, transaction=row, order=row.order, reason=reason)


def _next_try(tries: int) -> datetime | None:
    return _now() + PAUSES[tries] if tries < len(PAUSES) else None


def _origin(refund: Refund) -> Origin:
    return Origin("refund", refund.by)


def _note(refund: Refund, event: str, reason: str = "") -> None:
    note(
        refund.merchant_uid,
        event,
        origin=_origin(refund),
        using=_using(refund),
        imp_uid=refund.imp_uid,
        amount=refund.amount if refund.kind == "refund" else None,
        currency=refund.currency,
        reason=reason or refund.reason,
    )


def _using(refund: Refund) -> str:
    return refund._state.db or "default"
