"""The one step by which gateway news enters the database: lock, re-read, decide, write."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import OperationalError, transaction
from django.dispatch import Signal
from django.utils import timezone

from django_iamport import conf, locks, merchant_uids, signals, verification
from django_iamport.columns import ASKED_COLUMNS, BOOKKEEPING, GATEWAY_COLUMNS, described
from django_iamport.exceptions import PaymentUnknown, ReceiverFailed, RejectPayment
from django_iamport.gateway import Evidence
from django_iamport.models.refund import Refund, unmet_refunds, wish
from django_iamport.verification import Move, Reason, Standing

if TYPE_CHECKING:
    from django_iamport.models.transaction import AbstractTransaction

logger = logging.getLogger("django_iamport")


class StaleEvidence(Exception):
    """The answer is too old for what it would change."""


@dataclass
class Taken:
    """What the step stored, and the refunds that it wished for."""

    transaction: Any
    wishes: list[Refund] = field(default_factory=list)


def take_in(
    model: type[AbstractTransaction], order_pk: Any, evidence: Evidence, *, source: str, using: str
) -> Taken:
    """Take one looked-up payment in, for the order of the attempt that it names.

    Raises `StaleEvidence` where the payment has to be looked up again, `ReceiverFailed` where the shop's own
    code failed, `Busy` where the database refused; nothing is stored then.
    """
    order_model = model._meta.get_field("order").related_model
    if not isinstance(order_model, type):
        raise LookupError(f"{model.__name__}.order points nowhere.")

    def step() -> Taken:
        with locks.locked_order(order_model, order_pk, model, using) as (order, rows):
            return _Step(model, order, rows, evidence, source, using).run()

    return locks.repeated(step)


class _Step:
    """One payment against the freshly read rows of one order; lives as long as the lock."""

    def __init__(
        self,
        model: type[AbstractTransaction],
        order: Any,
        rows: list[AbstractTransaction],
        evidence: Evidence,
        source: str,
        using: str,
    ) -> None:
        self.model, self.order, self.rows = model, order, rows
        self.evidence, self.payment = evidence, evidence.payment
        self.standing = verification.standing(evidence.payment)
        self.source, self.using = source, using
        self.wishes: list[Refund] = []

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

    def _is_real_money(self, row: AbstractTransaction) -> bool:
        verdict = verification.judge_payment(row.as_asked(), self.payment, test_mode=conf.test_mode())
        return verdict is None or verdict.value not in verification.HOLDS_NOTHING

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
        if self.standing not in (Standing.HELD, Standing.WAITING):
            return Taken(primary)
        if primary.is_awaiting_deposit:
            reason, _refund = self._verdict(primary)
            if reason is not None:
                # What the rules refuse doesn't take the place of an account that the customer was shown.
                return self._second_payment(primary, family, reason)
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
        reason, refund = self._verdict(row)
        if reason is None:
            try:
                with transaction.atomic(using=self.using):
                    self._pay(row)
            except RejectPayment as refusal:
                reason, refund = refusal.reason, refusal.refund
                row.refresh_from_db(using=self.using)
                self.order.refresh_from_db(using=self.using)
        if reason is None:
            self._close_refunds(row, "refused")
            self._void_other_accounts(row)
        else:
            self._reject(row, reason, refund=refund)

    def _verdict(self, row: AbstractTransaction) -> tuple[str | None, bool]:
        """Why the order doesn't want this payment, None where it does; and whether its money may go back."""
        asked = row.as_asked()
        verdict = verification.judge_payment(asked, self.payment, test_mode=conf.test_mode())
        if verdict is Reason.DISCOUNT and self._accepts_discount(row):
            verdict = None
        if verdict is not None:
            return verdict.value, True
        paid_by_another = any(other.status == "paid" for other in self.rows if other.pk != row.pk)
        try:
            # A shop that is asked about a paid order may answer in words of its own: a duplicate goes back.
            accepts = paid_by_another or bool(self._call_shop(self.order.accepts_payment, row))
        except RejectPayment as refusal:
            return refusal.reason, refusal.refund
        now = verification.OrderNow(
            amount=Decimal(self._call_shop(self.order.get_payment_amount)),
            currency=self._call_shop(self.order.get_payment_currency),
            accepts=accepts,
            paid_by_another=paid_by_another,
        )
        verdict = verification.judge_order(asked, now)
        return verdict.value if verdict else None, True

    def _judge_payment_alone(self, row: AbstractTransaction) -> None:
        """Play money that went back is no money that went back."""
        verdict = verification.judge_payment(row.as_asked(), self.payment, test_mode=conf.test_mode())
        if verdict is not None:
            self._reject(row, verdict.value, refund=False)

    def _accepts_discount(self, row: AbstractTransaction) -> bool:
        discount = Decimal(self.payment.promotion.discount) if self.payment.promotion else Decimal(0)
        return bool(self._call_shop(self.order.accepts_discount, row, discount))

    def _pay(self, row: AbstractTransaction) -> None:
        row.store_news(
            self.evidence,
            self.using,
            **self._described(),
            status="paid",
            reject_reason="",
            paid_order_key=str(self.order.pk),
            verified_at=self.evidence.looked_up_at,
        )
        self._call_shop(self.order.payment_received, row)
        self._send(signals.payment_paid, row)
        if row.cancel_amount:
            self._send(signals.payment_cancelled, row, amount=row.cancel_amount)

    def _reject(self, row: AbstractTransaction, reason: str, *, refund: bool) -> None:
        described = self._described()
        if reason in verification.HOLDS_NOTHING:
            described |= {"paid_amount": None, "paid_currency": "", "cancel_amount": Decimal(0)}
        row.store_news(self.evidence, self.using, **described, status="rejected", reject_reason=reason)
        if refund and _is_refunded_by_rule(reason):
            # A deposit that came after all can't be voided any more.
            self._close_refunds(row, "refused")
            self._wish("refund", row, row.imp_uid, amount=row.held_amount)
        self._send(signals.payment_rejected, row, reason=reason)
        if reason in (Reason.DISCOUNT.value, Reason.NOT_A_PAYMENT.value):
            self._send(signals.operator_needed, row, reason=reason)

    def _second_payment(
        self, primary: AbstractTransaction, family: list[AbstractTransaction], reason: str
    ) -> Taken:
        """A second payment that holds money gets a row of its own and goes back; a second account is voided."""
        if not self._is_real_money(primary) or self.standing not in (Standing.HELD, Standing.WAITING):
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

    def _clear_backlog(self, row: AbstractTransaction) -> None:
        if row.backlog_since:
            row.store_news(self.evidence, self.using)

    def _is_older(self, row: AbstractTransaction) -> bool:
        return row.looked_up_at is not None and row.looked_up_at > self.evidence.looked_up_at

    def _grow_refund(self, row: AbstractTransaction) -> None:
        if row.paid_amount is None:
            return
        growth = Decimal(self.payment.cancel_amount) - row.cancel_amount
        if growth < 0:
            return
        described = self._described()
        for fixed in ("paid_amount", "paid_currency", "paid_at"):
            described.pop(fixed)
        row.store_news(self.evidence, self.using, **described)
        if growth:
            self._send(signals.payment_cancelled, row, amount=growth)

    def _wait(self, row: AbstractTransaction) -> None:
        """An issued account passes the same rules before anybody sees it."""
        self._require_channel_known()
        (reason, _refund), before = self._verdict(row), row.status
        if reason is None:
            is_new = (row.imp_uid, row.vbank_num) != (self.payment.imp_uid, self.payment.vbank_num)
            row.store_news(self.evidence, self.using, **self._described(), status="ready")
            if is_new:
                self._send(signals.payment_ready, row)
            return
        row.store_news(
            self.evidence, self.using, imp_uid=self.payment.imp_uid, status="failed", fail_reason=reason
        )
        if reason != Reason.TEST_PAYMENT.value:
            self._wish_void(row, row.imp_uid)
        if before != row.status:
            self._send(signals.payment_failed, row)

    def _fail(self, row: AbstractTransaction) -> None:
        row.store_news(self.evidence, self.using, **self._described(), status="failed")
        self._send(signals.payment_failed, row)

    def _cancel(self, row: AbstractTransaction) -> None:
        """All of it went back, or the account was voided before anybody paid into it."""
        if self.standing is Standing.REFUNDED and not self._is_real_money(row):
            self._judge_payment_alone(row)
            return
        before, news = row.cancel_amount, self._described()
        if self.standing is Standing.VOIDED:
            # An account that the rules refused was never shown, and isn't now.
            news = {name: value for name, value in news.items() if not name.startswith("vbank_")}
        row.store_news(self.evidence, self.using, **news, status="cancelled", paid_order_key=None)
        self._close_refunds(row, "done")
        self._send(signals.payment_cancelled, row, amount=row.cancel_amount - before)

    def _report(self, row: AbstractTransaction) -> None:
        """The answer contradicts itself, or takes a payment back: nothing changes, somebody has to look."""
        reason = "taken_back" if row.status == "paid" and self.standing is not Standing.UNCLEAR else "unclear"
        logger.error("%s: the gateway's answer is %s; nothing was changed", row.merchant_uid, reason)
        self.model._base_manager.using(self.using).filter(pk=row.pk).update(
            backlog_since=row.backlog_since or timezone.now(), backlog_code=reason
        )
        self._send(signals.operator_needed, row, reason=reason)

    # What the above is made of.

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

    def _send(self, signal: Signal, row: AbstractTransaction, **arguments: Any) -> None:
        try:
            self._call_shop(signal.send, sender=self.model, transaction=row, order=self.order, **arguments)
        except RejectPayment as refusal:
            if signal is signals.payment_paid:
                raise
            raise ReceiverFailed(
                "Only accepts_payment and payment_paid may raise RejectPayment."
            ) from refusal

    def _call_shop(self, code: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Run the shop's own code: its failure undoes the step, its refusal is a verdict."""
        try:
            return code(*args, **kwargs)
        except (RejectPayment, OperationalError):
            raise
        except Exception as error:
            logger.exception("%s: the shop's own code failed", self.payment.merchant_uid)
            raise ReceiverFailed(
                f"{type(error).__name__} while {self.payment.merchant_uid} was stored."
            ) from error

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
            reason=row.reject_reason or row.fail_reason or kind,
            using=self.using,
        )
        if made:
            self.wishes.append(made)

    def _close_refunds(self, row: AbstractTransaction, status: str) -> None:
        for refund in unmet_refunds(row.imp_uid or "", using=self.using):
            refund.close(status)


def _holds_nothing(row: AbstractTransaction) -> bool:
    return row.paid_amount is None and row.status != "rejected"


def _is_refunded_by_rule(reason: str) -> bool:
    """The shop's own reasons are refunded wherever anything is; ours where the setting names them."""
    wanted = tuple(conf.get("IAMPORT_AUTO_CANCEL"))
    known = {r.value for r in Reason}
    if reason in verification.NEVER_REFUNDED:
        return False
    return reason in wanted if reason in known else bool(wanted)


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
