"""The one step by which gateway news enters the database: lock, re-read, decide, write."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from django_iamport import conf, signals
from django_iamport.exceptions import PaymentUnknown, RejectPayment
from django_iamport.gateway.connection import Evidence
from django_iamport.gateway.payload import ASKED_COLUMNS, BOOKKEEPING, GATEWAY_COLUMNS
from django_iamport.ledger.decision import is_refunded_by_rule
from django_iamport.ledger.effects import Consequences
from django_iamport.records import locks
from django_iamport.records.history import Origin
from django_iamport.records.refund import Refund
from django_iamport.rules import merchant_uids, verification
from django_iamport.rules.verification import Move, Reason, Standing

if TYPE_CHECKING:
    from django_iamport.models.transaction import AbstractTransaction

logger = logging.getLogger("django_iamport")

EXPIRED = "expired"


class StaleEvidence(Exception):
    """The answer is too old for what it would change."""


@dataclass
class Taken:
    """What the step stored, and the refunds that it wished for."""

    transaction: Any
    wishes: list[Refund] = field(default_factory=list)


def take_in(
    model: type[AbstractTransaction], order_pk: Any, evidence: Evidence, *, origin: Origin, using: str
) -> Taken:
    """Take one looked-up payment in, for the order of the attempt that it names.

    Raises `StaleEvidence` where the payment has to be looked up again, `ReceiverFailed` where the shop's own
    code failed, `Busy` where the database refused; nothing is stored then.
    """

    def step() -> Taken:
        with locks.locked_order(model.order_model(), order_pk, model, using) as (order, rows):
            return Step(model, order, rows, evidence, origin, using).run()

    return locks.repeated(step)


class Step(Consequences):
    """One payment against the freshly read rows of one order; lives as long as the lock."""

    def run(self) -> Taken:
        family = [row for row in self.rows if row.gateway_merchant_uid == self.payment.merchant_uid]
        row = next((r for r in family if r.imp_uid == self.payment.imp_uid), None)
        if row is not None:
            return self._hear(row, same_imp_uid=True)
        primary = next(r for r in family if r.merchant_uid == self.payment.merchant_uid)
        if primary.imp_uid is None:
            return self._hear(primary, same_imp_uid=True)
        if self.standing is Standing.UNCLEAR:
            self._report(primary)
            return Taken(primary)
        if _holds_nothing(primary):
            return self._replace(primary, family)
        return self._second_payment(primary, family, Reason.DUPLICATE.value)

    def _hear(self, row: AbstractTransaction, *, same_imp_uid: bool) -> Taken:
        if row.reject_reason in verification.HOLDS_NOTHING:
            self._clear_backlog(row)
            return Taken(row)
        move = verification.move(row.status, self.standing, same_imp_uid=same_imp_uid)
        if move not in (Move.KEEP, Move.UNCLEAR, Move.TAKEN_BACK):
            self._require_fresh(row)
        actions: dict[Move, Callable[[AbstractTransaction], None]] = {
            Move.KEEP: self._keep,
            Move.JUDGE: self._judge,
            Move.WAIT: self._wait,
            Move.FAIL: self._fail,
            Move.CANCEL: self._cancel,
            Move.TAKEN_BACK: self._report,
            Move.UNCLEAR: self._report,
        }
        actions[move](row)
        return Taken(row, self.wishes)

    def _replace(self, primary: AbstractTransaction, family: list[AbstractTransaction]) -> Taken:
        """Another payment under the same `merchant_uid`, where the stored one holds nothing."""
        if self.standing not in (Standing.HELD, Standing.WAITING) or self._is_expired():
            return Taken(primary)
        if primary.is_awaiting_deposit:
            verdict = self.judge.judge(primary)
            if verdict.reason is not None:
                # What the rules refuse doesn't take the place of an account that the customer was shown.
                return self._second_payment(primary, family, verdict.reason)
            self._wish_void(primary, primary.imp_uid)
        return self._hear(primary, same_imp_uid=False)

    def _require_fresh(self, row: AbstractTransaction) -> None:
        looked_up_at = self.evidence.looked_up_at
        if verification.is_stale(looked_up_at, now=timezone.now(), stored=row.looked_up_at):
            raise StaleEvidence

    def _require_channel_known(self) -> None:
        """A missing `sandbox` proves nothing; the gateway is asked again later."""
        if self.payment.sandbox is None and not conf.test_mode():
            raise PaymentUnknown(f"The gateway doesn't say whether {self.payment.imp_uid} is a live payment.")

    # Held, and not judged yet.

    def _judge(self, row: AbstractTransaction) -> None:
        self._require_channel_known()
        reason, refund = self.judge.judge(row, late=row.status == "failed")
        if reason is None:
            try:
                with transaction.atomic(using=self.using):
                    self._pay(row, "paid")
            except RejectPayment as refusal:
                reason, refund = refusal.reason, refusal.refund
                row.refresh_from_db(using=self.using)
                self.order.refresh_from_db(using=self.using)
        if reason is None:
            self._close_refunds(row, "refused")
            self._void_other_accounts(row)
        else:
            self._reject(row, reason, refund=refund)

    def _pay(self, row: AbstractTransaction, event: str, reason: str = "") -> None:
        before, new = row.status, self._hear_cancellations(row)
        row.store_news(
            self.evidence,
            self.using,
            **self._described(),
            **self._asked_now(row),
            status="paid",
            reject_reason="",
            paid_order_key=str(self.order.pk),
            verified_at=self.evidence.looked_up_at,
        )
        self._note(row, event, before, amount=row.paid_amount, currency=row.paid_currency, reason=reason)
        self.judge.call_shop(self.order.payment_received, row)
        self._send(signals.payment_paid, row)
        self._tell_cancellations(row, new, "paid")

    def _reject(self, row: AbstractTransaction, reason: str, *, refund: bool) -> None:
        described, before, new = self._described(), row.status, []
        if reason in verification.HOLDS_NOTHING:
            described |= {"paid_amount": None, "paid_currency": "", "cancel_amount": Decimal(0)}
        else:
            new = self._hear_cancellations(row)
        row.store_news(self.evidence, self.using, **described, status="rejected", reject_reason=reason)
        self._note(row, "rejected", before, amount=row.paid_amount, currency=row.paid_currency, reason=reason)
        if refund and is_refunded_by_rule(reason):
            # A deposit that came after all can't be voided any more.
            self._close_refunds(row, "refused")
            self._wish("refund", row, row.imp_uid, amount=row.held_amount)
        self._send(signals.payment_rejected, row, reason=reason)
        self._tell_cancellations(row, new, "rejected")
        if reason in (Reason.DISCOUNT.value, Reason.NOT_A_PAYMENT.value):
            self._call_operator(row, reason)
        elif not refund and reason not in verification.HOLDS_NOTHING:
            self._call_operator(row, "held")

    def _second_payment(
        self, primary: AbstractTransaction, family: list[AbstractTransaction], reason: str
    ) -> Taken:
        """A second payment that holds money gets a row of its own and goes back; a second account is voided."""
        if not self.judge.is_real_money(primary) or self.standing not in (Standing.HELD, Standing.WAITING):
            return Taken(primary)
        if self.standing is Standing.WAITING:
            self._wish_void(primary, self.payment.imp_uid)
            return Taken(primary, self.wishes)
        self._require_channel_known()
        taken = {row.merchant_uid for row in family}
        numbers = (merchant_uids.numbered(primary.merchant_uid, n) for n in range(1, 1000))
        second = _copy_of(primary)
        second.merchant_uid = next(uid for uid in numbers if uid not in taken)
        self._reject(second, reason, refund=True)
        return Taken(second, self.wishes)

    # Everything else.

    def _keep(self, row: AbstractTransaction) -> None:
        """Nothing moves; amounts refunded and descriptions of the stored payment are still news."""
        if row.imp_uid not in (None, self.payment.imp_uid) or self._is_older(row):
            return
        if row.status in ("paid", "rejected") and self.standing is Standing.HELD:
            self._grow_refund(row)
        elif row.status == "ready" and self.standing is Standing.OPEN:
            row.store_news(self.evidence, self.using, **self._described())
        else:
            self._clear_backlog(row)
            self._note_unchanged(row)

    def _clear_backlog(self, row: AbstractTransaction) -> None:
        if row.backlog_since:
            row.store_news(self.evidence, self.using)

    def _is_older(self, row: AbstractTransaction) -> bool:
        return row.looked_up_at is not None and row.looked_up_at > self.evidence.looked_up_at

    def _grow_refund(self, row: AbstractTransaction) -> None:
        if row.paid_amount is None or self.payment.cancel_amount < row.cancel_amount:
            return
        new, described = self._hear_cancellations(row), self._described()
        for fixed in ("paid_amount", "paid_currency", "paid_at"):
            described.pop(fixed)
        row.store_news(self.evidence, self.using, **described)
        self._tell_cancellations(row, new, row.status)
        if not new:
            self._note_unchanged(row)

    def _wait(self, row: AbstractTransaction) -> None:
        """An issued account passes the same rules before anybody sees it."""
        self._require_channel_known()
        if self._is_expired():
            self._expire(row)
            return
        reason, before = self.judge.judge(row).reason, row.status
        is_being_changed = row.vbank_amount is not None and reason == Reason.ORDER_CHANGED.value
        if reason is None or is_being_changed:
            self._show_account(row)
            return
        row.store_news(
            self.evidence, self.using, imp_uid=self.payment.imp_uid, status="failed", fail_reason=reason
        )
        if reason != Reason.TEST_PAYMENT.value:
            self._wish_void(row, row.imp_uid)
        if before != row.status:
            self._note(row, "account_refused", before, reason=reason)
            self._send(signals.payment_failed, row)

    def _show_account(self, row: AbstractTransaction) -> None:
        before, known = row.status, (row.imp_uid, row.vbank_num, row.vbank_date, row.amount)
        row.store_news(self.evidence, self.using, **self._described(), **self._asked_now(row), status="ready")
        if known[:2] != (row.imp_uid, row.vbank_num) or before != "ready":
            self._note(row, "account_issued", before)
            self._send(signals.payment_ready, row)
        elif known[2:] != (row.vbank_date, row.amount):
            self._note(row, "account_changed", before, amount=row.amount, currency=row.currency)
        else:
            self._note_unchanged(row)

    def _is_expired(self) -> bool:
        is_over = verification.is_over(self.payment.vbank_date, now=timezone.now())
        return self.standing is Standing.WAITING and is_over

    def _expire(self, row: AbstractTransaction) -> None:
        """Nobody can pay into the account any more; the order can be paid in another way."""
        if row.status == "failed":
            self._clear_backlog(row)
            return
        before = row.status
        columns = {**self._described(), "status": "failed", "fail_reason": EXPIRED}
        row.store_news(self.evidence, self.using, **columns)
        self._note(row, "expired", before)
        self._send(signals.payment_failed, row)

    def _fail(self, row: AbstractTransaction) -> None:
        before = row.status
        row.store_news(self.evidence, self.using, **self._described(), status="failed")
        self._note(row, "failed", before, reason=row.fail_reason)
        self._send(signals.payment_failed, row)

    def _cancel(self, row: AbstractTransaction) -> None:
        """All of it went back, or the account was voided before anybody paid into it."""
        if self.standing is Standing.VOIDED:
            self._void(row)
            return
        alone = self.judge.judge_alone(row)
        if alone is not None and alone.value in verification.HOLDS_NOTHING:
            # Play money that went back is no money that went back.
            self._reject(row, alone.value, refund=False)
            return
        before, new = row.status, self._hear_cancellations(row)
        row.store_news(
            self.evidence, self.using, **self._described(), status="cancelled", paid_order_key=None
        )
        self._close_refunds(row, "done")
        self._tell_cancellations(row, new, before)

    def _void(self, row: AbstractTransaction) -> None:
        before = row.status
        # An account that the rules refused was never shown, and isn't now.
        news = {name: value for name, value in self._described().items() if not name.startswith("vbank_")}
        row.store_news(self.evidence, self.using, **news, status="cancelled")
        self._close_refunds(row, "done")
        self._note(row, "voided", before)
        self._send(signals.payment_cancelled, row, amount=Decimal(0), cancellation=None)

    def _report(self, row: AbstractTransaction) -> None:
        """The answer contradicts itself, or takes a payment back: nothing changes, somebody has to look."""
        reason = "taken_back" if row.status == "paid" and self.standing is not Standing.UNCLEAR else "unclear"
        logger.error("%s: the gateway's answer is %s; nothing was changed", row.merchant_uid, reason)
        self.model._base_manager.using(self.using).filter(pk=row.pk).update(
            backlog_since=row.backlog_since or timezone.now(), backlog_code=reason
        )
        self._call_operator(row, reason)


def _holds_nothing(row: AbstractTransaction) -> bool:
    return row.paid_amount is None and row.status != "rejected"


def _copy_of(row: AbstractTransaction) -> AbstractTransaction:
    """A new row of the same order, with the shop's own columns and what was asked."""
    left_out = (GATEWAY_COLUMNS - ASKED_COLUMNS) | BOOKKEEPING
    return type(row)(
        **{
            column.attname: getattr(row, column.attname)
            for column in row._meta.concrete_fields
            if not column.primary_key and not column.unique and column.name not in left_out
        }
    )
