"""The token, and what the account has contracted for."""

from .calls import Call, Result


def get_token(call: Call) -> Result:
    return Result(call.gateway.token(call.body.text("imp_key"), call.body.text("imp_secret")))
