"""The receipt, and the account that a deposit is refunded to."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse

from django_iamport import conf
from django_iamport.exceptions import IamportError, TooManyRequests
from django_iamport.forms import RefundAccountForm
from django_iamport.managers import TransactionManager
from django_iamport.models.registry import find_attempt
from django_iamport.models.transaction import AbstractTransaction
from django_iamport.payments import attempts
from django_iamport.records.hands import customer
from django_iamport.records.rows import rows
from django_iamport.rules.status import SETTLED, Status
from django_iamport.views.base import OPENER_POLICY, IamportView

from . import refund_account


class OrderCompleteView(IamportView):
    """The receipt: says "thank you" only for a payment that is proven, and the real state otherwise.

    Where a deposit has to be returned, its form asks the order's user for an account, and posts to the same
    address.
    """

    http_method_names = ["get", "head", "post", "options"]
    template_name = "django_iamport/order_complete.html"

    def get(self, request: HttpRequest, merchant_uid: str) -> HttpResponse:
        attempt = self.get_attempt(merchant_uid)
        try:
            if attempt.status not in SETTLED:
                self.require_budget()
            attempt = TransactionManager.for_model(type(attempt)).poll(merchant_uid)
        except IamportError:
            attempt.refresh_from_db()
        return self.render(self.get_context_data(attempt))

    def post(self, request: HttpRequest, merchant_uid: str) -> HttpResponse:
        """The account that a deposit is refunded to; it is stored until the outcome is known."""
        attempt = self.get_attempt(merchant_uid)
        if not self.may_ask_refund(attempt.order):
            raise PermissionDenied
        refund = attempt.pending_refund
        if refund is not None and refund.needs_account:
            form = RefundAccountForm(request.POST, pg_provider=attempt.pg_provider)
            if not form.is_valid():
                return self.render(
                    {**self.get_context_data(attempt), "refund_account_form": form}, status=400
                )
            try:
                self.require_budget(attempt)
            except TooManyRequests as error:
                form.add_error(None, error.message)
                context = {**self.get_context_data(attempt), "refund_account_form": form}
                response = self.render(context, status=error.http_status)
                response.headers["Retry-After"] = str(error.retry_after)
                return response
            self.return_to(attempt, form)
        return HttpResponseRedirect(request.path)

    def return_to(self, attempt: AbstractTransaction, form: RefundAccountForm) -> None:
        refund_account.give(attempt, form, by=customer(getattr(self.request, "user", None)))

    def get_attempt(self, merchant_uid: str) -> AbstractTransaction:
        attempt = find_attempt(merchant_uid)
        if attempt is None or not self.may_see(attempt.order):
            raise Http404
        return attempt

    def get_context_data(self, attempt: AbstractTransaction) -> dict[str, Any]:
        refund = attempt.pending_refund
        is_asked = refund is not None and refund.needs_account and self.may_ask_refund(attempt.order)
        return {
            "view": self,
            "transaction": attempt,
            "order": attempt.order,
            "refund": refund,
            "refund_account_form": RefundAccountForm(pg_provider=attempt.pg_provider) if is_asked else None,
            "paid_by": self.get_payment(attempt),
            "may_try_again": self.may_try_again(attempt),
            "channel": attempt.channel_name if attempt.channel_name in conf.channels() else "",
        }

    def get_payment(self, attempt: AbstractTransaction) -> AbstractTransaction | None:
        """The other payment that the order was paid by, where it was not this one."""
        if attempt.status == Status.PAID:
            return None
        paid = Q(order=attempt.order_id, status=Status.PAID)
        return rows(type(attempt)).filter(paid).first()

    def may_try_again(self, attempt: AbstractTransaction) -> bool:
        """Whether the page offers to pay after a decline: to whoever may pay an order that still wants it."""
        if attempt.status != Status.FAILED or not self.may_pay(attempt.order):
            return False
        return attempts.is_open(type(attempt), attempt.order)

    def render(self, context: dict[str, Any], status: int = 200) -> HttpResponse:
        response = TemplateResponse(self.request, self.template_name, context, status=status)
        response.headers["Cache-Control"] = "no-store"
        if context.get("may_try_again"):
            response.headers["Cross-Origin-Opener-Policy"] = OPENER_POLICY
        return response
