"""The mobile redirect: a phone's browser comes back from the payment provider."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import Resolver404, resolve, reverse

from django_iamport import access
from django_iamport.exceptions import IamportError
from django_iamport.managers import TransactionManager
from django_iamport.models.registry import find_attempt
from django_iamport.models.transaction import AbstractTransaction
from django_iamport.payments import request_pay
from django_iamport.signals.monitoring import log

from . import hosts
from .base import IMP_UID, IamportView


class _Return(HttpResponseRedirect):
    """To an address that the settings name, an app's own scheme too."""

    def __init__(self, address: str) -> None:
        self.allowed_schemes = [address.partition(":")[0].lower()]
        super().__init__(address)


class RedirectView(IamportView):
    """Where a phone's browser comes back to; perhaps another browser than the purchase began in.

    The signature names one attempt and permits reading its state. Where the attempt began in an app or on a page
    of another origin, the browser goes on there; otherwise the owner to the receipt, who browsed another of the
    shop's hosts to the same address there. Everybody else, the owner whose session is gone too, reads a receipt
    without anybody's data.
    """

    http_method_names = ["get", "head", "options"]
    is_without_login = True
    template_name = "django_iamport/payment_state.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        merchant_uid = request_pay.unsigned(request.GET.get("attempt", ""))
        if merchant_uid == request_pay.PROBE:
            return JsonResponse({"status": "ignored"}, headers={"Cache-Control": "no-store"})
        attempt = find_attempt(merchant_uid) if merchant_uid else None
        is_owner = attempt is not None and self.may_see(attempt.order)
        if attempt is None or not (is_owner or request_pay.is_open(attempt)):
            raise Http404
        if request_pay.is_open(attempt):
            attempt = self.confirm_or_poll(attempt, request.GET.get("imp_uid", ""))
        response: HttpResponse
        address = request_pay.return_address(request.GET.get("to", ""), attempt)
        elsewhere = hosts.address_on_own_host(request)
        if address is not None:
            response = _Return(address)
        elif is_owner:
            response = HttpResponseRedirect(reverse("iamport:order_complete", args=[attempt.merchant_uid]))
        elif elsewhere:
            response = HttpResponseRedirect(elsewhere)
        else:
            response = TemplateResponse(request, self.template_name, self.get_context_data(attempt))
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cache-Control"] = "no-store"
        return response

    def get_context_data(self, attempt: AbstractTransaction) -> dict[str, Any]:
        """Hook: what whoever has the address reads; nothing of it says who paid, or for what."""
        is_waiting = attempt.takes_deposit
        return {
            "view": self,
            "status": attempt.status,
            "amount": attempt.amount if attempt.paid_amount is None else attempt.paid_amount,
            "currency": attempt.paid_currency or attempt.currency,
            "cancel_amount": attempt.cancel_amount,
            "pay_method": attempt.pay_method,
            "pg_provider": attempt.pg_provider,
            "paid_at": attempt.paid_at,
            "account": (attempt.vbank_name, attempt.vbank_num) if is_waiting else None,
            "vbank_due": attempt.get_vbank_due() if is_waiting else "",
            "sign_in_url": self.get_sign_in_url(attempt),
        }

    def get_sign_in_url(self, attempt: AbstractTransaction) -> str:
        """Hook: where the owner signs in and reads all of it; empty for a guest's order, and without a login page.

        By default the project's `LOGIN_URL`, which leads on to the receipt: not to the signed address.
        """
        if not access.has_owner(attempt.order):
            return ""
        sign_in = redirect_to_login(reverse("iamport:order_complete", args=[attempt.merchant_uid])).url
        try:
            resolve(sign_in.partition("?")[0])
        except Resolver404:
            return ""
        return sign_in

    def confirm_or_poll(self, attempt: AbstractTransaction, imp_uid: str) -> AbstractTransaction:
        """Confirm what the address claims; where that can't be done now, the stored state is shown."""
        manager = TransactionManager.for_model(type(attempt))
        claimed = imp_uid if IMP_UID.fullmatch(imp_uid) else None
        try:
            self.require_budget_to_ask(attempt, claimed or "")
            if claimed:
                manager.confirm(merchant_uid=attempt.merchant_uid, imp_uid=claimed, source="redirect")
            else:
                manager.poll(attempt.merchant_uid)
        except IamportError as error:
            log(
                "return_not_confirmed",
                merchant_uid=attempt.merchant_uid,
                imp_uid=claimed or "",
                reason=error.code,
            )
        attempt.refresh_from_db()
        return attempt
