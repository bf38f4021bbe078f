"""The account's access token."""

from ..calls import Call, Result


def get_token(call: Call) -> Result:
    return Result(call.account.token(call.body.text("imp_key"), call.body.text("imp_secret")))
