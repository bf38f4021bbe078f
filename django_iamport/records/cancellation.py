"""Every time that money went back: one row each, whoever reported it first."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from django_iamport.formatting import amount_in_words

from .fields import CreatedField, amount_field
from .refund import Refund
from .write_database import RecordManager


class Cancellation(models.Model):
    """One refund that happened at the gateway, asked for here or in its console; tied by `merchant_uid`.

    A transaction's `cancel_amount` is the sum of its rows. `payment_cancelled` belongs to the insertion.
    """

    merchant_uid = models.CharField(max_length=40, db_index=True)
    imp_uid = models.CharField(max_length=50)
    # The gateway's `cancellation_id`; in answers without one the position, or the sum reached by it.
    entry = models.CharField(max_length=100)
    position = models.PositiveIntegerField(null=True, blank=True)
    amount = amount_field(pgettext_lazy("column", "amount"))
    currency = models.CharField(pgettext_lazy("column", "currency"), max_length=3)
    reason = models.TextField(pgettext_lazy("column", "reason"), blank=True)
    by = models.CharField(pgettext_lazy("column", "by"), max_length=150, blank=True)
    source = models.CharField(_("reported by"), max_length=40)
    receipt_url = models.TextField(pgettext_lazy("column", "receipt"), blank=True)
    # The gateway's moment; null where it tells none.
    cancelled_at = models.DateTimeField(_("refunded at"), null=True, blank=True)
    # The intent that it answers: at most one, and each intent is answered once.
    refund = models.OneToOneField(
        Refund,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="cancellation",
        verbose_name=pgettext_lazy("table", "refund"),
    )
    created = CreatedField(_("recorded at"))

    objects = RecordManager["Cancellation"]()

    class Meta:
        verbose_name = _("refund made")
        verbose_name_plural = _("refunds made")
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(fields=["imp_uid", "entry"], name="django_iamport_cancellation_entry"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="django_iamport_cancellation_amount"),
        )
        indexes = (
            models.Index(fields=["cancelled_at"]),
            models.Index(fields=["created"]),
            models.Index(fields=["source", "created"]),
            models.Index(fields=["entry"]),
            models.Index(fields=["by"]),
        )

    def __str__(self) -> str:
        return f"{self.merchant_uid} · {amount_in_words(self.amount, self.currency)}"

    @property
    def cancellation_id(self) -> str:
        """The gateway's number of this refund; empty in answers older than that field."""
        return "" if self.entry[:1] in ("#", "=") else self.entry
