"""What `iamport_import` does: each row of the former code looked up, and taken over with its evidence."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.core.exceptions import FieldError, ValidationError
from django.db.models import QuerySet
from django.utils import timezone

from django_iamport import conf
from django_iamport.exceptions import GatewayError, IamportError, PaymentUnknown, RejectPayment
from django_iamport.gateway import lookups
from django_iamport.ledger import importing, shop_code
from django_iamport.managers import TransactionManager
from django_iamport.models import AbstractTransaction
from django_iamport.models.registry import find_attempt, find_by_imp_uid
from django_iamport.records import kinds, locks
from django_iamport.records.history import Origin
from django_iamport.records.rows import rows
from django_iamport.rules.dates import is_over
from django_iamport.rules.merchant_uids import is_well_formed
from django_iamport.rules.payment import Evidence
from django_iamport.rules.standing import Standing, counting, is_proven_live, standing
from django_iamport.rules.status import Status

from .audit import FAILURES, is_askable
from .comparison import TAKEN, findings
from .report import Found, MovingReport
from .tables import OldRow, OldRows, Tables

# Findings in spite of which a payment may be taken over.
ACCEPTABLE = ("less", "more", "unrecorded")
# A window of the former code may be open for so long, and be paid in.
UNDER_WAY = timedelta(days=1)
ORIGIN = Origin("import")


class _Left(Exception):
    """Why a row is not taken over; an empty code where there is nothing to take."""

    def __init__(self, code: str, evidence: Evidence | None = None) -> None:
        super().__init__(code)
        self.code, self.evidence = code, evidence


def take_over(
    model: type[AbstractTransaction],
    tables: Tables,
    using: str,
    *,
    order_field: str = "pk",
    accept: Collection[str] = (),
    skip: Collection[str] = (),
    dry_run: bool = False,
    find: Callable[[Found], None] = lambda found: None,
    progress: Callable[[MovingReport], None] = lambda report: None,
    must_stop: Callable[[], bool] = lambda: False,
) -> MovingReport:
    """Take the rows over, one at a time; what was taken over before is left alone, so that it can be run again.

    `using` is the database of the tables. `order_field` finds the order of a row in the order model by the key
    that the former code knew. `accept`: findings of `ACCEPTABLE` that don't keep a payment out; `skip`: numbers
    (`merchant_uid`) that are left out. `dry_run` asks the gateway and the order, and stores nothing. Raises
    `InTransaction`, `FieldError` for an unknown `order_field`, `DatabaseError` where a table can't be read.
    """
    locks.require_no_transaction(TransactionManager.for_model(model).write_database())
    return _Import(
        model, OldRows(tables, using), order_field, accept, skip, dry_run, find, progress, must_stop
    ).run()


class _Import:
    def __init__(
        self,
        model: type[AbstractTransaction],
        old_rows: OldRows,
        order_field: str,
        accept: Collection[str],
        skip: Collection[str],
        dry_run: bool,
        find: Callable[[Found], None],
        progress: Callable[[MovingReport], None],
        must_stop: Callable[[], bool],
    ) -> None:
        self.model, self.old_rows, self.order_field = model, old_rows, order_field
        self.using = TransactionManager.for_model(model).write_database()
        self.accept, self.skip, self.dry_run = accept, skip, dry_run
        self.find, self.progress, self.must_stop = find, progress, must_stop
        self.report, self.failures = MovingReport(), 0
        # Of a dry run: what would be stored by now.
        self.planned: set[str] = set()
        self.planned_orders: set[Any] = set()

    def run(self) -> MovingReport:
        for batch in self.old_rows.batches():
            if not self._take_batch(batch):
                self.report.stopped = True
                break
        return self.report

    def _take_batch(self, batch: Sequence[OldRow]) -> bool:
        """Answers whether to go on."""
        opened = self._opened(batch)
        for old in batch:
            if self.must_stop() or self.failures >= FAILURES:
                return False
            self.report.rows += 1
            self._take(old, opened)
            self.progress(self.report)
        return True

    def _opened(self, batch: Sequence[OldRow]) -> Collection[str] | None:
        """Numbers of rows without a payment under which the gateway knows one; None where it can't say."""
        numbers = [old.merchant_uid for old in batch if not old.imp_uid and is_askable(old)]
        try:
            return lookups.find_many((), numbers).keys() if numbers else ()
        except GatewayError:
            return None

    def _take(self, old: OldRow, opened: Collection[str] | None) -> None:
        try:
            self._store(old, opened)
            self.failures = 0
        except _Left as left:
            self.failures = 0
            if left.code:
                payment = left.evidence.payment if left.evidence else None
                self.find(self.report.find(left.code, old, payment))
        except RejectPayment as refusal:
            self.find(self.report.find(refusal.reason, old))
        except IamportError as error:
            self.failures += isinstance(error, GatewayError)
            self.find(self.report.find(error.code, old))

    def _store(self, old: OldRow, opened: Collection[str] | None) -> None:
        self._require_new(old)
        order = self._order(old)
        evidence = self._evidence(old, opened)
        if evidence is not None:
            self._judge(old, order, evidence)
        former = importing.Former(old.merchant_uid, old.amount, old.currency, old.created)
        status = _status(evidence)
        if self.dry_run:
            row = importing.new_row(self.model, order, former)
            self._require_unpaid(order, status)
            if not shop_code.typed(old.merchant_uid, lambda: order.accepts_import(row)):
                raise RejectPayment("refused")
            self.planned |= {old.merchant_uid, *({evidence.payment.imp_uid} if evidence else ())}
        else:
            status = importing.take_over(self.model, order.pk, former, evidence, ORIGIN, self.using).status
        self.report.taken[status] += 1

    def _require_unpaid(self, order: Any, status: str) -> None:
        """What the lock asks for, without it."""
        if status != Status.PAID:
            return
        stored: QuerySet[Any] = rows(self.model, self.using)
        paid = stored.filter(order=order, status=Status.PAID)
        if order.pk in self.planned_orders or paid.exists():
            raise RejectPayment("paid_by_another")
        self.planned_orders.add(order.pk)

    def _require_new(self, old: OldRow) -> None:
        if old.merchant_uid in self.skip:
            self.report.left += 1
            raise _Left("")
        if not is_well_formed(old.merchant_uid) or old.amount <= 0:
            raise _Left("unreadable")
        if not conf.owns(old.merchant_uid):
            raise _Left("foreign")
        stored = find_attempt(old.merchant_uid)
        if stored is not None or old.merchant_uid in self.planned:
            if stored is not None and old.imp_uid not in ("", stored.imp_uid):
                raise _Left("other")
            self.report.known += 1
            raise _Left("")
        if old.imp_uid and (old.imp_uid in self.planned or find_by_imp_uid(old.imp_uid)):
            raise _Left("other")

    def _order(self, old: OldRow) -> Any:
        try:
            found = list(
                rows(self.model.order_model(), self.using).filter(**{self.order_field: old.order})[:2]
            )
        except FieldError:
            raise
        except (ValidationError, ValueError, TypeError, OverflowError):
            found = []
        if old.order is None or len(found) != 1:
            raise _Left("no_order")
        return kinds.asked(found[0])

    def _evidence(self, old: OldRow, opened: Collection[str] | None) -> Evidence | None:
        """The payment by a lookup of its own; None for a window that may still be paid in."""
        if old.imp_uid:
            self.report.asked += 1
            try:
                return lookups.look_up(old.imp_uid, old.merchant_uid)
            except PaymentUnknown as error:
                raise _Left("unknown" if old.is_paid else "payment_unknown") from error
        if opened is None or old.merchant_uid in opened:
            self.report.asked += 1
            known = [evidence.payment for evidence in lookups.find_all(old.merchant_uid)]
            counted = counting(known, test_mode=conf.test_mode())
            if counted is not None:
                return lookups.look_up(counted.imp_uid, old.merchant_uid)
            if known and old.is_paid:
                raise _Left("test", Evidence(known[0], timezone.now()))
        if old.is_paid:
            raise _Left("unknown")
        if old.created is None or timezone.now() - old.created > UNDER_WAY:
            self._leave()
        return None

    def _judge(self, old: OldRow, order: Any, evidence: Evidence) -> None:
        payment, seen = evidence.payment, standing(evidence.payment)
        expected, currency = shop_code.typed(
            old.merchant_uid,
            lambda: (Decimal(order.get_payment_amount()), order.get_payment_currency()),
        )
        found = findings(old, payment, expected=expected, currency=currency, test_mode=conf.test_mode())
        kept_out = [code for code in found if code not in self.accept and not _is_refund(code, seen)]
        if kept_out:
            raise _Left(kept_out[0], evidence)
        if not is_proven_live(payment, test_mode=conf.test_mode()):
            if payment.sandbox is None:
                raise _Left("payment_unknown", evidence)
            self._leave()
        is_waiting = seen is Standing.WAITING and not is_over(payment.vbank_date, now=timezone.now())
        if seen not in TAKEN and not is_waiting:
            self._leave()
        if is_waiting and (Decimal(payment.amount), payment.currency) != (expected, currency):
            raise _Left("less" if payment.amount < expected else "more", evidence)

    def _leave(self) -> None:
        self.report.left += 1
        raise _Left("")


def _is_refund(code: str, seen: Standing) -> bool:
    """Money that came and went back is taken over as such."""
    return code == "cancelled" and seen in TAKEN


def _status(evidence: Evidence | None) -> str:
    """What its row becomes."""
    words = {Standing.HELD: Status.PAID.value, Standing.REFUNDED: Status.CANCELLED.value}
    open_still = Status.READY.value
    return open_still if evidence is None else words.get(standing(evidence.payment), open_still)
