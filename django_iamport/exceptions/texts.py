"""What a shop's customer reads of an error, in the language of the reader."""

from __future__ import annotations

from collections.abc import Mapping
from typing import overload

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from django_iamport.client.errors import IamportError

TRY_LATER = _(
    "The payment provider can't be reached right now. No money has been lost; please try again in a moment."
)
CHECKING = _("We are checking your payment with the payment provider. Please don't pay again yet.")
SHOP_FAULT = _("The shop has a technical problem with payments. Please contact the shop.")

# The client's errors know no Django and no language: their texts are found by code.
MESSAGES: Mapping[str, Promise] = {
    "gateway_unreachable": TRY_LATER,
    "gateway_timeout": TRY_LATER,
    "outcome_unknown": TRY_LATER,
    "gateway_authentication": SHOP_FAULT,
    "gateway_permission": SHOP_FAULT,
    "gateway_not_found": CHECKING,
    "gateway_conflict": SHOP_FAULT,
    "gateway_rate_limit": TRY_LATER,
    "gateway_refused": _(
        "The payment provider refused the request. Please try again or use another payment method."
    ),
    "gateway_declined": _("The card company declined. Please try another card or another payment method."),
    "gateway_unexpected_answer": TRY_LATER,
}

IamportError.translations = MESSAGES

# Why a payment was rejected or failed, in words of apps that only some shops have.
_REASONS: dict[str, str | Promise] = {}


def add_reasons(reasons: Mapping[str, str | Promise]) -> None:
    """Called in an app's `ready`."""
    _REASONS.update(reasons)


def reason_in_words(reason: str) -> str | Promise:
    """A word of such an app, or a code of the client's, as a sentence; what somebody wrote stays as it is."""
    known = {**MESSAGES, **_REASONS}
    return known.get(reason, reason)


class Text:
    """An error's text for people: lazy on its class, on the error itself a `str` in the reader's language.

    Where whoever raised the error gave it a `text` of its own, it is that one.
    """

    def __init__(self, text: Promise) -> None:
        self.text = text

    @overload
    def __get__(self, error: None, owner: type) -> Promise: ...

    @overload
    def __get__(self, error: object, owner: type) -> str: ...

    def __get__(self, error: object, owner: type) -> str | Promise:
        return self.text if error is None else str(getattr(error, "text", None) or self.text)
