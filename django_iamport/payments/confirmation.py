"""Confirming an attempt: look its payment up, post what was found, carry out what that requested."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TypeVar

from django.db.models import Q, QuerySet
from django.utils import timezone

from django_iamport import conf
from django_iamport.exceptions import AttemptNotFound, IamportError, PaymentUnknown, TooManyRequests
from django_iamport.gateway import budgets, lookups
from django_iamport.ledger import backlog, posting
from django_iamport.records import locks
from django_iamport.records.history import Origin
from django_iamport.records.rows import composed, require_attempt, rows
from django_iamport.records.transaction import TransactionRecord
from django_iamport.refunds import execution
from django_iamport.rules.payment import Evidence
from django_iamport.rules.standing import Standing, counting, holds_and_awaits_nothing, standing
from django_iamport.rules.status import SETTLED

POLL_INTERVAL = timedelta(seconds=5)

# Who claims a payment that is stored already gets the stored answer; everybody else makes us ask. A claimant is
# any visitor: how often he makes us ask is bounded.
CLAIMANTS = ("browser", "redirect")

Row = TypeVar("Row", bound=TransactionRecord)


def confirm(
    model: type[Row],
    using: str,
    origin: Origin,
    *,
    merchant_uid: str | None = None,
    imp_uid: str | None = None,
    attempt: Row | None = None,
) -> Row:
    """`TransactionManager.confirm`; `attempt`, where it was read already, stands for its `merchant_uid`."""
    locks.require_no_transaction(using)
    if attempt is None:
        claimed = imp_uid if origin.source in CLAIMANTS else None
        attempt, stored = _read(model, using, merchant_uid, claimed)
        if stored is not None and stored.status in SETTLED:
            return stored
    claim = attempt if origin.source in CLAIMANTS else None
    if claim is not None:
        _take_budget(claim, using)
    try:
        if imp_uid:
            return _confirm_payment(model, imp_uid, attempt, origin, using)
        if attempt is None:
            raise AttemptNotFound(f"There is no attempt {merchant_uid}.")
        return confirm_attempt(attempt, origin, using)
    except IamportError as error:
        if claim is not None and imp_uid and isinstance(error, PaymentUnknown):
            # It took two questions to find that out.
            budgets.spend(budgets.ATTEMPT, claim.merchant_uid)
        backlog.remember_error(attempt, error, origin, using)
        raise


def confirm_open(attempt: TransactionRecord, origin: Origin, using: str) -> bool:
    """Ask about an attempt; answers whether the gateway knows a payment under its number.

    Raises as `confirm` does.
    """
    try:
        return bool(_post_all(attempt, origin, using))
    except IamportError as error:
        backlog.remember_error(attempt, error, origin, using)
        raise


def _take_budget(attempt: TransactionRecord, using: str) -> None:
    """Raises `TooManyRequests`; what was claimed is then first in line at the next `iamport_sync`."""
    try:
        budgets.take(budgets.ATTEMPT, attempt.merchant_uid)
    except TooManyRequests as error:
        if attempt.backlog_since is None:
            backlog.remember(rows(type(attempt), using).filter(pk=attempt.pk), error.code)
        raise


def _read(
    model: type[Row], using: str, merchant_uid: str | None, imp_uid: str | None
) -> tuple[Row | None, Row | None]:
    """The attempt of that `merchant_uid` and the transaction of that `imp_uid`; compared exactly."""
    ids = {"merchant_uid": merchant_uid, "imp_uid": imp_uid}
    given = {name: uid for name, uid in ids.items() if uid}
    found = _with_any(model, using, **given) if given else []
    attempt = next((row for row in found if merchant_uid and row.merchant_uid == merchant_uid), None)
    return attempt, next((row for row in found if imp_uid and row.imp_uid == imp_uid), None)


@composed
def _with_any(model: type[Row], using: str, **ids: str) -> QuerySet[Row]:
    return rows(model, using).filter(Q(*ids.items(), _connector=Q.OR)).order_by()


def poll(model: type[Row], merchant_uid: str, using: str) -> Row:
    """`TransactionManager.poll`."""
    row = require_attempt(model, merchant_uid, using)
    if row.status in SETTLED:
        return row
    locks.require_no_transaction(using)
    now = timezone.now()
    due = Q(polled_at__isnull=True) | Q(polled_at__lte=now - POLL_INTERVAL)
    mine = rows(model, using).filter(due, pk=row.pk)
    if not locks.retrying(lambda: mine.update(polled_at=now)):
        if row.backlog_since:
            raise PaymentUnknown(f"{merchant_uid} could not be looked up a moment ago.")
        return row
    return confirm(model, using, Origin("browser"), attempt=row)


def confirm_attempt(attempt: Row, origin: Origin, using: str) -> Row:
    """Post what all payments under the attempt's `merchant_uid` amount to."""
    _post_all(attempt, origin, using)
    return attempt


def _post_all(attempt: TransactionRecord, origin: Origin, using: str) -> Sequence[Evidence]:
    """Only money held is news here, until all payments under the `merchant_uid` were read; answers them."""
    asked_at = timezone.now()
    found = lookups.find_all(attempt.gateway_merchant_uid)
    held = [e for e in found if standing(e.payment) is Standing.HELD]
    for evidence in sorted(held, key=_live_and_early_first):
        # A list is a hint; the step to paid stands on a lookup of its own.
        looked_up = lookups.look_up(evidence.payment.imp_uid, attempt.gateway_merchant_uid)
        if standing(looked_up.payment) is Standing.FAILED:
            raise PaymentUnknown(f"The gateway contradicts itself about {evidence.payment.imp_uid}.")
        execution.post_and_execute(type(attempt), looked_up, origin, using, attempt)
    counted = _stored_or_counting(attempt, found)
    if counted is not None and counted not in held:
        execution.post_and_execute(type(attempt), counted, origin, using, attempt)
    backlog.forget_all(rows(type(attempt), using).filter(pk=attempt.pk), asked_at)
    attempt.refresh_from_db(using=using)
    return found


def _confirm_payment(model: type[Row], imp_uid: str, attempt: Row | None, origin: Origin, using: str) -> Row:
    evidence = lookups.look_up(imp_uid, attempt.gateway_merchant_uid if attempt else None)
    if holds_and_awaits_nothing(evidence.payment, now=timezone.now()):
        # Another window under the same merchant_uid may hold money: read all before anything is given up.
        named = posting.attempt_of(model, evidence, using, known=attempt)
        confirmed = confirm_attempt(named, origin, using)
        if not (confirmed.is_awaiting_deposit and confirmed.imp_uid == imp_uid):
            return confirmed
    return execution.post_and_execute(model, evidence, origin, using, attempt)


def _stored_or_counting(attempt: TransactionRecord, found: Sequence[Evidence]) -> Evidence | None:
    """What is posted to an attempt without money: of a settled one its own payment, else the one that counts."""
    if attempt.status in SETTLED:
        return next((e for e in found if e.payment.imp_uid == attempt.imp_uid), None)
    payment = counting((e.payment for e in found), test_mode=conf.test_mode())
    return next((e for e in found if e.payment is payment), None)


def _live_and_early_first(evidence: Evidence) -> tuple[bool, float]:
    """The order in which payments that hold money are posted."""
    payment = evidence.payment
    return payment.sandbox is True, payment.paid_at.timestamp() if payment.paid_at else 0.0
