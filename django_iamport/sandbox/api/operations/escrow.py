"""Shipping data of escrow payments."""

from ...rules.services import escrows
from ...rules.services.escrows import Shipping
from ..calls import Call, Result
from ..parameters import Parameters

ADDRESS = ("name", "tel", "addr", "postcode")
"""What the sandbox's PG wants to know of sender and receiver."""


def register(call: Call, imp_uid: str) -> Result:
    return Result(escrows.register(call.account, imp_uid, _shipping(call.body)))


def change(call: Call, imp_uid: str) -> Result:
    return Result(escrows.change(call.account, imp_uid, _shipping(call.body)))


def find(call: Call, imp_uid: str) -> Result:
    return Result(escrows.read(call.account, imp_uid))


def _shipping(body: Parameters) -> Shipping:
    for name in ("sender", "receiver"):
        person = body.object(name)
        for needed in ADDRESS:
            person.required(needed)
    parcel = body.object("logis")
    return Shipping(parcel.required("company"), parcel.required("invoice"), parcel.needed_whole("sent_at"))
