"""Virtual accounts."""

from ...rules.codes import STANDARD_BANKS
from ...rules.payments import records, vbanks
from ...rules.refusals import NOT_CONTRACTED, UNKNOWN_CODE, Refusal, refused_by_pg
from ..bodies import order
from ..calls import Call, Result


def issue(call: Call) -> Result:
    """Without a window; an account for any number of deposits isn't contracted for."""
    body = call.body
    if body.flag("fixed_unlimited_vbank"):
        raise refused_by_pg(NOT_CONTRACTED)
    request = vbanks.VirtualAccountRequest(
        bank_code=body.required("vbank_code"),
        due=body.needed_whole("vbank_due"),
        holder=body.text("vbank_holder", longest=16),
        number=body.text("vbank_num", longest=32),
    )
    channel = call.account.channels.of_request(body.text("channel_key"), body.text("pg"))
    return Result(records.as_json(vbanks.issue_by_api(call.account, order(body), channel, request)))


def change(call: Call, imp_uid: str) -> Result:
    body = call.body
    due = body.needed_whole("vbank_due") if body.text("vbank_due") else None
    with call.account.change(imp_uid) as row:
        vbanks.change(row, body.amount("amount", row["currency"]), due, call.now)
    return Result(records.as_json(row))


def void(call: Call, imp_uid: str) -> Result:
    return Result(call.account.void(imp_uid))


def holder(call: Call) -> Result:
    """Whose account it is. Older clients ask; the description no longer lists it."""
    if call.query.required("bank_code").rjust(3, "0") not in STANDARD_BANKS:
        raise Refusal(-1, UNKNOWN_CODE, 404)
    call.query.required("bank_num")
    return Result({"bank_holder": vbanks.HOLDER})
