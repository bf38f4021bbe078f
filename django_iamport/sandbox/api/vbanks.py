"""Virtual accounts."""

from .calls import Call, Result


def void(call: Call, imp_uid: str) -> Result:
    return Result(call.gateway.void(imp_uid))
