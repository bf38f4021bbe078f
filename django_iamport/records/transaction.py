"""One attempt to pay one order, as it is stored: columns, constraints, and what they say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, TypeVar

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from model_utils import Choices

from django_iamport.exceptions import GatewayColumn, TransactionKept, texts
from django_iamport.rules.dates import KST, is_over
from django_iamport.rules.payment import Evidence
from django_iamport.rules.status import CLOSED_REFUNDS, Status
from django_iamport.rules.verification import HOLDS_NOTHING, Asked, Reason

from .cancellation import Cancellation
from .change_tracking import LoadedColumns
from .fields import CreatedField, GatewayStatusField, HeardAtField, ModifiedField, amount_field
from .history import History, HistoryQuerySet
from .operator_call import OperatorCall, OperatorCallQuerySet
from .payable import Payable
from .refund import BY_TRANSFER, Refund
from .write_database import write_database

ASKED_COLUMNS = frozenset(
    {"merchant_uid", "gateway_merchant_uid", "amount", "currency", "channel_name", "asked"}
)

GATEWAY_COLUMNS = ASKED_COLUMNS | {
    *("imp_uid", "status", "reject_reason", "paid_amount", "paid_currency", "cancel_amount"),
    *("pay_method", "pg_provider", "pg_tid", "apply_num", "sandbox", "receipt_url", "fail_reason"),
    *("vbank_code", "vbank_name", "vbank_num", "vbank_holder", "vbank_date", "vbank_issued_at"),
    *("paid_at", "failed_at", "cancelled_at", "verified_at", "looked_up_at", "paid_order_key", "answer"),
}

# In `asked`, but not compared with a payment: the sum that an account is about to have, the fingerprint of what
# the window is opened with, the customer's language, and when a card was charged.
NOT_COMPARED = frozenset({"vbank_amount", "request_pay", "language", "charged_at"})

# Ours, but about the news: a new row doesn't inherit them.
BOOKKEEPING = frozenset(
    {"heard_at", "backlog_since", "backlog_code", "polled_at", "notices_booked_until", "erased_at"}
)

# Reasons that are words of the rules, not of a person or a payment company.
WORDS_OF_THE_RULES = frozenset(
    {*(reason.value for reason in Reason), "expired", "held", "refund", "void", "taken_back", "unclear"}
)

Row = TypeVar("Row", bound="TransactionRecord", covariant=True)

WITHOUT_REASON = tuple(word.value for word in Status if word is not Status.REJECTED)
WITH_REASON = (Status.REJECTED.value, Status.CANCELLED.value)


class TransactionQuerySet(models.QuerySet[Row]):
    def update(self, **columns: Any) -> int:
        """Refuses gateway columns, literals and expressions alike: raises `GatewayColumn`."""
        _refuse_gateway_columns(columns)
        return super().update(**columns)

    update.alters_data = True  # type: ignore[attr-defined]

    def bulk_create(self, objs: Iterable[Row], *args: Any, **options: Any) -> list[Row]:
        """Refuses gateway columns among the `update_fields` of rows that exist: raises `GatewayColumn`."""
        _refuse_gateway_columns(options.get("update_fields") or ())
        return super().bulk_create(objs, *args, **options)

    bulk_create.alters_data = True  # type: ignore[attr-defined]

    def delete(self) -> NoReturn:
        raise TransactionKept("Prepared transactions are kept: money may still arrive under them.")

    delete.alters_data = True  # type: ignore[attr-defined]
    delete.queryset_only = True  # type: ignore[attr-defined]


def _refuse_gateway_columns(columns: Iterable[str]) -> None:
    refused = (GATEWAY_COLUMNS | {"order", "order_id"}).intersection(columns)
    if refused:
        names = ", ".join(sorted(refused))
        raise GatewayColumn(f"{names}: only updates from the gateway change this; call sync() or confirm().")


class TransactionRecord(LoadedColumns):
    """The stored half of `AbstractTransaction`, which a shop subclasses."""

    loaded_columns = GATEWAY_COLUMNS | {"order_id"}

    STATUS = Choices(
        (Status.READY.value, _("awaiting payment")),
        (Status.PAID.value, pgettext_lazy("status", "paid")),
        (Status.FAILED.value, pgettext_lazy("status", "failed")),
        (Status.CANCELLED.value, pgettext_lazy("status", "cancelled")),
        (Status.REJECTED.value, pgettext_lazy("status", "rejected")),
    )
    REJECT_REASONS: ClassVar[dict[str, str | Promise]] = {
        "forged": _("The amount, currency or payment provider differs from what was requested."),
        "duplicate": _("The order had already been paid by another payment."),
        "order_changed": _("The order changed after the payment was started."),
        "order_closed": _("The order was no longer accepting payments."),
        "discount": _("The payment is lower because of a discount from the payment provider."),
        "test_payment": _("The payment was made through a test channel: no money was taken."),
        "not_a_payment": _("A card was registered, but no payment was made: no money was taken."),
    }

    if TYPE_CHECKING:
        order: models.ForeignKey[Any, Payable]
        order_id: Any

    merchant_uid = models.CharField(
        _("payment number (merchant_uid)"), max_length=40, unique=True, editable=False
    )
    # Differs from merchant_uid only where a second payment came under one merchant_uid.
    gateway_merchant_uid = models.CharField(max_length=40, db_index=True, editable=False)
    imp_uid = models.CharField(
        _("gateway number (imp_uid)"), max_length=50, null=True, blank=True, unique=True, editable=False
    )
    amount = amount_field(_("amount requested"), editable=False, validators=[MinValueValidator(Decimal(0))])
    currency = models.CharField(_("currency requested"), max_length=3, default="KRW", editable=False)
    channel_name = models.CharField(
        pgettext_lazy("column", "channel"), max_length=40, blank=True, editable=False
    )
    # What the attempt named beyond the amount, and what is therefore compared.
    asked = models.JSONField(default=dict, blank=True, editable=False)

    status = GatewayStatusField(
        pgettext_lazy("column", "status"), max_length=20, default=Status.READY.value, editable=False
    )
    reject_reason = models.CharField(
        pgettext_lazy("column", "reason"), max_length=40, blank=True, editable=False
    )
    paid_amount = amount_field(_("amount paid"), null=True, blank=True, editable=False)
    paid_currency = models.CharField(_("currency paid"), max_length=3, blank=True, editable=False)
    cancel_amount = amount_field(_("amount refunded"), default=Decimal(0), editable=False)
    pay_method = models.CharField(_("payment method"), max_length=40, blank=True, editable=False)
    pg_provider = models.CharField(_("payment provider"), max_length=40, blank=True, editable=False)
    # Of the answer, what customers and payment companies quote: by an index, which no JSON has on every database.
    pg_tid = models.CharField(
        _("payment provider’s transaction number"), max_length=100, blank=True, db_index=True, editable=False
    )
    apply_num = models.CharField(
        _("approval number"), max_length=40, blank=True, db_index=True, editable=False
    )
    sandbox = models.BooleanField(_("test channel"), null=True, editable=False)
    receipt_url = models.TextField(pgettext_lazy("column", "receipt"), blank=True, editable=False)
    fail_reason = models.TextField(_("reason for failure"), blank=True, editable=False)
    vbank_code = models.CharField(_("bank code"), max_length=20, blank=True, editable=False)
    vbank_name = models.CharField(pgettext_lazy("column", "bank"), max_length=60, blank=True, editable=False)
    vbank_num = models.CharField(
        _("account number"), max_length=60, blank=True, db_index=True, editable=False
    )
    vbank_holder = models.CharField(_("account holder"), max_length=60, blank=True, editable=False)
    vbank_date = models.DateTimeField(_("deposit due"), null=True, blank=True, editable=False, db_index=True)
    vbank_issued_at = models.DateTimeField(_("account issued at"), null=True, blank=True, editable=False)
    paid_at = models.DateTimeField(_("paid at"), null=True, blank=True, editable=False)
    failed_at = models.DateTimeField(_("failed at"), null=True, blank=True, editable=False)
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True, blank=True, editable=False)
    verified_at = models.DateTimeField(_("verified at"), null=True, blank=True, editable=False)
    looked_up_at = models.DateTimeField(_("last looked up at"), null=True, blank=True, editable=False)
    # The order's key while paid, else null: at most one paid transaction per order, on every database.
    paid_order_key = models.CharField(max_length=64, null=True, blank=True, unique=True, editable=False)
    answer = models.JSONField(_("the gateway's answer"), default=dict, blank=True, editable=False)

    heard_at = HeardAtField(_("status changed at"), monitor="status", editable=False)
    # News that was not taken in yet, and when it last came: first in line at the next iamport_sync.
    backlog_since = models.DateTimeField(null=True, blank=True, editable=False)
    backlog_code = models.CharField(max_length=40, blank=True, editable=False)
    polled_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Each notice that is asked about books a few seconds; what is booked too far ahead is put off.
    notices_booked_until = models.DateTimeField(null=True, blank=True, editable=False)
    # When what is personal was blanked; it stays so, whatever the gateway says later.
    erased_at = models.DateTimeField(_("personal data erased"), null=True, blank=True, editable=False)
    created = CreatedField(pgettext_lazy("column", "created"))
    modified = ModifiedField(pgettext_lazy("column", "modified"))

    class Meta:
        abstract = True
        ordering = ("-created",)
        indexes = [
            models.Index(fields=fields)
            for fields in (
                *(["status", "created"], ["backlog_since"], ["created"], ["pay_method", "created"]),
                *(["status", "pay_method", "created"], ["status", "vbank_num"]),
                # What totals are made of, so that no row is read for them.
                ["created", "currency", "reject_reason", "paid_amount", "cancel_amount", "sandbox"],
                ["paid_at", "pay_method", "paid_currency", "reject_reason", "sandbox", "paid_amount"],
                ["merchant_uid", "reject_reason", "pay_method", "sandbox"],
            )
        ]
        constraints = (
            models.CheckConstraint(
                condition=~Q(status=Status.PAID.value)
                | Q(
                    imp_uid__isnull=False,
                    paid_amount__isnull=False,
                    verified_at__isnull=False,
                    paid_order_key__isnull=False,
                ),
                name="%(app_label)s_%(class)s_paid_evidence",
            ),
            models.CheckConstraint(
                condition=Q(status=Status.PAID.value) | Q(paid_order_key__isnull=True),
                name="%(app_label)s_%(class)s_one_paid",
            ),
            models.CheckConstraint(
                condition=Q(status__in=WITHOUT_REASON, reject_reason="")
                | (Q(status__in=WITH_REASON) & ~Q(reject_reason="")),
                name="%(app_label)s_%(class)s_status",
            ),
            models.CheckConstraint(
                condition=Q(amount__gt=0, cancel_amount__gte=0)
                & (
                    Q(paid_amount__isnull=True, cancel_amount=0)
                    | Q(paid_amount__isnull=False, cancel_amount__lte=F("paid_amount"))
                ),
                name="%(app_label)s_%(class)s_amounts",
            ),
        )

    def __str__(self) -> str:
        return self.merchant_uid

    def store_news(self, evidence: Evidence, using: str, *, backlog_answered: bool, **columns: Any) -> None:
        """Write gateway columns on the strength of an answer; called by a posting alone, under the lock."""
        if "status" in columns:
            columns["status"] = str(columns["status"])
        if self.erased_at is not None:
            columns = self._without_persons(columns)
        for name, value in columns.items():
            setattr(self, name, value)
        self.looked_up_at = self._next_moment(evidence)
        self._evidence: Evidence | None = evidence
        written = {*self._assigned(columns), "looked_up_at", "heard_at", "modified"}
        if backlog_answered:
            self.backlog_since, self.backlog_code = None, ""
            written |= {"backlog_since", "backlog_code"}
        try:
            super().save(using=using, update_fields=None if self._state.adding else written)
        finally:
            self._evidence = None
        self._remember(self.loaded_columns)

    def _next_moment(self, evidence: Evidence) -> datetime:
        """Never back, and never the same again: it tells which evidence was stored when the gateway was asked."""
        stored = self.looked_up_at
        if stored is None or stored <= evidence.looked_up_at:
            return evidence.looked_up_at
        return stored + timedelta(microseconds=1)

    def store_erased(self, using: str, *, answer: dict[str, Any]) -> None:
        """Blank what is personal, under the lock; `answer` is what stays of the gateway's.

        Called by erasing alone, the one door beside `store_news`.
        """
        names = ("receipt_url", "fail_reason", "vbank_num", "vbank_holder")
        told = {name: getattr(self, name) for name in names}
        columns = {**self._without_persons(told), "answer": answer, "erased_at": timezone.now()}
        type(self)._base_manager.using(using).filter(pk=self.pk).update(**columns)

    def _without_persons(self, columns: dict[str, Any]) -> dict[str, Any]:
        """An account that waits for its deposit is still needed."""
        waits = columns.get("status", self.status) == Status.READY
        personal = {"receipt_url", "vbank_holder"} | ({"vbank_num"} if not waits else set())
        if columns.get("fail_reason") not in WORDS_OF_THE_RULES:
            personal.add("fail_reason")
        return {**columns, **{name: "" for name in personal if name in columns}}

    # Whether a save needs no savepoint of its own: what fails undoes the block around it.
    _is_undone_as_a_whole = False

    @contextmanager
    def within_own_block(self) -> Iterator[None]:
        """For a save in a block that is undone as a whole where anything in it fails."""
        self._is_undone_as_a_whole = True
        try:
            yield
        finally:
            self._is_undone_as_a_whole = False

    def store_asked(self, **named: Any) -> None:
        """Write what the attempt asks for beside its amount, under the lock; None takes it out."""
        merged = {**self.asked, **named}
        self.asked = {name: value for name, value in merged.items() if value is not None}
        type(self)._base_manager.using(write_database(self)).filter(pk=self.pk).update(asked=self.asked)
        self._remember({"asked"})

    @property
    def history(self) -> HistoryQuerySet:
        """What was received, decided and changed, oldest first."""
        return History.objects.using(write_database(self)).of(self.merchant_uid)

    @property
    def operator_calls(self) -> OperatorCallQuerySet:
        """Why an operator was called, and what was answered, oldest first."""
        return OperatorCall.objects.using(write_database(self)).filter(merchant_uid=self.merchant_uid)

    @property
    def cancellations(self) -> models.QuerySet[Cancellation]:
        """Every refund made of it, in order."""
        return Cancellation.objects.using(write_database(self)).filter(merchant_uid=self.merchant_uid)

    @property
    def refunds(self) -> models.QuerySet[Refund]:
        """Its requests to refund or to void, and how they stand; in order."""
        stored = Refund.objects.using(write_database(self))
        return stored.filter(merchant_uid=self.merchant_uid).order_by("pk")

    @property
    def pending_refund(self) -> Refund | None:
        """The refund of it that is still due; None where there is none."""
        return self.refunds.filter(kind="refund").exclude(status__in=CLOSED_REFUNDS).last()

    def get_vbank_due(self) -> str:
        """The deadline for the deposit, in Korean time: `2026-12-24 23:59 (KST)`; empty where there is none."""
        return f"{self.vbank_date.astimezone(KST):%Y-%m-%d %H:%M} (KST)" if self.vbank_date else ""

    @property
    def is_awaiting_deposit(self) -> bool:
        """Whether a virtual account was issued and waits for its deposit."""
        return self.status == Status.READY and bool(self.vbank_num)

    @property
    def takes_deposit(self) -> bool:
        """Whether an account waits whose deadline has not passed: what customers are shown to pay into."""
        return self.is_awaiting_deposit and not self.is_expired

    @property
    def is_expired(self) -> bool:
        """Whether the account's deadline has passed; without one it never expires."""
        if self.status == Status.FAILED:
            return self.fail_reason == "expired"
        return self.is_awaiting_deposit and is_over(self.vbank_date, now=timezone.now())

    @property
    def held_amount(self) -> Decimal:
        """What the gateway holds of it for the shop now, in `paid_currency`."""
        return (self.paid_amount or Decimal(0)) - self.cancel_amount

    @property
    def is_refundable(self) -> bool:
        """Whether money is held that could go back."""
        took_money = self.status in (Status.PAID, Status.REJECTED)
        return took_money and bool(self.imp_uid) and self.held_amount > 0 and not self.is_transferred

    @property
    def is_transferred(self) -> bool:
        """Whether its money was returned by bank transfer, of which the gateway knows nothing."""
        return self.status == Status.REJECTED and self.refunds.filter(code=BY_TRANSFER).exists()

    @property
    def is_acceptable(self) -> bool:
        """Whether it is rejected and holds money that the shop could keep after all."""
        holds_money = self.reject_reason not in HOLDS_NOTHING
        return holds_money and self.status == Status.REJECTED and self.is_refundable

    @classmethod
    def order_model(cls) -> type[models.Model]:
        """The model of the orders that these transactions pay."""
        if isinstance(model := cls._meta.get_field("order").related_model, type):
            return model
        raise LookupError(f"{cls.__name__}.order does not point to a model.")

    def as_asked(self) -> Asked:
        """What the rules compare a payment with."""
        named = {name: value for name, value in self.asked.items() if name not in NOT_COMPARED}
        return Asked(amount=self.amount, currency=self.currency, **named)

    @property
    def language(self) -> str:
        """The language that the customer had chosen when the attempt began, `"ko"`; empty where none is known."""
        return str(self.asked.get("language", ""))

    @property
    def vbank_amount(self) -> Decimal | None:
        """The sum that its account is about to have; None where none is being changed."""
        amount = self.asked.get("vbank_amount")
        return None if amount is None else Decimal(amount)

    def get_reject_reason_display(self) -> str | Promise:
        return self.REJECT_REASONS.get(self.reject_reason) or texts.reason_in_words(self.reject_reason)

    def was_paid(self) -> bool:
        """Whether the stored row was paid when this object was loaded."""
        return bool(self.loaded("status") == Status.PAID)

    @property
    def evidence(self) -> Evidence | None:
        """The answer on whose strength this object is being written; None otherwise."""
        return getattr(self, "_evidence", None)
