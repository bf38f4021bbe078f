"""Barcodes that convenience stores take."""

from ...rules.channels import API_PAYMENT
from ...rules.payments import cvs, records
from ..bodies import order
from ..calls import Call, Result


def issue(call: Call) -> Result:
    body = call.body
    channel = call.account.channels.require(body.required("channel_key"), API_PAYMENT)
    expires = body.needed_whole("expired_at") if body.text("expired_at") else None
    row = cvs.issue(call.account, order(body), channel, body.text("barcode", longest=32), expires)
    return Result(records.as_json(row))


def void(call: Call, imp_uid: str) -> Result:
    with call.account.change(imp_uid) as row:
        cvs.void(row, call.now)
    return Result(records.as_json(row))
