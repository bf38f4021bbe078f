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
    """Who gets the parcel: as it was registered last, else as the order's `get_buyer()` says."""
    row = delivery_of(transaction)
    known = (row.asked.get("receiver") or row.receiver) if row is not None else {}
    if known:
        return Person(**known)
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
    which is stored), `OutcomeUnknown` (register it again, or `look_up` it: it is looked up first), another
    `GatewayError`.
    """
    using = TransactionManager.for_model(type(transaction)).write_database()
    locks.require_no_transaction(using)
    company, invoice = storable(company.strip())[:20], storable(invoice.strip())[:60]
    moment = sent_at or _registered_moment(transaction, company, invoice) or timezone.now()
    parcel = Parcel(company, invoice, aware(moment).replace(microsecond=0), receiving_at)
    call = _Call(
        transaction, parcel, receiver or receiver_of(transaction), Origin(source, hand_of(by)), using
    )
    return call.run()


def look_up(transaction: AbstractTransaction, *, by: By = "", source: str = "code") -> Delivery | None:
    """Ask the gateway what is registered for a payment in escrow, store it, and answer it; None where nothing is.

    Raises `EscrowNotPossible`, `GatewayError`, `InTransaction`.
    """
    using = TransactionManager.for_model(type(transaction)).write_database()
    locks.require_no_transaction(using)
    if not is_in_escrow(transaction) or not conf.owns(transaction.gateway_merchant_uid):
        raise EscrowNotPossible(f"{transaction.merchant_uid} is not in escrow.")
    began = timezone.now()
    seen = gateway.find(transaction.imp_uid or "")
    return locks.retrying(lambda: _take_in(transaction, seen, began, Origin(source, hand_of(by)), using))


class _Call:
    """One call for one payment: `run` checks, stores the intent, asks and stores what became of it."""

    @sensitive_variables()
    def __init__(
        self, transaction: AbstractTransaction, parcel: Parcel, receiver: Person, origin: Origin, using: str
    ) -> None:
        self.transaction, self.parcel, self.receiver = transaction, parcel, receiver
        self.origin, self.using, self.sender = origin, using, sender()
        # Given by `run`.
        self.row: Delivery
        self.was_open = False

    @property
    def asked(self) -> dict[str, Any]:
        told = {name: value for name, value in asdict(self.receiver).items() if value}
        return {
            "company": self.parcel.company,
            "invoice": self.parcel.invoice,
            "sent_at": self.parcel.sent_at.isoformat(),
            "receiving_at": self.parcel.receiving_at,
            "receiver": told,
        }

    @sensitive_variables()
    def run(self) -> Delivery:
        self._require_complete()
        if not locks.retrying(self._intend):
            return self.row
        try:
            seen = self._ask()
        except GatewayError as error:
            return self._fail(error)
        locks.retrying(lambda: _registered(self.row, seen, self.asked["receiver"], self.origin, self.using))
        self.row.refresh_from_db()
        return self.row

    @sensitive_variables()
    def _require_complete(self) -> None:
        given = {
            "company": self.parcel.company,
            "invoice": self.parcel.invoice,
            "receiving_at": self.parcel.receiving_at,
        }
        missing = rules.missing(
            self.transaction.pg_provider,
            sender=asdict(self.sender),
            receiver=asdict(self.receiver),
            parcel=given,
        )
        if self.parcel.company not in rules.COMPANIES and "parcel.company" not in missing:
            missing.append("parcel.company")
        if missing:
            raise DeliveryIncomplete(f"The delivery lacks {', '.join(missing)}.", missing=missing)

    @sensitive_variables()
    def _intend(self) -> bool:
        """Answers whether there is something to ask for."""
        now = timezone.now()
        with locks.locked_attempt(self.transaction, self.using) as stored:
            if not is_possible(stored):
                raise EscrowNotPossible(f"No delivery of {stored.merchant_uid} can be registered.")
            self.transaction = stored
            row = delivery_of(stored) or Delivery(merchant_uid=stored.merchant_uid)
            self.row, self.was_open = row, row.is_open
            if row.status == DeliveryStatus.SENT and row.asked_at and row.asked_at > now - rules.UNDER_WAY:
                raise DeliveryOpen(f"The delivery of {stored.merchant_uid} is being registered.")
            if row.is_registered and not row.is_open and _is_as_asked(row, self.asked):
                return False
            if row.is_registered and stored.pg_provider not in rules.CHANGES:
                raise EscrowNotPossible(f"{stored.pg_provider} changes no deliveries.")
            row.imp_uid, row.status, row.asked, row.asked_at = (
                stored.imp_uid or "",
                DeliveryStatus.SENT.value,
                self.asked,
                now,
            )
            row.code = row.gateway_message = ""
            row.save(using=self.using)
            _note(row, "delivery_sent", self.origin, self.using, reason=self.parcel.company)
            return True

    @sensitive_variables()
    def _ask(self) -> SeenDelivery:
        imp_uid, provider = self.row.imp_uid, self.transaction.pg_provider
        told: dict[str, Any] = {
            "sender": self.sender,
            "receiver": self.receiver,
            "parcel": self.parcel,
            "products": self._products() if provider == "welcome" else (),
        }
        seen = gateway.find(imp_uid) if self.was_open else None
        if not self.row.is_registered and seen is None:
            try:
                return gateway.register(imp_uid, provider, **told)
            except Conflict:
                seen = gateway.find(imp_uid)
                if seen is None or not _shows(seen, self.parcel):
                    raise
                return seen
        if provider not in rules.CHANGES and seen is not None:
            return seen
        return gateway.change(imp_uid, provider, **told)

    def _products(self) -> Sequence[Mapping[str, Any]]:
        """The order's own `get_escrow_products(transaction)`, or all of it as one product."""
        order: Any = self.transaction.order
        hook = getattr(order, "get_escrow_products", None)
        if hook is not None:
            return list(hook(self.transaction))
        one = {"id": self.row.merchant_uid, "name": order.get_payment_name()}
        return [{**one, "amount": self.transaction.amount, "quantity": 1}]

    @sensitive_variables()
    def _fail(self, error: GatewayError) -> Delivery:
        is_unknown = isinstance(error, OutcomeUnknown) or (self.was_open and not isinstance(error, NOT_DONE))
        locks.retrying(lambda: _not_registered(self.row, error, is_unknown, self.origin, self.using))
        if isinstance(error, Conflict) and not self.row.is_registered:
            self._take_in_another()
        if isinstance(error, NOT_DONE):
            words = getattr(error, "gateway_message", "")
            raise DeliveryRefused(str(error), gateway_message=words) from error
        raise error

    def _take_in_another(self) -> None:
        """Registered in the payment company's console, say: shown to the operator before anything is changed."""
        began = timezone.now()
        try:
            seen = gateway.find(self.row.imp_uid)
        except GatewayError:
            return
        if seen is not None:
            locks.retrying(lambda: _take_in(self.transaction, seen, began, self.origin, self.using))


