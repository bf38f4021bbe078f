"""Registering deliveries: the intent is stored before each call, and what became of it afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from django_iamport import conf
from django_iamport.exceptions import Conflict, GatewayError, NotFound, OutcomeUnknown, Refused
from django_iamport.gateway import escrow as gateway
from django_iamport.gateway.escrow import Parcel, Person, SeenDelivery
from django_iamport.gateway.moments import as_stored, aware
from django_iamport.managers import TransactionManager
from django_iamport.models import AbstractTransaction
from django_iamport.records import locks
from django_iamport.records.hands import By, hand_of
from django_iamport.records.history import Origin, note
from django_iamport.rules.status import Status
from django_iamport.rules.texts import storable

from . import rules
from .exceptions import DeliveryIncomplete, DeliveryOpen, DeliveryRefused, EscrowNotPossible
from .models import Delivery
from .rules import DeliveryStatus

__all__ = ["Person", "delivery_of", "is_possible", "look_up", "receiver_of", "register", "sender"]

# The gateway surely did not do it.
NOT_DONE = (Refused, Conflict, NotFound)


def is_in_escrow(transaction: AbstractTransaction) -> bool:
    """Whether the gateway said that the payment is in escrow."""
    return transaction.answer.get("escrow") is True


def is_possible(transaction: AbstractTransaction) -> bool:
    """Whether a delivery of this payment can be registered: it is in escrow, money of it is held, and its payment
    company takes deliveries through the gateway."""
    return (
        transaction.status == Status.PAID
        and is_in_escrow(transaction)
        and transaction.held_amount > 0
        and bool(transaction.imp_uid)
        and transaction.pg_provider in rules.REGISTERS
        and conf.owns(transaction.gateway_merchant_uid)
    )


def delivery_of(transaction: AbstractTransaction) -> Delivery | None:
    """What is known of the payment's delivery; None where nothing is."""
    return Delivery.objects.filter(merchant_uid=transaction.merchant_uid).first()


def sender() -> Person:
    """Who sends the shop's parcels, as `IAMPORT_ESCROW_SENDER` says."""
    return Person(**(getattr(settings, "IAMPORT_ESCROW_SENDER", None) or {}))


@sensitive_variables()
def receiver_of(transaction: AbstractTransaction) -> Person:
    """Who gets the parcel: as it is registered, else as the order's `get_buyer()` says."""
    row = delivery_of(transaction)
    if row is not None and row.receiver:
        return Person(**row.receiver)
    buyer: dict[str, str] = transaction.order.get_buyer()
    names = ("name", "tel", "postcode", "addr")
    return Person(**{name: str(buyer.get(f"buyer_{name}") or "") for name in names})


@sensitive_variables()
def register(
    transaction: AbstractTransaction,
    *,
    company: str,
    invoice: str,
    sent_at: datetime | None = None,
    receiver: Person | None = None,
    receiving_at: str = "",
    by: By = "",
    source: str = "code",
) -> Delivery:
    """Register the delivery of a payment in escrow, or change what was registered, and answer it.

    `company` is one of the gateway's codes of couriers (`ETC` for any other), `invoice` the courier's number.
    `sent_at` is when it was shipped: unless said, now, or as this parcel was registered. `receiver` is who gets it
    (`receiver_of()`, unless said), `receiving_at` the day of arrival as `YYYYMMDD`, which Kiwoom Pay demands. The
    sender is `IAMPORT_ESCROW_SENDER`. `source` (a word) and `by` (a user object, or a key) go into the history.
    What is registered already is not sent again.

    Raises before anybody is asked `EscrowNotPossible`, `DeliveryIncomplete` (with `missing`), `DeliveryOpen`,
    `InTransaction`; then `DeliveryRefused` (with the payment company's words; also where it had another delivery,
    which is stored), `OutcomeUnknown` (it is looked up before it is registered again, at the latest by
    `iamport_sync`), another `GatewayError`.
    """
    using = TransactionManager.for_model(type(transaction)).write_database()
    locks.require_no_transaction(using)
    parcel = {
        "company": storable(company.strip())[:20],
        "invoice": storable(invoice.strip())[:60],
        "receiving_at": receiving_at,
    }
    who = receiver or receiver_of(transaction)
    return _Call(transaction, parcel, sent_at, who, Origin(source, hand_of(by)), using).run()


