"""What an operator has to look after, and ways to pay in words, beside the list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ORDER_VAR, ChangeList
from django.db import connections
from django.db.models import Exists, Field, Model, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from django_iamport.admin.forms import FIRST_DAY, LAST_DAY
from django_iamport.admin.lists import MOST
from django_iamport.admin.wording import CALLS, SOURCES
from django_iamport.formatting import pay_method_in_words
from django_iamport.ledger.books import bookkeeping
from django_iamport.models import OperatorCall, Refund
from django_iamport.records.refund import BY_TRANSFER
from django_iamport.rules.status import RefundStatus, Status

# The gateway's clock and ours.
CLOCKS_DIFFER = timedelta(hours=1)

# An account lapses soon.
SOON = timedelta(days=1)

# What an operator has to look after, most pressing first.
ATTENTION: Mapping[str, Promise] = {
    "operator": _("refunds that need an operator"),
    "unknown": _("refunds in progress"),
    "held": _("rejected payments still held"),
    "backlog": _("gateway notifications not applied yet"),
    "called": _("calls for an operator"),
    "lapsing": _("deposits due within a day"),
}


def waits(name: str, now: datetime) -> Exists | Q:
    """The condition for transactions, by the word of ATTENTION."""
    refunds = Refund.objects.filter(merchant_uid=OuterRef("merchant_uid"))
    conditions: dict[str, Exists | Q] = {
        "operator": Exists(refunds.filter(status=RefundStatus.NEEDS_OPERATOR)),
        "unknown": Exists(refunds.filter(status__in=Refund.OPEN)),
        "held": Q(
            ~Exists(refunds.filter(code=BY_TRANSFER)), status=Status.REJECTED, paid_amount__isnull=False
        ),
        "backlog": Q(backlog_since__isnull=False),
        "called": Exists(OperatorCall.objects.open().filter(merchant_uid=OuterRef("merchant_uid"))),
        "lapsing": Q(status=Status.READY, vbank_date__gte=now, vbank_date__lt=now + SOON),
    }
    return conditions[name]


# Databases that take this query as it is written.
STEPPING = ("postgresql", "mysql", "sqlite")
STEPS = """
    WITH RECURSIVE found (word) AS (
        SELECT MIN({column}) FROM {table}
        UNION ALL
        SELECT (SELECT MIN({column}) FROM {table} WHERE {column} > found.word) FROM found WHERE word IS NOT NULL
    )
    SELECT word FROM found WHERE word IS NOT NULL
