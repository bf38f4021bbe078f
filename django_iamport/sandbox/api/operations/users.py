"""The account itself."""

from ..calls import Call, Result


def channels(call: Call) -> Result:
    return Result(call.account.channels.settings())