def look_up(transaction: AbstractTransaction, *, by: By = "", source: str = "code") -> Delivery | None:
    """Ask the gateway what is registered for a payment in escrow, store it, and answer it; None where nothing is.

    Raises `EscrowNotPossible`, `GatewayError`, `InTransaction`.
    """
    using = TransactionManager.for_model(type(transaction)).write_database()
    locks.require_no_transaction(using)
    if not is_in_escrow(transaction) or not conf.owns(transaction.gateway_merchant_uid):
        raise EscrowNotPossible(f"{transaction.merchant_uid} is not in escrow.")
    return _look_up(transaction, Origin(source, hand_of(by)), using)


def _look_up(transaction: AbstractTransaction, origin: Origin, using: str) -> Delivery | None:
    before = delivery_of(transaction)
    seen = gateway.find(transaction.imp_uid or "")
    return locks.retrying(lambda: _take_in(transaction, seen, before, origin, using))


class _Call:
    """One call for one payment: `run` checks, stores the intent, asks and stores what became of it."""

    @sensitive_variables()
    def __init__(
        self,
        transaction: AbstractTransaction,
        parcel: Mapping[str, str],
        sent_at: datetime | None,
        receiver: Person,
        origin: Origin,
        using: str,
    ) -> None:
        self.transaction, self.parcel, self.sent_at, self.receiver = transaction, parcel, sent_at, receiver
        self.origin, self.using, self.sender = origin, using, sender()
        self.has_looked = self.was_open = False
        # What the payment company has instead.
        self.another: SeenDelivery | None = None
        # Given by `run`.
        self.row: Delivery
        self.products: Sequence[Mapping[str, Any]] = ()

    @sensitive_variables()
    def run(self) -> Delivery:
        is_wanted = locks.retrying(self._intend)
        if is_wanted is None:
            # What became of the last call decides what this one asks for.
            _look_up(self.transaction, self.origin, self.using)
            self.has_looked = True
            is_wanted = locks.retrying(self._intend)
        if not is_wanted:
            return self.row
        try:
            seen = self._ask()
        except GatewayError as error:
            return self._fail(error)
        locks.retrying(lambda: _registered(self.row, seen, self.origin, self.using))
        self.row.refresh_from_db()
        return self.row

    @sensitive_variables()
    def _intend(self) -> bool | None:
        """Answers whether there is something to ask for; None where the last call has to be looked up first."""
        now = timezone.now()
        with locks.locked_attempt(self.transaction, self.using) as stored:
            if not is_possible(stored):
                raise EscrowNotPossible(f"No delivery of {stored.merchant_uid} can be registered.")
            self.transaction = stored
            self._require_complete()
            row = delivery_of(stored) or Delivery(merchant_uid=stored.merchant_uid)
            self.row, self.was_open = row, row.is_open
            if row.is_under_way(now):
                raise DeliveryOpen(f"The delivery of {stored.merchant_uid} is being registered.")
            if row.is_open and not self.has_looked:
                return None
            asked = self._asked(row, now)
            if row.is_registered and not row.is_open and _is_as_asked(row, asked):
                return False
            if row.is_registered and stored.pg_provider not in rules.CHANGES:
                raise EscrowNotPossible(f"{stored.pg_provider} changes no deliveries.")
            row.imp_uid, row.status = stored.imp_uid or "", DeliveryStatus.SENT.value
            row.asked, row.asked_at = asked, now
            row.code = row.gateway_message = ""
            row.save(using=self.using)
            _note(row, "delivery_sent", self.origin, self.using, reason=asked["company"])
            return True

    @sensitive_variables()
    def _require_complete(self) -> None:
        provider = self.transaction.pg_provider
        self.products = self._products() if rules.demands_products(provider) else ()
        missing = rules.missing(
            provider,
            sender=asdict(self.sender),
            receiver=asdict(self.receiver),
            parcel=self.parcel,
            products=self.products,
        )
        if missing:
            raise DeliveryIncomplete(f"The delivery lacks {', '.join(missing)}.", missing=missing)

    def _products(self) -> Sequence[Mapping[str, Any]]:
        """The order's own `get_escrow_products(transaction)`, or all of it as one product."""
        order: Any = self.transaction.order
        hook = getattr(order, "get_escrow_products", None)
        if hook is not None:
            return list(hook(self.transaction))
        one = {"id": self.transaction.merchant_uid, "name": order.get_payment_name()}
        return [{**one, "amount": self.transaction.amount, "quantity": 1}]

    @sensitive_variables()
    def _asked(self, row: Delivery, now: datetime) -> dict[str, Any]:
        is_known = (row.company, row.invoice) == (self.parcel["company"], self.parcel["invoice"])
        moment = self.sent_at or (row.sent_at if is_known else None) or now
        return _asked(self.parcel, moment, self.receiver)

    @sensitive_variables()
    def _ask(self) -> SeenDelivery:
        imp_uid, provider, asked = self.row.imp_uid, self.transaction.pg_provider, self.row.asked
        sent_at = datetime.fromisoformat(asked["sent_at"])
        told: dict[str, Any] = {
            "sender": self.sender,
            "receiver": self.receiver,
            "parcel": Parcel(asked["company"], asked["invoice"], sent_at, asked["receiving_at"]),
            "products": self.products,
        }
        if self.row.is_registered:
            return gateway.change(imp_uid, provider, **told)
        try:
            return gateway.register(imp_uid, provider, **told)
        except Conflict as conflict:
            return self._there_already(conflict)

    def _there_already(self, conflict: Conflict) -> SeenDelivery:
        """By a call whose answer was lost, or in the payment company's console; that one is shown to the operator
        before anything is changed."""
        try:
            seen = gateway.find(self.row.imp_uid)
        except NOT_DONE:
            # It will not say so later, either.
            raise conflict from None
        except GatewayError as error:
            raise OutcomeUnknown(operation=conflict.operation, imp_uid=self.row.imp_uid) from error
        if seen is not None and _shows(seen, self.row.asked):
            return seen
        self.another = seen
        raise conflict

    @sensitive_variables()
    def _fail(self, error: GatewayError) -> Delivery:
        # What was open may still come to be, whatever becomes of this call.
        is_unknown = isinstance(error, OutcomeUnknown) or self.was_open
        locks.retrying(lambda: _not_registered(self.row, error, is_unknown, self.origin, self.using))
        if self.another is not None:
            self._take_in_another(self.another)
        if isinstance(error, NOT_DONE):
            words = getattr(error, "gateway_message", "")
            raise DeliveryRefused(str(error), gateway_message=words) from error
        raise error

    def _take_in_another(self, seen: SeenDelivery) -> None:
        before = delivery_of(self.transaction)
        locks.retrying(lambda: _take_in(self.transaction, seen, before, self.origin, self.using))


