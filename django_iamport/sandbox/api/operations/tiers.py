"""Sub-merchants."""

import re

from ...rules.refusals import UNKNOWN_TIER, Refusal
from ..calls import Call, Result

TIER_CODE = re.compile(r"[A-Z0-9]{3}", re.ASCII)


def find(call: Call, tier_code: str) -> Result:
    """Every code of the right form is a sub-merchant of the account."""
    if not TIER_CODE.fullmatch(tier_code):
        raise Refusal(-1, UNKNOWN_TIER, 404)
    return Result({"tier_code": tier_code, "tier_name": f"연습 하위상점 {tier_code}"})
