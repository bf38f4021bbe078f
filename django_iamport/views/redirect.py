"""The mobile redirect: a phone's browser comes back from the payment provider."""

from __future__ import annotations

import logging

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from django_iamport.exceptions import IamportError
from django_iamport.managers import TransactionManager
from django_iamport.models.registry import find_attempt
from django_iamport.models.transaction import AbstractTransaction
from django_iamport.payments import request_pay

from . import hosts
from .base import IMP_UID, IamportView

logger = logging.getLogger("django_iamport")


class _Return(HttpResponseRedirect):
    """To an address that the settings name, an app's own scheme too."""

    def __init__(self, address: str) -> None:
        self.allowed_schemes = [address.partition(":")[0].lower()]
        super().__init__(address)


class RedirectView(IamportView):
    """Where a phone's browser comes back to; perhaps another browser than the purchase began in.

    The signature names one attempt and permits reading its state. Where the attempt began in an app or on a page
    of another origin, the browser goes on there; otherwise the owner to the receipt, who browsed another of the
    shop's hosts to the same address there, and everybody else sees the state and nobody's data.
    """

    http_method_names = ["get", "head", "options"]
    is_without_login = True
    template_name = "django_iamport/payment_state.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        merchant_uid = request_pay.unsigned(request.GET.get("attempt", ""))
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
            response = TemplateResponse(request, self.template_name, {"status": attempt.status})
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cache-Control"] = "no-store"
        return response

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
            logger.warning("%s: %s", attempt.merchant_uid, error.code)
        attempt.refresh_from_db()
        return attempt
