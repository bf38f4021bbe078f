"""A cash receipt as it is stored: one row from the intent to the cancellation, tied by `merchant_uid`."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from model_utils import Choices

from django_iamport.formatting import amount_in_words
from django_iamport.models import AbstractTransaction
from django_iamport.records.fields import CreatedField, GatewayStatusField, ModifiedField, amount_field
from django_iamport.records.write_database import RecordManager, RefreshedWhereWritten

from . import rules
from .rules import ReceiptStatus

__all__ = ["CashReceipt"]


class CashReceiptQuerySet(models.QuerySet["CashReceipt"]):
    def open(self) -> CashReceiptQuerySet:
        """What the gateway may know as a valid receipt."""
        return self.filter(open_key__isnull=False)

    def of(self, transaction: AbstractTransaction) -> CashReceiptQuerySet:
        """The receipts of a payment, oldest first."""
        return self.filter(merchant_uid=transaction.merchant_uid).order_by("pk")

    def needing_somebody(self) -> CashReceiptQuerySet:
        """What failed or isn't known and nothing came after, and what is to be issued anew after a refund."""
        later = CashReceipt.objects.filter(merchant_uid=OuterRef("merchant_uid"), pk__gt=OuterRef("pk"))
        return self.filter(~Q(code="") & ~Exists(later) | Q(is_renewal_wanted=True))

    def unfinished(self, now: datetime) -> CashReceiptQuerySet:
        """What is to be looked up or adjusted by itself; a call that may still be under way is left alone."""
        begun = Q(
            status__in=(ReceiptStatus.SENT, ReceiptStatus.CANCELLING), sent_at__lte=now - rules.SETTLED_AFTER
        )
        refunded = Q(status=ReceiptStatus.ISSUED, due_at__isnull=False)
        waits_no_longer = Q(retry_at__isnull=True) | Q(retry_at__lte=now)
        return (
            self.filter(begun | Q(status=ReceiptStatus.UNKNOWN) | refunded)
            .filter(waits_no_longer)
            .order_by("pk")
        )


