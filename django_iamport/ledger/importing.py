"""A payment that the former code of the shop took: stored with its evidence, and nobody is told of it again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from django.dispatch import Signal

from django_iamport.exceptions import RejectPayment
from django_iamport.records import locks
from django_iamport.records.history import Origin, note
from django_iamport.records.transaction import TransactionRecord
from django_iamport.rules.payment import Evidence
from django_iamport.rules.standing import Standing, standing
from django_iamport.rules.status import Status

from . import decision, shop_code
from .effects import Effects
from .moves import Moves

Row = TypeVar("Row", bound=TransactionRecord)


@dataclass(frozen=True)
class Former:
    """What the former code asked for, under which number (the gateway's `merchant_uid`), and when."""

    merchant_uid: str
    amount: Decimal
    currency: str
    created: datetime | None


def take_over(
    model: type[Row], order_pk: object, former: Former, evidence: Evidence | None, origin: Origin, using: str
) -> Row:
    """Store an attempt of the former code, and its payment as a lookup shows it; without one it stays open.

    No signal is sent, nothing is refunded or voided, and of the order's hooks `accepts_import` and
    `payment_imported` alone are called. Raises `RejectPayment` where the order is paid by another or the shop
    refuses, `ReceiverFailed`, `Busy`; nothing is stored then.
    """

    def step() -> Row:
        with locks.locked_order(model, order_pk, using) as (order, attempts):
            shop = shop_code.ShopCode(former.merchant_uid, using)
            row = new_row(model, order, former)
            is_held = evidence is not None and standing(evidence.payment) is Standing.HELD
            if is_held and decision.is_paid_by_another(row, attempts):
                raise RejectPayment("paid_by_another")
            if not shop.call(order.accepts_import, row):
                raise RejectPayment("refused")
            with row.within_own_block():
                shop.call(row.save, using=using)
            if evidence is None:
                note(row.merchant_uid, "imported", origin=origin, using=using, status_after=row.status)
            else:
                _Import(order, [*attempts, row], evidence, origin, using).take(row)
            return row

    return shop_code.typed(former.merchant_uid, lambda: locks.retrying(step))


def new_row(model: type[Row], order: Any, former: Former) -> Row:
    """The attempt, not stored."""
    created = {"created": former.created} if former.created else {}
    number = former.merchant_uid
    return model(
        order=order,
        merchant_uid=number,
        gateway_merchant_uid=number,
        amount=former.amount,
        currency=former.currency,
        **created,
    )


class _Quiet(Effects):
    """History and cancellations only: what was sold, mailed and refunded then is not done once more."""

    def send(self, signal: Signal, row: TransactionRecord, **arguments: Any) -> None:
        pass

    def _tell(self, code: Callable[..., object], *args: Any, **kwargs: Any) -> None:
        pass


class _Import(Moves[Row]):
    def take(self, row: Row) -> None:
        self.effects = _Quiet(self.order, self.payment, self.effects.origin, self.shop)
        if self.standing is Standing.WAITING:
            self._store(row, **self._columns(), status=Status.READY)
        else:
            self._take_money(row)
        self.effects.note(row, "imported", Status.READY, amount=row.paid_amount, currency=row.paid_currency)
        # What went back says nothing of an order that another payment holds.
        if row.status != Status.CANCELLED or not decision.is_paid_by_another(row, self.attempts):
            self.shop.call(self.order.payment_imported, row)

    def _take_money(self, row: Row) -> None:
        new = self.effects.record_cancellations(row)
        is_held = self.standing is Standing.HELD
        self._store(
            row,
            **self._columns(),
            status=Status.PAID if is_held else Status.CANCELLED,
            paid_order_key=str(self.order.pk) if is_held else None,
            verified_at=self.evidence.looked_up_at,
        )
        self.effects.announce_cancellations(row, new, Status.PAID)
