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

from django_iamport import conf, gateway, locks, merchant_uids, verification
from django_iamport.client.results import Payment
from django_iamport.exceptions import (
    Conflict,
    GatewayError,
    IamportError,
    NotFound,
    OutcomeUnknown,
    PaymentUnknown,
    Refused,
)
from django_iamport.gateway import Evidence
from django_iamport.models.refund import Refund, open_refunds, wish
from django_iamport.verification import Standing

if TYPE_CHECKING:
    from django_iamport.managers import TransactionManager
    from django_iamport.models.transaction import AbstractTransaction

logger = logging.getLogger("django_iamport")

# A refund that the gateway doesn't show is believed not to have happened only after this long.
NOT_DONE_AFTER = timedelta(minutes=5)
# Seconds to connect and to read: a payment company takes longer to refund than to answer, and the gateway
# waits 30 seconds for the answer to its webhook.
CANCEL_TIMEOUT = (3.05, 25)


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
    the gateway's answer contradicts itself.
    """
    locks.require_no_transaction(refund._state.db or "default")
    if not merchant_uids.is_ours(refund.merchant_uid, conf.prefix()):
        return
    evidence = gateway.look_up(refund.imp_uid)
    if _is_settled(refund, evidence, manager):
        return
    if refund.kind == "refund" and verification.standing(evidence.payment) is not Standing.HELD:
        raise PaymentUnknown(f"The gateway contradicts itself about {refund.imp_uid}: nothing is refunded.")
    if refund.status != "wanted" and not _believed_not_done(refund):
        return
    if _claim(refund, evidence.payment):
        _call(refund, evidence.payment, manager)


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


def _is_settled(refund: Refund, evidence: Evidence, manager: TransactionManager[Any]) -> bool:
    """Whether the gateway shows the outcome already; what it shows is taken in, which closes the row."""
    seen = verification.standing(evidence.payment)
    if seen in (Standing.REFUNDED, Standing.VOIDED):
        manager.take_in_answer(evidence)
        _close_if_open(refund, "done")
        return True
    if refund.kind == "void" and seen is not Standing.WAITING:
        manager.take_in_answer(evidence)
        _close_if_open(refund, "refused")
        return True
    return False


def _close_if_open(refund: Refund, status: str) -> None:
    refund.refresh_from_db()
    if refund.is_open:
        refund.close(status)


def _believed_not_done(refund: Refund) -> bool:
    return refund.sent_at is None or timezone.now() - refund.sent_at > NOT_DONE_AFTER


def _claim(refund: Refund, payment: Payment) -> bool:
    """Turn the wish into an intent; of several workers one succeeds."""
    mine = Refund.objects.filter(pk=refund.pk, status=refund.status, sent_at=refund.sent_at)
    before = [_entry(c.cancellation_id, n) for n, c in enumerate(payment.cancel_history)]
    sent_at = timezone.now()
    if not mine.update(status="sent", sent_at=sent_at, cancellations_before=before):
        return False
    refund.refresh_from_db()
    return True


def _entry(cancellation_id: str | None, position: int) -> str:
    return cancellation_id or f"#{position}"


def _call(refund: Refund, payment: Payment, manager: TransactionManager[Any]) -> None:
    asked_at = timezone.now()
    try:
        answer = _void(refund) if refund.kind == "void" else _cancel(refund, payment)
    except (Refused, Conflict, NotFound) as error:
        _hand_to_operator(refund, error, manager)
        return
    except OutcomeUnknown:
        Refund.objects.filter(pk=refund.pk, status="sent").update(status="unknown")
        raise
    except GatewayError:
        # The request surely did not get through: the wish stands as it was.
        Refund.objects.filter(pk=refund.pk, status="sent").update(status="wanted", sent_at=None)
        raise
    manager.take_in_answer(Evidence(answer, asked_at))
    _close_if_open(refund, "done")


def _cancel(refund: Refund, payment: Payment) -> Payment:
    rest = payment.amount - payment.cancel_amount
    return gateway.client().payments.cancel(
        refund.imp_uid, amount=rest, checksum=rest, reason=refund.reason, timeout=CANCEL_TIMEOUT
    )


def _void(refund: Refund) -> Payment:
    return gateway.client().vbanks.void(refund.imp_uid)


def _hand_to_operator(refund: Refund, error: GatewayError, manager: TransactionManager[Any]) -> None:
    message = error.gateway_message if isinstance(error, Refused) else error.code
    refund.close("needs_operator", message)
    logger.error("%s: the gateway refused to %s: %s", refund.merchant_uid, refund.kind, error.code)
    manager.call_operator(refund.merchant_uid, f"{refund.kind}_refused")
