"""Beginning an attempt, settling an order without one, and giving an order up."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NoReturn, TypeVar, cast

from django.conf import settings
from django.db.models import Exists, Model, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import get_language

from django_iamport import conf, signals
from django_iamport.exceptions import (
    AccountKept,
    AccountWaiting,
    ChannelUnknown,
    NotPayable,
    OrderChanged,
    OrderClosed,
    OrderNotClosed,
    OrderPaid,
    PaymentUnknown,
    RejectPayment,
)
from django_iamport.gateway import budgets, instructions
from django_iamport.ledger import shop_code
from django_iamport.records import kinds, locks, order_token
from django_iamport.records.payable import Payable
from django_iamport.records.rows import composed, rows, the_one
from django_iamport.records.transaction import TransactionRecord
from django_iamport.refunds import execution
from django_iamport.rules import merchant_uids
from django_iamport.rules.money import is_payable
from django_iamport.rules.status import Status

from . import keeping, open_attempts
from .open_attempts import OpenAttempts, RequestPay, is_charge, is_under_way

Row = TypeVar("Row", bound=TransactionRecord)


def create(
    model: type[Row],
    order: Payable,
    asked: Mapping[str, Any],
    using: str,
    request_pay: RequestPay | None = None,
    *,
    void_accounts: bool = True,
    channel: str = "",
) -> Row:
    """`TransactionManager.create_new`; of `asked`, what is None is not named."""
    require_kind(model, order)
    locks.require_no_transaction(using)
    require_channel(channel)
    named = {name: value for name, value in asked.items() if value is not None}
    asked = {**conf.shown_by_payments(channel), **named, "language": get_language()}

    def begin() -> Row:
        return _create(model, order, asked, using, request_pay, void_accounts=void_accounts, channel=channel)

    try:
        return shop_code.typed(name_of(order), begin)
    except RejectPayment as refusal:
        raise_closed(model, refusal)


def require_channel(name: str) -> None:
    """Raises `ChannelUnknown` for a name that is not in `IAMPORT_CHANNELS`."""
    if name and name not in conf.channels():
        raise ChannelUnknown(f"{name[:40]!a} is not one of IAMPORT_CHANNELS.")


def _create(
    model: type[Row],
    order: Payable,
    asked: Mapping[str, Any],
    using: str,
    request_pay: RequestPay | None,
    *,
    void_accounts: bool,
    channel: str,
) -> Row:
    take_budget(model, order)
    current, has_attempts = read_order(model, order, using)
    earlier: OpenAttempts[Row] | None = None
    if has_attempts:
        earlier = settle_earlier(model, order, using, void_accounts=void_accounts)
        current, _has_attempts = read_order(model, order, using)
    row = new_attempt(model, current, asked)
    row.channel_name = channel
    paid = list(_attempts(model, order, using).filter(status=Status.PAID)) if has_attempts else []
    require_acceptance(current, row, [*paid, *(earlier.rows if earlier else ())])
    if not is_payable(row.amount, row.currency):
        raise NotPayable(f"{row.amount} {row.currency} can't be charged.")
    last = earlier.to_use_again(row, request_pay) if earlier else None
    again = None if last is None else _use_again(model, order, last, row, using)
    return _register(model, order, row, using, request_pay) if again is None else again


def _use_again(model: type[Row], order: Payable, last: Row, wanted: Row, using: str) -> Row | None:
    """The attempt whose window never opened, unless something became of it or its order meanwhile."""

    def read() -> Row | None:
        with locks.locked_order(model, order.pk, using) as (locked, attempts):
            stored = next((row for row in attempts if row.pk == last.pk), None)
            if stored is None or stored.status != Status.READY or stored.imp_uid is not None:
                return None
            require_acceptance(locked, stored, attempts)
            stored.order = locked
            if not still_asks_for(locked, stored):
                return None
            if stored.language != wanted.language:
                stored.store_asked(language=wanted.language or None)
            return stored

    return shop_code.typed(last.merchant_uid, lambda: locks.retrying(read))


def _register(model: type[Row], order: Payable, row: Row, using: str, request_pay: RequestPay | None) -> Row:
    """Register the amount of a new attempt at the gateway, and store it."""
    fingerprint = open_attempts.fingerprint(row)
    row.asked = {**row.asked, "request_pay": fingerprint} if fingerprint else row.asked
    instructions.prepare(row.merchant_uid, row.amount, row.currency)

    def store() -> Row:
        # A copy each time: what was rolled back must not pass for stored.
        stored = copy.copy(row)
        with locks.locked_order(model, order.pk, using) as (locked, attempts):
            require_acceptance(locked, row, attempts)
            if not still_asks_for(locked, row):
                raise OrderChanged("The order changed while its payment was being prepared.")
            stored.order = locked
            with stored.within_own_block():
                stored.save(using=using)
        return stored

    stored = shop_code.typed(row.merchant_uid, lambda: locks.retrying(store))
    if request_pay is not None:
        # Asked of the attempt as it is stored: a shop's hook may look at all of it.
        fingerprint = open_attempts.fingerprint(stored, request_pay)
        if fingerprint != stored.asked.get("request_pay"):
            stored.store_asked(request_pay=fingerprint)
    return stored


def still_asks_for(order: Payable, row: TransactionRecord) -> bool:
    return (Decimal(order.get_payment_amount()), order.get_payment_currency()) == (row.amount, row.currency)


def take_budget(model: type[TransactionRecord], order: Payable) -> None:
    """Raises `TooManyRequests` where the gateway was asked about this order too often."""
    require_kind(model, order)
    budgets.take(budgets.ORDER, order_token.name_of(cast("Model", order)))


def settle_open(
    model: type[TransactionRecord], order: Payable, using: str, *, void_accounts: bool = True
) -> None:
    """`TransactionManager.settle_open_attempts`."""
    take_budget(model, order)
    settle_earlier(model, order, using, void_accounts=void_accounts)


def settle_earlier(
    model: type[Row], order: Payable, using: str, *, void_accounts: bool = True
) -> OpenAttempts[Row]:
    found = open_attempts.ask(model, order, using)
    for attempt in found.rows:
        if attempt.is_awaiting_deposit:
            # Perhaps what was found of a later one has voided it.
            attempt.refresh_from_db(using=using)
        if attempt.is_awaiting_deposit:
            if not (void_accounts or attempt.is_expired):
                raise AccountKept("A virtual account waits.", merchant_uid=attempt.merchant_uid)
            _void_account(attempt, using)
    return found


def give_up(
    model: type[TransactionRecord],
    order: Payable,
    using: str,
    *,
    void_accounts: bool,
    by_keeper: bool = False,
) -> bool:
    """`TransactionManager.give_up`."""
    locks.require_no_transaction(using)
    if not by_keeper:
        keeping.require_not_kept(order)
    take_budget(model, order)
    if void_accounts:
        settle_earlier(model, order, using)
    elif any(row.is_awaiting_deposit for row in open_attempts.ask(model, order, using).rows):
        return False

    def close() -> bool:
        with locks.locked_order(model, order.pk, using) as (locked, attempts):
            if any(other.status == Status.PAID or other.is_awaiting_deposit for other in attempts):
                return False
            if any(is_under_way(other, timezone.now()) for other in attempts):
                return False
            if not _is_unpaid(model, locked, attempts, using):
                return False
            locked.close()
            require_closed(model, locked, using)
            return True

    return shop_code.typed(name_of(order), lambda: locks.retrying(close))


def _is_unpaid(
    model: type[TransactionRecord], order: Payable, attempts: Sequence[TransactionRecord], using: str
) -> bool:
    """Whether an order without a paid or waiting attempt still is to be paid, be it that it can't be at present.

    What is sold out is refused with a reason; of a bare no the shop's own list tells whether it is one for good.
    """
    try:
        if order.accepts_payment(new_attempt(model, order)):
            return True
        waiting = order.unpaid_since(timezone.now())
        is_refused_for_good = waiting is None or not waiting.using(using).filter(pk=order.pk).exists()
    except RejectPayment:
        is_refused_for_good = False
    return not (is_refused_for_good or order.is_settled_free() or any(row.verified_at for row in attempts))


def is_open(model: type[TransactionRecord], order: Payable) -> bool:
    """Whether an order, as it was read, still is to be paid, be it by the deposit that its account waits for."""
    is_paid = _attempts(model, order).filter(verified_at__isnull=False).exists()
    return not is_paid and _still_accepts(model, order)


def require_closed(model: type[TransactionRecord], order: Payable, using: str) -> None:
    """Under the lock of an order that was closed: raises `OrderNotClosed` where it would be paid even so."""
    stored, _has_attempts = read_order(model, order, using)
    if _still_accepts(model, stored):
        name = _model_of(order).__name__
        raise OrderNotClosed(
            f"{name} {order.pk} was closed and still accepts payments: {name}.close() has to store what "
            f"{name}.accepts_payment() then refuses."
        )


def _still_accepts(model: type[TransactionRecord], order: Payable) -> bool:
    try:
        return bool(order.accepts_payment(new_attempt(model, order)))
    except RejectPayment:
        return False


def settle_free(model: type[TransactionRecord], order: Payable, using: str) -> None:
    """`TransactionManager.settle_free`."""
    locks.require_reads_after_locks(using)
    settle_open(model, order, using)

    def store() -> None:
        with locks.locked_order(model, order.pk, using) as (locked, attempts):
            row = new_attempt(model, locked)
            require_acceptance(locked, row, attempts)
            if any(other.takes_deposit for other in attempts):
                raise AccountWaiting("A virtual account was issued in the meantime.")
            if row.amount != 0:
                raise NotPayable("An order with an amount is settled by its payment.")
            locked.payment_received(row)
            signals.order_settled.send(sender=type(locked), order=locked)

    try:
        shop_code.typed(name_of(order), lambda: locks.retrying(store, unless_within=using))
    except RejectPayment as refusal:
        raise_closed(model, refusal)


def name_of(order: Payable) -> str:
    return f"{_model_of(order)._meta.model_name} {order.pk}"


def _model_of(order: Payable) -> type[Model]:
    return cast("type[Model]", type(order))


def read_order(model: type[TransactionRecord], order: Payable, using: str) -> tuple[Payable, bool]:
    """The order as it is stored now, as the object that is asked, and whether there were attempts to pay it."""
    kind = kinds.kind_of(model.order_model(), order.pk, using)
    stored: Any = the_one(_with_attempts(model, kind, using, pk=order.pk), kind)
    return stored, stored.iamport_has_attempts


@composed
def _with_attempts(
    model: type[TransactionRecord], kind: type[Model], using: str, *, pk: object
) -> QuerySet[Any]:
    attempts: QuerySet[Any] = rows(model, using)
    has_attempts = Exists(attempts.filter(order=OuterRef("pk")))
    orders: QuerySet[Any] = rows(kind, using).annotate(iamport_has_attempts=has_attempts)
    return orders.filter(pk=pk).order_by()


def require_kind(model: type[TransactionRecord], order: Payable) -> None:
    """The key of an order of another kind may be that of one of this kind, too."""
    if not kinds.has_rows_of(_model_of(order), model.order_model()):
        raise TypeError(
            f"{model.__name__} pays {model.order_model().__name__}, not {_model_of(order).__name__}."
        )


def _attempts(model: type[Row], order: Payable, using: str | None = None) -> QuerySet[Row]:
    return rows(model, using).filter(order=order)


def new_attempt(model: type[Row], order: Payable, asked: Mapping[str, Any] | None = None) -> Row:
    merchant_uid = merchant_uids.make(settings.SECRET_KEY, order.pk, prefix=conf.prefix())
    return model(
        order=order,
        merchant_uid=merchant_uid,
        gateway_merchant_uid=merchant_uid,
        amount=Decimal(order.get_payment_amount()),
        currency=order.get_payment_currency(),
        asked={name: value for name, value in (asked or {}).items() if value is not None},
    )


def require_acceptance(order: Payable, row: TransactionRecord, attempts: Sequence[TransactionRecord]) -> None:
    if any(other.status == Status.PAID for other in attempts):
        raise OrderPaid("The order is already paid.")
    if not is_charge(row):
        require_no_charge_under_way(attempts)
    try:
        accepts = order.accepts_payment(row)
    except RejectPayment as refusal:
        raise_closed(type(row), refusal)
    if not accepts:
        raise OrderClosed("The order no longer accepts payments.")


def require_no_charge_under_way(attempts: Sequence[TransactionRecord]) -> None:
    """Raises `PaymentUnknown` where a saved card may have been charged for the order already."""
    if any(is_under_way(other, timezone.now()) for other in attempts):
        raise PaymentUnknown("It is not known yet what became of a charge of this order.")


def raise_closed(model: type[TransactionRecord], refusal: RejectPayment) -> NoReturn:
    text = model.REJECT_REASONS.get(refusal.reason)
    raise OrderClosed(f"The shop refuses this payment: {refusal.reason}.", text=text) from refusal


def _void_account(row: TransactionRecord, using: str) -> None:
    execution.void_account(row, using)
    row.refresh_from_db(using=using)
    if row.takes_deposit:
        raise AccountWaiting("The earlier virtual account could not be voided.")
