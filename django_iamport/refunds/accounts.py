"""The account that a deposit is returned to: which banks there are, and how each payment company writes them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from django_iamport.exceptions import RefundAccountInvalid

BANKS: Mapping[str, str] = {
    "004": "KB국민은행",
    "088": "신한은행",
    "020": "우리은행",
    "081": "하나은행",
    "011": "농협은행",
    "003": "IBK기업은행",
    "090": "카카오뱅크",
    "092": "토스뱅크",
    "089": "케이뱅크",
    "023": "SC제일은행",
    "027": "한국씨티은행",
    "002": "KDB산업은행",
    "007": "수협은행",
    "012": "지역농축협",
    "031": "대구은행",
    "032": "부산은행",
    "034": "광주은행",
    "035": "제주은행",
    "037": "전북은행",
    "039": "경남은행",
    "045": "새마을금고",
    "048": "신협",
    "071": "우체국",
}
"""Standard codes (KFTC), the large ones first."""

# Payment companies that refund to these banks only, and those with codes of their own.
_ONLY: Mapping[str, frozenset[str]] = {
    "nice_v2": frozenset(
        ["004", "023", "034", "003", "011", "031", "032", "088", "081", "020", "071", "089"]
    ),
    "welcome": frozenset(
        ["004", "034", "039", "003", "031", "032", "007", "088", "081", "020", "037", "089"]
    ),
}
_OWN: Mapping[str, Mapping[str, str]] = {
    "daou": {
        "004": "04",
        "023": "11",
        "003": "03",
        "011": "08",
        "032": "15",
        "088": "10",
        "020": "09",
        "071": "31",
        "081": "12",
    },
}
ACCOUNT_NUMBER = re.compile(r"[0-9]{6,20}")
TELEPHONE = re.compile(r"[0-9]{8,15}")
HOLDER_LENGTH = 30


@dataclass(frozen=True)
class RefundAccount:
    """An account of the customer's; shows nothing of it in its repr.

    `bank` is a standard code of `BANKS`, `account` the number (digits; spaces and dashes are left out),
    `holder` the name it runs under, `tel` the holder's telephone, which some payment companies want.
    """

    bank: str = field(repr=False)
    account: str = field(repr=False)
    holder: str = field(repr=False)
    tel: str = field(default="", repr=False)

    @sensitive_variables()
    def cleaned(self, pg_provider: str = "") -> RefundAccount:
        """The same without spaces and dashes; raises `RefundAccountInvalid` where it can't be one."""
        account = RefundAccount(
            bank=self.bank.strip(),
            account=_without_separators(self.account),
            holder=" ".join(self.holder.split()),
            tel=_without_separators(self.tel),
        )
        wrong = account._problems(pg_provider)
        if wrong:
            raise RefundAccountInvalid(wrong)
        return account

    def _problems(self, pg_provider: str) -> dict[str, list[str]]:
        wrong = {}
        if self.bank not in banks(pg_provider):
            wrong["bank"] = [_("Please choose a bank.")]
        if not ACCOUNT_NUMBER.fullmatch(self.account):
            wrong["account"] = [_("Please enter 6 to 20 digits.")]
        if not self.holder or len(self.holder) > HOLDER_LENGTH or not self.holder.isprintable():
            wrong["holder"] = [_("Please enter the name of the account holder.")]
        if self.tel and not TELEPHONE.fullmatch(self.tel):
            wrong["tel"] = [_("Please enter 8 to 15 digits.")]
        return wrong


def banks(pg_provider: str = "") -> dict[str, str]:
    """The banks that a payment company refunds to: standard code -> name."""
    possible = _ONLY.get(pg_provider) or _OWN.get(pg_provider) or BANKS
    return {code: name for code, name in BANKS.items() if code in possible}


def wire_bank(code: str, pg_provider: str) -> str:
    """A standard bank code as the payment company writes it: `088`, `88` (Inicis) or `BK88` (KCP)."""
    if pg_provider in _OWN:
        return _OWN[pg_provider][code]
    if "inicis" in pg_provider:
        return code[1:]
    return f"BK{code[1:]}" if pg_provider.startswith("kcp") else code


def _without_separators(number: str) -> str:
    return re.sub(r"[\s-]", "", number)
