"""News that the gateway brings: the mobile redirect and the webhook."""

from __future__ import annotations

import logging
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import reverse

from django_iamport import request_pay
from django_iamport.exceptions import AttemptNotFound, IamportError
from django_iamport.managers import entrance
from django_iamport.models.registry import default_transaction_model, find_attempt, find_by_imp_uid
from django_iamport.models.transaction import AbstractTransaction
from django_iamport.views.base import IMP_UID, IamportView, JsonView

logger = logging.getLogger("django_iamport")


class RedirectView(IamportView):
    """Where a phone's browser comes back to; perhaps another browser than the purchase began in.

    The signature names one attempt and permits reading its state. The owner goes on to the receipt,
    everybody else sees the state and nobody's data.
    """

    http_method_names = ["get", "head", "options"]
    is_without_login = True
    template_name = "django_iamport/payment_state.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        merchant_uid = request_pay.unsigned(request.GET.get("attempt", ""))
        attempt = find_attempt(merchant_uid) if merchant_uid else None
        if attempt is None:
            raise Http404
        attempt = self.hear(attempt, request.GET.get("imp_uid", ""))
        response: HttpResponse
        if self.may_see(attempt.order):
            response = HttpResponseRedirect(reverse("iamport:order_complete", args=[attempt.merchant_uid]))
        else:
            response = TemplateResponse(request, self.template_name, {"status": attempt.status})
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cache-Control"] = "no-store"
        return response

    def hear(self, attempt: AbstractTransaction, imp_uid: str) -> AbstractTransaction:
        """Confirm what the address claims; where that can't be done now, the stored state is shown."""
        manager = entrance(type(attempt))
        claimed = imp_uid if IMP_UID.fullmatch(imp_uid) else None
        try:
            if claimed:
                manager.confirm(merchant_uid=attempt.merchant_uid, imp_uid=claimed, source="redirect")
            else:
                manager.poll(attempt.merchant_uid)
        except IamportError as error:
            logger.warning("%s: %s", attempt.merchant_uid, error.code)
        attempt.refresh_from_db()
        return attempt


class WebhookView(JsonView):
    """The gateway's notices: a hint, whereupon the gateway is asked.

    Answers 200 when the news is stored or none of our business, and 5xx where another delivery would help.
    """

    is_for_the_gateway = True

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        merchant_uid, imp_uid = self.text("merchant_uid"), self.imp_uid()
        attempt = find_attempt(merchant_uid) if merchant_uid else find_by_imp_uid(imp_uid)
        if attempt is None and merchant_uid:
            return JsonResponse({"status": "ignored"})
        model = type(attempt) if attempt else default_transaction_model()
        try:
            entrance(model).confirm(
                merchant_uid=attempt.merchant_uid if attempt else None,
                imp_uid=imp_uid or None,
                source="webhook",
            )
        except AttemptNotFound:
            return JsonResponse({"status": "ignored"})
        return JsonResponse({"status": "stored"})

    def answer_error(self, error: IamportError) -> HttpResponse:
        response = super().answer_error(error)
        if error.code not in ("malformed_request", "body_too_large") and response.status_code < 500:
            response.status_code = 503
        return response
