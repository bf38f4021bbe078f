"""Services that the sandbox's account has no contract for."""

from ...rules.refusals import NOT_CONTRACTED, refused_by_pg
from ..calls import Call, Result


def refuse(call: Call, **ids: str) -> Result:
    """Of a payment that isn't there, that is said first."""
    if "imp_uid" in ids:
        call.account.stored(ids["imp_uid"])
    raise refused_by_pg(NOT_CONTRACTED)
