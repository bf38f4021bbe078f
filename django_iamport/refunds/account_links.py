"""The address under which a customer without a login says where a deposit goes back to.

Signed with a salt of its own, for one refund, for 14 days, and for one account: as soon as one was given, whoever
gave it, all addresses from before are over.
"""

from __future__ import annotations

from datetime import timedelta

from django.core import signing
from django.urls import reverse

from django_iamport import conf
from django_iamport.records.refund import Refund

SALT = "django_iamport.refund_account"
LIFE = timedelta(days=14)


def address(refund: Refund) -> str:
    """Where the account is asked for; from `IAMPORT_SITE_URL`, without it the path alone."""
    return (conf.site_url() or "") + reverse("iamport:refund_account", args=[sign(refund)])


def sign(refund: Refund) -> str:
    return signing.dumps([refund.merchant_uid, *_state(refund)], salt=SALT)


def merchant_uid_of(link: str) -> str | None:
    """Whose account is asked for; None where the signature is not ours or too old."""
    signed = _read(link)
    return None if signed is None else str(signed[0])


def opens(link: str, refund: Refund) -> bool:
    """Whether it was made for this refund, and no account was given since."""
    return _read(link) == [refund.merchant_uid, *_state(refund)]


def _state(refund: Refund) -> list[str]:
    return [str(refund.pk), refund.account_given_at.isoformat() if refund.account_given_at else ""]


def _read(link: str) -> list[str] | None:
    try:
        signed: list[str] = signing.loads(link, salt=SALT, max_age=LIFE)
    except signing.BadSignature:
        return None
    return signed
