"""Accepting a rejected payment by hand (docs/reliability.md, rule 27)."""

from __future__ import annotations

from django_iamport import conf
from django_iamport.exceptions import NotAcceptable, RefundOpen, RejectPayment
from django_iamport.gateway import lookups
from django_iamport.ledger import decision, shop_code
from django_iamport.ledger.moves import Moves
from django_iamport.records import locks
from django_iamport.records.history import Origin
from django_iamport.records.refund import Refund
from django_iamport.records.transaction import TransactionRecord
from django_iamport.rules import verification
from django_iamport.rules.payment import Evidence, StaleEvidence
from django_iamport.rules.standing import Standing
from django_iamport.rules.status import RefundStatus, Status


def accept(row: TransactionRecord, using: str, *, reason: str, by: str) -> None:
    """`AbstractTransaction.accept`: look up first, then decide under the order's lock."""
    locks.require_no_transaction(using)
    _require_acceptable(row)
    evidence = lookups.find(row.imp_uid or "")
    _require_held(row, evidence)

    def step() -> None:
        with locks.locked_order(type(row), row.order_id, using) as (order, attempts):
            stored = next(other for other in attempts if other.pk == row.pk)
            _accept(Moves(order, attempts, evidence, Origin("admin", by), using), stored, reason)

    try:
        shop_code.typed(row.merchant_uid, lambda: locks.retrying(step))
    except StaleEvidence as error:
        raise NotAcceptable("This payment changed in the meantime; look at it again.") from error


def _accept(moves: Moves[TransactionRecord], row: TransactionRecord, reason: str) -> None:
    _require_acceptable(row)
    moves.require_fresh(row)
    if moves.standing is not Standing.HELD or not decision.is_real_money(row, moves.payment):
        raise NotAcceptable(f"{row.merchant_uid} holds no money.")
    if decision.is_paid_by_another(row, moves.attempts):
        raise NotAcceptable("Another payment for this order holds money: refund that one first.")
    _strike_refunds(row, moves.using)
    try:
        moves.pay(row, "accepted", reason)
    except RejectPayment as refusal:
        raise NotAcceptable(f"The shop refuses this payment: {refusal.reason}.") from refusal
    moves.effects.void_other_accounts(row, moves.attempts)


def _require_acceptable(row: TransactionRecord) -> None:
    if row.status != Status.REJECTED or not row.imp_uid:
        raise NotAcceptable(f"{row.merchant_uid} is {row.status}.")
    if row.reject_reason in verification.HOLDS_NOTHING:
        raise NotAcceptable(f"{row.merchant_uid} holds no money: {row.reject_reason}.")
    if row.is_transferred:
        raise NotAcceptable(f"The money of {row.merchant_uid} was returned by bank transfer.")
    if not conf.owns(row.gateway_merchant_uid):
        raise NotAcceptable(f"{row.merchant_uid} is not a payment of this shop.")


def _require_held(row: TransactionRecord, evidence: Evidence) -> None:
    payment = evidence.payment
    is_proven = verification.proves(
        payment, merchant_uid=row.gateway_merchant_uid, imp_uid=row.imp_uid, test_mode=conf.test_mode()
    )
    if not is_proven or payment.cancel_amount != 0:
        raise NotAcceptable(f"The gateway doesn't hold the whole amount of {row.merchant_uid}.")


def _strike_refunds(row: TransactionRecord, using: str) -> None:
    for refund in Refund.objects.using(using).pending(row.imp_uid or "").select_for_update():
        if refund.status in Refund.UNDER_WAY:
            raise RefundOpen(f"A refund of {row.merchant_uid} is under way.")
        refund.close(RefundStatus.REFUSED, "accepted")
