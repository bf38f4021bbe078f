"""What follows from a decision about a payment: columns, history, signals, wishes. Lives as long as the lock."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.dispatch import Signal

from django_iamport import signals
from django_iamport.exceptions import ReceiverFailed, RejectPayment
from django_iamport.gateway.connection import Evidence
from django_iamport.gateway.payload import described
from django_iamport.ledger import cancellations
from django_iamport.ledger.decision import Judge
from django_iamport.records.cancellation import Cancellation
from django_iamport.records.history import Origin, heard_facts, note, note_unchanged
from django_iamport.records.refund import Refund, unmet_refunds, wish
from django_iamport.rules import verification
from django_iamport.rules.verification import Standing

if TYPE_CHECKING:
    from django_iamport.models.transaction import AbstractTransaction


class Consequences:
    """One payment, the order and the rows that it concerns, and what may be written about them."""

    def __init__(
        self,
        model: type[AbstractTransaction],
        order: Any,
        rows: list[AbstractTransaction],
        evidence: Evidence,
        origin: Origin,
        using: str,
    ) -> None:
        self.model, self.order, self.rows = model, order, rows
        self.evidence, self.payment = evidence, evidence.payment
        self.standing = verification.standing(evidence.payment)
        self.judge = Judge(order, rows, evidence.payment)
        self.origin, self.using = origin, using
        self.wishes: list[Refund] = []

    def _hear_cancellations(self, row: AbstractTransaction) -> list[Cancellation]:
        return cancellations.hear(row, self.payment, self.origin, self.using)

    def _tell_cancellations(self, row: AbstractTransaction, new: list[Cancellation], before: str) -> None:
        """One by one, in the order in which they happened; with the last one the status is what it is now."""
        for cancellation in new:
            self._note(
                row,
                "cancelled",
                before,
                origin=Origin(self.origin.source, cancellation.by),
                status_after=row.status if cancellation is new[-1] else before,
                amount=cancellation.amount,
                currency=cancellation.currency,
                reason=cancellation.reason,
            )
            self._send(signals.payment_cancelled, row, amount=cancellation.amount, cancellation=cancellation)

    def _described(self) -> dict[str, Any]:
        """The gateway's columns as the payment tells them; amounts only where money was taken."""
        payment = self.payment
        columns = described(payment)
        if self.standing in (Standing.HELD, Standing.REFUNDED):
            columns |= {
                "paid_amount": Decimal(payment.amount),
                "paid_currency": payment.currency[:3],
                "cancel_amount": Decimal(payment.cancel_amount),
            }
        return columns

    def _asked_now(self, row: AbstractTransaction) -> dict[str, Any]:
        """The columns of what was asked, where the account has the sum that it was to have."""
        if row.vbank_amount is None or self.payment.amount != row.vbank_amount:
            return {}
        asked = {name: value for name, value in row.asked.items() if name != "vbank_amount"}
        return {"amount": row.vbank_amount, "asked": asked}

    def _note(self, row: AbstractTransaction, event: str, before: str, **facts: Any) -> None:
        known = {"origin": self.origin, "imp_uid": self.payment.imp_uid, "heard": heard_facts(self.payment)}
        states = {"status_before": before, "status_after": row.status}
        note(row.merchant_uid, event, using=self.using, **{**known, **states, **facts})

    def _note_unchanged(self, row: AbstractTransaction) -> None:
        note_unchanged(
            row.merchant_uid,
            origin=self.origin,
            using=self.using,
            imp_uid=self.payment.imp_uid,
            heard=heard_facts(self.payment),
            status=row.status,
        )

    def _call_operator(self, row: AbstractTransaction, reason: str) -> None:
        self._note(row, "needs_operator", row.status, reason=reason)
        self._send(signals.operator_needed, row, reason=reason)

    def _send(self, signal: Signal, row: AbstractTransaction, **arguments: Any) -> None:
        call_shop = self.judge.call_shop
        try:
            call_shop(signal.send, sender=self.model, transaction=row, order=self.order, **arguments)
        except RejectPayment as refusal:
            if signal is signals.payment_paid:
                raise
            raise ReceiverFailed(
                "Only accepts_payment and payment_paid may raise RejectPayment."
            ) from refusal

    def _void_other_accounts(self, paid: AbstractTransaction) -> None:
        for row in self.rows:
            if row.pk != paid.pk and row.is_awaiting_deposit:
                self._wish_void(row, row.imp_uid)

    def _wish_void(self, row: AbstractTransaction, imp_uid: str | None) -> None:
        self._wish("void", row, imp_uid, amount=Decimal(0))

    def _wish(self, kind: str, row: AbstractTransaction, imp_uid: str | None, *, amount: Decimal) -> None:
        made = wish(
            kind=kind,
            merchant_uid=row.merchant_uid,
            imp_uid=imp_uid or "",
            amount=amount,
            currency=row.paid_currency or row.currency,
            reason=row.reject_reason or row.fail_reason or kind,
            using=self.using,
        )
        if made:
            self.wishes.append(made)
            event = "refund_wanted" if kind == "refund" else "void_wanted"
            self._note(row, event, row.status, amount=amount, currency=made.currency, reason=made.reason)

    def _close_refunds(self, row: AbstractTransaction, status: str) -> None:
        """What became of the payment answers its wishes, too; a sum that somebody asked for only by itself."""
        for refund in unmet_refunds(row.imp_uid or "", using=self.using).select_for_update():
            if refund.is_wish or status == "refused":
                refund.close(status, "" if status == "done" else "refund_not_needed")
            else:
                refund.close("refused", "refund_rest_changed")
