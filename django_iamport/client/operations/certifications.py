"""Identity verification: who a person is, as the telephone company or card company says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django_iamport.client.http.answer import Answer, DecidingText, reader
from django_iamport.client.http.operation import Group, Operation, Options
from django_iamport.client.http.unpack import Unpack


@dataclass(frozen=True, slots=True, repr=False)
class Certification(Answer):
    """What a verification found. Before it succeeded `certified` is False and what is personal None.

    `unique_key` is the same for a person everywhere (CI), `unique_in_site` for this shop (DI); `birthday` is
    YYYY-MM-DD.
    """

    repr_fields = ("imp_uid", "merchant_uid", "pg_provider", "certified", "certified_at")
    imp_uid: str
    merchant_uid: DecidingText
    pg_provider: str | None
    pg_tid: str | None
    certified: bool | None
    certified_at: datetime | None
    name: str | None
    gender: str | None
    birthday: str | None
    foreigner: bool | None
    foreigner_v2: bool | None
    phone: str | None
    carrier: str | None
    unique_key: DecidingText
    unique_in_site: DecidingText
    origin: str | None


@dataclass(frozen=True, slots=True, repr=False)
class OneTimePassword(Answer):
    """A code is on its way to the telephone; `imp_uid` is what it is confirmed under."""

    repr_fields = ("imp_uid",)
    imp_uid: str


read_certification = reader(Certification)

FIND = Operation("certifications.find", "GET", "/certifications/{imp_uid}", read_certification)
DELETE = Operation("certifications.delete", "DELETE", "/certifications/{imp_uid}", read_certification)
REQUEST_OTP = Operation(
    "certifications.request_otp", "POST", "/certifications/otp/request", reader(OneTimePassword)
)
CONFIRM_OTP = Operation(
    "certifications.confirm_otp", "POST", "/certifications/otp/confirm/{imp_uid}", read_certification
)


class Certifications(Group):
    def find(self, imp_uid: str, **options: Unpack[Options]) -> Certification:
        """The verification under this `imp_uid`: look at `certified`. Raises NotFound, or another GatewayError."""
        return self._call(FIND, locals())

    def delete(self, imp_uid: str, **options: Unpack[Options]) -> Certification:
        """Erase a verification from the gateway; answers what it was.

        Raises NotFound, OutcomeUnknown where it may have happened, or another GatewayError.
        """
        return self._call(DELETE, locals())

    def request_otp(
        self,
        name: str,
        phone: str,
        birth: str,
        gender_digit: str,
        carrier: str,
        channel_key: str,
        *,
        is_mvno: bool | None = None,
        company: str | None = None,
        merchant_uid: str | None = None,
        pg: str | None = None,
        verification_method: str | None = None,
        bypass: str | Mapping[str, Any] | None = None,
        **options: Unpack[Options],
    ) -> OneTimePassword:
        """Start a verification without a window: a code is sent to the telephone (by contract).

        `birth` is YYMMDD, `gender_digit` the seventh digit of the resident number, `carrier` SKT, KT or LGT
        (for a reseller's customer with `is_mvno`); `company` is the name in the message; `verification_method`
        is SMS or APP (KCP).

        Raises Refused for data that don't fit together, OutcomeUnknown where a code may be on its way, or
        another GatewayError.
        """
        return self._call(REQUEST_OTP, locals())

    def confirm_otp(self, imp_uid: str, otp: str | None = None, **options: Unpack[Options]) -> Certification:
        """Finish that verification with the code that the person has got (none for APP).

        Raises Refused for a wrong code and where it is done already, NotFound, OutcomeUnknown (then `find` it),
        or another GatewayError.
        """
        return self._call(CONFIRM_OTP, locals())
