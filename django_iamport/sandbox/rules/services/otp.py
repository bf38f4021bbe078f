"""Identity verification without a window: a code is sent to a telephone."""

import re
from dataclasses import dataclass
from datetime import date, datetime

from ...state.clock import KST
from ...state.stores import Row, Store
from ..channels import Channel
from ..refusals import ALREADY_CERTIFIED, WRONG_OTP, WRONG_PERSON, wrong_parameter
from . import certifications
from .certifications import Person

CODE = "123456"
"""What every telephone gets."""

UNKNOWN_PHONE = "01000000000"
"""A telephone that no carrier knows under that name."""

CARRIERS = ("SKT", "KT", "LGT")
METHODS = ("SMS", "APP")
BORN_BEFORE_2000 = "1256"
BORN_SINCE_2000 = "3478"
MALE = "1357"


@dataclass(frozen=True)
class Claim:
    """Who somebody says to be: `birth` YYMMDD, `gender_digit` the seventh digit of the resident number."""

    name: str
    phone: str
    birth: str
    gender_digit: str
    carrier: str
    is_mvno: bool = False

    def person(self) -> Person:
        """Raises Refusal where no carrier knows such a person."""
        phone = _digits(self.phone)
        if self.carrier not in CARRIERS or not re.fullmatch(r"01\d{8,9}", phone) or phone == UNKNOWN_PHONE:
            raise wrong_parameter(WRONG_PERSON)
        carrier = f"{self.carrier}_MVNO" if self.is_mvno else self.carrier
        return Person(self.name, self._birthday(), self.gender_digit in MALE, phone, carrier)

    def _birthday(self) -> date:
        centuries = {**dict.fromkeys(BORN_BEFORE_2000, "19"), **dict.fromkeys(BORN_SINCE_2000, "20")}
        century = centuries.get(self.gender_digit, "")
        try:
            return datetime.strptime(f"{century}{_digits(self.birth)}", "%Y%m%d").replace(tzinfo=KST).date()
        except ValueError:
            raise wrong_parameter(WRONG_PERSON) from None


def request(
    store: Store, channel: Channel, claim: Claim, merchant_uid: str | None, method: str, now: int
) -> Row:
    """Send the code, or ask the person's APP."""
    person = claim.person()
    with store.exclusive():
        row = certifications.open_window(store, channel, {"merchant_uid": merchant_uid}, now)
        row["otp"] = {
            "method": method,
            "name": person.name,
            "birthday": person.birthday.isoformat(),
            "is_male": person.is_male,
            "phone": person.phone,
            "carrier": person.carrier,
        }
        store.put(certifications.KIND, row["imp_uid"], row)
    return row


def confirm(store: Store, imp_uid: str, code: str | None, now: int) -> Row:
    """The code came back; an APP needs none."""
    with store.exclusive():
        row = certifications.stored(store, imp_uid)
        if row["certified"]:
            raise wrong_parameter(ALREADY_CERTIFIED)
        sent = row.get("otp")
        if sent is None or (sent["method"] == "SMS" and code != CODE):
            raise wrong_parameter(WRONG_OTP)
        birthday = date.fromisoformat(sent["birthday"])
        person = Person(sent["name"], birthday, sent["is_male"], sent["phone"], sent["carrier"])
        return certifications.certify(store, imp_uid, person, now)


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text, flags=re.ASCII)
