"""Giving money back and voiding accounts: intent before the call, outcome after it, unknown looked up."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from django_iamport import conf
from django_iamport.client.results import Payment
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
from django_iamport.gateway import connection
from django_iamport.gateway.connection import Evidence
from django_iamport.ledger import cancellations
from django_iamport.records import locks
from django_iamport.records.history import Origin, note
from django_iamport.records.refund import Refund, open_refunds, wish
from django_iamport.refunds.accounts import wire_bank
from django_iamport.rules import merchant_uids, verification
from django_iamport.rules.verification import Standing

if TYPE_CHECKING:
    from django_iamport.managers import TransactionManager
    from django_iamport.models.transaction import AbstractTransaction

logger = logging.getLogger("django_iamport")

# A refund that the gateway doesn't show is believed not to have happened only after this long.
NOT_DONE_AFTER = timedelta(minutes=5)
# Seconds to connect and to read: a payment company takes longer to refund than to answer, and the gateway
# waits 30 seconds for the answer to its webhook.
CANCEL_TIMEOUT = (3.05, 25)
# A wish that can't be met is tried again after these pauses, for a day; then by hand only.
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (10, 30, 60, 180, 360, 720))


def carry_out(wishes: Iterable[Refund], manager: TransactionManager[Any]) -> None:
    """Carry stored wishes out. What fails stays stored, and `iamport_sync` goes on with it."""
    for refund in wishes:
        try:
            carry_out_one(refund, manager)
        except IamportError as error:
            logger.warning("%s: %s is put off: %s", refund.merchant_uid, refund.kind, error.code)


def carry_out_one(refund: Refund, manager: TransactionManager[Any]) -> None:
    """Look the payment up, claim the intent, call, and take the answer in.

    `manager` takes the answers in. Raises `GatewayError` where the outcome has to wait, `PaymentUnknown` where
    the gateway's answer contradicts itself, and for a refund that somebody asked for whatever keeps it from
    being carried out: the row says so, too.
    """
    locks.require_no_transaction(refund._state.db or "default")
    if not merchant_uids.is_ours(refund.merchant_uid, conf.prefix()):
        return
    evidence = connection.look_up(refund.imp_uid)
    if _is_settled(refund, evidence, manager):
        return
    if refund.kind == "refund" and verification.standing(evidence.payment) is not Standing.HELD:
        raise PaymentUnknown(f"The gateway contradicts itself about {refund.imp_uid}: nothing is refunded.")
    if refund.status in Refund.UNDER_WAY and not _believed_not_done(refund):
        return
    try:
        _require_possible(refund, evidence.payment)
    except IamportError as error:
        _not_carried_out(refund, error, manager)
        return
    is_repeated = refund.sent_at is not None
    if _claim(refund, evidence.payment, manager):
        _call(refund, evidence.payment, manager, is_repeated=is_repeated)


def void_account(row: AbstractTransaction, manager: TransactionManager[Any], *, using: str) -> None:
    """Void a waiting virtual account now, with an intent stored first.

    Raises `GatewayError` where the outcome is unknown; the account may still be waiting afterwards.
    """
    imp_uid = row.imp_uid or ""
    refund = None
    # Another attempt may wish for the same at the same moment: then its wish is carried out.
    with contextlib.suppress(IntegrityError), transaction.atomic(using=using):
        refund = wish(
            kind="void",
            merchant_uid=row.merchant_uid,
            imp_uid=imp_uid,
            amount=Decimal(0),
            reason="new_attempt",
            using=using,
        )
    refund = refund or open_refunds(imp_uid, using=using).first()
    if refund is not None:
        carry_out_one(refund, manager)


# Before the call.


def _is_settled(refund: Refund, evidence: Evidence, manager: TransactionManager[Any]) -> bool:
    """Whether the gateway shows the outcome already; what it shows is taken in, which closes the row."""
    seen = verification.standing(evidence.payment)
    if refund.kind == "refund":
        manager.take_in_answer(evidence, _origin(refund))
    elif seen is not Standing.WAITING:
        manager.take_in_answer(evidence, _origin(refund))
        _close_if_open(refund, "done" if seen in (Standing.REFUNDED, Standing.VOIDED) else "refused")
    refund.refresh_from_db()
    if seen in (Standing.REFUNDED, Standing.VOIDED) and refund.is_open:
        if refund.is_wish:
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


def _require_possible(refund: Refund, payment: Payment) -> None:
    if refund.kind == "void":
        return
    if refund.checksum is not None and rest_of(payment) != refund.checksum:
        raise RefundRestChanged(f"{rest_of(payment)} is left of {refund.merchant_uid}.")
    require_refundable_now(payment.pay_method, payment.pg_provider, payment.paid_at)
    if not refund.has_account and needs_account(payment.pay_method, payment.pg_provider, payment.paid_at):
        raise RefundAccountMissing(f"{refund.merchant_uid} was paid by a deposit.")


def rest_of(payment: Payment) -> Decimal:
    """What can still be refunded, in the payment's currency."""
    return Decimal(payment.amount) - Decimal(payment.cancel_amount)


def needs_account(pay_method: str | None, pg_provider: str | None, paid_at: Any) -> bool:
    """Deposits go back to an account; and at KCP a phone bill of another month."""
    return pay_method == "vbank" or (
        pay_method == "phone" and _is_kcp(pg_provider) and verification.is_another_month(paid_at, _now())
    )


def require_refundable_now(pay_method: str | None, pg_provider: str | None, paid_at: Any) -> None:
    """Raise `RefundPeriodOver` for a phone bill after the month of its payment."""
    if pay_method == "phone" and not _is_kcp(pg_provider) and verification.is_another_month(paid_at, _now()):
        raise RefundPeriodOver("A phone bill can be refunded in the month of its payment only.")


