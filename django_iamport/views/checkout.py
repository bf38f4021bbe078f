"""An order that the caller may pay: beginning an attempt, what its window is opened with, giving the order up."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import reverse

from django_iamport import access
from django_iamport.exceptions import (
    AccountKept,
    AccountWaiting,
    IamportError,
    OrderPaid,
    PaymentUnknown,
)
from django_iamport.models.order import ShopOrder
from django_iamport.models.registry import find_attempt, name_of, transaction_model_of
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


class OrderCheckoutAjaxView(CheckoutMixin):
    """Begins an attempt to pay an order that exists."""

    def post(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        return JsonResponse(self.answer())

    def answer(self) -> dict[str, Any]:
        order = self.get_order(self.text("order_id"))
        self.require_budget()
        return self.begin_attempt(order)


class OrderCancelView(JsonView):
    """Gives up an unpaid order that the caller may pay, asking the gateway first; a waiting account is voided.

    Answers a script in JSON. A form without one is sent on to `get_next`, or reads why nothing was cancelled.
    """

    template_name = "django_iamport/order_not_cancelled.html"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        order = self.get_order(self.text("order_id"))
        self.require_budget()
        self.cancel(order)
        following = self.get_next(order)
        if self.is_page(request):
            return HttpResponseRedirect(following)
        return JsonResponse({"order_id": name_of(order), "next": following})

    def cancel(self, order: ShopOrder) -> None:
        """Raises `OrderPaid`, `AccountWaiting` where an account can't be voided or was issued meanwhile, and what
        `give_up` raises."""
        if self.manager_of(order).give_up(order, void_accounts=True):
            return
        stored = self.get_order(name_of(order))
        if access.is_settled(stored):
            raise OrderPaid("The order was paid in the meantime.")
        if access.waiting_account(stored) is not None:
            raise AccountWaiting("A virtual account was issued in the meantime.")
        if attempts.is_open(transaction_model_of(type(stored)), stored):
            raise PaymentUnknown("A charge of a saved card is under way.")

    def get_next(self, order: ShopOrder) -> str:
        """Hook: where the customer goes then."""
        return order.get_absolute_url() if hasattr(order, "get_absolute_url") else "/"

    def is_page(self, request: HttpRequest) -> bool:
        """Whether a browser asks for the next page, and no script for an answer."""
        return request.get_preferred_type(["application/json", "text/html"]) == "text/html"

    def answer_error(self, error: IamportError) -> HttpResponse:
        answer = super().answer_error(error)
        if not self.is_page(self.request):
            return answer
        page = TemplateResponse(self.request, self.template_name, {"error": error}, status=error.http_status)
        if "Retry-After" in answer.headers:
            page.headers["Retry-After"] = answer.headers["Retry-After"]
        return page.render()
