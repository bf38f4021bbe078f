"""The page on which a customer asks for the cash receipt of his payment."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse

from django_iamport.exceptions import GatewayError, IamportError, OutcomeUnknown, TooManyRequests
from django_iamport.models import AbstractTransaction
from django_iamport.models.order import ShopOrder
from django_iamport.models.registry import find_attempt
from django_iamport.records.hands import customer
from django_iamport.signals.monitoring import log
from django_iamport.views import IamportView

from . import receipts
from .access import standing
from .exceptions import CashReceiptOpen
from .forms import CashReceiptForm

__all__ = ["CashReceiptView"]


class CashReceiptView(IamportView):
    """Shows the receipt to whoever may see the order, and issues it to whoever may ask for one."""

    http_method_names = ["get", "head", "post", "options"]
    template_name = "iamport_cash_receipts/page.html"
    form_class: type[CashReceiptForm] = CashReceiptForm

    def get(self, request: HttpRequest, merchant_uid: str) -> HttpResponse:
        return self.render(self.get_attempt(merchant_uid))

    def post(self, request: HttpRequest, merchant_uid: str) -> HttpResponse:
        attempt = self.get_attempt(merchant_uid)
        if not self.may_ask_cash_receipt(attempt.order):
            raise PermissionDenied
        form = self.form_class(request.POST)
        if not form.is_valid():
            return self.render(attempt, form, status=400)
        try:
            self.require_budget(attempt)
            receipts.issue(
                attempt,
                form.cleaned_data["identifier"],
                type=form.cleaned_data["type"],
                by=customer(getattr(request, "user", None)),
                source="browser",
            )
        except (CashReceiptOpen, OutcomeUnknown):
            # The page says how it stands.
            return HttpResponseRedirect(request.path)
        except IamportError as error:
            return self.refuse(attempt, form, error)
        return HttpResponseRedirect(request.path)

    def may_ask_cash_receipt(self, order: ShopOrder) -> bool:
        """Hook: who may have a receipt issued: by default whoever may see the order."""
        return self.may_see(order)

    def refuse(
        self, attempt: AbstractTransaction, form: CashReceiptForm, error: IamportError
    ) -> HttpResponse:
        if isinstance(error, GatewayError):
            log("cash_receipt_not_issued", merchant_uid=attempt.merchant_uid, reason=error.code)
        form.add_error(None, str(error.message))
        response = self.render(attempt, form, status=error.http_status)
        if isinstance(error, TooManyRequests):
            response.headers["Retry-After"] = str(error.retry_after)
        return response

    def get_attempt(self, merchant_uid: str) -> AbstractTransaction:
        attempt = find_attempt(merchant_uid)
        if attempt is None or not self.may_see(attempt.order):
            raise Http404
        return attempt

    def get_context_data(
        self, attempt: AbstractTransaction, form: CashReceiptForm | None = None
    ) -> dict[str, Any]:
        """Hook: what the page shows."""
        shown = standing(attempt)
        asks = shown["may_ask"] and self.may_ask_cash_receipt(attempt.order)
        return {
            "view": self,
            "transaction": attempt,
            "order": attempt.order,
            **shown,
            "form": (form or self.form_class()) if asks or form else None,
        }

    def render(
        self, attempt: AbstractTransaction, form: CashReceiptForm | None = None, status: int = 200
    ) -> HttpResponse:
        context = self.get_context_data(attempt, form)
        response = TemplateResponse(self.request, self.template_name, context, status=status)
        response.headers["Cache-Control"] = "no-store"
        return response
