"""What an operator does about a virtual account that waits for its deposit: void it, or give it more time."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from django_iamport.admin.forms import ChangeAccountForm, VoidForm
from django_iamport.admin.wording import refusal_in_words, status_badge
from django_iamport.exceptions import AccountNotWaiting, IamportError, OutcomeUnknown, RefundNeedsOperator
from django_iamport.formatting import amount_in_words
from django_iamport.models import AbstractTransaction
from django_iamport.records.hands import operator

from .base import Buttons


class AccountButtons(Buttons):
    def may_change_account_now(self, request: HttpRequest, row: AbstractTransaction) -> bool:
        return self.has_account_permission(request, row) and row.is_awaiting_deposit

    def void_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = self.get_row(request, object_id)
        self.require(self.has_account_permission(request, row))
        if not row.is_awaiting_deposit:
            return self.back(request, row, messages.ERROR, AccountNotWaiting("").message)
        form = VoidForm(request.POST if request.method == "POST" else None)
        if form.is_bound and form.is_valid():
            return self._void(request, row, form.cleaned_data["reason"])
        return self._show(request, "void", _("Void the virtual account"), row, form)

    def _void(self, request: HttpRequest, row: AbstractTransaction, reason: str) -> HttpResponse:
        try:
            row.void_account(reason=reason, by=operator(request.user))
        except OutcomeUnknown as error:
            return self.back(request, row, messages.WARNING, refusal_in_words(error))
        except RefundNeedsOperator as error:
            told = [_("The virtual account could not be voided."), error.gateway_message]
            return self.back(request, row, messages.ERROR, " ".join(filter(None, told)))
        except IamportError as error:
            return self.refused(request, row, error)
        if row.is_refundable:
            came = _("The deposit had arrived already. The account was not voided.")
            return self.back(request, row, messages.WARNING, came)
        return self.back(request, row, messages.SUCCESS, _("The virtual account was voided."))

    def account_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = self.get_row(request, object_id)
        self.require(self.has_account_permission(request, row))
        if not row.is_awaiting_deposit:
            return self.back(request, row, messages.ERROR, AccountNotWaiting("").message)
        form = ChangeAccountForm(row, request.POST if request.method == "POST" else None)
        if form.is_bound and form.is_valid():
            try:
                row.change_account(vbank_due=form.get_due(), by=operator(request.user))
            except OutcomeUnknown as error:
                return self.back(request, row, messages.WARNING, refusal_in_words(error))
            except IamportError as error:
                form.add_error(None, refusal_in_words(error))
            else:
                return self.back(request, row, messages.SUCCESS, _("The virtual account was changed."))
        return self._show(request, "account", _("Change the virtual account"), row, form)

    def _show(
        self,
        request: HttpRequest,
        template: str,
        title: str,
        row: AbstractTransaction,
        form: VoidForm | ChangeAccountForm,
    ) -> HttpResponse:
        order = row.order
        return self.show_page(
            request,
            template,
            title,
            row,
            badge=status_badge(row),
            asked=amount_in_words(row.amount, row.currency),
            wanted=amount_in_words(order.get_payment_amount(), order.get_payment_currency()),
            due=row.get_vbank_due(),
            form=form,
        )