def _registered_moment(transaction: AbstractTransaction, company: str, invoice: str) -> datetime | None:
    row = delivery_of(transaction)
    return row.sent_at if row is not None and (row.company, row.invoice) == (company, invoice) else None


def _shows(seen: SeenDelivery, parcel: Parcel) -> bool:
    return (seen.company, seen.invoice) == (parcel.company, parcel.invoice)


def _is_as_asked(row: Delivery, asked: dict[str, Any]) -> bool:
    return (
        (row.company, row.invoice) == (asked["company"], asked["invoice"])
        and row.sent_at is not None
        and aware(row.sent_at) == datetime.fromisoformat(asked["sent_at"])
        and row.receiver == asked["receiver"]
    )


@sensitive_variables()
def _registered(
    row: Delivery, seen: SeenDelivery, receiver: dict[str, str], origin: Origin, using: str
) -> None:
    with locks.locked_row(Delivery, row.pk, using) as stored:
        if stored.asked_at != row.asked_at:
            return
        event = "delivery_changed" if stored.is_registered else "delivery_registered"
        _show(stored, seen)
        stored.receiver = receiver
        stored.save(using=using)
        _note(stored, event, origin, using, reason=stored.company)


def _not_registered(row: Delivery, error: GatewayError, is_unknown: bool, origin: Origin, using: str) -> None:
    with locks.locked_row(Delivery, row.pk, using) as stored:
        if stored.asked_at != row.asked_at:
            return
        before = DeliveryStatus.REGISTERED if stored.is_registered else DeliveryStatus.REFUSED
        stored.status = DeliveryStatus.UNKNOWN.value if is_unknown else before.value
        stored.code = error.code
        stored.gateway_message = storable(getattr(error, "gateway_message", "") or "")[:500]
        stored.save(using=using)
        event = "delivery_unknown" if is_unknown else "delivery_refused"
        _note(stored, event, origin, using, reason=error.code)


def _take_in(
    transaction: AbstractTransaction,
    seen: SeenDelivery | None,
    began: datetime,
    origin: Origin,
    using: str,
) -> Delivery | None:
    """What a look-up showed that began at that moment, unless a call was begun or ended since."""
    with locks.locked_attempt(transaction, using) as stored:
        row = delivery_of(stored)
        if seen is None:
            if row is not None and row.is_open and _is_over(row, began):
                row.status, row.applied_at = DeliveryStatus.REFUSED.value, None
                row.save(using=using)
                _note(row, "delivery_refused", origin, using)
            return row
        row = row or Delivery(merchant_uid=stored.merchant_uid, imp_uid=stored.imp_uid or "")
        shown = (row.company, row.invoice, row.sent_at, row.status)
        if not _is_over(row, began) or shown == (
            seen.company,
            seen.invoice,
            seen.sent_at,
            DeliveryStatus.REGISTERED,
        ):
            return row
        is_as_asked = (seen.company, seen.invoice) == (row.asked.get("company"), row.asked.get("invoice"))
        event = "delivery_changed" if row.is_registered else "delivery_registered"
        if is_as_asked:
            row.receiver = row.asked.get("receiver") or {}
        _show(row, seen)
        row.save(using=using)
        _note(row, event, origin, using, reason=row.company)
        return row


def _is_over(row: Delivery, began: datetime) -> bool:
    """Whether no call is under way that the look-up may have missed."""
    return (
        row.status != DeliveryStatus.SENT or row.asked_at is None or row.asked_at <= began - rules.UNDER_WAY
    )


def _show(row: Delivery, seen: SeenDelivery) -> None:
    row.company, row.invoice, row.sent_at = seen.company, seen.invoice, seen.sent_at
    row.applied_at = seen.applied_at or as_stored(aware(timezone.now()))
    row.status, row.asked = DeliveryStatus.REGISTERED.value, {}
    row.code = row.gateway_message = ""


def _note(row: Delivery, event: str, origin: Origin, using: str, *, reason: str = "") -> None:
    note(row.merchant_uid, event, origin=origin, using=using, imp_uid=row.imp_uid, reason=reason)
