"""Beginning an attempt, settling an order without one, and giving an order up."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Generic, NoReturn, TypeVar, cast

from django.conf import settings
from django.db import models, router
from django.db.models import Q

from django_iamport import conf, signals
from django_iamport.exceptions import (
    AccountWaiting,
    GatewayColumn,
    NotPayable,
    OrderChanged,
    OrderClosed,
    OrderPaid,
    RejectPayment,
    TransactionKept,
)
from django_iamport.gateway import connection
from django_iamport.gateway.payload import GATEWAY_COLUMNS
from django_iamport.records import locks
from django_iamport.refunds import execution
from django_iamport.rules import merchant_uids, verification

if TYPE_CHECKING:
    from django_iamport.managers import TransactionManager
    from django_iamport.models.order import PayableMixin
    from django_iamport.models.transaction import AbstractTransaction

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


class AttemptManager(models.Manager[T_co], Generic[T_co]):
    """What begins and ends attempts; how news enters is the business of its subclass, `TransactionManager`."""

    if TYPE_CHECKING:

        def confirm(
            self, *, merchant_uid: str | None = None, imp_uid: str | None = None, source: str, by: str = ""
        ) -> T_co: ...

    def get_queryset(self) -> TransactionQuerySet[T_co]:
        return TransactionQuerySet(self.model, using=self._db)

    def write_database(self) -> str:
        """The alias of the database that is written to."""
        return self._db or router.db_for_write(self.model)

    def _rows(self) -> models.QuerySet[T_co]:
        return self.model._base_manager.using(self.write_database())

    @contextlib.contextmanager
    def locked_attempt(self, merchant_uid: str) -> Iterator[T_co]:
        """Open a transaction, lock the order of an attempt and its transactions; answers the attempt's row."""
        order_pk = self._rows().values_list("order", flat=True).get(merchant_uid=merchant_uid)
        model = self.model
        with locks.locked_order(model.order_model(), order_pk, model, self.write_database()) as (
            _order,
            rows,
        ):
            yield next(row for row in rows if row.merchant_uid == merchant_uid)

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
        using = self.write_database()
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
        connection.client().prepare.create(row.merchant_uid, row.amount, row.currency)

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
        for heard in self._ask_about_open_attempts(order):
            if heard.is_awaiting_deposit:
                self._void_account(heard, self.write_database())

    def _ask_about_open_attempts(self, order: PayableMixin) -> Iterator[T_co]:
        """Every attempt that may still be paid, as the gateway tells it now."""
        for row in self._rows().filter(may_still_be_paid(), order=order).order_by("pk"):
            if merchant_uids.is_ours(row.gateway_merchant_uid, conf.prefix()):
                yield self.confirm(merchant_uid=row.merchant_uid, source="create_new")

    def _void_account(self, row: AbstractTransaction, using: str) -> None:
        execution.void_account(row, cast("TransactionManager[Any]", self), using=using)
        row.refresh_from_db(using=using)
        if row.is_awaiting_deposit and not row.is_expired:
            raise AccountWaiting("The earlier virtual account could not be voided.")

    def give_up(self, order: PayableMixin, *, void_accounts: bool = False) -> bool:
        """Give an unpaid order up, asking the gateway first; answers whether it was.

        A payment that nobody told of is taken in, and keeps the order. An account that still waits for its
        deposit keeps it, too, unless `void_accounts`. A payment that comes even later is judged as any other:
        by `accepts_payment` of a closed order. Raises `AccountWaiting` where an account could not be voided,
        `GatewayError`, `InTransaction`.
        """
        using = self.write_database()
        locks.require_no_transaction(using)
        if void_accounts:
            self.settle_open_attempts(order)
        elif any(row.is_awaiting_deposit for row in self._ask_about_open_attempts(order)):
            return False

        def close() -> bool:
            with locks.locked_order(type(order), order.pk, self.model, using) as (locked, rows):
                row = self._new_attempt(locked, asked={})
                if any(other.status == "paid" or other.is_awaiting_deposit for other in rows):
                    return False
                with contextlib.suppress(RejectPayment):
                    if locked.accepts_payment(row):
                        locked.close()
                        return True
                return False

        return locks.repeated(close)

    # An order with nothing to pay.

    def settle_free(self, order: PayableMixin) -> None:
        """Settle an order whose amount is 0, without gateway and transaction; sends `order_settled` once.

        Where the order had an amount before and attempts to pay it, these are looked up first.

        Raises `NotPayable` where there is something to pay, `OrderPaid` and `OrderClosed` as `create_new`.
        """
        using = self.write_database()
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
