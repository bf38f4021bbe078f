"""The account: its token, its channels and sub-merchants, and the codes of banks and card companies."""

import re
from collections.abc import Mapping

from ...rules import channels
from ...rules.codes import STANDARD_BANKS, STANDARD_CARDS
from ...rules.refusals import NOT_CONTRACTED, UNKNOWN_CODE, UNKNOWN_TIER, Refusal, refused_by_pg
from ..calls import Call, Result

TIER_CODE = re.compile(r"[A-Z0-9]{3}", re.ASCII)


def get_token(call: Call) -> Result:
    return Result(call.account.token(call.body.text("imp_key"), call.body.text("imp_secret")))


def pg_settings(call: Call) -> Result:
    return Result(channels.settings())


def tier(call: Call, tier_code: str) -> Result:
    """Every code of the right form is a sub-merchant of the account."""
    if not TIER_CODE.fullmatch(tier_code):
        raise Refusal(-1, UNKNOWN_TIER, 404)
    return Result({"tier_code": tier_code, "tier_name": f"연습 하위상점 {tier_code}"})


def cards(call: Call) -> Result:
    return _all(STANDARD_CARDS)


def card(call: Call, card_standard_code: str) -> Result:
    return _one(STANDARD_CARDS, card_standard_code)


def banks(call: Call) -> Result:
    return _all(STANDARD_BANKS)


def bank(call: Call, bank_standard_code: str) -> Result:
    return _one(STANDARD_BANKS, bank_standard_code)


def not_contracted(call: Call, **ids: str) -> Result:
    """What the account has no contract for; of a payment that isn't there, that is said first."""
    if "imp_uid" in ids:
        call.account.stored(ids["imp_uid"])
    raise refused_by_pg(NOT_CONTRACTED)


def _all(names: Mapping[str, str]) -> Result:
    return Result([{"code": code, "name": names[code]} for code in sorted(names)])


def _one(names: Mapping[str, str], code: str) -> Result:
    if code not in names:
        raise Refusal(-1, UNKNOWN_CODE, 404)
    return Result({"code": code, "name": names[code]})