"""


class AttentionFilter(admin.SimpleListFilter):
    title = _("attention needed")
    parameter_name = "attention"
    words: ClassVar[Mapping[str, Any]] = ATTENTION

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, Any]]:
        return list(self.words.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        if value is None or value not in self.words:
            return queryset
        return self.waiting(queryset, value)

    def waiting(self, found: QuerySet[Any], word: str) -> QuerySet[Any]:
        """Those of the rows that one of `words` is about."""
        return found.filter(waits(word, timezone.now()))


FIGURES: Mapping[str, Promise] = {
    "paid": pgettext_lazy("overview", "payments"),
    "refunded": pgettext_lazy("overview", "refunds"),
    "declined": _("declined payments"),
}


class FigureFilter(admin.ListFilter):
    """What a bar of the overview counts: `figure`, from `begin` to `end` (Korean days, both included).

    Shown beside the list where it is asked for alone.
    """

    title = pgettext_lazy("desk", "overview")
    # Whether a few numbers find all rows.
    has_few = False

    def __init__(
        self, request: HttpRequest, params: dict[str, Any], model: type[Model], model_admin: Any
    ) -> None:
        super().__init__(request, params, model, model_admin)
        for name in ("figure", "begin", "end"):
            if name in params:
                self.used_parameters[name] = params.pop(name)[-1]

    def expected_parameters(self) -> list[str | None]:
        return ["figure", "begin", "end"]

    def has_output(self) -> bool:
        return bool(self.used_parameters)

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        everything = changelist.get_query_string(remove=["figure", "begin", "end"])
        yield {"selected": False, "query_string": everything, "display": gettext("all transactions")}
        figure, begin, end = self._asked()
        days = f"{begin}" if begin == end else f"{begin} – {end}"
        yield {
            "selected": True,
            "query_string": changelist.get_query_string(),
            "display": f"{FIGURES[figure]}, {days}",
        }

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        figure, begin, end = self._asked()
        days, found = [begin, end + timedelta(days=1)], queryset.filter(bookkeeping.is_counted())
        if figure == "declined":
            return found.filter(bookkeeping.DECLINED, bookkeeping.within("created", days))
        accepted = found.filter(bookkeeping.ACCEPTED)
        # What comes in or goes back was begun before: a list by `created` need not be walked from its newest row.
        # Not beside what finds the rows by itself: a planner would read both indexes.
        begun = Q(created__lt=bookkeeping.midnight(days[-1]) + CLOCKS_DIFFER)
        if figure == "paid":
            paid = accepted.filter(bookkeeping.within("paid_at", days), paid_amount__isnull=False)
            return paid.filter(begun) if ORDER_VAR in request.GET else paid
        refunds = bookkeeping.made_within(days, queryset.db).values_list("merchant_uid", flat=True)
        few = [*refunds[: MOST + 1]]
        self.has_few = len(few) <= MOST
        return (
            accepted.filter(merchant_uid__in=few)
            if self.has_few
            else accepted.filter(begun, merchant_uid__in=refunds)
        )

    def _asked(self) -> tuple[str, date, date]:
        """Raises `IncorrectLookupParameters`, as Django's own filters do."""
        try:
            figure, begin, end = (str(self.used_parameters[name]) for name in ("figure", "begin", "end"))
            asked = figure, date.fromisoformat(begin), date.fromisoformat(end)
        except (KeyError, ValueError) as error:
            raise IncorrectLookupParameters(error) from error
        if figure not in FIGURES or not FIRST_DAY <= asked[1] <= asked[2] <= LAST_DAY:
            raise IncorrectLookupParameters(figure)
        return asked


class PayMethodFilter(admin.AllValuesFieldListFilter):
    """The ways to pay that occur, as people call them.

    Each is found by one step in the column's index; `DISTINCT` would read all rows.
    """

    def __init__(
        self,
        field: Any,
        request: HttpRequest,
        params: dict[str, Any],
        model: Any,
        model_admin: Any,
        field_path: str,
    ) -> None:
        super().__init__(field, request, params, model, model_admin, field_path)
        rows = model_admin.get_queryset(request)
        # Of a part of the rows no index knows the words.
        if field_path == field.name and not rows.query.where and connections[rows.db].vendor in STEPPING:
            self.lookup_choices = _occurring(field, rows.db)  # type: ignore[assignment]

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        for choice in super().choices(changelist):
            yield {
                **choice,
                "display": pay_method_in_words(str(choice["display"])) or pgettext("payment method", "none"),
            }


class InWordsFilter(admin.FieldListFilter):
    """The words that a column may hold, as people say them; their list needs no look at the table."""

    words: ClassVar[Mapping[str, str | Promise]] = {}
    # What stands above it; by default the column's name.
    heading: ClassVar[Promise | None] = None

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
        if self.heading is not None:
            self.title = str(self.heading)
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
    heading = pgettext_lazy("column", "source")
    # One of two words that mean the same is enough to choose from.
    words = {word: in_words for word, in_words in SOURCES.items() if word != "save"}


class CallFilter(InWordsFilter):
    words = CALLS


class AnsweredFilter(admin.EmptyFieldListFilter):
    """Whether somebody has answered, in words that say so."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = pgettext("column", "answer")

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        words = (pgettext("desk", "All"), gettext("not answered yet"), pgettext("desk", "answered"))
        for choice, in_words in zip(super().choices(changelist), words, strict=True):
            yield {**choice, "display": in_words}


def _occurring(field: Field[Any, Any], using: str) -> list[str]:
    quoted = connections[using].ops.quote_name
    names = {"column": quoted(str(field.column)), "table": quoted(field.model._meta.db_table)}
    with connections[using].cursor() as cursor:
        cursor.execute(STEPS.format(**names))
        return [word for (word,) in cursor.fetchall()]
