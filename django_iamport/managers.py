"""The entrances: `create_new` begins an attempt, `confirm` lets gateway news into the database."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Generic, NoReturn, TypeVar, cast

from django.conf import settings
from django.db import models, router, transaction
from django.db.models import Q
from django.utils import timezone

from django_iamport import conf, gateway, locks, merchant_uids, signals, verification
from django_iamport.columns import GATEWAY_COLUMNS
from django_iamport.exceptions import (
    AccountWaiting,
    AttemptNotFound,
    Busy,
    GatewayColumn,
    IamportError,
    NotFound,
    NotPayable,
    OrderChanged,
    OrderClosed,
    OrderPaid,
    PaymentUnknown,
    RejectPayment,
    TransactionKept,
)
from django_iamport.gateway import Evidence
from django_iamport.verification import Standing

if TYPE_CHECKING:
    from django_iamport.models.order import PayableMixin
    from django_iamport.models.transaction import AbstractTransaction

POLL_INTERVAL = timedelta(seconds=5)
LOOKUPS = 3

# Who claims a payment that is stored already gets the stored answer; everybody else makes us ask.
CLAIMANTS = ("browser", "redirect")
SETTLED = ("paid", "rejected", "cancelled")

T_co = TypeVar("T_co", bound="AbstractTransaction", covariant=True)


def may_still_be_paid() -> Q:
    """Attempts that took no money, be they open, failed, voided or play: another window of theirs may be paid."""
    return Q(paid_amount=None)


class TransactionQuerySet(models.QuerySet[T_co]):
    def update(self, **columns: Any) -> int:
        """Refuses gateway columns, literals and expressions alike: raises `GatewayColumn`."""
        _refuse_gateway_columns(columns)
        return super().update(**columns)

    update.alters_data = True  # type: ignore[attr-defined]

    def bulk_create(self, objs: Iterable[T_co], *args: Any, **options: Any) -> list[T_co]:
        """Refuses gateway columns among the `update_fields` of rows that exist: raises `GatewayColumn`."""
        _refuse_gateway_columns(options.get("update_fields") or ())
        return super().bulk_create(objs, *args, **options)

    bulk_create.alters_data = True  # type: ignore[attr-defined]

    def delete(self) -> NoReturn:
        raise TransactionKept("Prepared transactions are kept: money may still arrive under them.")

    delete.alters_data = True  # type: ignore[attr-defined]
    delete.queryset_only = True  # type: ignore[attr-defined]


def _refuse_gateway_columns(columns: Iterable[str]) -> None:
    refused = (GATEWAY_COLUMNS | {"order", "order_id"}).intersection(columns)
    if refused:
        names = ", ".join(sorted(refused))
        raise GatewayColumn(f"{names}: only the gateway's news changes this; call sync() or confirm().")


class TransactionManager(models.Manager[T_co], Generic[T_co]):
    def get_queryset(self) -> TransactionQuerySet[T_co]:
        return TransactionQuerySet(self.model, using=self._db)

    # Beginning an attempt.

    def create_new(
        self,
        order: PayableMixin,
        *,
        customer_uid_usage: str | None = None,
        pg_id: str | None = None,
        escrow: bool | None = None,
    ) -> T_co:
        """Prepare the order's amount at the gateway and store a new attempt to pay it.

        The order's earlier open attempts are looked up first, and what is found is taken in; a waiting virtual
        account is voided. `customer_uid_usage`, `pg_id` and `escrow` name what the payment must show beside
        the amount; None is not compared, except that a `customer_uid_usage` must be absent then.

        Raises `OrderPaid`, `OrderClosed`, `OrderChanged`, `NotPayable` and `AccountWaiting` where nothing may
        be charged, `GatewayError` where the gateway could not be asked, `InTransaction` within `atomic()`.
        """
        using = self._using()
        locks.require_no_transaction(using)
        self.settle_open_attempts(order)
        order_model = type(order)
        current = order_model._base_manager.using(using).get(pk=order.pk)
        row = self._new_attempt(
            current,
            asked={
                "customer_uid_usage": customer_uid_usage,
                "pg_id": pg_id,
                "escrow": escrow,
            },
        )
        self._require_payable(current, row, using)
        gateway.client().prepare.create(row.merchant_uid, row.amount, row.currency)

        def store() -> T_co:
            # A copy each time: what was rolled back must not pass for stored.
            stored = copy.copy(row)
            with locks.locked_order(order_model, order.pk, self.model, using) as (locked, rows):
                self._require_acceptance(locked, row, rows)
                if (Decimal(locked.get_payment_amount()), locked.get_payment_currency()) != (
                    row.amount,
                    row.currency,
                ):
                    raise OrderChanged("The order changed while its payment was being prepared.")
                stored.order = locked
                stored.save(using=using)
            return stored

        return locks.repeated(store)

    def _new_attempt(self, order: Any, *, asked: dict[str, Any]) -> T_co:
        merchant_uid = merchant_uids.make(settings.SECRET_KEY, order.pk, prefix=conf.prefix())
        return self.model(
            order=order,
            merchant_uid=merchant_uid,
            gateway_merchant_uid=merchant_uid,
            amount=Decimal(order.get_payment_amount()),
            currency=order.get_payment_currency(),
            asked={name: value for name, value in asked.items() if value is not None},
        )

    def _require_payable(self, order: Any, row: AbstractTransaction, using: str) -> None:
        rows = list(self.model._base_manager.using(using).filter(order=order, status="paid"))
        self._require_acceptance(order, row, rows)
        if not verification.is_payable(row.amount, row.currency):
            raise NotPayable(f"{row.amount} {row.currency} can't be asked for.")

    def _require_acceptance(self, order: Any, row: AbstractTransaction, rows: list[Any]) -> None:
        if any(other.status == "paid" for other in rows):
            raise OrderPaid("The order is paid already.")
        try:
            accepts = order.accepts_payment(row)
        except RejectPayment as refusal:
            raise self._closed_by(refusal) from refusal
        if not accepts:
            raise OrderClosed("The order no longer accepts a payment.")

    def _closed_by(self, refusal: RejectPayment) -> OrderClosed:
        text = self.model.REJECT_REASONS.get(refusal.reason)
        return OrderClosed(f"The shop refuses this payment: {refusal.reason}.", text=text)

    def settle_open_attempts(self, order: PayableMixin) -> None:
        """Ask what became of an order's open attempts, take it in, and void waiting accounts.

        Before a further attempt, and before an order is given up. An attempt whose window never opened stops
        nothing. Raises `AccountWaiting` where an account could not be voided, `GatewayError`.
        """
        using = self._using()
        for row in self._rows().filter(may_still_be_paid(), order=order).order_by("pk"):
            if not merchant_uids.is_ours(row.gateway_merchant_uid, conf.prefix()):
                continue
            heard = self.confirm(merchant_uid=row.merchant_uid, source="create_new")
            if heard.is_awaiting_deposit:
                self._void_account(heard, using)

    def _void_account(self, row: AbstractTransaction, using: str) -> None:
        from django_iamport import refunds

        refunds.void_account(row, self, using=using)
        row.refresh_from_db(using=using)
        if row.is_awaiting_deposit and not row.is_expired:
            raise AccountWaiting("The earlier virtual account could not be voided.")

    # Reading.

    def get_transaction(self, merchant_uid: str) -> T_co:
        """Ask the gateway about an attempt and answer the stored transaction.

        Raises `AttemptNotFound`, `GatewayError`, `InTransaction`.
        """
        return self.confirm(merchant_uid=merchant_uid, source="get_transaction")

    def poll(self, merchant_uid: str) -> T_co:
        """The stored transaction; asks the gateway at most once per attempt and 5 seconds.

        Raises as `get_transaction` does.
        """
        row = self._require_attempt(merchant_uid)
        if row.status in SETTLED:
            return row
        locks.require_no_transaction(self._using())
        now = timezone.now()
        due = Q(polled_at__isnull=True) | Q(polled_at__lte=now - POLL_INTERVAL)
        if not self._rows().filter(due, pk=row.pk).update(polled_at=now):
            if row.backlog_since:
                raise PaymentUnknown(f"{merchant_uid} could not be asked about a moment ago.")
            return row
        return self.confirm(merchant_uid=merchant_uid, source="browser")

    # The one entrance for gateway news.

    def confirm(self, *, merchant_uid: str | None = None, imp_uid: str | None = None, source: str) -> T_co:
        """Ask the gateway, verify, lock, write: the one entrance for news, whoever brings it.

        `merchant_uid` and `imp_uid` are hints, at least one of them; the transaction concerned is the one
        whose `merchant_uid` the gateway names. `source` says who brought the news: `browser`, `redirect`,
        `webhook`, `sync`, `admin`, `command` or a word of your own.

        Answers the stored transaction. Raises `AttemptNotFound` where the payment belongs to no attempt of
        ours, `PaymentUnknown` where the gateway doesn't know the payment (yet), `GatewayError` where it could
        not be asked, `ReceiverFailed`, `Busy`, `InTransaction`; nothing is lost then: the attempt is first in
        line at the next `iamport_sync`.
        """
        locks.require_no_transaction(self._using())
        if imp_uid and source in CLAIMANTS:
            stored = self._stored(imp_uid=imp_uid)
            if stored is not None and stored.status in SETTLED:
                return stored
        attempt = self._stored(merchant_uid=merchant_uid) if merchant_uid else None
        if attempt is None and not imp_uid:
            raise AttemptNotFound(f"There is no attempt {merchant_uid}.")
        try:
            if imp_uid:
                return self._hear_of_payment(imp_uid, attempt, source)
            return self._hear_of_attempt(cast("T_co", attempt), source)
        except IamportError as error:
            self._remember_for_sync(attempt, error)
            raise

    def _hear_of_payment(self, imp_uid: str, attempt: AbstractTransaction | None, source: str) -> T_co:
        evidence = _look_up(imp_uid, attempt)
        if verification.standing(evidence.payment) in (Standing.FAILED, Standing.VOIDED):
            # Another window under the same merchant_uid may hold money: read all before anything is given up.
            heard = self._hear_of_attempt(self._attempt_of(evidence), source)
            if not (heard.is_awaiting_deposit and heard.imp_uid == imp_uid):
                return heard
        return self._take_in(_first(evidence), source)

    def _hear_of_attempt(self, attempt: Any, source: str) -> T_co:
        """Only money held is news here, until all payments under the `merchant_uid` were read."""
        found = gateway.look_up_all(attempt.gateway_merchant_uid)
        held = [e for e in found if verification.standing(e.payment) is Standing.HELD]
        for evidence in sorted(held, key=_live_and_early_first):
            # A list is a hint; the step to paid stands on a lookup of its own.
            looked_up = _look_up(evidence.payment.imp_uid, attempt)
            if verification.standing(looked_up.payment) is Standing.FAILED:
                raise PaymentUnknown(f"The gateway contradicts itself about {evidence.payment.imp_uid}.")
            self._take_in(_first(looked_up), source)
        told = _stored_or_counting(attempt, found)
        if told is not None and told not in held:
            self._take_in(_first(told), source)
        if not found:
            self._rows().filter(pk=attempt.pk).update(backlog_since=None, backlog_code="")
        attempt.refresh_from_db(using=self._using())
        return cast("T_co", attempt)

    def _take_in(self, look_up: Callable[[], Evidence], source: str) -> T_co:
        # Imported late: they need the models, which need this manager.
        from django_iamport import refunds, step

        for _ in range(LOOKUPS):
            evidence = look_up()
            attempt = self._attempt_of(evidence)
            try:
                taken = step.take_in(
                    self.model, attempt.order_id, evidence, source=source, using=self._using()
                )
            except step.StaleEvidence:
                continue
            except IamportError as error:
                self._remember_for_sync(attempt, error)
                raise
            refunds.carry_out(taken.wishes, self)
            if taken.wishes:
                taken.transaction.refresh_from_db(using=self._using())
            return cast("T_co", taken.transaction)
        raise Busy("The payment changed faster than it could be looked up.")

    def take_in_answer(self, evidence: Evidence) -> None:
        """Take in the answer to a cancellation: news like any other."""
        self._take_in(_first(evidence), "refund")

    def call_operator(self, merchant_uid: str, reason: str) -> None:
        """Send `operator_needed` for a stored transaction."""
        row = self._require_attempt(merchant_uid)
        with transaction.atomic(using=self._using()):
            signals.operator_needed.send(sender=self.model, transaction=row, order=row.order, reason=reason)

    def _attempt_of(self, evidence: Evidence) -> T_co:
        merchant_uid = evidence.payment.merchant_uid
        if not merchant_uids.is_ours(merchant_uid, conf.prefix()):
            raise AttemptNotFound(f"{evidence.payment.imp_uid} is not a payment of this shop.")
        attempt = self._require_attempt(merchant_uid)
        if attempt.gateway_merchant_uid != merchant_uid:
            raise AttemptNotFound(f"{merchant_uid} names a second payment, not an attempt.")
        return attempt

    # An order with nothing to pay.

    def settle_free(self, order: PayableMixin) -> None:
        """Settle an order whose amount is 0, without gateway and transaction; sends `order_settled` once.

        Where the order had an amount before and attempts to pay it, these are looked up first.

        Raises `NotPayable` where there is something to pay, `OrderPaid` and `OrderClosed` as `create_new`.
        """
        using = self._using()
        self.settle_open_attempts(order)

        def store() -> None:
            with locks.locked_order(type(order), order.pk, self.model, using) as (locked, rows):
                row = self._new_attempt(locked, asked={})
                self._require_acceptance(locked, row, rows)
                if row.amount != 0:
                    raise NotPayable("An order with an amount is settled by its payment.")
                locked.payment_received(row)
                signals.order_settled.send(sender=type(locked), order=locked)

        try:
            locks.repeated(store)
        except RejectPayment as refusal:
            raise self._closed_by(refusal) from refusal

    # Rows.

    def _using(self) -> str:
        return self._db or router.db_for_write(self.model)

    def _rows(self) -> models.QuerySet[T_co]:
        return self.model._base_manager.using(self._using())

    def _stored(self, **column: str) -> T_co | None:
        """Ids are compared in Python: some databases compare without case."""
        ((name, value),) = column.items()
        return next((row for row in self._rows().filter(**column) if getattr(row, name) == value), None)

    def _require_attempt(self, merchant_uid: str) -> T_co:
        row = self._stored(merchant_uid=merchant_uid)
        if row is None:
            raise AttemptNotFound(f"There is no attempt {merchant_uid}.")
        return row

    def _remember_for_sync(self, attempt: AbstractTransaction | None, error: IamportError) -> None:
        # A claim that a lookup contradicts is nothing to remember.
        if attempt is not None and not isinstance(error, AttemptNotFound):
            self._rows().filter(pk=attempt.pk, backlog_since__isnull=True).update(
                backlog_since=timezone.now(), backlog_code=error.code
            )


def _look_up(imp_uid: str, attempt: AbstractTransaction | None) -> Evidence:
    try:
        return gateway.look_up(imp_uid)
    except NotFound as error:
        return _hidden_test_payment(imp_uid, attempt, error)


def _hidden_test_payment(imp_uid: str, attempt: AbstractTransaction | None, error: NotFound) -> Evidence:
    """The gateway answers 404 for payments of test channels; among all of an attempt they are shown."""
    if attempt is not None:
        for evidence in gateway.look_up_all(attempt.gateway_merchant_uid):
            if evidence.payment.imp_uid == imp_uid and evidence.payment.sandbox is True:
                return evidence
    raise PaymentUnknown(f"The gateway doesn't know {imp_uid} yet.") from error


def _stored_or_counting(attempt: AbstractTransaction, found: list[Evidence]) -> Evidence | None:
    """What is told of an attempt without money: of a settled one its own payment, else the one that counts."""
    if attempt.status in SETTLED:
        return next((e for e in found if e.payment.imp_uid == attempt.imp_uid), None)
    counting = verification.counting((e.payment for e in found), test_mode=conf.test_mode())
    return next((e for e in found if e.payment is counting), None)


def _first(evidence: Evidence) -> Callable[[], Evidence]:
    """This answer first; where it proves too old, the payment is looked up again."""
    answers = iter([evidence])
    return lambda: next(answers, None) or _look_up(evidence.payment.imp_uid, None)


def _live_and_early_first(evidence: Evidence) -> tuple[bool, float]:
    payment = evidence.payment
    return payment.sandbox is True, payment.paid_at.timestamp() if payment.paid_at else 0.0


def entrance(model: type[AbstractTransaction]) -> TransactionManager[Any]:
    """The manager of a transaction model through which news enters, whatever the shop's own is called."""
    default: models.Manager[Any] = model._default_manager
    if isinstance(default, TransactionManager):
        return default
    manager: TransactionManager[Any] = TransactionManager()
    manager.model = model
    return manager
