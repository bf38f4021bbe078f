"""What an operator does about one payment: ask the gateway, return money, accept by hand, answer a call."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from django_iamport.admin.forms import AcceptForm, AnswerForm, RefundForm
from django_iamport.admin.wording import call_in_words, refusal_in_words, status_badge, status_in_words
from django_iamport.exceptions import IamportError, NotAcceptable, OutcomeUnknown
from django_iamport.formatting import amount_in_words
from django_iamport.forms import RefundAccountForm
from django_iamport.models import AbstractTransaction, Refund
from django_iamport.records.hands import operator
from django_iamport.records.rows import rows
from django_iamport.refunds.conditions import needs_account
from django_iamport.rules.status import RefundStatus, Status

from .base import Buttons


class PaymentButtons(Buttons):
    def has_answer_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Whoever may do something about it."""
        return self.has_refund_permission(request, obj) or self.has_accept_permission(request, obj)

    def may_answer_now(self, request: HttpRequest, row: AbstractTransaction) -> bool:
        return self.has_answer_permission(request, row) and row.operator_calls.open().exists()

    def may_refund_now(self, request: HttpRequest, row: AbstractTransaction) -> bool:
        return self.has_refund_permission(request, row) and row.is_refundable

    def may_accept_now(self, request: HttpRequest, row: AbstractTransaction) -> bool:
        return self.has_accept_permission(request, row) and row.is_acceptable

    def sync_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        row = self.get_row(request, object_id)
        try:
            row.sync(source="admin", by=operator(request.user))
        except IamportError as error:
            return self.refused(request, row, error)
        told = _("The gateway answered: %(status)s.") % {"status": status_in_words(row)}
        return self.back(request, row, messages.SUCCESS, told)

    def refund_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = self.get_row(request, object_id)
        self.require(self.has_refund_permission(request, row))
        data = request.POST if request.method == "POST" else None
        form = RefundForm(row, data)
        account_form = None
        if needs_account(row.pay_method, row.pg_provider, row.paid_at):
            account_form = RefundAccountForm(data, pg_provider=row.pg_provider)
        forms = [form] if account_form is None else [form, account_form]
        # Sent twice, the second of the two finds the money gone: its key says that it is the same refund.
        earlier = _refund_of(row, form["refund_key"].value()) if data else None
        if earlier is not None:
            return self._tell_outcome(request, row, earlier)
        if not row.is_refundable:
            nothing = _("Nothing of this payment is left to refund.")
            return self.back(request, row, messages.ERROR, nothing)
        if data is not None and all([each.is_valid() for each in forms]):  # noqa: C419 - each shows its errors
            answer = self._refund(request, row, form, account_form)
            if answer is not None:
                return answer
        return self.show_page(
            request,
            "refund",
            pgettext("desk", "Refund"),
            row,
            badge=status_badge(row),
            rest=amount_in_words(row.held_amount, row.paid_currency),
            form=form,
            account_form=account_form,
        )

    def _refund(
        self,
        request: HttpRequest,
        row: AbstractTransaction,
        form: RefundForm,
        account_form: RefundAccountForm | None,
    ) -> HttpResponse | None:
        """The answer where it is decided; None where the form has to be shown again."""
        wanted = form.cleaned_data
        try:
            refund = row.cancel(
                wanted["amount"],
                reason=wanted["reason"],
                tax_free=wanted["tax_free"],
                refund_account=account_form.get_account() if account_form else None,
                by=operator(request.user),
                checksum=wanted["checksum"],
                refund_key=wanted["refund_key"],
            )
        except OutcomeUnknown as error:
            return self.back(request, row, messages.WARNING, refusal_in_words(error))
        except IamportError as error:
            row.refresh_from_db()
            if not row.is_refundable:
                return self.refused(request, row, error)
            form.add_error(None, refusal_in_words(error))
            form.ask_again(row)
            return None
        return self._tell_outcome(request, row, refund)

    def _tell_outcome(self, request: HttpRequest, row: AbstractTransaction, refund: Refund) -> HttpResponse:
        amount = {"amount": amount_in_words(refund.amount, refund.currency)}
        if refund.status == RefundStatus.DONE:
            return self.back(request, row, messages.SUCCESS, _("%(amount)s was refunded.") % amount)
        if refund.status == RefundStatus.REFUSED:
            return self.back(request, row, messages.ERROR, _("%(amount)s was not refunded.") % amount)
        under_way = _("The refund of %(amount)s is in progress. Its outcome will appear here.") % amount
        return self.back(request, row, messages.WARNING, under_way)

    def accept_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = self.get_row(request, object_id)
        self.require(self.has_accept_permission(request, row))
        if not row.is_acceptable:
            return self._tell_not_acceptable(request, row)
        form = AcceptForm(request.POST if request.method == "POST" else None)
        if form.is_bound and form.is_valid():
            try:
                row.accept(reason=form.cleaned_data["reason"], by=operator(request.user))
            except IamportError as error:
                row.refresh_from_db()
                if not row.is_acceptable:
                    return self._tell_not_acceptable(request, row)
                form.add_error(None, _why_not_accepted(row, error))
            else:
                accepted = _("The payment was accepted. The order is paid.")
                return self.back(request, row, messages.SUCCESS, accepted)
        return self.show_page(
            request,
            "accept",
            _("Accept a rejected payment"),
            row,
            badge=status_badge(row),
            held=amount_in_words(row.held_amount, row.paid_currency),
            asked=amount_in_words(row.amount, row.currency),
            form=form,
        )

    def answer_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = self.get_row(request, object_id)
        self.require(self.has_answer_permission(request, row))
        form = AnswerForm(request.POST if request.method == "POST" else None)
        if form.is_bound and form.is_valid():
            try:
                row.answer_operator(form.cleaned_data["note"], by=request.user)
            except IamportError as error:
                return self.refused(request, row, error)
            return self.back(request, row, messages.SUCCESS, _("Your answer was stored."))
        calls = [call_in_words(call.reason) for call in row.operator_calls.open()]
        title = _("Answer a call for an operator")
        return self.show_page(request, "answer", title, row, badge=status_badge(row), calls=calls, form=form)

    def _tell_not_acceptable(self, request: HttpRequest, row: AbstractTransaction) -> HttpResponse:
        if row.status == Status.PAID:
            return self.back(request, row, messages.INFO, _("This payment has already been accepted."))
        return self.back(request, row, messages.ERROR, str(NotAcceptable().message))


def _refund_of(row: AbstractTransaction, refund_key: str | None) -> Refund | None:
    return row.refunds.filter(refund_key=refund_key).first() if refund_key else None


def _why_not_accepted(row: AbstractTransaction, error: IamportError) -> str:
    others = rows(type(row)).filter(paid_order_key=str(row.order.pk))
    if isinstance(error, NotAcceptable) and others.exists():
        return _("Another payment for this order is already paid. Refund that one first.")
    return refusal_in_words(error)
