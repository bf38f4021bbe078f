"""Naver Pay: product orders of its order type; cash receipts, points and confirmation of its payment type."""

from ...rules.naver import product_orders as orders
from ...rules.naver import wallet
from ...rules.refusals import wrong_parameter
from ..calls import Call, Result
from ..parameters import Parameters

BY_PARCEL, BACK_BY_PARCEL = "DELIVERY", "RETURN_DELIVERY"
DELIVERY_METHODS = (
    BY_PARCEL, "GDFW_ISSUE_SVC", "VISIT_RECEIPT", "DIRECT_DELIVERY", "QUICK_SVC", "NOTHING",
)  # fmt: skip
RETURN_METHODS = ("RETURN_DESIGNATED", BACK_BY_PARCEL, "RETURN_INDIVIDUAL")
CANCEL_REASONS = (
    "SOLD_OUT", "DELAYED_DELIVERY", "PRODUCT_UNSATISFIED", "INTENT_CHANGED", "COLOR_AND_SIZE", "WRONG_ORDER",
    "INCORRECT_INFO",
)  # fmt: skip
USUAL_CANCEL_REASON = "PRODUCT_UNSATISFIED"


def product_orders(call: Call, imp_uid: str) -> Result:
    return Result([orders.as_json(each) for each in orders.of_payment(call.account, imp_uid)])


def product_order(call: Call, product_order_id: str) -> Result:
    return Result(orders.as_json(orders.find(call.account, product_order_id)))


def place(call: Call, imp_uid: str) -> Result:
    return _moved(call, imp_uid, "place")


def ship(call: Call, imp_uid: str) -> Result:
    _check_parcel(call.body, DELIVERY_METHODS)
    call.body.needed_whole("dispatched_at")
    return _moved(call, imp_uid, "ship")


def cancel(call: Call, imp_uid: str) -> Result:
    reason = call.body.text("reason")
    return _moved(call, imp_uid, "cancel", reason if reason in CANCEL_REASONS else USUAL_CANCEL_REASON)


def approve_cancel(call: Call, imp_uid: str) -> Result:
    return _moved(call, imp_uid, "approve_cancel", "구매자 취소")


def request_return(call: Call, imp_uid: str) -> Result:
    _check_parcel(call.body, RETURN_METHODS)
    return _moved(call, imp_uid, "request_return")


def approve_return(call: Call, imp_uid: str) -> Result:
    return _moved(call, imp_uid, "approve_return", "반품")


def reject_return(call: Call, imp_uid: str) -> Result:
    call.body.required("memo")
    return _moved(call, imp_uid, "reject_return")


def withhold_return(call: Call, imp_uid: str) -> Result:
    call.body.required("memo")
    call.body.whole("extra_charge", 0)
    return _moved(call, imp_uid, "withhold_return")


def resolve_return(call: Call, imp_uid: str) -> Result:
    return _moved(call, imp_uid, "resolve_return")


def cash_amount(call: Call, imp_uid: str) -> Result:
    return Result(wallet.cash_amount(call.account, imp_uid))


def deposit_point(call: Call, imp_uid: str) -> Result:
    wallet.deposit_point(call.account, imp_uid)
    return Result(None)


def confirm(call: Call, imp_uid: str) -> Result:
    wallet.confirm(call.account, imp_uid)
    return Result(None)


def _moved(call: Call, imp_uid: str, name: str, reason: str = "") -> Result:
    """Those with which it could be done: 207 where there are others."""
    ids = call.body.values("product_order_id")
    done, is_all = orders.move(call.account, imp_uid, name, ids, reason)
    return Result([orders.as_json(each) for each in done], 200 if is_all else 207)


def _check_parcel(body: Parameters, methods: tuple[str, ...]) -> None:
    """A parcel that a courier carries has his name and a number."""
    method = body.required("delivery_method")
    if method not in methods:
        raise wrong_parameter()
    if method in (BY_PARCEL, BACK_BY_PARCEL):
        body.required("delivery_company")
        body.required("tracking_number")
