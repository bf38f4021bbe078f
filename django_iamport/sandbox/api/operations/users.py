"""The account itself."""

from ...rules import channels as rules
from ..calls import Call, Result


def channels(call: Call) -> Result:
    return Result(rules.settings())
