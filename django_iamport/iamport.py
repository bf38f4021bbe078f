"""The tutorial's three functions, over the client."""

from __future__ import annotations

from decimal import Decimal
from typing import cast

from django_iamport import conf
from django_iamport.client.results import Payment, Prepared
from django_iamport.gateway import client, lookups
from django_iamport.rules.standing import counting

__all__ = ["find_transaction", "get_token", "payment_prepare"]


def get_token() -> str:
    """The gateway's access token, shared through Django's cache and renewed before it ends.

    Raises `AuthenticationFailed` for a wrong key or secret, `GatewayError` where none could be had.
    """
    return client().get_token()


def payment_prepare(merchant_uid: str, amount: int | Decimal, currency: str = "KRW") -> Prepared:
    """Register the amount that may be paid under a `merchant_uid`, before the window opens.

    `amount` is in the currency's main unit (won for KRW). Repeating it with the same amount is a success.
    Raises `GatewayError`.
    """
    return client().prepare.create(merchant_uid, amount, currency)


def find_transaction(merchant_uid: str) -> Payment | None:
    """The payment that counts among all under a `merchant_uid`, or None.

    Never one of a test channel unless `IAMPORT_TEST_MODE`. Raises `GatewayError` where the gateway could not
    be asked: that says nothing of the payment.
    """
    found = (evidence.payment for evidence in lookups.find_all(merchant_uid))
    return cast("Payment | None", counting(found, test_mode=conf.test_mode()))
