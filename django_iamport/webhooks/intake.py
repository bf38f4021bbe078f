"""The gateway's notices: hints, upon which the gateway is asked."""

from __future__ import annotations

from collections.abc import Callable

from django.utils import timezone
from django.utils.module_loading import import_string

from django_iamport import conf
from django_iamport.exceptions import AttemptNotFound, NotFound, PaymentUnknown
from django_iamport.gateway import lookups
from django_iamport.gateway.connection import time_limit
from django_iamport.ledger import backlog
from django_iamport.managers import TransactionManager
from django_iamport.models import AbstractTransaction
from django_iamport.models.registry import find_attempt, find_by_imp_uid
from django_iamport.payments import confirmation
from django_iamport.records.history import Origin
from django_iamport.records.rows import rows
from django_iamport.rules.verification import CARD_REGISTRATION
from django_iamport.signals.monitoring import log

from . import events, throttle

# The gateway waits 30 seconds for the answer to a notice.
ANSWER_SECONDS = 20

STORED, QUEUED, IGNORED = "stored", "queued", "ignored"


def receive(merchant_uid: str, imp_uid: str) -> str:
    """Process what a notice hints at, at once or in the shop's queue; either id may be empty.

    Answers `stored`, `queued`, or `ignored` where it is none of this shop's business. Raises `TooManyNotices`
    where it was put off, and as `confirm()` does. The attempt is first in line at the next `iamport_sync` then.
    """
    with time_limit(ANSWER_SECONDS):
        attempt = _find(merchant_uid, imp_uid)
        if attempt is None:
            return STORED if events.is_taken(merchant_uid) else IGNORED
        may_ask = throttle.book_lookup(attempt, imp_uid)
        if _is_queued(attempt.merchant_uid, imp_uid if may_ask else ""):
            return QUEUED
        return _process(attempt, imp_uid, may_ask=may_ask)


def process(merchant_uid: str, imp_uid: str) -> str:
    """Ask the gateway about one notice of ours, at once: what a queue's worker does.

    Answers and raises as `receive` does.
    """
    attempt = _find(merchant_uid, imp_uid)
    if attempt is None:
        return STORED if events.is_taken(merchant_uid) else IGNORED
    return _process(attempt, imp_uid)


def _process(attempt: AbstractTransaction, imp_uid: str, *, may_ask: bool = True) -> str:
    """Where other notices were put off, all payments under the number are read first.

    Nothing else is asked where the payment may be a guess, which is unknown then unless it was among those.
    """
    model, origin, asked_at = type(attempt), Origin("webhook"), timezone.now()
    using = TransactionManager.for_model(model).write_database()
    answer, row = STORED, None
    try:
        if not may_ask or (imp_uid and attempt.backlog_code == backlog.PUT_OFF):
            row = confirmation.confirm(model, using, origin, attempt=attempt)
        if may_ask:
            row = confirmation.confirm(model, using, origin, attempt=attempt, imp_uid=imp_uid or None)
        elif find_by_imp_uid(imp_uid) is None:
            unknown = PaymentUnknown(f"The gateway doesn't know {imp_uid} yet.")
            backlog.remember_error(attempt, unknown, origin, using)
            raise unknown
    except AttemptNotFound:
        answer = IGNORED
    except PaymentUnknown:
        throttle.count_unknown(attempt)
        raise
    if attempt.asked.get("customer_uid_usage") == CARD_REGISTRATION:
        events.is_taken(attempt.merchant_uid)
    if row is None or row.pk != attempt.pk or row.backlog_since is not None:
        # What was stored has not answered the hint by itself.
        backlog.forget_noticed(rows(model, using).filter(pk=attempt.pk), asked_at)
    return answer


def _is_queued(merchant_uid: str, imp_uid: str) -> bool:
    """Hand the work to the shop's queue, where there is one; what it can't take is done at once."""
    path = conf.get("IAMPORT_WEBHOOK_QUEUE")
    if not path:
        return False
    enqueue: Callable[[str, str], object] = import_string(path)
    try:
        enqueue(merchant_uid, imp_uid)
    except Exception:  # noqa: BLE001 - logged
        log("webhook_not_queued", error=True, merchant_uid=merchant_uid, imp_uid=imp_uid, path=path)
        return False
    return True


def _find(merchant_uid: str, imp_uid: str) -> AbstractTransaction | None:
    """The attempt that a notice is about, where it is this shop's."""
    attempt = find_attempt(merchant_uid) if merchant_uid else _attempt_of_payment(imp_uid)
    return attempt if attempt is not None and conf.owns(attempt.gateway_merchant_uid) else None


def _attempt_of_payment(imp_uid: str) -> AbstractTransaction | None:
    """Whose payment it is: as stored, else as the gateway says, within the budget of foreign numbers.

    Nothing is remembered of a number that the gateway doesn't know: it may be guessed today and real tomorrow.
    Raises `PaymentUnknown`, `TooManyNotices`, `GatewayError`.
    """
    if not imp_uid:
        return None
    attempt = find_by_imp_uid(imp_uid)
    if attempt is not None:
        return attempt
    throttle.require_budget()
    try:
        payment = lookups.find(imp_uid).payment
    except NotFound as error:
        raise PaymentUnknown(f"The gateway doesn't know {imp_uid} yet.") from error
    return find_attempt(payment.merchant_uid)
