"""Accepting a rejected payment by hand (docs/reliability.md, rule 27)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django_iamport import conf
from django_iamport.exceptions import NotAcceptable, RefundOpen, RejectPayment
from django_iamport.gateway import connection
from django_iamport.gateway.connection import Evidence
from django_iamport.ledger.posting import StaleEvidence, Step
from django_iamport.records import locks
from django_iamport.records.history import Origin
from django_iamport.records.refund import Refund, unmet_refunds
from django_iamport.rules import merchant_uids, verification
from django_iamport.rules.verification import Standing

if TYPE_CHECKING:
    from django_iamport.managers import TransactionManager
    from django_iamport.models.transaction import AbstractTransaction


def accept(row: AbstractTransaction, manager: TransactionManager[Any], *, reason: str, by: str) -> None:
    """`AbstractTransaction.accept`: look up first, then decide under the order's lock."""
    using = manager.write_database()
    locks.require_no_transaction(using)
    _require_acceptable(row)
    evidence = connection.look_up(row.imp_uid or "")
    _require_held(row, evidence)

    def step() -> None:
        model = type(row)
        with locks.locked_order(model.order_model(), row.order_id, model, using) as (order, rows):
            stored = next(other for other in rows if other.pk == row.pk)
            _Acceptance(model, order, rows, evidence, Origin("admin", by), using).accept(stored, reason)

    try:
        locks.repeated(step)
    except StaleEvidence as error:
        raise NotAcceptable("Meanwhile there was news of this payment; look at it again.") from error


def _require_acceptable(row: AbstractTransaction) -> None:
    if row.status != "rejected" or not row.imp_uid:
        raise NotAcceptable(f"{row.merchant_uid} is {row.status}.")
    if row.reject_reason in verification.HOLDS_NOTHING:
        raise NotAcceptable(f"{row.merchant_uid} holds no money: {row.reject_reason}.")
    if not merchant_uids.is_ours(row.gateway_merchant_uid, conf.prefix()):
        raise NotAcceptable(f"{row.merchant_uid} is not a payment of this shop.")


def _require_held(row: AbstractTransaction, evidence: Evidence) -> None:
    payment = evidence.payment
    is_proven = verification.proves(
        payment, merchant_uid=row.gateway_merchant_uid, imp_uid=row.imp_uid, test_mode=conf.test_mode()
    )
    if not is_proven or payment.cancel_amount != 0:
        raise NotAcceptable(f"The gateway doesn't hold the whole amount of {row.merchant_uid}.")


class _Acceptance(Step):
    def accept(self, row: AbstractTransaction, reason: str) -> None:
        _require_acceptable(row)
        self._require_fresh(row)
        if self.standing is not Standing.HELD or not self.judge.is_real_money(row):
            raise NotAcceptable(f"{row.merchant_uid} holds no money.")
        if self.judge.is_paid_by_another(row):
            raise NotAcceptable("Another payment of this order holds money: refund that one first.")
        self._strike_wishes(row)
        try:
            self._pay(row, "accepted", reason)
        except RejectPayment as refusal:
            raise NotAcceptable(f"The shop refuses this payment: {refusal.reason}.") from refusal
        self._void_other_accounts(row)

    def _strike_wishes(self, row: AbstractTransaction) -> None:
        for refund in unmet_refunds(row.imp_uid or "", using=self.using).select_for_update():
            if refund.status in Refund.UNDER_WAY:
                raise RefundOpen(f"A refund of {row.merchant_uid} is under way.")
            refund.close("refused", "accepted")
