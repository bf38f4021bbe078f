"""The one way by which gateway news enters the database: lock, read again, decide, write."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic, Protocol, TypeVar

from django.utils import translation

from django_iamport import conf
from django_iamport.exceptions import AttemptNotFound, Busy, IamportError, RejectPayment
from django_iamport.gateway import lookups
from django_iamport.records import locks
from django_iamport.records.history import Origin
from django_iamport.records.operator_call import OperatorCall
from django_iamport.records.refund import Refund
from django_iamport.records.rows import require_attempt
from django_iamport.records.transaction import TransactionRecord
from django_iamport.rules.payment import Evidence, StaleEvidence
from django_iamport.signals.monitoring import log

from . import backlog, operator_calls, shop_code
from .decision import Decision
from .moves import Moves

LOOKUPS = 3

Row = TypeVar("Row", bound=TransactionRecord)


@dataclass
class Posted(Generic[Row]):
    """What was stored, and the refund requests that came of it: whoever posted has them carried out.

    `calls`: of an operator, who has been told of them. `logged`: what has been written to the log.
    """

    transaction: Row
    requested: list[Refund] = field(default_factory=list)
    calls: list[OperatorCall] = field(default_factory=list)
    logged: list[tuple[str, dict[str, Any]]] = field(default_factory=list)


class Alongside(Protocol):
    """What else is decided under the lock of a posting; called again where the posting is repeated."""

    def before_posting(self, attempts: Sequence[TransactionRecord], evidence: Evidence) -> None: ...
    def after_posting(self, attempts: Sequence[TransactionRecord], evidence: Evidence) -> None: ...


def post_answer(
    model: type[Row],
    evidence: Evidence,
    origin: Origin,
    using: str,
    *,
    attempt: Row | None = None,
    alongside: Alongside | None = None,
) -> Posted[Row]:
    """Post what a lookup, or the answer to a request of ours, shows; where it proves too old, look up again.

    `attempt` spares reading the row that the payment names. Raises `AttemptNotFound` where the payment belongs
    to no attempt of ours, `ReceiverFailed`, `Busy`, `PaymentUnknown`, `GatewayError`; nothing is stored then,
    and the attempt is first in line at the next `iamport_sync`.
    """
    for _ in range(LOOKUPS):
        row = attempt_of(model, evidence, using, known=attempt)
        try:
            return post(row, evidence, origin, using, alongside)
        except StaleEvidence as stale:
            evidence = lookups.look_up(evidence.payment.imp_uid)
            evidence = replace(evidence, asked_after=stale.stored)
        except IamportError as error:
            backlog.remember_error(row, error, origin, using)
            raise
    raise Busy("The payment changed faster than it could be looked up.")


def attempt_of(model: type[Row], evidence: Evidence, using: str, *, known: Row | None = None) -> Row:
    """The attempt that a payment names; raises `AttemptNotFound` where it is none of ours."""
    merchant_uid = evidence.payment.merchant_uid
    if not conf.owns(merchant_uid):
        raise AttemptNotFound(f"{evidence.payment.imp_uid} is not a payment of this shop.")
    is_known = known is not None and known.merchant_uid == merchant_uid
    attempt = known if known is not None and is_known else require_attempt(model, merchant_uid, using)
    if attempt.gateway_merchant_uid != merchant_uid:
        raise AttemptNotFound(f"{merchant_uid} names a second payment, not an attempt.")
    return attempt


def post(
    attempt: Row, evidence: Evidence, origin: Origin, using: str, alongside: Alongside | None = None
) -> Posted[Row]:
    """Post one looked-up payment to the order of the attempt that it names.

    Raises `StaleEvidence` where the payment has to be looked up again, `ReceiverFailed` where the shop's own
    code failed, `Busy` where the database refused; nothing is stored then.
    """

    def step(refusal: Decision | None = None) -> Posted[Row]:
        locked = locks.locked_order(type(attempt), attempt.order_id, using)
        # Receivers write to the customer; who brings the news, a notice or a run of sync, speaks no language.
        with translation.override(attempt.language), locked as (order, attempts):
            if alongside is not None:
                alongside.before_posting(attempts, evidence)
            moves = Moves(order, attempts, evidence, origin, using, refusal=refusal)
            row = moves.run()
            if alongside is not None:
                alongside.after_posting(attempts, evidence)
            effects = moves.effects
            return Posted(row, effects.requested, effects.calls, effects.logged)

    subject = evidence.payment.merchant_uid
    try:
        posted = shop_code.typed(subject, lambda: locks.retrying(step))
    except RejectPayment as error:
        # A receiver's refusal has undone all of it: posted once more, the payment is rejected.
        refusal = Decision(error.reason, error.refund)
        posted = shop_code.typed(subject, lambda: locks.retrying(lambda: step(refusal)))
    for event, facts in posted.logged:
        log(event, **facts)
    operator_calls.send_all(type(attempt), posted.calls, using)
    return posted
