"""What the buttons share: who may press them, and the way back to the payment."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from django_iamport.admin.pages import PagesMixin
from django_iamport.admin.wording import refusal_in_words
from django_iamport.exceptions import IamportError
from django_iamport.models import AbstractTransaction


class Buttons(PagesMixin):
    def has_refund_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("django_iamport.refund_payments")

    def has_accept_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("django_iamport.accept_payments")

    def has_account_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("django_iamport.change_accounts")

    def require(self, is_allowed: bool) -> None:
        if not is_allowed:
            raise PermissionDenied

    def back(
        self, request: HttpRequest, row: AbstractTransaction, level: int, text: str
    ) -> HttpResponseRedirect:
        self.message_user(request, text, level)
        return HttpResponseRedirect(self.kept_address(request, "change", row))

    def refused(self, request: HttpRequest, row: AbstractTransaction, error: IamportError) -> HttpResponse:
        return self.back(request, row, messages.ERROR, refusal_in_words(error))