@sensitive_variables()
def _asked(parcel: Mapping[str, str], sent_at: datetime, receiver: Person) -> dict[str, Any]:
    return {
        **parcel,
        "sent_at": aware(sent_at).replace(microsecond=0).isoformat(),
        "receiver": {name: value for name, value in asdict(receiver).items() if value},
    }


@sensitive_variables()
def is_as_registered(row: Delivery, *, sent_at: datetime, receiver: Person, **parcel: str) -> bool:
    """Whether a delivery is what `register` would make it."""
    return _is_as_asked(row, _asked(parcel, sent_at, receiver))


def _shows(seen: SeenDelivery, asked: Mapping[str, Any]) -> bool:
    return (seen.company, seen.invoice) == (asked.get("company"), asked.get("invoice"))


def _is_as_asked(row: Delivery, asked: dict[str, Any]) -> bool:
    names = ("company", "invoice", "receiving_at", "receiver")
    return (
        all(getattr(row, name) == asked[name] for name in names)
        and row.sent_at is not None
        and aware(row.sent_at) == datetime.fromisoformat(asked["sent_at"])
    )


def _registered(row: Delivery, seen: SeenDelivery, origin: Origin, using: str) -> None:
    with locks.locked_row(Delivery, row.pk, using) as stored:
        if stored.asked_at != row.asked_at:
            return
        event = "delivery_changed" if stored.is_registered else "delivery_registered"
        _show(stored, seen, taken=row.asked)
        stored.save(using=using)
        _note(stored, event, origin, using, reason=stored.company)


