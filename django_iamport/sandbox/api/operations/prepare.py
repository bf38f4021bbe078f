"""Amounts registered before the window opens."""

from decimal import Decimal

from ...rules.refusals import wrong_parameter
from ..bodies import merchant_uid
from ..calls import Call, Result
from ..parameters import Parameters


def create(call: Call) -> Result:
    return Result(call.account.prepare_create(*_prepared(call.body)))


def change(call: Call) -> Result:
    return Result(call.account.prepare_change(*_prepared(call.body)))


def read(call: Call, merchant_uid: str) -> Result:
    return Result(call.account.prepare_read(merchant_uid))


def _prepared(body: Parameters) -> tuple[str, Decimal, str | None]:
    """Without a currency the amount is won, though the window's currency is not compared then."""
    currency = body.text("currency")
    amount = body.amount("amount", currency or "KRW")
    if not amount:
        raise wrong_parameter()
    return merchant_uid(body), amount, currency
