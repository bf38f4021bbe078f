"""Where a deposit goes back to, said by a customer without a login: through the address that the shop mailed."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from django_iamport.exceptions import IamportError
from django_iamport.forms import RefundAccountForm
from django_iamport.models import Refund
from django_iamport.models.registry import find_attempt
from django_iamport.models.transaction import AbstractTransaction
from django_iamport.records.hands import customer
from django_iamport.refunds import account_links
from django_iamport.signals.monitoring import log

from .base import IamportView


class RefundAccountView(IamportView):
    """The signed address is the permission, and shows nothing of the order but the sum that goes back."""

    http_method_names = ["get", "head", "post", "options"]
    is_without_login = True
    template_name = "django_iamport/refund_account.html"

    def get(self, request: HttpRequest, link: str) -> HttpResponse:
        attempt = self.get_attempt(link)
        if self.get_refund(attempt, link) is None:
            return self.render(attempt, None, status=410)
        return self.render(attempt, RefundAccountForm(pg_provider=attempt.pg_provider))

    def post(self, request: HttpRequest, link: str) -> HttpResponse:
        attempt = self.get_attempt(link)
        if self.get_refund(attempt, link) is None:
            return self.render(attempt, None, status=410)
        form = RefundAccountForm(request.POST, pg_provider=attempt.pg_provider)
        if not form.is_valid():
            return self.render(attempt, form, status=400)
        is_given = give(attempt, form, by=customer(getattr(request, "user", None)), link=link)
        return self.render(attempt, None, status=200 if is_given else 410, is_given=is_given)

    def get_attempt(self, link: str) -> AbstractTransaction:
        merchant_uid = account_links.merchant_uid_of(link)
        attempt = find_attempt(merchant_uid) if merchant_uid else None
        if attempt is None:
            raise Http404
        return attempt

    def get_refund(self, attempt: AbstractTransaction, link: str) -> Refund | None:
        """The refund that waits for the account of this address; None once the address is over."""
        refund = attempt.pending_refund
        is_open = refund is not None and refund.needs_account and account_links.opens(link, refund)
        return refund if is_open else None

    def render(
        self,
        attempt: AbstractTransaction,
        form: RefundAccountForm | None,
        *,
        status: int = 200,
        is_given: bool = False,
    ) -> HttpResponse:
        context = {
            "transaction": attempt,
            "refund": attempt.pending_refund,
            "refund_account_form": form,
            "is_given": is_given,
        }
        response = TemplateResponse(self.request, self.template_name, context, status=status)
        response.headers["Cache-Control"] = "no-store"
        response.headers["Referrer-Policy"] = "no-referrer"
        return response


def give(attempt: AbstractTransaction, form: RefundAccountForm, *, by: str, link: str | None = None) -> bool:
    """Store the account and return the money to it; answers whether it was stored.

    What fails after that goes on at the next `iamport_sync`.
    """
    refund = attempt.pending_refund
    given_before = refund.account_given_at if refund else None
    try:
        attempt.retry_refund(refund_account=form.get_account(), by=by, link=link)
    except IamportError as error:
        log(
            "refund_postponed",
            merchant_uid=attempt.merchant_uid,
            imp_uid=attempt.imp_uid or "",
            kind="refund",
            reason=error.code,
        )
        if refund is None:
            return False
        refund.refresh_from_db()
        return refund.account_given_at != given_before
    return True
