"""Blanking what is personal in the rows of a payment; sums, ids, words of the rules and moments stay.

What a refund, a deposit or an operator still needs is left, and said.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial, reduce
from operator import or_
from typing import Any, TypeVar, cast

from django.core.exceptions import ObjectDoesNotExist
from django.db import DatabaseError
from django.db.models import Case, CharField, Exists, F, Model, OuterRef, Q, QuerySet, Value, When
from django.db.models.expressions import Combinable

from django_iamport.exceptions import IamportError
from django_iamport.gateway.payload import harmless_part
from django_iamport.ledger.books import day_sums
from django_iamport.ledger.erasable import Erasable, registered
from django_iamport.records import locks, order_token
from django_iamport.records.cancellation import Cancellation
from django_iamport.records.history import History, HistoryQuerySet, Origin, note
from django_iamport.records.operator_call import OperatorCall
from django_iamport.records.refund import NO_ACCOUNT, Refund
from django_iamport.records.rows import rows
from django_iamport.records.transaction import WORDS_OF_THE_RULES, TransactionRecord
from django_iamport.rules.status import CLOSED_REFUNDS, Status
from django_iamport.signals.monitoring import log

BATCH = 500
BY_COMMAND = Origin("command")

# Their reason is a code; elsewhere people write one, or the payment company.
EVENTS_WITH_A_CODE = ("rejected", "error", "needs_operator", "account_refused")

Record = type[Refund | Cancellation | History | OperatorCall]


def _role(column: str) -> Case:
    """An operator's key is an id of the shop's own; a customer's leads to him, and any other text may."""
    return Case(
        When(**{f"{column}__startswith": "operator:"}, then=F(column)),
        When(**{f"{column}__startswith": "customer"}, then=Value("customer")),
        default=Value(""),
        output_field=CharField(),
    )


KNOWN_WORD = When(reason__in=WORDS_OF_THE_RULES, then=F("reason"))
REASON = Case(KNOWN_WORD, default=Value(""), output_field=CharField())
REASON_OF_HISTORY = Case(
    KNOWN_WORD,
    When(event__in=EVENTS_WITH_A_CODE, then=F("reason")),
    default=Value(""),
    output_field=CharField(),
)
# By model, whose hand it was, and what each personal column becomes.
HANDS: dict[Record, tuple[str, ...]] = {
    Refund: ("by", "account_given_by"),
    Cancellation: ("by",),
    History: ("by",),
    OperatorCall: ("answered_by",),
}
BLANK: dict[Record, dict[str, Any]] = {
    Refund: {
        "by": _role("by"),
        "account_given_by": _role("account_given_by"),
        "reason": REASON,
        **dict.fromkeys(("gateway_message", "proof", *NO_ACCOUNT), Value("")),
    },
    Cancellation: {"by": _role("by"), "reason": REASON, "receipt_url": Value("")},
    History: {"by": _role("by"), "reason": REASON_OF_HISTORY},
    OperatorCall: {"answered_by": _role("answered_by"), "answer": Value("")},
}

Row = TypeVar("Row", bound=TransactionRecord)
AnyRow = TypeVar("AnyRow", bound=Model)


@dataclass
class Erased:
    """How many rows of which table were blanked; `kept`: which transactions were left for now, and why.

    `others`: rows of apps that only some shops have, by the name of each.
    """

    transactions: int = 0
    refunds: int = 0
    cancellations: int = 0
    history: int = 0
    operator_calls: int = 0
    order_tokens: int = 0
    others: dict[str, int] = field(default_factory=dict)
    kept: dict[str, str] = field(default_factory=dict)


