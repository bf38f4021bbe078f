"""A customer who doesn't want an unpaid order any more."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse

from django_iamport import access
from django_iamport.exceptions import IamportError, OrderPaid
from django_iamport.models.order import AbstractOrder, ShopOrder
from django_iamport.models.registry import name_of

from .base import JsonView


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
        """Raises `OrderPaid`, `AccountWaiting` where an account can't be voided, and what `give_up` raises."""
        if self.manager_of(order).give_up(order, void_accounts=True):
            return
        stored = self.get_order(name_of(order))
        if access.is_settled(stored):
            raise OrderPaid("The order was paid in the meantime.")
        if isinstance(stored, AbstractOrder):
            # It refuses payments for a reason of the shop's own, and may be given up even so.
            stored.close()

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