def _is_kcp(pg_provider: str | None) -> bool:
    return (pg_provider or "").startswith("kcp")


def _now() -> Any:
    return timezone.now()


def _claim(refund: Refund, payment: Payment, manager: TransactionManager[Any]) -> bool:
    """Turn the wish into an intent, under the order's lock; of several workers one succeeds."""
    seen, using = (refund.status, refund.sent_at), refund._state.db or "default"

    def claim() -> bool:
        with manager.locked_attempt(refund.merchant_uid) as row:
            stored = Refund.objects.using(using).select_for_update().get(pk=refund.pk)
            if (stored.status, stored.sent_at) != seen:
                return False
            if refund.kind == "refund":
                if row.held_amount != rest_of(payment) or (refund.is_wish and row.status != "rejected"):
                    return False
                stored.amount = rest_of(payment) if refund.is_wish else refund.amount
            stored.open_key = refund.merchant_uid if refund.kind == "refund" else refund.imp_uid
            if Refund.objects.using(using).filter(open_key=stored.open_key).exclude(pk=refund.pk).exists():
                return False
            stored.status, stored.sent_at = "sent", _now()
            stored.cancellations_before = cancellations.known_entries(payment, using)
            stored.save()
            _note(stored, f"{refund.kind}_sent")
            return True

    claimed = locks.repeated(claim)
    refund.refresh_from_db()
    return claimed


# The call, and what became of it.


def _call(refund: Refund, payment: Payment, manager: TransactionManager[Any], *, is_repeated: bool) -> None:
    asked_at = _now()
    try:
        answer = _void(refund) if refund.kind == "void" else _cancel(refund, payment)
    except (Refused, Conflict, NotFound) as error:
        # To a repeated call perhaps because the first one did it after all.
        if not (is_repeated and _is_settled(refund, connection.look_up(refund.imp_uid), manager)):
            _not_carried_out(refund, error, manager)
        return
    except OutcomeUnknown:
        _mark_unknown(refund)
        raise
    except GatewayError as error:
        # The request surely did not get through.
        _take_intent_back(refund, error)
        raise
    try:
        manager.take_in_answer(Evidence(answer, asked_at), _origin(refund))
    except IamportError as error:
        _mark_unknown(refund)
        raise OutcomeUnknown("The gateway did it, and its answer could not be stored.") from error
    refund.refresh_from_db()
    if refund.kind == "void":
        _close_if_open(refund, "done")
    elif refund.is_open:
        _mark_unknown(refund)


def _cancel(refund: Refund, payment: Payment) -> Payment:
    account: dict[str, Any] = {}
    if refund.has_account:
        account = {
            "refund_bank": wire_bank(refund.refund_bank, payment.pg_provider or ""),
            "refund_account": refund.refund_account,
            "refund_holder": refund.refund_holder,
            "refund_tel": refund.refund_tel or None,
        }
    if refund.tax_free is not None:
        account["tax_free"] = refund.tax_free
    return connection.client().payments.cancel(
        refund.imp_uid,
        amount=refund.amount,
        checksum=rest_of(payment),
        reason=refund.reason,
        timeout=CANCEL_TIMEOUT,
        **account,
    )


def _void(refund: Refund) -> Payment:
    return connection.client().vbanks.void(refund.imp_uid)


def _mark_unknown(refund: Refund) -> None:
    if Refund.objects.filter(pk=refund.pk, status="sent").update(status="unknown"):
        _note(refund, "refund_unknown")
    refund.refresh_from_db()


def _take_intent_back(refund: Refund, error: GatewayError) -> None:
    """A wish of the rules stands as it was; who asked for a sum hears of it, and asks again."""
    mine = Refund.objects.filter(pk=refund.pk, status="sent")
    if refund.is_wish:
        mine.update(status="wanted", sent_at=None)
        refund.refresh_from_db()
    else:
        withdraw(refund, error.code, status="sent")


def withdraw(refund: Refund, code: str, *, status: str = "wanted") -> None:
    """Close what somebody asked for and what was not sent: nothing of it happens any more."""
    refund.refresh_from_db()
    if refund.status == status and refund.close("refused", code):
        _note(refund, "refund_refused", code)


def _not_carried_out(refund: Refund, error: IamportError, manager: TransactionManager[Any]) -> None:
    """A wish of the rules waits for an operator; who asked for a sum is told."""
    message = error.gateway_message if isinstance(error, Refused) else ""
    logger.error("%s: can't %s: %s", refund.merchant_uid, refund.kind, error.code)
    if refund.is_wish:
        _hand_to_operator(refund, error.code, message, manager)
        return
    if refund.close("refused", error.code, message):
        _note(refund, "refund_refused", error.code)
    raise error


def _hand_to_operator(refund: Refund, code: str, message: str, manager: TransactionManager[Any]) -> None:
    is_stored = refund.wait_for_operator(code, message, retry_at=_next_try(refund.tries))
    if is_stored and refund.tries == 1:
        manager.call_operator(refund.merchant_uid, f"{refund.kind}_refused", _origin(refund))


def _next_try(tries: int) -> Any:
    return _now() + PAUSES[tries] if tries < len(PAUSES) else None


def _origin(refund: Refund) -> Origin:
    return Origin("refund", refund.by)


def _note(refund: Refund, event: str, reason: str = "") -> None:
    note(
        refund.merchant_uid,
        event,
        origin=_origin(refund),
        using=refund._state.db or "default",
        imp_uid=refund.imp_uid,
        amount=refund.amount if refund.kind == "refund" else None,
        currency=refund.currency,
        reason=reason or refund.reason,
    )
