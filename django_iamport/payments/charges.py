"""Attempts that the shop carries out itself, without a window: of one order one at a time, and none repeated
before it is known that the last one came to nothing.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.utils import timezone

from django_iamport.exceptions import NotPayable, OrderChanged, PaymentUnknown, RejectPayment
from django_iamport.ledger import shop_code
from django_iamport.records import locks
from django_iamport.records.payable import Payable
from django_iamport.records.rows import rows
from django_iamport.records.transaction import TransactionRecord
from django_iamport.rules.money import is_payable
from django_iamport.rules.status import Status

from . import attempts
from .open_attempts import is_charge, is_under_way

Row = TypeVar("Row", bound=TransactionRecord)


@dataclass(frozen=True)
class Begun(Generic[Row]):
    """`is_claimed`: the caller carries it out. Otherwise it is paid, or not known what became of it."""

    transaction: Row
    is_claimed: bool


def begin(
    model: type[Row],
    order: Payable,
    asked: Mapping[str, Any],
    using: str,
    *,
    require_means: Callable[[Payable], object] = lambda order: None,
) -> Begun[Row]:
    """Look up what became of an order's earlier attempts, and store the one that is carried out next.

    `asked` names what the payment must show beside the amount. `require_means` is called with the order as it is
    stored when it is known that something is to be charged, outside of any transaction; what it raises ends the
    attempt before it begins.
    Raises as `create_new` does.
    """
    attempts.require_kind(model, order)
    locks.require_no_transaction(using)
    try:
        return shop_code.typed(
            attempts.name_of(order), lambda: _begin(model, order, asked, using, require_means)
        )
    except RejectPayment as refusal:
        attempts.raise_closed(model, refusal)


def _begin(
    model: type[Row],
    order: Payable,
    asked: Mapping[str, Any],
    using: str,
    require_means: Callable[[Payable], object],
) -> Begun[Row]:
    attempts.take_budget(model, order)
    asked_at = timezone.now()
    current, has_attempts = attempts.read_order(model, order, using)
    without_payment: Sequence[Row] = ()
    if has_attempts:
        without_payment = attempts.settle_earlier(model, order, using).unopened
        current, _has_attempts = attempts.read_order(model, order, using)
    took_money = (Status.PAID, Status.REJECTED)
    paid = list(rows(model, using).filter(order=order, status__in=took_money)) if has_attempts else []
    charged = next((row for row in paid if row.status == Status.PAID and is_charge(row)), None)
    if charged is not None:
        return Begun(charged, is_claimed=False)
    row = attempts.new_attempt(model, current, asked)
    attempts.require_acceptance(current, row, paid)
    _require_nothing_held(paid)
    if not is_payable(row.amount, row.currency):
        raise NotPayable(f"{row.amount} {row.currency} can't be charged.")
    require_means(current)
    came_to_nothing = {row.pk for row in without_payment}

    def claim() -> Begun[Row]:
        with locks.locked_order(model, order.pk, using) as (locked, stored):
            return _claim(locked, stored, row, using, came_to_nothing, asked_at)

    return shop_code.typed(row.merchant_uid, lambda: locks.retrying(claim))


def _claim(
    order: Payable,
    stored: Sequence[Row],
    wanted: Row,
    using: str,
    came_to_nothing: set[Any],
    asked_at: datetime,
) -> Begun[Row]:
    """Under the order's lock: the stored attempt that is carried out (again), or what keeps it from being."""
    charges = [row for row in stored if is_charge(row)]
    for row in charges:
        came_to_something = row.status == Status.READY and row.pk not in came_to_nothing
        if row.status == Status.PAID or came_to_something or is_under_way(row, asked_at):
            return Begun(row, is_claimed=False)
    attempts.require_acceptance(order, wanted, stored)
    _require_nothing_held(stored)
    if not attempts.still_asks_for(order, wanted):
        raise OrderChanged("The order changed while its payment was being prepared.")
    claimed = next((row for row in charges if _asks_the_same(row, wanted)), None)
    moment = timezone.now().isoformat()
    if claimed is not None:
        # Under the same number: should the first charge have arrived after all, the gateway refuses this one.
        claimed.store_asked(charged_at=moment)
    else:
        # A copy: what was rolled back must not pass for stored.
        claimed = copy.copy(wanted)
        claimed.asked = {**wanted.asked, "charged_at": moment}
        claimed.order = order
        with claimed.within_own_block():
            claimed.save(using=using)
    claimed.order = order
    return Begun(claimed, is_claimed=True)


def _require_nothing_held(attempts: Sequence[TransactionRecord]) -> None:
    """Raises `PaymentUnknown` where refused money is held: a card is charged once more when that went back."""
    if any(row.status == Status.REJECTED and row.is_refundable for row in attempts):
        raise PaymentUnknown("Refused money of this order is held; an operator has to decide.")


def _asks_the_same(row: TransactionRecord, wanted: TransactionRecord) -> bool:
    return row.status == Status.READY and row.as_asked() == wanted.as_asked()


def release(row: TransactionRecord, using: str) -> None:
    """The charge never left: the attempt may be carried out at once."""

    def step() -> None:
        with locks.locked_attempt(row, using) as stored:
            if stored.status == Status.READY:
                stored.store_asked(charged_at=None)

    locks.retrying(step)
