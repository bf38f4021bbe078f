"""Deliveries of payments in escrow at the gateway.

Each may raise a `GatewayError`; of what changes something, `OutcomeUnknown` where the gateway may have done it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from django.views.decorators.debug import sensitive_variables

from django_iamport.client.parameters import Logis, Product, Receiver, Sender
from django_iamport.client.results import Shipment
from django_iamport.exceptions import Conflict, OutcomeUnknown, UnexpectedAnswer
from django_iamport.rules.texts import storable

from .connection import client
from .moments import as_stored, aware

__all__ = ["Parcel", "Person", "SeenDelivery", "change", "find", "register"]

# Where the payment company wants an address in two lines, under another name.
IN_TWO_LINES = "smartro_v2"


@dataclass(frozen=True, slots=True, repr=False)
class Person:
    """Who sends a parcel, or gets it; shows nothing in its repr.

    `addr_detail` is the second line of the address, `relationship` the sender's to the shop (`본인`).
    """

    name: str = ""
    tel: str = ""
    postcode: str = ""
    addr: str = ""
    addr_detail: str = ""
    relationship: str = ""


@dataclass(frozen=True, slots=True)
class Parcel:
    """`company` is the gateway's code of the courier, `invoice` its number, `receiving_at` a day as `YYYYMMDD`."""

    company: str
    invoice: str
    sent_at: datetime
    receiving_at: str = ""


@dataclass(frozen=True, slots=True)
class SeenDelivery:
    """What is registered, as the gateway showed it."""

    company: str
    invoice: str
    sent_at: datetime | None
    applied_at: datetime | None


@sensitive_variables()
def register(imp_uid: str, pg_provider: str, **told: Any) -> SeenDelivery:
    """Register `sender`, `receiver`, `parcel` and `products` of a payment.

    Raises `Conflict` where there is a delivery already, or none may be.
    """
    return _done(client().escrow.register(imp_uid, **_parameters(pg_provider, **told)))


@sensitive_variables()
def change(imp_uid: str, pg_provider: str, **told: Any) -> SeenDelivery:
    """The same, in the place of what was registered. Raises `Conflict` where it can't be changed any more."""
    return _done(client().escrow.change(imp_uid, **_parameters(pg_provider, **told)))


def find(imp_uid: str) -> SeenDelivery | None:
    """What is registered; None where nothing is."""
    try:
        return _seen(client().escrow.find(imp_uid))
    except Conflict:
        return None


@sensitive_variables()
def _parameters(
    pg_provider: str,
    *,
    sender: Person,
    receiver: Person,
    parcel: Parcel,
    products: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    logis: Logis = {
        "company": parcel.company,
        "invoice": parcel.invoice,
        "sent_at": aware(parcel.sent_at),
    }
    if parcel.receiving_at:
        logis |= {"receiving_at": parcel.receiving_at, "address": _address(sender)}
    from_whom = cast("Sender", {**_person(sender, pg_provider)})
    if sender.relationship:
        from_whom["relationship"] = sender.relationship
    told: dict[str, Any] = {
        "sender": from_whom,
        "receiver": _person(receiver, pg_provider),
        "logis": logis,
    }
    what = [cast("Product", {**product}) for product in products]
    return {**told, "products": what} if what else told


@sensitive_variables()
def _person(person: Person, pg_provider: str) -> Receiver:
    told: Receiver = {}
    if person.name:
        told["name"] = person.name
    if person.tel:
        told["tel"] = person.tel
    if person.postcode:
        told["postcode"] = person.postcode
    if pg_provider == IN_TWO_LINES:
        told["formed_address"] = {
            "address_line_1": person.addr,
            "address_line_2": person.addr_detail,
        }
    elif person.addr:
        told["addr"] = _address(person)
    return told


def _address(person: Person) -> str:
    return f"{person.addr} {person.addr_detail}".strip()


def _done(told: Shipment) -> SeenDelivery:
    """Something was done; where the answer doesn't show what, it has to be looked up."""
    try:
        return _seen(told)
    except UnexpectedAnswer as error:
        raise OutcomeUnknown(str(error)) from error


def _seen(told: Shipment) -> SeenDelivery:
    if not told.company or not told.invoice:
        raise UnexpectedAnswer("The gateway answered with a delivery without courier or number.")
    return SeenDelivery(
        company=storable(told.company)[:20],
        invoice=storable(told.invoice)[:60],
        sent_at=as_stored(told.sent_at) if told.sent_at else None,
        applied_at=as_stored(told.applied_at) if told.applied_at else None,
    )
