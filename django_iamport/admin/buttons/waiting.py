"""What an operator does about a refund that waits for him: he returned the money, or asks for another account."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from django_iamport.admin.forms import TransferForm
from django_iamport.admin.wording import refund_in_words, status_badge
from django_iamport.exceptions import IamportError, RefundNotKnown
from django_iamport.formatting import amount_in_words
from django_iamport.models import AbstractTransaction, Refund
from django_iamport.records.hands import operator
from django_iamport.refunds.conditions import needs_account
from django_iamport.rules.status import RefundStatus, Status

from .base import Buttons


class WaitingRefundButtons(Buttons):
    def waiting_refund(self, request: HttpRequest, row: AbstractTransaction) -> Refund | None:
        """The refund of a rejected payment that waits for somebody with permission to refund."""
        if row.status != Status.REJECTED or not self.has_refund_permission(request, row):
            return None
        refund = row.pending_refund
        return refund if refund is not None and refund.status == RefundStatus.NEEDS_OPERATOR else None

    def may_ask_account_now(self, row: AbstractTransaction) -> bool:
        return _has_page() and needs_account(row.pay_method, row.pg_provider, row.paid_at)

    def transferred_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = self.get_row(request, object_id)
        self.require(self.has_refund_permission(request, row))
        refund = self.waiting_refund(request, row)
        if refund is None:
            return self.back(request, row, messages.ERROR, RefundNotKnown("").message)
        form = TransferForm(request.POST if request.method == "POST" else None)
        if form.is_bound and form.is_valid():
            wanted = form.cleaned_data
            try:
                row.close_refund(reason=wanted["reason"], proof=wanted["proof"], by=operator(request.user))
            except IamportError as error:
                return self.refused(request, row, error)
            told = _("The refund was closed: the money was returned by bank transfer.")
            return self.back(request, row, messages.SUCCESS, told)
        return self.show_page(
            request,
            "transferred",
            _("Refunded by bank transfer"),
            row,
            badge=status_badge(row),
            amount=amount_in_words(refund.amount, refund.currency),
            why=refund_in_words(refund)[1],
            form=form,
        )

    def ask_account_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        row = self.get_row(request, object_id)
        self.require(self.has_refund_permission(request, row) and self.may_ask_account_now(row))
        try:
            row.ask_refund_account(by=operator(request.user))
        except IamportError as error:
            return self.refused(request, row, error)
        told = _("The customer’s page asks for an account again. The address for the customer is shown here.")
        return self.back(request, row, messages.SUCCESS, told)


def _has_page() -> bool:
    """Whether the customer's page is at an address of this site: the desk may run on one of its own."""
    try:
        reverse("iamport:refund_account", args=["link"])
    except NoReverseMatch:
        return False
    return True
