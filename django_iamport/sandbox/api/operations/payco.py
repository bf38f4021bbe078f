"""PAYCO's own orders."""

from ...rules.refusals import wrong_parameter
from ...rules.services import payco
from ..calls import Call, Result


def change_status(call: Call, imp_uid: str) -> Result:
    status = call.body.required("status")
    if status not in payco.STATUSES:
        raise wrong_parameter()
    return Result(payco.change_status(call.account, imp_uid, status))
