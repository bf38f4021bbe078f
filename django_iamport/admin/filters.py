"""What an operator has to look after, and ways to pay in words, beside the list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from django_iamport.admin.wording import CALLS, SOURCES
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


class InWordsFilter(admin.FieldListFilter):
    """The words that a column may hold, as people say them; their list needs no look at the table."""

    words: ClassVar[Mapping[str, str | Promise]] = {}

    def __init__(
        self,
        field: Any,
        request: HttpRequest,
        params: dict[str, list[str]],
        model: type[Model],
        model_admin: admin.ModelAdmin[Any],
        field_path: str,
    ) -> None:
        self.parameter = f"{field_path}__exact"
        super().__init__(field, request, params, model, model_admin, field_path)
        given = params.get(self.parameter)
        self.chosen = given[-1] if given else None

    def expected_parameters(self) -> list[str | None]:
        return [self.parameter]

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        everything = changelist.get_query_string(remove=[self.parameter])
        yield {
            "selected": self.chosen is None,
            "query_string": everything,
            "display": pgettext("desk", "All"),
        }
        for word, in_words in self.words.items():
            address = changelist.get_query_string({self.parameter: word})
            yield {"selected": self.chosen == word, "query_string": address, "display": in_words}


class KindFilter(InWordsFilter):
    words = dict([*Refund.KIND])


class SourceFilter(InWordsFilter):
    # One of two words that mean the same is enough to choose from.
    words = {word: in_words for word, in_words in SOURCES.items() if word != "save"}


class CallFilter(InWordsFilter):
    words = CALLS
