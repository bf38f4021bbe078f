"""What an operator has to look after, and ways to pay in words, beside the list."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from django_iamport.formatting import pay_method_in_words
from django_iamport.models import OperatorCall, Refund
from django_iamport.rules.status import RefundStatus, Status


class AttentionFilter(admin.SimpleListFilter):
    title = _("attention needed")
    parameter_name = "attention"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, Any]]:
        return [
            ("operator", _("refund needs an operator")),
            ("unknown", _("refund in progress")),
            ("held", _("rejected, money still held")),
            ("backlog", _("gateway updates not applied yet")),
            ("called", _("operator called")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        refunds = Refund.objects.filter(merchant_uid=OuterRef("merchant_uid"))
        conditions: dict[str | None, Exists | Q] = {
            "operator": Exists(refunds.filter(status=RefundStatus.NEEDS_OPERATOR)),
            "unknown": Exists(refunds.filter(status__in=Refund.OPEN)),
            "held": Q(status=Status.REJECTED, paid_amount__isnull=False),
            "backlog": Q(backlog_since__isnull=False),
            "called": Exists(OperatorCall.objects.open().filter(merchant_uid=OuterRef("merchant_uid"))),
        }
        condition = conditions.get(self.value())
        return queryset if condition is None else queryset.filter(condition)


class PayMethodFilter(admin.AllValuesFieldListFilter):
    """The ways to pay that occur, as people call them."""

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        for choice in super().choices(changelist):
            yield {**choice, "display": pay_method_in_words(str(choice["display"])) or "–"}
