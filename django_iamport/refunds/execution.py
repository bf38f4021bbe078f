"""Giving money back and voiding accounts: intent before the call, outcome after it, unknown looked up."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TypeVar

from django.db import IntegrityError
from django.utils import timezone

from django_iamport import conf
from django_iamport.exceptions import (
    Conflict,
    GatewayError,
    IamportError,
    NotFound,
    OutcomeUnknown,
    PaymentUnknown,
    RefundInConsole,
    Refused,
)
from django_iamport.gateway import instructions, lookups
from django_iamport.ledger import operator_calls, posting, shop_code
from django_iamport.records import locks
from django_iamport.records.blocks import block
from django_iamport.records.history import Origin, note
from django_iamport.records.operator_call import OperatorCall
from django_iamport.records.refund import NO_ACCOUNT, Refund
from django_iamport.records.rows import require_attempt
from django_iamport.records.transaction import TransactionRecord
from django_iamport.records.write_database import write_database
from django_iamport.rules.payment import Evidence, SeenPayment
from django_iamport.rules.standing import Standing, standing
from django_iamport.rules.status import CLOSED_REFUNDS, RefundStatus
from django_iamport.signals.monitoring import log

from .accounts import wire_bank
from .conditions import discount_of, rest_of
from .intent import Intent, NewIntent, note_refund, origin_of

Model = type[TransactionRecord]
Row = TypeVar("Row", bound=TransactionRecord)

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
            _log("refund_postponed", refund, error)


def execute(model: Model, refund: Refund) -> None:
    """Look the payment up; under one lock post it and claim the intent; call, and post the answer.

    `model` holds the transaction. Raises `GatewayError` where the outcome has to wait, `PaymentUnknown` where the
    gateway's answer contradicts itself, and for a refund that somebody asked for whatever keeps it from being
    carried out: the row says so, too.
    """
    using = _using(refund)
    locks.require_no_transaction(using)
    if not conf.owns(refund.merchant_uid):
        return
    intent = Intent(refund, using)
    evidence = lookups.find(refund.imp_uid)
    _post_and_claim(model, evidence, intent)
    refund.refresh_from_db()
    if isinstance(intent.hindrance, PaymentUnknown):
        raise intent.hindrance
    if intent.hindrance is not None:
        _not_carried_out(model, refund, intent.hindrance)
    elif intent.claimed is not None:
        _call(model, refund, intent.claimed, is_repeated=intent.is_repeated)


def execute_new(attempt: TransactionRecord, intent: NewIntent) -> Refund:
    """The same for a refund that is not stored yet: the intent is stored as sent.

    An error means that nothing happened and nothing will, but for `OutcomeUnknown`.
    """
    model = type(attempt)
    try:
        evidence = lookups.find(intent.asked.imp_uid)
        _post_and_claim(model, evidence, intent, attempt)
    except IamportError as error:
        _store_refused(intent.asked, intent.using, error)
        raise
    if intent.earlier is not None:
        return intent.earlier
    if intent.hindrance is not None:
        if intent.is_allowed:
            _store_refused(intent.asked, intent.using, intent.hindrance)
            if isinstance(intent.hindrance, RefundInConsole) and intent.asked.amount == intent.asked.checksum:
                _call_operator(model, intent.asked, "refund_refused")
        raise intent.hindrance
    if intent.claimed is not None:
        _call(model, intent.refund, intent.claimed, is_repeated=False, attempt=attempt)
    return intent.refund


def _post_and_claim(
    model: Model, evidence: Evidence, intent: Intent, attempt: TransactionRecord | None = None
) -> None:
    refund, using = intent.refund, intent.using
    if refund.kind == "void" and standing(evidence.payment) is Standing.WAITING:
        # The account that is to be voided is not shown once more.
        order_pk = require_attempt(model, refund.merchant_uid, using).order_id

        def claim() -> None:
            with locks.locked_order(model, order_pk, using) as (_order, attempts):
                intent.before_posting(attempts, evidence)
                intent.after_posting(attempts, evidence)

        shop_code.typed(refund.merchant_uid, lambda: locks.retrying(claim))
        return
    posted = posting.post_answer(model, evidence, origin_of(refund), using, attempt=attempt, alongside=intent)
    if posted.requested:
        execute_all(model, posted.requested)


def _store_refused(refund: Refund, using: str, error: IamportError) -> None:
    """What somebody asked for and was not sent: nothing of it happens any more."""
    refund.status, refund.code, refund.open_key = RefundStatus.REFUSED, error.code, None
    for name, blank in NO_ACCOUNT.items():
        setattr(refund, name, blank)

    def store() -> None:
        # The same form, sent twice at once, may have been refused twice.
        with contextlib.suppress(IntegrityError), block(using, refund.merchant_uid):
            refund.save(using=using)
            note_refund(refund, "refund_wanted", using)
            note_refund(refund, "refund_refused", using, error.code)

    shop_code.typed(refund.merchant_uid, lambda: locks.retrying(store))


def void_account(
    row: TransactionRecord, using: str, *, reason: str = "new_attempt", by: str = ""
) -> Refund | None:
    """Void a waiting virtual account now, with an intent stored first; answers how that stands.

    Raises `GatewayError` where the outcome is unknown; the account may still be waiting afterwards.
    """
    imp_uid = row.imp_uid or ""

    def request() -> Refund | None:
        # Another attempt may ask for the same at the same moment: then its request is carried out.
        with contextlib.suppress(IntegrityError), block(using, row.merchant_uid):
            refund = Refund.objects.using(using).request_by_rule(
                kind="void",
                merchant_uid=row.merchant_uid,
                imp_uid=imp_uid,
                amount=Decimal(0),
                reason=reason,
                by=by,
            )
            if refund is not None and by:
                note_refund(refund, "void_wanted", using)
            return refund
        return None

    requested = shop_code.typed(row.merchant_uid, lambda: locks.retrying(request))
    stored = Refund.objects.using(using)
    refund = requested or stored.open_for(imp_uid).first()
    if refund is None and by:
        refund = stored.pending(imp_uid).filter(kind="void").last()
    if refund is not None:
        execute(type(row), refund)
    return refund


def _call(
    model: Model,
    refund: Refund,
    payment: SeenPayment,
    *,
    is_repeated: bool,
    attempt: TransactionRecord | None = None,
) -> None:
    try:
        answer = _void(refund) if refund.kind == "void" else _cancel(refund, payment)
    except (Refused, Conflict, NotFound) as error:
        # To a repeated call perhaps because the first one did it after all.
        if not (is_repeated and _is_settled(model, refund)):
            if discount_of(payment) and not refund.is_automatic:
                # Nobody tries another sum: how the gateway counts is for its console to show.
                _call_operator(model, refund, "refund_refused")
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
        post_and_execute(model, answer, origin_of(refund), _using(refund), attempt)
    except IamportError as error:
        _mark_unknown(refund)
        raise OutcomeUnknown("The gateway carried it out, but its answer could not be stored.") from error
    refund.refresh_from_db()
    if not refund.is_open:
        return
    if refund.kind == "void":
        locks.retrying(lambda: refund.close(RefundStatus.DONE))
    else:
        _mark_unknown(refund)


def _is_settled(model: Model, refund: Refund) -> bool:
    """Whether the gateway shows the outcome after all; what it shows is posted."""
    intent = Intent(refund, _using(refund))
    _post_and_claim(model, lookups.find(refund.imp_uid), intent)
    refund.refresh_from_db()
    return refund.status in CLOSED_REFUNDS


def _cancel(refund: Refund, payment: SeenPayment) -> Evidence:
    """The gateway counts a payment with a promotion as it was before the discount."""
    return instructions.cancel(
        refund.imp_uid,
        amount=refund.amount + discount_of(payment),
        checksum=rest_of(payment) + discount_of(payment),
        reason=refund.reason,
        tax_free=refund.tax_free,
        account=_account_of(refund, payment) if refund.has_account else None,
    )


def _account_of(refund: Refund, payment: SeenPayment) -> instructions.Account:
    return instructions.Account(
        bank=wire_bank(refund.refund_bank, payment.pg_provider or ""),
        number=refund.refund_account,
        holder=refund.refund_holder,
        tel=refund.refund_tel,
    )


def _void(refund: Refund) -> Evidence:
    return instructions.void_account(refund.imp_uid)


def _mark_unknown(refund: Refund) -> None:
    sent = Refund.objects.filter(pk=refund.pk, status=RefundStatus.SENT)
    if locks.retrying(lambda: sent.update(status=RefundStatus.UNKNOWN)):
        note_refund(refund, "refund_unknown", _using(refund))
    refund.refresh_from_db()


def _take_intent_back(refund: Refund, error: GatewayError) -> None:
    """What the rules ask for stands as it was; who asked for a sum is told, and asks again."""
    mine = Refund.objects.filter(pk=refund.pk, status=RefundStatus.SENT)
    if refund.is_automatic:
        locks.retrying(lambda: mine.update(status=RefundStatus.WANTED, sent_at=None))
        refund.refresh_from_db()
    else:
        refund.refresh_from_db()
        if refund.status == RefundStatus.SENT:
            _close_as_refused(refund, error)


def _log(event: str, refund: Refund, error: IamportError) -> None:
    log(
        event,
        merchant_uid=refund.merchant_uid,
        imp_uid=refund.imp_uid,
        kind=refund.kind,
        reason=error.code,
    )


def _not_carried_out(model: Model, refund: Refund, error: IamportError) -> None:
    """What the rules ask for waits for an operator; who asked for a sum is told."""
    message = error.gateway_message if isinstance(error, Refused) else ""
    _log("refund_not_carried_out", refund, error)
    if refund.is_automatic:
        _hand_to_operator(model, refund, error.code, message)
        return
    _close_as_refused(refund, error, message)
    raise error


def _close_as_refused(refund: Refund, error: IamportError, message: str = "") -> None:
    if locks.retrying(lambda: refund.close(RefundStatus.REFUSED, error.code, message)):
        note_refund(refund, "refund_refused", _using(refund), error.code)


def _hand_to_operator(model: Model, refund: Refund, code: str, message: str) -> None:
    retry_at = _next_try(refund.tries)
    is_stored = locks.retrying(lambda: refund.wait_for_operator(code, message, retry_at=retry_at))
    if is_stored and refund.tries == 1:
        _call_operator(model, refund, f"{refund.kind}_refused")


def _call_operator(model: Model, refund: Refund, reason: str) -> None:
    """Store the call, note it, and send `operator_needed`."""
    using = _using(refund)
    with block(using, refund.merchant_uid):
        call = OperatorCall.objects.using(using).store(refund.merchant_uid, reason, imp_uid=refund.imp_uid)
        if call is None:
            return
        note(
            refund.merchant_uid,
            "needs_operator",
            origin=origin_of(refund),
            using=using,
            imp_uid=refund.imp_uid,
            reason=reason,
        )
    operator_calls.send_all(model, [call], using)


def _next_try(tries: int) -> datetime | None:
    return timezone.now() + PAUSES[tries] if tries < len(PAUSES) else None


def _using(refund: Refund) -> str:
    return write_database(refund)