class CashReceipt(RefreshedWhereWritten):
    """One receipt, of a payment of this gateway or of cash that was taken elsewhere."""

    KIND = Choices(("payment", pgettext_lazy("cash receipt", "payment")), ("external", _("sale elsewhere")))
    TYPE = Choices(
        (rules.PERSON, _("income deduction (individual)")), (rules.COMPANY, _("proof of expenses (business)"))
    )
    STATUS = Choices(
        (ReceiptStatus.SENT.value, pgettext_lazy("cash receipt", "being issued")),
        (ReceiptStatus.UNKNOWN.value, _("outcome unknown")),
        (ReceiptStatus.ISSUED.value, pgettext_lazy("cash receipt", "issued")),
        (ReceiptStatus.REFUSED.value, pgettext_lazy("cash receipt", "not issued")),
        (ReceiptStatus.CANCELLING.value, pgettext_lazy("cash receipt", "being cancelled")),
        (ReceiptStatus.CANCELLED.value, pgettext_lazy("cash receipt", "cancelled")),
    )

    kind = GatewayStatusField(
        pgettext_lazy("column", "kind"), choices_name="KIND", default="payment", max_length=10
    )
    merchant_uid = models.CharField(_("payment number (merchant_uid)"), max_length=40, db_index=True)
    imp_uid = models.CharField(_("gateway number (imp_uid)"), max_length=50, blank=True)
    # Of a sale elsewhere: what was sold, the shop's own number of it, and the channel that issues.
    name = models.CharField(_("what was sold"), max_length=100, blank=True)
    reference = models.CharField(_("the shop’s number"), max_length=60, blank=True)
    channel_name = models.CharField(pgettext_lazy("column", "channel"), max_length=40, blank=True)

    type = GatewayStatusField(
        pgettext_lazy("cash receipt", "purpose"), choices_name="TYPE", max_length=10, default=rules.PERSON
    )
    masked_identifier = models.CharField(_("number, masked"), max_length=30, blank=True)
    identifier_type = models.CharField(_("kind of number"), max_length=10, blank=True)
    amount = amount_field(pgettext_lazy("column", "amount"), validators=[MinValueValidator(Decimal(1))])
    vat = amount_field(pgettext_lazy("cash receipt", "VAT"), null=True, blank=True)

    status = GatewayStatusField(
        pgettext_lazy("column", "status"), max_length=20, default=ReceiptStatus.SENT.value
    )
    # While the gateway may know it as valid, what it is of; else null: at most one of each payment.
    open_key = models.CharField(max_length=60, null=True, unique=True, editable=False)
    # Money went back since: the receipt is compared with what is held.
    due_at = models.DateTimeField(_("waiting for adjustment since"), null=True, blank=True, editable=False)
    # Cancelled because a part went back: the rest waits for a receipt, and for the number that isn't kept here.
    is_renewal_wanted = models.BooleanField(_("to be reissued"), default=False)
    reason = models.CharField(pgettext_lazy("column", "reason"), max_length=200, blank=True)
    # Why the last step failed: a code of docs/errors.md, and the payment company's own words.
    code = models.CharField(max_length=40, blank=True)
    gateway_message = models.TextField(_("the payment provider's words"), blank=True)
    tries = models.PositiveSmallIntegerField(default=0, editable=False)
    retry_at = models.DateTimeField(_("next try at"), null=True, blank=True, editable=False)

    receipt_tid = models.CharField(_("payment provider’s transaction number"), max_length=100, blank=True)
    apply_num = models.CharField(_("approval number"), max_length=40, blank=True, db_index=True)
    receipt_url = models.TextField(pgettext_lazy("column", "receipt"), blank=True)
    # The gateway's moments.
    applied_at = models.DateTimeField(_("issued at"), null=True, blank=True)
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True, blank=True)
    # Whose hand asked for it, and whose cancelled it: a role and a key.
    by = models.CharField(pgettext_lazy("column", "by"), max_length=150, blank=True)
    cancelled_by = models.CharField(_("cancelled by"), max_length=150, blank=True)
    # When the last call began.
    sent_at = models.DateTimeField(_("sent at"), default=timezone.now)
    created = CreatedField(pgettext_lazy("column", "created"))
    modified = ModifiedField(pgettext_lazy("column", "modified"))

    objects = RecordManager.from_queryset(CashReceiptQuerySet)()

    class Meta:
        verbose_name = _("cash receipt")
        verbose_name_plural = _("cash receipts")
        ordering = ("-created",)
        # Nobody adds, changes or deletes one by hand.
        default_permissions = ("view",)
        permissions = (
            ("issue_cash_receipts", "Can issue cash receipts"),
            ("cancel_cash_receipts", "Can cancel cash receipts"),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(status__in=sorted(rules.OPEN), open_key__isnull=False)
                | Q(
                    status__in=(ReceiptStatus.REFUSED.value, ReceiptStatus.CANCELLED.value),
                    open_key__isnull=True,
                ),
                name="iamport_cash_receipt_open_key",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="iamport_cash_receipt_amount"),
            models.CheckConstraint(
                condition=Q(kind="payment") & ~Q(imp_uid="") | Q(kind="external", imp_uid=""),
                name="iamport_cash_receipt_kind",
            ),
        )
        indexes = (
            models.Index(fields=["status", "created"], name="iamport_cash_receipt_status"),
            models.Index(fields=["due_at"], name="iamport_cash_receipt_due"),
            models.Index(fields=["created"], name="iamport_cash_receipt_created"),
            models.Index(fields=["by"], name="iamport_cash_receipt_by"),
        )

    def __str__(self) -> str:
        return f"{self.merchant_uid} · {amount_in_words(self.amount, 'KRW')}"

    @property
    def is_issued(self) -> bool:
        """Whether it is valid, as far as is known here."""
        return bool(self.status == ReceiptStatus.ISSUED)

    @property
    def is_open(self) -> bool:
        """Whether the gateway may know it as valid."""
        return self.status in rules.OPEN

    @property
    def key(self) -> dict[str, str]:
        """What the gateway knows it by."""
        return {"imp_uid": self.imp_uid, "merchant_uid": self.merchant_uid}

    def store(self, **columns: Any) -> bool:
        """Write columns unless somebody else changed the row since it was read; answers whether it was written.

        This object is as stored afterwards.
        """
        found = CashReceipt.objects.filter(pk=self.pk, status=self.status, sent_at=self.sent_at)
        is_stored = bool(found.update(**columns, modified=timezone.now()))
        self.refresh_from_db()
        return is_stored
