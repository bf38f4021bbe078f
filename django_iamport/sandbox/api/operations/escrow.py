"""Shipping data of escrow payments."""

from ...rules.services import escrows
from ...rules.services.escrows import Shipping
from ..calls import Call, Result
from ..parameters import Parameters


def register(call: Call, imp_uid: str) -> Result:
    return Result(escrows.register(call.account, imp_uid, _shipping(call, imp_uid)))


def change(call: Call, imp_uid: str) -> Result:
    return Result(escrows.change(call.account, imp_uid, _shipping(call, imp_uid)))


def find(call: Call, imp_uid: str) -> Result:
    return Result(escrows.read(call.account, imp_uid))


def _shipping(call: Call, imp_uid: str) -> Shipping:
    demanded = escrows.DEMANDED.get(call.account.stored(imp_uid)["pg_provider"], {})
    for name in ("sender", "receiver", "logis"):
        part = call.body.object(name)
        for needed in demanded.get(name, ()):
            _require(part, needed)
    parcel = call.body.object("logis")
    return Shipping(parcel.required("company"), parcel.required("invoice"), parcel.needed_whole("sent_at"))


def _require(part: Parameters, name: str) -> None:
    if name != "formed_address":
        part.required(name)
        return
    address = part.object(name)
    for line in ("address_line_1", "address_line_2"):
        address.required(line)
