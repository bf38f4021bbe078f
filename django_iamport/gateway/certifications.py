"""Asking the gateway who was verified, and having it forget that."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.views.decorators.debug import sensitive_variables

from django_iamport.exceptions import NotFound, UnexpectedAnswer

from .connection import client
from .moments import as_stored

__all__ = ["Certified", "SeenCertification", "confirm_code", "delete", "find", "is_of", "send_code"]


@dataclass(frozen=True, slots=True, repr=False)
class Certified:
    """Whom the gateway verified, and when. Values that the contract doesn't cover are empty or None."""

    certified_at: datetime
    birthday: date
    unique_key: str
    unique_in_site: str
    name: str
    gender: str
    phone: str
    carrier: str
    foreigner: bool | None


@dataclass(frozen=True, slots=True, repr=False)
class SeenCertification:
    """A verification as the gateway showed it; `certified` is None as long as there was no success."""

    imp_uid: str
    merchant_uid: str
    pg_provider: str
    certified: Certified | None


@sensitive_variables()
def find(imp_uid: str) -> SeenCertification:
    """Ask for one verification.

    Raises `NotFound` where the gateway knows none, `UnexpectedAnswer` where a success lacks the person's key,
    birthday or moment, any other `GatewayError` where it could not be asked.
    """
    told = client().certifications.find(imp_uid)
    if told.imp_uid != imp_uid:
        raise UnexpectedAnswer("The gateway answered with a verification other than the one requested.")
    certified = None
    if told.certified is True:
        if not told.unique_key or told.certified_at is None:
            raise UnexpectedAnswer("The gateway answered with a verification that proves nobody.")
        certified = Certified(
            certified_at=as_stored(told.certified_at),
            birthday=_day(told.birthday),
            unique_key=told.unique_key,
            unique_in_site=told.unique_in_site or "",
            name=told.name or "",
            gender=told.gender or "",
            phone=told.phone or "",
            carrier=told.carrier or "",
            foreigner=told.foreigner_v2,
        )
    return SeenCertification(told.imp_uid, told.merchant_uid or "", told.pg_provider or "", certified)


@sensitive_variables()
def send_code(merchant_uid: str, channel_key: str, **person: Any) -> str:
    """Have a code sent to a telephone; answers the `imp_uid` that it is confirmed under. Raises `GatewayError`."""
    told = client().certifications.request_otp(channel_key=channel_key, merchant_uid=merchant_uid, **person)
    return told.imp_uid


@sensitive_variables()
def confirm_code(imp_uid: str, code: str) -> None:
    """The code that the person has got, empty for an app. Raises `Refused` for a wrong one, and afterwards."""
    client().certifications.confirm_otp(imp_uid, code or None)


def is_of(imp_uid: str, merchant_uid: str) -> bool:
    """Whether the gateway knows it, and under this id, certified or not. Raises `GatewayError`."""
    try:
        told = client().certifications.find(imp_uid)
    except NotFound:
        return False
    return (told.imp_uid, told.merchant_uid) == (imp_uid, merchant_uid)


def delete(imp_uid: str) -> None:
    """Have the gateway forget a verification; one that it doesn't know is forgotten. Raises `GatewayError`."""
    try:
        client().certifications.delete(imp_uid)
    except NotFound:
        return


@sensitive_variables()
def _day(birthday: str | None) -> date:
    try:
        return date.fromisoformat(birthday or "")
    except ValueError:
        raise UnexpectedAnswer("The gateway answered with a verification without a birthday.") from None
