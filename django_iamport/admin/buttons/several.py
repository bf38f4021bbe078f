"""Refunds of several transactions at once: one reason, one confirmation, and each outcome told."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from django_iamport.admin.forms import SeveralRefundsForm
from django_iamport.admin.wording import badge, refusal_in_words, status_badge
from django_iamport.exceptions import IamportError, OutcomeUnknown
from django_iamport.formatting import amount_in_words
from django_iamport.models import AbstractTransaction
from django_iamport.records.hands import operator
from django_iamport.refunds.conditions import needs_account

from .base import Buttons

# Each is looked up and refunded before the page answers.
MOST = 50


class SeveralButtons(Buttons):
    @admin.action(description=gettext_lazy("Refund selected payments"), permissions=["refund"])
    def refund_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        keys = [str(pk) for pk in queryset.order_by("pk").values_list("pk", flat=True)[: MOST + 1]]
        if len(keys) > MOST:
            text = _("At most %d payments are refunded at once. Please select fewer.")
            self.message_user(request, text % MOST, messages.ERROR)
            return None
        return HttpResponseRedirect(
            f"{self.page_url('refund_several')}?{urlencode({'pk': keys}, doseq=True)}"
        )

    def refund_several_view(self, request: HttpRequest) -> HttpResponse:
        """The whole rest of each, after one confirmation; sent twice it is refunded once."""
        self.require(self.has_view_permission(request) and self.has_refund_permission(request))
        rows = self._chosen(request)
        possible = [row for row in rows if row.is_refundable and not _wants_account(row)]
        form = SeveralRefundsForm(possible, request.POST if request.method == "POST" else None)
        if form.is_bound and form.is_valid():
            outcomes = [self._refund_one(request, row, form) for row in rows if form.was_shown(row)]
            return self._show_several(request, outcomes, None)
        listed = [(row, self.page_url("change", row), *_standing(row)) for row in rows]
        return self._show_several(request, listed, form if possible else None)

    def _chosen(self, request: HttpRequest) -> list[AbstractTransaction]:
        keys = request.GET.getlist("pk")[:MOST]
        found = [self.get_object(request, key) for key in dict.fromkeys(keys)]
        return [row for row in found if row is not None and self.has_refund_permission(request, row)]

    def _refund_one(
        self, request: HttpRequest, row: AbstractTransaction, form: SeveralRefundsForm
    ) -> tuple[AbstractTransaction, str, SafeString, str, str]:
        key, rest = form.once_of(row)
        by, reason = operator(request.user), form.cleaned_data["reason"]
        amount = amount_in_words(rest, row.paid_currency)
        try:
            row.cancel(reason=reason, by=by, checksum=rest, refund_key=key)
        except OutcomeUnknown as error:
            outcome = badge("unknown", _("outcome unknown")), amount, refusal_in_words(error)
        except IamportError as error:
            outcome = badge("refused", _("not refunded")), amount, refusal_in_words(error)
        else:
            outcome = badge("done", pgettext("status", "refunded")), amount, ""
        return row, self.page_url("change", row), *outcome

    def _show_several(
        self, request: HttpRequest, lines: list[Any], form: SeveralRefundsForm | None
    ) -> HttpResponse:
        title = _("Refund selected payments")
        is_done = form is None and request.method == "POST"
        return self.show_page(request, "refund_several", title, lines=lines, form=form, is_done=is_done)


def _standing(row: AbstractTransaction) -> tuple[SafeString, str, str]:
    """How it stands, what would go back, and why nothing would."""
    if not row.is_refundable:
        return status_badge(row), "–", _("Nothing of this payment is left to refund.")
    rest = amount_in_words(row.held_amount, row.paid_currency)
    if _wants_account(row):
        return status_badge(row), rest, _("Needs the customer’s account: please refund it on its own page.")
    return status_badge(row), rest, ""


def _wants_account(row: AbstractTransaction) -> bool:
    return needs_account(row.pay_method, row.pg_provider, row.paid_at)
