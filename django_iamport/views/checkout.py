"""Beginning an attempt for an order that the caller may pay, and what its window is opened with."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from django_iamport.exceptions import AccountKept, IamportError
from django_iamport.models.order import ShopOrder
from django_iamport.models.registry import find_attempt
from django_iamport.models.transaction import AbstractTransaction
from django_iamport.payments import attempts, request_pay

from . import hosts
from .base import JsonView


class CheckoutMixin(JsonView):
    """What both views share that begin to pay."""

    def get_request_pay(self, order: ShopOrder, attempt: AbstractTransaction) -> dict[str, Any]:
        """Hook: further parameters of `IMP.request_pay`; what decides about money can't be changed here."""
        return {}

    def get_asked(self, order: ShopOrder) -> dict[str, Any]:
        """Hook: what the payment must show beside the amount, as keywords of `create_new`."""
        return {}

    def may_void_accounts(self) -> bool:
        """Whether the customer agreed to give up an account that waits for the deposit."""
        return self.truth("void_account", missing=False)

    def get_channel(self) -> str:
        """Hook: which of `IAMPORT_CHANNELS` pays; by default the one that the page names.

        Raises `ChannelUnknown` for another.
        """
        name = self.text("channel")
        attempts.require_channel(name)
        return name

    def return_to(self) -> str:
        """Which of `IAMPORT_RETURN_URLS` a phone goes on to; raises `MalformedRequest` for another name."""
        name = self.text("return_to")
        request_pay.require_return_address(name)
        return name

    def begin_attempt(self, order: ShopOrder) -> dict[str, Any]:
        return_to = self.return_to()
        opened_with: dict[str, dict[str, Any]] = {}

        def extra(attempt: AbstractTransaction) -> dict[str, Any]:
            if attempt.merchant_uid not in opened_with:
                opened_with[attempt.merchant_uid] = self.get_request_pay(order, attempt)
            return opened_with[attempt.merchant_uid]

        asked = {
            "void_accounts": self.may_void_accounts(),
            "channel": self.get_channel(),
            **self.get_asked(order),
        }
        attempt = self.manager_of(order).create_new(order, request_pay=extra, **asked)
        params = attempt.request_pay(return_to=return_to, **extra(attempt))
        return {
            "merchant_uid": attempt.merchant_uid,
            "request_pay": hosts.remembering(params, self.request),
        }

    def describe(self, error: IamportError) -> dict[str, object]:
        """Beside the error the page of the account that waits, for whoever may see it."""
        described = super().describe(error)
        if isinstance(error, AccountKept):
            waiting = find_attempt(error.merchant_uid)
            if waiting is not None and self.may_see(waiting.order):
                described["next"] = reverse("iamport:order_complete", args=[waiting.merchant_uid])
        return described
