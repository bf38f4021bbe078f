"""What becomes of the rows when a payment is seen: each move, with its columns and its effects."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import partial
from typing import Any, Generic, TypeVar

from django.db import IntegrityError
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from django_iamport import conf, signals
from django_iamport.exceptions import PaymentUnknown, ReceiverFailed
from django_iamport.gateway.payload import columns_of
from django_iamport.records.blocks import block
from django_iamport.records.history import Origin
from django_iamport.records.payable import Payable
from django_iamport.records.rows import rows
from django_iamport.records.transaction import TransactionRecord
from django_iamport.rules import merchant_uids, transitions
from django_iamport.rules.dates import is_over
from django_iamport.rules.payment import Evidence, StaleEvidence
from django_iamport.rules.standing import Standing, standing, sums_differ
from django_iamport.rules.status import RefundStatus, Status
from django_iamport.rules.texts import storable
from django_iamport.rules.transitions import Move
from django_iamport.rules.verification import HOLDS_NOTHING, Reason

from . import backlog, decision, second_rows
from .books import day_sums
from .effects import Effects
from .shop_code import ShopCode

EXPIRED = "expired"

Row = TypeVar("Row", bound=TransactionRecord)


class Moves(Generic[Row]):
    """One payment against the freshly read attempts of one order: does what `transitions.move` says.

    Lives as long as the lock. `refusal` is what a receiver of `payment_paid` had against it; `effects.requested`
    holds the refund requests that were stored.
    """

    def __init__(
        self,
        order: Payable,
        attempts: list[Row],
        evidence: Evidence,
        origin: Origin,
        using: str,
        *,
        refusal: decision.Decision | None = None,
    ) -> None:
        self.order, self.attempts, self.using = order, attempts, using
        self.evidence, self.payment = evidence, evidence.payment
        self.standing = standing(evidence.payment)
        self.refusal = refusal
        self.shop = ShopCode(evidence.payment.merchant_uid, using)
        self.effects = Effects(order, evidence.payment, origin, self.shop)

    def run(self) -> Row:
        """Post the payment; answers its row, or that of its attempt where nothing was to be stored."""
        family = [row for row in self.attempts if row.gateway_merchant_uid == self.payment.merchant_uid]
        row = next((r for r in family if r.imp_uid == self.payment.imp_uid), None)
        if row is not None:
            return self._move(row, same_imp_uid=True)
        primary = next(r for r in family if r.merchant_uid == self.payment.merchant_uid)
        if primary.imp_uid is None:
            return self._move(primary, same_imp_uid=True)
        if self.standing is Standing.UNCLEAR:
            self._report(primary)
            return primary
        if _holds_nothing(primary):
            return self._replace(primary, family)
        return self._second_payment(primary, family, Reason.DUPLICATE.value)

    def _move(self, row: Row, *, same_imp_uid: bool) -> Row:
        if row.reject_reason in HOLDS_NOTHING:
            self._clear_backlog(row)
            return row
        differ = same_imp_uid and sums_differ(row, self.payment)
        move = transitions.move(row.status, self.standing, same_imp_uid=same_imp_uid, sums_differ=differ)
        if move in (Move.TAKEN_BACK, Move.SUMS_DIFFER):
            self._require_surely_newer(row)
        elif move not in (Move.KEEP, Move.UNCLEAR):
            self.require_fresh(row)
        actions: dict[Move, Callable[[Row], None]] = {
            Move.KEEP: self._keep,
            Move.JUDGE: self._judge,
            Move.WAIT: self._wait,
            Move.FAIL: self._fail,
            Move.CANCEL: self._cancel,
            Move.TAKEN_BACK: self._report,
            Move.UNCLEAR: self._report,
            Move.SUMS_DIFFER: partial(self._report, reason="sums_differ"),
        }
        actions[move](row)
        return row

    def _replace(self, primary: Row, family: list[Row]) -> Row:
        """Another payment under the same `merchant_uid`, where the stored one holds nothing."""
        if self.standing not in (Standing.HELD, Standing.WAITING) or self._is_expired():
            return primary
        if primary.is_awaiting_deposit:
            decided = self._decide(primary)
            if decided.reason is not None:
                # What the rules refuse doesn't take the place of an account that the customer was shown.
                return self._second_payment(primary, family, decided.reason)
            self.effects.request_void(primary, primary.imp_uid)
        return self._move(primary, same_imp_uid=False)

    def require_fresh(self, row: Row) -> None:
        """Raises `StaleEvidence`."""
        if self.evidence.is_stale(now=timezone.now(), stored=row.looked_up_at):
            raise StaleEvidence(row.looked_up_at)

    def _require_surely_newer(self, row: Row) -> None:
        """Nobody is called for an answer that is older than what is stored; raises `StaleEvidence`."""
        if not self.evidence.is_surely_newer_than(row.looked_up_at):
            raise StaleEvidence(row.looked_up_at)

    def _require_channel_known(self) -> None:
        """A missing `sandbox` proves nothing; the gateway is asked again later."""
        if self.payment.sandbox is None and not conf.test_mode():
            raise PaymentUnknown(f"The gateway doesn't say whether {self.payment.imp_uid} is a live payment.")

    def _decide(self, row: Row, *, late: bool = False) -> decision.Decision:
        return decision.decide(self.order, self.attempts, row, self.payment, self.shop, late=late)

    @sensitive_variables()
    def _store(self, row: Row, **columns: Any) -> None:
        answered = backlog.is_answered(row, self.evidence.looked_up_at)
        if answered and row.backlog_code in backlog.REPORTED:
            self.effects.close_calls(row, *backlog.REPORTED)
        with day_sums.forgetting(row, self.using):
            self.shop.call(row.store_news, self.evidence, self.using, backlog_answered=answered, **columns)

    # Held, and not judged yet.

    def _judge(self, row: Row) -> None:
        self._require_channel_known()
        decided = self._decide(row, late=row.status == Status.FAILED)
        if decided.reason is None and self.refusal is not None:
            decided = self.refusal
        if decided.reason is not None:
            self._reject(row, decided.reason, refund=decided.refund)
            return
        may_have_requests = row.imp_uid is not None
        self.pay(row, "paid")
        if may_have_requests:
            self.effects.close_refunds(row, RefundStatus.REFUSED)
        self.effects.void_other_accounts(row, self.attempts)

    def pay(self, row: Row, event: str, reason: str = "") -> None:
        """Make it paid, with all that a payment does; raises `RejectPayment` where a receiver refuses."""
        before, new = row.status, self.effects.record_cancellations(row)
        if before == Status.REJECTED:
            self.effects.close_calls(row)
        self._store(
            row,
            **self._columns(),
            **self._asked_now(row),
            status=Status.PAID,
            reject_reason="",
            paid_order_key=str(self.order.pk),
            verified_at=self.evidence.looked_up_at,
        )
        self.effects.note(
            row, event, before, amount=row.paid_amount, currency=row.paid_currency, reason=reason
        )
        self.shop.call(self.order.payment_received, row)
        self.effects.send(signals.payment_paid, row)
        self.effects.announce_cancellations(row, new, Status.PAID)

    def _reject(self, row: Row, reason: str, *, refund: bool) -> None:
        columns, before, new = self._columns(), row.status, []
        if reason in HOLDS_NOTHING:
            columns |= {"paid_amount": None, "paid_currency": "", "cancel_amount": Decimal(0)}
        else:
            new = self.effects.record_cancellations(row)
        self._store(row, **columns, status=Status.REJECTED, reject_reason=reason)
        self.effects.note(
            row, "rejected", before, amount=row.paid_amount, currency=row.paid_currency, reason=reason
        )
        goes_back = refund and decision.is_refunded_by_rule(reason)
        if goes_back:
            self.effects.request_refund(row)
        self.effects.send(signals.payment_rejected, row, reason=reason)
        self.effects.announce_cancellations(row, new, Status.REJECTED)
        if reason in (Reason.DISCOUNT.value, Reason.NOT_A_PAYMENT.value):
            self.effects.call_operator(row, reason)
        elif not goes_back and reason not in HOLDS_NOTHING:
            self.effects.call_operator(row, "held")
        outcome = "nothing_held" if reason in HOLDS_NOTHING else "refund_wanted" if goes_back else "held"
        self.effects.log("payment_rejected", row, reason=reason, outcome=outcome)

    def _second_payment(self, primary: Row, family: Sequence[Row], reason: str) -> Row:
        """A second payment that holds money gets a row of its own and goes back; a second account is voided."""
        is_money = decision.is_real_money(primary, self.payment)
        if not is_money or self.standing not in (Standing.HELD, Standing.WAITING):
            return primary
        if self.standing is Standing.WAITING:
            self.effects.request_void(primary, self.payment.imp_uid)
            return primary
        self._require_channel_known()
        taken = {row.merchant_uid for row in family}
        numbers = (merchant_uids.numbered(primary.merchant_uid, n) for n in range(1, 1000))
        merchant_uid = next(uid for uid in numbers if uid not in taken)
        for second in second_rows.candidates(primary, merchant_uid):
            try:
                with block(self.using, merchant_uid):
                    self._reject(second, reason, refund=True)
            except ReceiverFailed as failed:
                # A receiver that failed on a stored row is another matter.
                if not (second._state.adding and isinstance(failed.__cause__, IntegrityError)):
                    raise
                self.effects.log("second_payment_not_stored", primary)
            else:
                return second
        self.effects.call_operator(primary, "second_payment")
        return primary

    # Everything else.

    def _keep(self, row: Row) -> None:
        """Nothing moves; amounts refunded and descriptions of the stored payment are still news."""
        if row.imp_uid not in (None, self.payment.imp_uid):
            return
        if self.evidence.is_older_than(row.looked_up_at):
            if self._shows_another_refund(row):
                # The clocks of two servers may differ, sums don't: the gateway is asked once more.
                raise StaleEvidence(row.looked_up_at)
            return
        if row.status in (Status.PAID, Status.REJECTED) and self.standing is Standing.HELD:
            self._grow_refund(row)
        elif row.status == Status.READY and self.standing is Standing.OPEN:
            self._store(row, **self._columns())
        else:
            self._clear_backlog(row)
            self.effects.note_unchanged(row)

    def _clear_backlog(self, row: Row) -> None:
        if row.backlog_since:
            self._store(row)

    def _shows_another_refund(self, row: Row) -> bool:
        is_held = row.paid_amount is not None and self.standing is Standing.HELD
        return is_held and row.cancel_amount != self.payment.cancel_amount

    def _grow_refund(self, row: Row) -> None:
        if row.paid_amount is None:
            return
        new, columns = self.effects.record_cancellations(row), self._columns()
        for fixed in ("paid_amount", "paid_currency", "paid_at"):
            columns.pop(fixed)
        self._store(row, **columns)
        self.effects.announce_cancellations(row, new, row.status)
        if not new:
            self.effects.note_unchanged(row)

    def _wait(self, row: Row) -> None:
        """An issued account passes the same rules before anybody sees it."""
        self._require_channel_known()
        if self._is_expired():
            self._expire(row)
            return
        reason, before = self._decide(row).reason, row.status
        is_being_changed = row.vbank_amount is not None and reason == Reason.ORDER_CHANGED.value
        if reason is None or is_being_changed:
            self._show_account(row)
            return
        self._store(row, imp_uid=self.payment.imp_uid, status=Status.FAILED, fail_reason=reason)
        if reason != Reason.TEST_PAYMENT.value:
            self.effects.request_void(row, row.imp_uid)
        if before != row.status:
            self.effects.note(row, "account_refused", before, reason=reason)
            self.effects.log("account_refused", row, reason=reason)
            self.effects.send(signals.payment_failed, row)

    def _show_account(self, row: Row) -> None:
        before, known = row.status, (row.imp_uid, row.vbank_num, row.vbank_date, row.amount)
        self._store(row, **self._columns(), **self._asked_now(row), status=Status.READY)
        if known[:2] != (row.imp_uid, row.vbank_num) or before != Status.READY:
            self.effects.note(row, "account_issued", before)
            self.effects.send(signals.payment_ready, row)
        elif known[2:] != (row.vbank_date, row.amount):
            self.effects.note(row, "account_changed", before, amount=row.amount, currency=row.currency)
        else:
            self.effects.note_unchanged(row)

    def _is_expired(self) -> bool:
        return self.standing is Standing.WAITING and is_over(self.payment.vbank_date, now=timezone.now())

    def _expire(self, row: Row) -> None:
        """Nobody can pay into the account any more; the order can be paid in another way."""
        if row.status == Status.FAILED:
            self._clear_backlog(row)
            return
        before = row.status
        self._store(row, **{**self._columns(), "status": Status.FAILED, "fail_reason": EXPIRED})
        self.effects.note(row, "expired", before)
        self.effects.send(signals.payment_failed, row)

    def _fail(self, row: Row) -> None:
        before = row.status
        self._store(row, **self._columns(), status=Status.FAILED)
        self.effects.note(row, "failed", before, reason=row.fail_reason)
        self.effects.send(signals.payment_failed, row)

    def _cancel(self, row: Row) -> None:
        """All of it went back, or the account was voided before anybody paid into it."""
        if self.standing is Standing.VOIDED:
            self._void(row)
            return
        alone = decision.judge_alone(row, self.payment)
        if alone is not None and alone.value in HOLDS_NOTHING:
            # Play money that went back doesn't count.
            self._reject(row, alone.value, refund=False)
            return
        before, new = row.status, self.effects.record_cancellations(row)
        self._store(row, **self._columns(), status=Status.CANCELLED, paid_order_key=None)
        self.effects.close_refunds(row, RefundStatus.DONE)
        self.effects.close_calls(row)
        self.effects.announce_cancellations(row, new, before)
        if before == Status.PAID:
            self.effects.send(signals.order_refunded, row)

    def _void(self, row: Row) -> None:
        before = row.status
        # An account that the rules refused was never shown, and isn't now.
        news = {name: value for name, value in self._columns().items() if not name.startswith("vbank_")}
        self._store(row, **news, status=Status.CANCELLED)
        self.effects.close_refunds(row, RefundStatus.DONE)
        self.effects.note(row, "voided", before)
        self.effects.close_calls(row)
        self.effects.send(signals.account_voided, row)

    def _report(self, row: Row, reason: str = "") -> None:
        """The answer contradicts itself, or what is stored: nothing changes, somebody has to look."""
        is_clear = row.status == Status.PAID and self.standing is not Standing.UNCLEAR
        reason = reason or ("taken_back" if is_clear else "unclear")
        self.effects.log("payment_contradicted", row, reason=reason)
        rows(type(row), self.using).filter(pk=row.pk).update(
            backlog_since=row.backlog_since or timezone.now(), backlog_code=reason
        )
        self.effects.call_operator(row, reason)

    # Columns.

    def _columns(self) -> dict[str, Any]:
        """The gateway's columns as the payment shows them; amounts only where money was taken."""
        columns = columns_of(self.payment)
        if self.standing in (Standing.HELD, Standing.REFUNDED):
            columns |= {
                "paid_amount": Decimal(self.payment.amount),
                "paid_currency": storable(self.payment.currency)[:3],
                "cancel_amount": Decimal(self.payment.cancel_amount),
            }
        return columns

    def _asked_now(self, row: Row) -> dict[str, Any]:
        """The columns of what was asked, where the account has the sum that it was to have."""
        if row.vbank_amount is None or self.payment.amount != row.vbank_amount:
            return {}
        asked = {name: value for name, value in row.asked.items() if name != "vbank_amount"}
        return {"amount": row.vbank_amount, "asked": asked}


def _holds_nothing(row: TransactionRecord) -> bool:
    return row.paid_amount is None and row.status != Status.REJECTED
