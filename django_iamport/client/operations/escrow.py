"""Escrow: what was shipped to the buyer, so that the money is set free."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict

from django_iamport.client.http.answer import Answer, reader
from django_iamport.client.http.operation import Group, Operation, Options
from django_iamport.client.http.unpack import Unpack
from django_iamport.client.http.wire import Amount


@dataclass(frozen=True, slots=True, repr=False)
class Shipment(Answer):
    """What is registered: `company` is the courier's code, `invoice` its tracking number."""

    repr_fields = ("company", "sent_at", "applied_at")
    company: str | None
    invoice: str | None
    sent_at: datetime | None
    applied_at: datetime | None


class FormedAddress(TypedDict, total=False):
    address_line_1: str
    address_line_2: str


class Receiver(TypedDict, total=False):
    """Who gets the parcel."""

    name: str
    tel: str
    addr: str
    postcode: str
    formed_address: FormedAddress


class Sender(Receiver, total=False):
    """Who sends it, and how that person belongs to the shop."""

    relationship: str


class _Logis(TypedDict):
    company: str
    invoice: str
    sent_at: datetime


class Logis(_Logis, total=False):
    """The parcel: courier (HYUNDAI, CJGLS, HANJIN, EPOST and so on, ETC for others), tracking number, moment.

    Kiwoom Pay also needs the day of arrival (YYYYMMDD) and the address.
    """

    receiving_at: str
    address: str


class _Product(TypedDict):
    id: str
    name: str
    amount: Amount


class Product(_Product, total=False):
    """What is in the parcel; `amount` is in main units of `currency` (won by default)."""

    code: str
    currency: str
    quantity: int
    tag: str


read_shipment = reader(Shipment)

LOGIS = "/escrows/logis/{imp_uid}"
FIND = Operation("escrow.find", "GET", LOGIS, read_shipment)
REGISTER = Operation("escrow.register", "POST", LOGIS, read_shipment)
CHANGE = Operation("escrow.change", "PUT", LOGIS, read_shipment)


class Escrow(Group):
    """Raises NotFound for an unknown payment, Refused for one without escrow or a company that has none."""

    def find(self, imp_uid: str, **options: Unpack[Options]) -> Shipment:
        """What is registered for a payment. Raises Conflict where nothing is, or another GatewayError."""
        return self._call(FIND, locals())

    def register(
        self,
        imp_uid: str,
        sender: Sender,
        receiver: Receiver,
        logis: Logis,
        *,
        products: Sequence[Product] | None = None,
        send_email: bool | None = None,
        **options: Unpack[Options],
    ) -> Shipment:
        """Tell the payment provider that the goods are on their way; it asks the buyer to confirm (`send_email`).

        Raises Conflict where it is registered already, OutcomeUnknown where it may be: then `find` it.
        """
        return self._call(REGISTER, locals())

    def change(
        self,
        imp_uid: str,
        sender: Sender,
        receiver: Receiver,
        logis: Logis,
        *,
        products: Sequence[Product] | None = None,
        **options: Unpack[Options],
    ) -> Shipment:
        """Correct what was registered.

        Raises Conflict where it can't be changed any more, OutcomeUnknown where it may be changed: then `find`
        it.
        """
        return self._call(CHANGE, locals())
