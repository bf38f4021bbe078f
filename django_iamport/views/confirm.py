"""The confirm process: the gateway asks, before it takes the money, whether it may."""

from __future__ import annotations

import re
import time
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from django_iamport.exceptions import IamportError, MalformedRequest, RejectPayment
from django_iamport.gateway.payload import amount_from_json
from django_iamport.models.transaction import AbstractTransaction
from django_iamport.signals.monitoring import log
from django_iamport.views.base import JsonView
from django_iamport.webhooks import confirm_process

# The gateway waits 10 seconds, and some payment companies less.
SECONDS = 3
FORM_AMOUNT = re.compile(r"[0-9]{1,12}(\.[0-9]{1,2})?")


class ConfirmView(JsonView):
    """200 lets the payment go on; everything else ends it, and the customer is told the `reason`.

    Anybody may ask. Nothing is written and the gateway isn't asked; whatever fails here refuses.
    """

    is_for_the_gateway = True
    neutral_reason = _("This order can no longer be paid. Please reload the shop's page.")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        began = time.monotonic()
        try:
            return super().dispatch(request, *args, **kwargs)
        except Exception:  # noqa: BLE001 - logged
            # With another answer than a reason, too, the gateway would refuse; but the customer wouldn't know why.
            log("confirm_failed", error=True)
            return self.refuse(self.neutral_reason, status=500)
        finally:
            took = time.monotonic() - began
            if took > SECONDS:
                log("confirm_slow", seconds=took)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        merchant_uid, _imp_uid, amount = self.text("merchant_uid"), self.imp_uid(), self.amount()
        attempt = confirm_process.find(merchant_uid)
        if attempt is None:
            return self.refuse(self.neutral_reason)
        # It is the gateway that asks, and the customer who reads the reason.
        with translation.override(attempt.language):
            is_payable = confirm_process.is_payable(attempt, amount)
            reason = self.ask_shop(attempt) if is_payable else self.neutral_reason
            return JsonResponse({"status": "confirmed"}) if reason is None else self.refuse(reason)

    def ask_shop(self, attempt: AbstractTransaction) -> str | Promise | None:
        """Why the shop refuses, None where it doesn't; a reason of its own where customers may read it."""
        try:
            accepts = attempt.order.accepts_payment(attempt)
            return self.get_refusal(attempt) if accepts else self.neutral_reason
        except RejectPayment as refusal:
            reason: str | Promise = attempt.REJECT_REASONS.get(refusal.reason, self.neutral_reason)
            return reason

    def get_refusal(self, attempt: AbstractTransaction) -> str | None:
        """Hook: why `attempt.order` must not be paid now, in words for the customer; None lets it be paid.

        Asked after the order's own `accepts_payment`, which is asked again under the lock: what has to hold
        belongs there, and here what is only worth asking before the money is taken. Answer in less than 3
        seconds and write nothing; a reservation is kept under `attempt.merchant_uid` and lapses by itself.
        """
        return None

    def amount(self) -> Decimal | None:
        """The amount in the currency's main unit; None where a message of another kind tells none."""
        value = self.data.get("amount")
        if self.text("event") and value is None:
            return None
        if isinstance(value, str) and FORM_AMOUNT.fullmatch(value):
            value = Decimal(value)
        amount = amount_from_json(value)
        if amount is None:
            raise MalformedRequest("amount is not a sum of money.")
        return amount

    def answer_failure(self, error: Exception) -> HttpResponse:
        """With DEBUG, too, it is `dispatch` that refuses."""
        raise error

    def answer_error(self, error: IamportError) -> HttpResponse:
        return self.refuse(self.neutral_reason, status=error.http_status)

    def refuse(self, reason: str | Promise, *, status: int = 409) -> HttpResponse:
        response = JsonResponse({"reason": str(reason)}, status=status)
        response.headers["Cache-Control"] = "no-store"
        return response