def _not_registered(row: Delivery, error: GatewayError, is_unknown: bool, origin: Origin, using: str) -> None:
    with locks.locked_row(Delivery, row.pk, using) as stored:
        if stored.asked_at != row.asked_at:
            return
        if is_unknown:
            stored.status = DeliveryStatus.UNKNOWN.value
        else:
            _not_taken(stored)
        stored.code = error.code
        stored.gateway_message = storable(getattr(error, "gateway_message", "") or "")[:500]
        stored.save(using=using)
        event = "delivery_unknown" if is_unknown else "delivery_refused"
        _note(stored, event, origin, using, reason=error.code)


def _take_in(
    transaction: AbstractTransaction,
    seen: SeenDelivery | None,
    before: Delivery | None,
    origin: Origin,
    using: str,
) -> Delivery | None:
    """What a look-up showed, unless a call is under way or the delivery is another one than `before` it."""
    now = timezone.now()
    with locks.locked_attempt(transaction, using) as stored:
        row = delivery_of(stored)
        if _state(row) != _state(before) or (row is not None and row.is_under_way(now)):
            return row
        if row is not None and row.is_open and _is_as_before(row, seen):
            # A payment company may be slow.
            if row.asked_at is None or row.asked_at <= now - rules.BELIEVED_AFTER:
                if seen is None:
                    row.applied_at = None
                lost(row, rules.NOT_FOUND if seen is None else rules.NOT_CHANGED, origin, using)
            return row
        if seen is None or (row is not None and not row.is_open and _is_as_before(row, seen)):
            return row
        row = row or Delivery(merchant_uid=stored.merchant_uid, imp_uid=stored.imp_uid or "")
        event = "delivery_changed" if row.is_registered else "delivery_registered"
        _show(row, seen, taken=row.asked if _shows(seen, row.asked) else {})
        row.save(using=using)
        _note(row, event, origin, using, reason=row.company)
        return row


def _state(row: Delivery | None) -> tuple[object, ...] | None:
    return None if row is None else (row.status, row.asked_at, row.applied_at, row.company, row.invoice)


def _is_as_before(row: Delivery, seen: SeenDelivery | None) -> bool:
    """Whether the gateway shows what was known before the last call; the moment alone tells of a receiver."""
    if seen is None:
        return True
    was = (row.company, row.invoice, row.sent_at)
    is_same_moment = not row.is_open or seen.applied_at in (None, row.applied_at)
    return row.is_registered and (seen.company, seen.invoice, seen.sent_at) == was and is_same_moment


def _show(row: Delivery, seen: SeenDelivery, *, taken: Mapping[str, Any]) -> None:
    """`taken` is what was asked and is registered now, where it is known that it is."""
    row.company, row.invoice, row.sent_at = seen.company, seen.invoice, seen.sent_at
    row.applied_at = seen.applied_at or as_stored(aware(timezone.now()))
    if taken:
        row.receiver, row.receiving_at = taken.get("receiver") or {}, taken.get("receiving_at") or ""
    row.status, row.asked = DeliveryStatus.REGISTERED.value, {}
    row.code = row.gateway_message = ""


def lost(row: Delivery, code: str, origin: Origin, using: str) -> None:
    """Under the lock: what was asked last isn't looked up any more, and somebody has to register it again."""
    _not_taken(row)
    row.code = code
    row.save(using=using)
    _note(row, "delivery_refused", origin, using, reason=code)


def _not_taken(row: Delivery) -> None:
    row.status = (DeliveryStatus.REGISTERED if row.is_registered else DeliveryStatus.REFUSED).value


def _note(row: Delivery, event: str, origin: Origin, using: str, *, reason: str = "") -> None:
    note(row.merchant_uid, event, origin=origin, using=using, imp_uid=row.imp_uid, reason=reason)
