"""One attempt to pay one order, as the gateway tells it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from django.core.validators import MinValueValidator
from django.db import models, router, transaction
from django.db.models import F, Q
from django.db.models.signals import class_prepared, post_save, pre_delete
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from model_utils import Choices

from django_iamport.exceptions import AccountNotWaiting, GatewayColumn
from django_iamport.gateway.connection import Evidence
from django_iamport.gateway.payload import BOOKKEEPING, GATEWAY_COLUMNS
from django_iamport.ledger import backlog
from django_iamport.managers import TransactionManager, entrance
from django_iamport.payments import manual_acceptance, save_guard, virtual_accounts
from django_iamport.records.cancellation import Cancellation
from django_iamport.records.change_tracking import LoadedColumns
from django_iamport.records.fields import (
    CreatedField,
    GatewayStatusField,
    HeardAtField,
    ModifiedField,
    amount_field,
)
from django_iamport.records.history import History, HistoryQuerySet
from django_iamport.records.refund import Refund
from django_iamport.refunds import requests
from django_iamport.refunds.accounts import RefundAccount
from django_iamport.rules.verification import KST, Asked, is_over

if TYPE_CHECKING:
    from typing_extensions import Never, Self

    from django_iamport.models.order import PayableMixin


class AbstractTransaction(LoadedColumns):
    """One attempt to pay one order.

    The shop's transaction declares
    `order = ForeignKey(Order, on_delete=PROTECT, related_name="transactions")` and
    `class Meta(AbstractTransaction.Meta)`, which keeps the constraints.

    The gateway's columns have one writer, the step that `confirm()` and `sync()` take; `save()` leaves them
    out, and raises `GatewayColumn` where one was assigned. Assigning `status = "paid"` is looked up first.
    """

    loaded_columns = GATEWAY_COLUMNS | {"order_id"}

    STATUS = Choices(
        ("ready", _("awaiting payment")),
        ("paid", _("paid")),
        ("failed", _("failed")),
        ("cancelled", _("cancelled")),
        ("rejected", _("rejected")),
    )
    REJECT_REASONS: ClassVar[dict[str, Any]] = {
        "forged": _("The amount, the currency or the payment company differs from what was asked."),
        "duplicate": _("The order was paid already by another payment."),
        "order_changed": _("The order changed after the payment was started."),
        "order_closed": _("The order no longer accepted a payment."),
        "discount": _("The payment is lower by the payment company's discount."),
        "test_payment": _("The payment was made on a test channel: no money was taken."),
        "not_a_payment": _("A card was registered instead of a payment: no money was taken."),
    }

    if TYPE_CHECKING:
        order: models.ForeignKey[Never, PayableMixin]
        order_id: Any

    merchant_uid = models.CharField(_("merchant_uid"), max_length=40, unique=True, editable=False)
    # Differs from merchant_uid only where a second payment came under one merchant_uid.
    gateway_merchant_uid = models.CharField(max_length=40, db_index=True, editable=False)
    imp_uid = models.CharField(
        _("imp_uid"), max_length=50, null=True, blank=True, unique=True, editable=False
    )
    amount = amount_field(_("amount asked"), editable=False, validators=[MinValueValidator(Decimal(0))])
    currency = models.CharField(_("currency asked"), max_length=3, default="KRW", editable=False)
    # What the attempt named beyond the amount, and what is therefore compared.
    asked = models.JSONField(default=dict, blank=True, editable=False)

    status = GatewayStatusField(_("status"), max_length=20, default="ready", editable=False)
    reject_reason = models.CharField(_("reason"), max_length=40, blank=True, editable=False)
    paid_amount = amount_field(_("amount held"), null=True, blank=True, editable=False)
    paid_currency = models.CharField(_("currency held"), max_length=3, blank=True, editable=False)
    cancel_amount = amount_field(_("amount refunded"), default=Decimal(0), editable=False)
    pay_method = models.CharField(_("payment method"), max_length=40, blank=True, editable=False)
    pg_provider = models.CharField(_("payment company"), max_length=40, blank=True, editable=False)
    sandbox = models.BooleanField(_("test channel"), null=True, editable=False)
    receipt_url = models.TextField(_("receipt"), blank=True, editable=False)
    fail_reason = models.TextField(_("reason of failure"), blank=True, editable=False)
    vbank_code = models.CharField(_("bank code"), max_length=20, blank=True, editable=False)
    vbank_name = models.CharField(_("bank"), max_length=60, blank=True, editable=False)
    vbank_num = models.CharField(_("account number"), max_length=60, blank=True, editable=False)
    vbank_holder = models.CharField(_("account holder"), max_length=60, blank=True, editable=False)
    vbank_date = models.DateTimeField(_("deposit due"), null=True, blank=True, editable=False)
    vbank_issued_at = models.DateTimeField(_("account issued at"), null=True, blank=True, editable=False)
    paid_at = models.DateTimeField(_("paid at"), null=True, blank=True, editable=False)
    failed_at = models.DateTimeField(_("failed at"), null=True, blank=True, editable=False)
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True, blank=True, editable=False)
    verified_at = models.DateTimeField(_("verified at"), null=True, blank=True, editable=False)
    looked_up_at = models.DateTimeField(_("looked up at"), null=True, blank=True, editable=False)
    # The order's key while paid, else null: at most one paid transaction per order, on every database.
    paid_order_key = models.CharField(max_length=64, null=True, blank=True, unique=True, editable=False)
    answer = models.JSONField(_("the gateway's answer"), default=dict, blank=True, editable=False)

    heard_at = HeardAtField(_("heard at"), monitor="status", editable=False)
    # News that was not taken in yet, and when it last came: first in line at the next iamport_sync.
    backlog_since = models.DateTimeField(null=True, blank=True, editable=False)
    backlog_code = models.CharField(max_length=40, blank=True, editable=False)
    polled_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Each notice that is asked about books a few seconds; what is booked too far ahead is put off.
    notices_booked_until = models.DateTimeField(null=True, blank=True, editable=False)
    created = CreatedField(_("created"))
    modified = ModifiedField(_("modified"))

    objects: ClassVar[TransactionManager[Self]] = TransactionManager()

    class Meta:
        abstract = True
        ordering = ("-created",)
        indexes = (models.Index(fields=["status", "created"]), models.Index(fields=["backlog_since"]))
        constraints = (
            models.CheckConstraint(
                condition=~Q(status="paid")
                | Q(
                    imp_uid__isnull=False,
                    paid_amount__isnull=False,
                    verified_at__isnull=False,
                    paid_order_key__isnull=False,
                ),
                name="%(app_label)s_%(class)s_paid_evidence",
            ),
            models.CheckConstraint(
                condition=Q(status="paid") | Q(paid_order_key__isnull=True),
                name="%(app_label)s_%(class)s_one_paid",
            ),
            models.CheckConstraint(
                condition=Q(status__in=("ready", "paid", "failed", "cancelled"), reject_reason="")
                | (Q(status__in=("rejected", "cancelled")) & ~Q(reject_reason="")),
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

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store the shop's own columns.

        Raises `GatewayColumn` where a gateway column of a stored row was assigned, and `EvidenceMissing`
        where `status` was assigned `"paid"` and no lookup proves it; nothing is written then.
        """
        using = kwargs.get("using") or router.db_for_write(type(self), instance=self)
        if self._state.adding:
            self._insert(using, args, kwargs)
            return
        update_fields = kwargs.get("update_fields")
        assigned = self._assigned(update_fields)
        if "status" in assigned and self.status == self.STATUS.paid:
            save_guard.confirm_assigned(self, using)
        elif assigned:
            names = ", ".join(sorted(assigned))
            raise GatewayColumn(f"{names}: only the gateway's news changes this; call sync() or confirm().")
        kwargs["update_fields"] = self._columns_without(
            GATEWAY_COLUMNS | BOOKKEEPING | {"order", "order_id"}, update_fields
        )
        with transaction.atomic(using=using):
            super().save(*args, **kwargs)

    def _insert(self, using: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.gateway_merchant_uid = self.gateway_merchant_uid or self.merchant_uid
        claimed = self.imp_uid if self.status == self.STATUS.paid else None
        if self.status == self.STATUS.paid:
            save_guard.prove_new(self, using)
            self.imp_uid, self.status = None, self.STATUS.ready
        # Given a stored key, Django would update that row.
        kwargs["force_insert"] = True
        with transaction.atomic(using=using):
            super().save(*args, **kwargs)
        self._remember(self.loaded_columns)
        if claimed:
            self.imp_uid, self.status = claimed, self.STATUS.paid
            save_guard.confirm_assigned(self, using)

    def store_news(self, evidence: Evidence, using: str, **columns: Any) -> None:
        """Write gateway columns on the strength of an answer; called by the step alone, under the lock."""
        for name, value in columns.items():
            setattr(self, name, value)
        self.looked_up_at = evidence.looked_up_at
        self._evidence: Evidence | None = evidence
        written = {*columns, "looked_up_at", "heard_at", "modified"}
        if backlog.is_answered(self.backlog_since, self.backlog_code, evidence.looked_up_at):
            self.backlog_since, self.backlog_code = None, ""
            written |= {"backlog_since", "backlog_code"}
        try:
            with transaction.atomic(using=using):
                super().save(using=using, update_fields=None if self._state.adding else written)
        finally:
            self._evidence = None
        self._remember(self.loaded_columns)

    def store_asked(self, **named: Any) -> None:
        """Write what the attempt asks for beside its amount, under the lock; None takes it out."""
        merged = {**self.asked, **named}
        self.asked = {name: value for name, value in merged.items() if value is not None}
        type(self)._base_manager.using(self._state.db).filter(pk=self.pk).update(asked=self.asked)
        self._remember({"asked"})

    def sync(self, *, source: str = "sync", by: str = "") -> None:
        """Ask the gateway about this transaction, take the answer in, and refresh this object.

        `source` and `by` (a username) go into the history. Raises `GatewayError` where the gateway could not
        be asked, `InTransaction` within a transaction.
        """
        entrance(type(self)).confirm(
            merchant_uid=self.merchant_uid, imp_uid=self.imp_uid, source=source, by=by
        )
        self.refresh_from_db()

    def cancel(
        self,
        amount: int | Decimal | None = None,
        *,
        reason: str,
        tax_free: int | Decimal | None = None,
        refund_account: RefundAccount | None = None,
        by: str = "",
        checksum: int | Decimal | None = None,
        refund_key: str | None = None,
    ) -> Refund:
        """Give money back, all that is left or a part, and refresh this object (docs/reliability.md, 23 to 26).

        `amount`, `tax_free` (the part of it without VAT) and `checksum` are in the payment's currency (won, or
        main units). `amount` None is the rest as known here. `checksum` is the rest that whoever asks saw: where
        another one is left, nothing is refunded. `refund_key`, the one-time key of a form, makes it one refund
        however often the form is sent. `refund_account` is where a deposit is returned to. `reason` goes to the
        gateway; `by` (a username) into the history.

        Answers the `Refund`. An error means that nothing was refunded, except `OutcomeUnknown`: then it is
        looked up, at the latest by `iamport_sync`. Raises `NotRefundable`, `RefundAmountInvalid`,
        `RefundTooHigh`, `RefundRestChanged`, `RefundOpen`, `RefundKeyUsed`, `RefundAccountMissing`,
        `RefundAccountInvalid`, `RefundPeriodOver`, `Refused` (with the gateway's own words), another
        `GatewayError`, `InTransaction`.
        """
        refund = requests.cancel(
            self,
            entrance(type(self)),
            amount=amount,
            reason=reason,
            tax_free=tax_free,
            refund_account=refund_account,
            by=by,
            checksum=checksum,
            refund_key=refund_key,
        )
        self.refresh_from_db()
        return refund

    def retry_refund(self, *, refund_account: RefundAccount | None = None, by: str = "") -> Refund:
        """Carry out the wish of the rules that waits for an operator, and refresh this object.

        To `refund_account` where one is given; it is stored until the outcome is known. Raises `RefundNotKnown`
        where no wish waits, `RefundAccountInvalid`, `GatewayError`, `InTransaction`.
        """
        refund = requests.retry(self, entrance(type(self)), refund_account=refund_account, by=by)
        self.refresh_from_db()
        return refund

    def change_account(self, *, vbank_due: datetime | None = None, by: str = "") -> None:
        """Change a waiting virtual account at the gateway, and refresh this object.

        `vbank_due` is the new last moment for the deposit; the sum becomes what the order asks for now. Hecto
        alone can do this. Raises `AccountNotWaiting`, `OrderClosed`, `NotPayable`, `Refused`, another
        `GatewayError`, `InTransaction`; after `OutcomeUnknown` the next lookup tells which sum is right.
        """
        virtual_accounts.change(self, entrance(type(self)), vbank_due=vbank_due, by=by)
        self.refresh_from_db()

    def accept(self, *, reason: str, by: str = "") -> None:
        """Accept a rejected payment by hand, with all that a payment does, and refresh this object.

        Looks up first: the whole amount must still be held (docs/reliability.md, rule 27). `reason` and `by`
        (a username) go into the history. Raises `NotAcceptable`, `RefundOpen`, `GatewayError`,
        `ReceiverFailed`, `Busy`, `InTransaction`; nothing is changed then.
        """
        manual_acceptance.accept(self, entrance(type(self)), reason=reason, by=by)
        self.refresh_from_db()

    @property
    def history(self) -> HistoryQuerySet:
        """What was heard, decided and changed, oldest first."""
        return History.objects.using(self._state.db).of(self.merchant_uid)

    @property
    def cancellations(self) -> models.QuerySet[Cancellation]:
        """Every time that money of it went back, in order."""
        return Cancellation.objects.using(self._state.db).filter(merchant_uid=self.merchant_uid)

    @property
    def refunds(self) -> models.QuerySet[Refund]:
        """What was asked to go back or to be voided, and how that stands; in order."""
        return Refund.objects.using(self._state.db).filter(merchant_uid=self.merchant_uid).order_by("pk")

    @property
    def pending_refund(self) -> Refund | None:
        """The money of it that is to go back, and hasn't yet; None where nothing is."""
        return self.refunds.filter(kind="refund").exclude(status__in=("done", "refused")).last()

    def get_vbank_due(self) -> str:
        """The last moment for the deposit, in Korean time: `2026-12-24 23:59 (KST)`; empty where there is none."""
        return f"{self.vbank_date.astimezone(KST):%Y-%m-%d %H:%M} (KST)" if self.vbank_date else ""

    def get_deposit_text(self) -> str:
        """What a mail says of the waiting account: bank, number, holder, amount and due moment (KST).

        In the active language, from the template `django_iamport/deposit.txt`. Raises `AccountNotWaiting`.
        """
        if not self.is_awaiting_deposit:
            raise AccountNotWaiting(f"{self.merchant_uid} waits for no deposit.")
        return render_to_string(
            "django_iamport/deposit.txt", {"transaction": self, "order": self.order}
        ).strip()

    @property
    def is_awaiting_deposit(self) -> bool:
        """Whether a virtual account was issued and waits for its deposit."""
        return self.status == self.STATUS.ready and bool(self.vbank_num)

    @property
    def is_expired(self) -> bool:
        """Whether the account's due moment has passed; without one it never expires by time."""
        if self.status == self.STATUS.failed:
            return self.fail_reason == "expired"
        return self.is_awaiting_deposit and is_over(self.vbank_date, now=timezone.now())

    @property
    def held_amount(self) -> Decimal:
        """What the gateway holds of it for the shop now, in `paid_currency`."""
        return (self.paid_amount or Decimal(0)) - self.cancel_amount

    @classmethod
    def order_model(cls) -> type[models.Model]:
        """The model of the orders that these transactions pay."""
        model = cls._meta.get_field("order").related_model
        if not isinstance(model, type):
            raise LookupError(f"{cls.__name__}.order points nowhere.")
        return model

    def as_asked(self) -> Asked:
        """What the rules compare a payment with."""
        named = {name: value for name, value in self.asked.items() if name != "vbank_amount"}
        return Asked(amount=self.amount, currency=self.currency, **named)

    @property
    def vbank_amount(self) -> Decimal | None:
        """The sum that its account is about to have; None where none is being changed."""
        amount = self.asked.get("vbank_amount")
        return None if amount is None else Decimal(amount)

    def get_reject_reason_display(self) -> Any:
        return self.REJECT_REASONS.get(self.reject_reason, self.reject_reason)

    def was_paid(self) -> bool:
        """Whether the stored row was paid when this object was loaded."""
        return bool(self.loaded("status") == self.STATUS.paid)

    @property
    def evidence(self) -> Evidence | None:
        """The answer on whose strength this object is being written; None otherwise."""
        return getattr(self, "_evidence", None)

    def get_fail_reason_display(self) -> Any:
        """Why it failed: the payment company's words, or ours where an account was refused or expired."""
        if self.is_expired:
            return _("Nothing was deposited until the due moment.")
        return self.REJECT_REASONS.get(self.fail_reason, self.fail_reason)


def _guard_concrete_class(sender: type[models.Model], **kwargs: Any) -> None:
    if not issubclass(sender, AbstractTransaction):
        return
    post_save.connect(
        save_guard.order_payment_validation, sender=sender, dispatch_uid="iamport_order_payment_validation"
    )
    pre_delete.connect(save_guard.keep_transaction, sender=sender, dispatch_uid="iamport_keep_transaction")


class_prepared.connect(_guard_concrete_class, dispatch_uid="iamport_guard_concrete_class")
