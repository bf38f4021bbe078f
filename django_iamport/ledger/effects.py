"""What a posting does beside its columns: history, signals, refund requests. Lives as long as the lock."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from django.dispatch import Signal
from django.utils import timezone

from django_iamport import signals
from django_iamport.exceptions import ReceiverFailed, RejectPayment
from django_iamport.records.cancellation import Cancellation
from django_iamport.records.history import Origin, note, note_unchanged, seen_facts
from django_iamport.records.operator_call import OperatorCall, OperatorCallQuerySet
from django_iamport.records.payable import Payable
from django_iamport.records.refund import Refund
from django_iamport.records.transaction import TransactionRecord
from django_iamport.rules.payment import SeenPayment
from django_iamport.rules.status import RefundStatus

from . import cancellations
from .shop_code import ShopCode


class Effects:
    """Of one payment, on the order and the attempts that it concerns.

    `requested`, `calls` and `logged` collect refund requests, calls for an operator and lines of the log: carried
    out, sent and written after the commit.
    """

    def __init__(self, order: Payable, payment: SeenPayment, origin: Origin, shop: ShopCode) -> None:
        self.order, self.payment = order, payment
        self.origin, self.shop, self.using = origin, shop, shop.using
        self.requested: list[Refund] = []
        self.calls: list[OperatorCall] = []
        self.logged: list[tuple[str, dict[str, Any]]] = []

    def record_cancellations(self, row: TransactionRecord) -> list[Cancellation]:
        return cancellations.record_new(row, self.payment, self.origin, self.using)

    def announce_cancellations(
        self, row: TransactionRecord, new: Sequence[Cancellation], before: str
    ) -> None:
        """One by one, in the order in which they happened; with the last one the status is what it is now."""
        for cancellation in new:
            self.note(
                row,
                "cancelled",
                before,
                origin=Origin(self.origin.source, cancellation.by),
                status_after=row.status if cancellation is new[-1] else before,
                amount=cancellation.amount,
                currency=cancellation.currency,
                reason=cancellation.reason,
            )
            is_whole, is_accepted = (
                cancellation is new[-1] and row.held_amount == 0,
                row.verified_at is not None,
            )
            if is_accepted:
                self._tell(self.order.payment_refunded, row, cancellation.amount, is_whole)
            self.send(
                signals.payment_cancelled if is_accepted else signals.payment_returned,
                row,
                amount=cancellation.amount,
                cancellation=cancellation,
                is_whole=is_whole,
            )

    def note(self, row: TransactionRecord, event: str, before: str, **facts: Any) -> None:
        known = {"origin": self.origin, "imp_uid": self.payment.imp_uid, "heard": seen_facts(self.payment)}
        states = {"status_before": before, "status_after": row.status}
        note(row.merchant_uid, event, using=self.using, **{**known, **states, **facts})

    def log(self, event: str, row: TransactionRecord, **facts: str) -> None:
        ids = {"merchant_uid": row.merchant_uid, "imp_uid": self.payment.imp_uid}
        self.logged.append((event, {**ids, **facts}))

    def note_unchanged(self, row: TransactionRecord) -> None:
        note_unchanged(
            row.merchant_uid,
            origin=self.origin,
            using=self.using,
            imp_uid=self.payment.imp_uid,
            heard=seen_facts(self.payment),
            status=row.status,
        )

    def call_operator(self, row: TransactionRecord, reason: str) -> None:
        stored = self._operator_calls().store(row.merchant_uid, reason, imp_uid=row.imp_uid or "")
        if stored is not None:
            self.calls.append(stored)
            self.note(row, "needs_operator", row.status, reason=reason)

    def close_calls(self, row: TransactionRecord, *reasons: str) -> None:
        """What happened answers them."""
        self._operator_calls().close(row.merchant_uid, timezone.now(), reasons=reasons)

    def _operator_calls(self) -> OperatorCallQuerySet:
        return OperatorCall.objects.using(self.using)

    def send(self, signal: Signal, row: TransactionRecord, **arguments: Any) -> None:
        arguments |= {"sender": type(row), "transaction": row, "order": self.order}
        tell = self.shop.call if signal is signals.payment_paid else self._tell
        tell(signal.send, **arguments)

    def _tell(self, code: Callable[..., object], *args: Any, **kwargs: Any) -> None:
        """The shop's code that has no say in it."""
        try:
            self.shop.call(code, *args, **kwargs)
        except RejectPayment as refusal:
            raise ReceiverFailed("A payment that was decided can't be refused any more.") from refusal

    def void_other_accounts(self, paid: TransactionRecord, attempts: Sequence[TransactionRecord]) -> None:
        for row in attempts:
            if row.pk != paid.pk and row.is_awaiting_deposit:
                self.request_void(row, row.imp_uid)

    def request_void(self, row: TransactionRecord, imp_uid: str | None) -> None:
        self._request("void", row, imp_uid, amount=Decimal(0))

    def request_refund(self, row: TransactionRecord) -> None:
        """All that is held goes back; a deposit that came after all can't be voided any more."""
        self.close_refunds(row, RefundStatus.REFUSED)
        self._request("refund", row, row.imp_uid, amount=row.held_amount)

    def close_refunds(self, row: TransactionRecord, status: str) -> None:
        """What became of the payment answers its requests; a sum that somebody asked for only by itself."""
        pending = Refund.objects.using(self.using).pending(row.imp_uid or "")
        for refund in pending.select_for_update():
            if refund.is_automatic or status == RefundStatus.REFUSED:
                refund.close(status, "" if status == RefundStatus.DONE else "refund_not_needed")
            else:
                refund.close(RefundStatus.REFUSED, "refund_rest_changed")

    def _request(self, kind: str, row: TransactionRecord, imp_uid: str | None, *, amount: Decimal) -> None:
        made = Refund.objects.using(self.using).request_by_rule(
            kind=kind,
            merchant_uid=row.merchant_uid,
            imp_uid=imp_uid or "",
            amount=amount,
            currency=row.paid_currency or row.currency,
            reason=row.reject_reason or row.fail_reason or kind,
        )
        if made:
            self.requested.append(made)
            event = "refund_wanted" if kind == "refund" else "void_wanted"
            self.note(row, event, row.status, amount=amount, currency=made.currency, reason=made.reason)
