"""The parameters of `IMP.request_pay`, and the addresses by which news of a payment comes back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.core import signing
from django.urls import reverse
from django.utils import timezone

from django_iamport import conf
from django_iamport.exceptions import MalformedRequest
from django_iamport.gateway.payload import window_amount
from django_iamport.records.payable import Payable
from django_iamport.records.transaction import TransactionRecord

SALT = "django_iamport.redirect"
# Signed instead of an attempt by `iamport_check`, to tell the return address from any other page that isn't found.
PROBE = "iamport_check"
LIFE = timedelta(days=1)
NAME_LENGTH = 40


def parameters(
    order: Payable,
    transaction: TransactionRecord,
    extra: Mapping[str, object] | None = None,
    return_to: str = "",
) -> dict[str, Any]:
    """What the page hands to `IMP.request_pay`, amounts in the currency's main unit.

    `IAMPORT_REQUEST_PAY`, the channel, the order's buyer and `extra` may add any parameter; what decides about
    money (`merchant_uid`, `amount`, `currency`) always comes from the stored transaction. `return_to` names one of
    `IAMPORT_RETURN_URLS`, where a phone goes on to after the shop's own address; raises `MalformedRequest` for
    another.
    """
    require_return_address(return_to)
    params: dict[str, Any] = {
        "pay_method": "card",
        "name": order.get_payment_name()[:NAME_LENGTH],
        "m_redirect_url": _redirect_address(transaction, return_to),
        **conf.window(transaction.channel_name),
        **order.get_buyer(),
        **(extra or {}),
        "merchant_uid": transaction.merchant_uid,
        "amount": window_amount(transaction.amount),
        "currency": transaction.currency,
    }
    address = notice_address()
    if address:
        params.setdefault("notice_url", address)
    if conf.site_url() and conf.get("IAMPORT_SEND_CONFIRM_URL"):
        params.setdefault("confirm_url", absolute(reverse("iamport:confirm")))
    return params


def notice_address() -> str | None:
    """Where the gateway's notices of a payment go, instead of the console's address; None leaves it at that."""
    told = conf.site_url() and conf.get("IAMPORT_SEND_NOTICE_URL")
    return absolute(reverse("iamport:webhook")) if told else None


def absolute(path: str) -> str:
    """The address from `IAMPORT_SITE_URL`, never from the Host header; without it the path alone."""
    return (conf.site_url() or "") + path


def require_return_address(name: str) -> None:
    """Raises `MalformedRequest` for a name that is not in `IAMPORT_RETURN_URLS`."""
    if name and name not in conf.get("IAMPORT_RETURN_URLS"):
        raise MalformedRequest(f"{name!a} is not one of IAMPORT_RETURN_URLS.")


def return_address(name: str, transaction: TransactionRecord) -> str | None:
    """Where a phone goes on to, told which attempt it was and how that stands; None for no name, or another's."""
    known: Mapping[str, str] = conf.get("IAMPORT_RETURN_URLS")
    if name not in known:
        return None
    address, mark, fragment = known[name].partition("#")
    told = urlencode({"merchant_uid": transaction.merchant_uid, "status": transaction.status})
    return f"{address}{'&' if '?' in address else '?'}{told}{mark}{fragment}"


def _redirect_address(transaction: TransactionRecord, return_to: str) -> str:
    then = "&" + urlencode({"to": return_to}) if return_to else ""
    return f"{absolute(reverse('iamport:redirect'))}?{signed(transaction.merchant_uid)}{then}"


def signed(merchant_uid: str) -> str:
    """The query that permits reading the state of one attempt, for as long as `is_open` says: not paying it, not
    its receipt."""
    return urlencode({"attempt": signing.Signer(salt=SALT).sign(merchant_uid)})


def unsigned(attempt: str) -> str | None:
    """The `merchant_uid` of a signed query, or None where the signature is not ours."""
    try:
        return signing.Signer(salt=SALT).unsign(attempt)
    except signing.BadSignature:
        return None


def is_open(transaction: TransactionRecord) -> bool:
    """Whether the signed query still permits it: until a day after the attempt ended, or began and never ended.

    A waiting account ends at its deadline, an accepted payment when it was accepted: a refund opens nothing again.
    """
    if transaction.takes_deposit:
        return True
    due = transaction.vbank_date if transaction.is_awaiting_deposit else None
    return timezone.now() - (due or transaction.verified_at or transaction.heard_at) <= LIFE