class Eraser:
    """Blanks in the database `using`; with `dry_run` it counts, and stores nothing."""

    def __init__(self, using: str, *, dry_run: bool = False, batch: int = BATCH) -> None:
        self.using, self.dry_run, self.batch = using, dry_run, batch
        self.erased = Erased()

    def erase(self, found: QuerySet[Row]) -> None:
        """The rows of a transaction model, each under its order's lock and in a transaction of its own.

        A run that was stopped is simply begun again.
        """
        for row in self._in_batches(found):
            try:
                done = (
                    self._blank(row) if self.dry_run else locks.retrying(partial(self._lock_and_blank, row))
                )
            except (IamportError, DatabaseError, ObjectDoesNotExist) as error:
                log("row_not_erased", error=True, subject=row.merchant_uid)
                done = getattr(error, "code", "database_error")
            if isinstance(done, str):
                self.erased.kept[row.merchant_uid] = done
            else:
                self._count(1, *done)
                for erasable in registered():
                    self._erase_others(erasable, erasable.of_payment(row.merchant_uid))

    def _lock_and_blank(self, row: TransactionRecord) -> list[int] | str:
        with locks.locked_order(type(row), row.order_id, self.using) as (order, attempts):
            done = self._blank(next(attempt for attempt in attempts if attempt.pk == row.pk))
            if not isinstance(done, str):
                order_token.forget(cast("Model", order))
            return done

    def _blank(self, row: TransactionRecord) -> list[int] | str:
        """Answers how many rows of each table held something, or why nothing was blanked."""
        hindrance = why_kept(row)
        if hindrance:
            return hindrance
        counts = [self._blank_records(model, Q(merchant_uid=row.merchant_uid)) for model in BLANK]
        if not self.dry_run:
            note(row.merchant_uid, "erased", origin=BY_COMMAND, using=self.using)
            row.store_erased(self.using, answer=harmless_part(row.answer))
            day_sums.forget([row.created], self.using)
        return counts

    def erase_hands(self, *hands: str) -> None:
        """Of somebody's own hand the role stays, whoever's payment it was."""
        for hand in hands:
            role, counts = Value(hand.partition(":")[0]), []
            for model, columns in HANDS.items():
                found: QuerySet[Any] = model._base_manager.using(self.using)
                theirs = reduce(or_, (Q(**{column: hand}) for column in columns))
                counts.append(found.filter(theirs).count())
                for column in () if self.dry_run else columns:
                    _update(found.filter(**{column: hand}), **{column: role})
            self._count(0, *counts)

    def erase_without_transaction(self, before: datetime, models: Iterable[type[TransactionRecord]]) -> None:
        """Rows from before that moment whose transaction is gone, and tokens of orders that old."""
        kept = [rows(model, self.using).filter(merchant_uid=OuterRef("merchant_uid")) for model in models]
        orphaned: list[Combinable | Q] = [
            Q(created__lt=before),
            *(~Exists(transactions) for transactions in kept),
        ]
        self._count(0, *(self._blank_records(model, *orphaned) for model in BLANK))
        tokens = order_token.OrderToken._base_manager.using(self.using).filter(created__lt=before)
        self.erased.order_tokens += tokens.count() if self.dry_run else tokens.delete()[0]

    def erase_others_of(self, user_key: object) -> None:
        """What other apps keep of that user."""
        for erasable in registered():
            self._erase_others(erasable, erasable.of_user(user_key))

    def erase_others_before(self, moment: datetime) -> None:
        """What other apps keep from before that moment."""
        for erasable in registered():
            self._erase_others(erasable, erasable.before(moment))

    def _erase_others(self, erasable: Erasable, found: list[QuerySet[Any]]) -> None:
        erased = self.erased.others.setdefault(erasable.name, 0)
        for row in (row for rows_of_model in found for row in self._in_batches(rows_of_model)):
            try:
                hindrance = None if self.dry_run else erasable.erase(row)
            except (IamportError, DatabaseError) as error:
                log("row_not_erased", error=True, subject=erasable.number(row))
                hindrance = getattr(error, "code", "database_error")
            if hindrance:
                self.erased.kept[erasable.number(row)] = hindrance
            else:
                erased += 1
        self.erased.others[erasable.name] = erased

    def _blank_records(self, model: Record, *which: Combinable | Q) -> int:
        """Answers how many rows held something."""
        found: QuerySet[Any] = model._base_manager.using(self.using).filter(*which)
        if model is Refund:
            found = found.filter(status__in=CLOSED_REFUNDS)
        if model is OperatorCall:
            found = found.filter(open_key=None)
        blank, holding = BLANK[model], Q()
        for name in blank:
            holding |= ~Q(**{name: F(f"blank_{name}")})
        found = found.annotate(**{f"blank_{name}": value for name, value in blank.items()}).filter(holding)
        if self.dry_run:
            return int(found.count())
        blanked, found = 0, found.order_by("pk")
        keys = [*found.values_list("pk", flat=True)[: self.batch]]
        while keys:
            blanked += _update(model._base_manager.using(self.using).filter(pk__in=keys), **blank)
            # What was passed over isn't looked at again.
            keys = [*found.filter(pk__gt=keys[-1]).values_list("pk", flat=True)[: self.batch]]
        return blanked

    def _in_batches(self, found: QuerySet[AnyRow]) -> Iterator[AnyRow]:
        batch = [*found.order_by("pk")[: self.batch]]
        while batch:
            yield from batch
            batch = [*found.order_by("pk").filter(pk__gt=batch[-1].pk)[: self.batch]]

    def _count(
        self, transactions: int, refunds: int, cancellations: int, history: int, operator_calls: int
    ) -> None:
        self.erased.transactions += transactions
        self.erased.refunds += refunds
        self.erased.cancellations += cancellations
        self.erased.history += history
        self.erased.operator_calls += operator_calls


def why_kept(row: TransactionRecord) -> str | None:
    """What still needs the row as it is; None where nothing does."""
    if row.refunds.exclude(status__in=CLOSED_REFUNDS).exists():
        return "refund_pending"
    if row.is_awaiting_deposit:
        return "deposit_pending"
    if row.status == Status.REJECTED and row.held_amount > 0 and not row.is_transferred:
        return "rejected_money_held"
    if OperatorCall.objects.using(row._state.db).open().filter(merchant_uid=row.merchant_uid).exists():
        return "operator_called"
    return "news_pending" if row.backlog_since else None


def moved_before(model: type[Row], moment: datetime, using: str) -> QuerySet[Row]:
    """The transactions whose money, if any, last moved before that moment, and that hold something to blank."""
    returned = Cancellation.objects.using(using).filter(merchant_uid=OuterRef("merchant_uid"))
    noted = History.objects.using(using).filter(merchant_uid=OuterRef("merchant_uid"))
    return rows(model, using).filter(
        Q(paid_at=None) | Q(paid_at__lt=moment),
        Q(cancelled_at=None) | Q(cancelled_at__lt=moment),
        ~Exists(returned.filter(Q(created__gte=moment) | Q(cancelled_at__gte=moment))),
        Q(erased_at=None) | Exists(noted.filter(created__gt=OuterRef("erased_at"))),
        created__lt=moment,
    )


def _update(found: QuerySet[Any], **columns: Any) -> int:
    return found.erase(**columns) if isinstance(found, HistoryQuerySet) else found.update(**columns)
