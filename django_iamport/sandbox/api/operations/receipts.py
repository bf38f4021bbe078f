"""Cash receipts."""

from ...rules.refusals import wrong_parameter
from ...rules.services import receipts
from ...rules.services.receipts import ReceiptRequest
from ..bodies import LONGEST, short_merchant_uid
from ..calls import Call, Result
from ..parameters import Parameters


def issue(call: Call, imp_uid: str) -> Result:
    return Result(receipts.issue(call.account, imp_uid, _request(call.body)))


def find(call: Call, imp_uid: str) -> Result:
    return Result(receipts.read(call.account, imp_uid))


def cancel(call: Call, imp_uid: str) -> Result:
    return Result(receipts.cancel(call.account, imp_uid))


def issue_external(call: Call, merchant_uid: str) -> Result:
    body, amount = call.body, call.body.amount("amount", "KRW")
    body.required("name", longest=LONGEST["name"])
    short_merchant_uid(merchant_uid)
    if amount is None:
        raise wrong_parameter()
    call.account.channels.of_request(call.undisputed_channel_key)
    return Result(receipts.issue_external(call.account, merchant_uid, amount, _request(body)))


def find_external(call: Call, merchant_uid: str) -> Result:
    return Result(receipts.read_external(call.account.store, merchant_uid))


def cancel_external(call: Call, merchant_uid: str) -> Result:
    return Result(receipts.cancel_external(call.account, merchant_uid))


def _request(body: Parameters) -> ReceiptRequest:
    return ReceiptRequest(
        identifier=body.required("identifier"),
        identifier_type=body.text("identifier_type"),
        type=body.text("type"),
        tax_free=body.amount("tax_free", "KRW"),
        vat_amount=body.amount("vat_amount", "KRW"),
    )
