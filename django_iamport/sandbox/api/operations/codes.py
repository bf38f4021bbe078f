"""The codes of banks and card companies."""

from collections.abc import Mapping

from ...rules.codes import STANDARD_BANKS, STANDARD_CARDS
from ...rules.refusals import UNKNOWN_CODE, Refusal
from ..calls import Call, Result


def cards(call: Call) -> Result:
    return _all(STANDARD_CARDS)


def card(call: Call, card_standard_code: str) -> Result:
    return _one(STANDARD_CARDS, card_standard_code)


def banks(call: Call) -> Result:
    return _all(STANDARD_BANKS)


def bank(call: Call, bank_standard_code: str) -> Result:
    return _one(STANDARD_BANKS, bank_standard_code)


def _all(names: Mapping[str, str]) -> Result:
    return Result([{"code": code, "name": names[code]} for code in sorted(names)])


def _one(names: Mapping[str, str], code: str) -> Result:
    if code not in names:
        raise Refusal(-1, UNKNOWN_CODE, 404)
    return Result({"code": code, "name": names[code]})
