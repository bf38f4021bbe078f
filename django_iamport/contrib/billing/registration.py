"""What opens the window in which a customer registers a card; the card's data never passes through the shop."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.core import signing
from django.urls import reverse
from django.utils.translation import gettext as _

from django_iamport import conf
from django_iamport.managers import TransactionManager
from django_iamport.models import AbstractTransaction
from django_iamport.models.registry import transaction_model_of
from django_iamport.payments import attempts
from django_iamport.payments.request_pay import NAME_LENGTH, absolute, notice_address
from django_iamport.rules.verification import CARD_REGISTRATION

from .exceptions import BillingKeyForeign
from .records import BillingKeyRecord

SALT = "django_iamport.billing.redirect"


def parameters(key: BillingKeyRecord, extra: Mapping[str, object]) -> dict[str, Any]:
    """What the page hands to `IMP.request_pay`. An amount of 0 registers the card and takes no money."""
    address = notice_address()
    return {
        **({"notice_url": address} if address else {}),
        "pay_method": "card",
        "name": _("Registration of a card")[:NAME_LENGTH],
        **conf.window(key.channel_name),
        "m_redirect_url": _return_address(key),
        **extra,
        "merchant_uid": key.merchant_uid,
        "customer_uid": key.customer_uid,
        "amount": 0,
    }


def begin_with_payment(card: BillingKeyRecord, order: Any, using: str) -> AbstractTransaction:
    """Store the attempt, then the registration under the attempt's number."""
    if not card.may_charge(order):
        raise BillingKeyForeign("The order is somebody else's than the card.")
    model = transaction_model_of(type(order))
    asked = {"customer_uid_usage": CARD_REGISTRATION, "customer_uid": card.customer_uid}
    transactions = TransactionManager.for_model(model).write_database()
    attempt = attempts.create(model, order, asked, transactions, channel=card.channel_name)
    card.merchant_uid = attempt.merchant_uid
    card.save(using=using)
    return attempt


def _return_address(key: BillingKeyRecord) -> str:
    signed = signing.Signer(salt=SALT).sign(key.merchant_uid)
    return f"{absolute(reverse('iamport_billing:redirect'))}?{urlencode({'card': signed})}"


def unsigned(card: str) -> str | None:
    """The number of a registration in a signed query; None where the signature is not ours."""
    try:
        return signing.Signer(salt=SALT).unsign(card)
    except signing.BadSignature:
        return None
