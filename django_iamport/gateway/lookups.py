"""Asking the gateway what became of payments: what it shows, and what it hides."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils import timezone

from django_iamport import conf
from django_iamport.client import Unreadable
from django_iamport.exceptions import NotFound, PaymentUnknown, UnexpectedAnswer
from django_iamport.rules.payment import Evidence, SeenPayment

from .connection import client
from .payload import seen

__all__ = ["Unreadable", "find", "find_all", "find_many", "look_up"]


def find(imp_uid: str) -> Evidence:
    """Ask for one payment.

    Raises `NotFound` where the gateway knows none (or hides it, as it does with test payments unless
    `IAMPORT_TEST_MODE`), any other `GatewayError` where it could not be asked.
    """
    asked_at = timezone.now()
    payment = client().payments.find(imp_uid, include_sandbox=conf.test_mode() or None)
    if payment.imp_uid != imp_uid:
        raise UnexpectedAnswer("The gateway answered with a payment other than the one requested.")
    return Evidence(seen(payment), asked_at)


def find_all(merchant_uid: str) -> list[Evidence]:
    """Ask for all payments under one `merchant_uid`, those of test channels too; none is an empty list.

    Raises `GatewayError` where the gateway could not be asked.
    """
    asked_at = timezone.now()
    found = client().payments.find_all(merchant_uid)
    return [Evidence(seen(payment), asked_at) for payment in found if payment.merchant_uid == merchant_uid]


def find_many(
    imp_uids: Iterable[str] = (), merchant_uids: Iterable[str] = ()
) -> dict[str, SeenPayment | Unreadable]:
    """Ask for many payments at once; each is found under both of its ids, readable or not.

    A hint only: of several payments under one `merchant_uid` one is shown. Raises `GatewayError`.
    """
    found = client().payments.find_many(imp_uids, merchant_uids=merchant_uids)
    known: dict[str, SeenPayment | Unreadable] = {}
    for entry in found.unreadable:
        ids = [uid for uid in (entry.merchant_uid, entry.imp_uid) if uid]
        if not ids:
            raise UnexpectedAnswer("The gateway answered with a payment without ids.")
        known |= dict.fromkeys(ids, entry)
    for payment in found.found:
        known |= dict.fromkeys((payment.merchant_uid, payment.imp_uid), seen(payment))
    return known


def look_up(imp_uid: str, merchant_uid: str | None = None) -> Evidence:
    """One payment, as `find` does; raises `PaymentUnknown` where the gateway doesn't know it (yet).

    The gateway answers 404 for payments of test channels. Among all payments under the `merchant_uid` of their
    attempt they are shown.
    """
    try:
        return find(imp_uid)
    except NotFound as error:
        for evidence in find_all(merchant_uid) if merchant_uid else ():
            if evidence.payment.imp_uid == imp_uid and evidence.payment.sandbox is True:
                return evidence
        raise PaymentUnknown(f"The gateway doesn't know {imp_uid} yet.") from error
