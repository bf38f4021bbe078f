"""Money that has to go back, and accounts that have to be voided: wish, intent, outcome."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from model_utils import Choices

from django_iamport.fields import CreatedField, GatewayStatusField, ModifiedField, amount_field


class Refund(models.Model):
    """One row from the wish, stored with the verdict, to the outcome; tied by `merchant_uid`."""

    KIND = Choices(("refund", _("refund")), ("void", _("void the virtual account")))
    STATUS = Choices(
        ("wanted", _("wanted")),
        ("sent", _("sent")),
        ("unknown", _("outcome unknown")),
        ("done", _("done")),
        ("refused", _("no longer needed")),
        ("needs_operator", _("needs an operator")),
    )
    OPEN = ("wanted", "sent", "unknown")

    kind = models.CharField(_("kind"), max_length=10)
    merchant_uid = models.CharField(max_length=40, db_index=True)
    imp_uid = models.CharField(max_length=50)
    amount = amount_field(_("amount"), default=Decimal(0), validators=[MinValueValidator(Decimal(0))])
    reason = models.CharField(_("reason"), max_length=200)
    status = GatewayStatusField(_("status"), max_length=20, default="wanted")
    # While open, what it is about; else null: at most one open refund per transaction, one void per account.
    open_key = models.CharField(max_length=50, null=True, unique=True, editable=False)
    cancellations_before = models.JSONField(default=list, blank=True)
    gateway_message = models.TextField(_("the gateway's words"), blank=True)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    created = CreatedField(_("created"))
    modified = ModifiedField(_("modified"))

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        constraints = (
            models.CheckConstraint(
                condition=Q(status__in=("wanted", "sent", "unknown"), open_key__isnull=False)
                | Q(status__in=("done", "refused", "needs_operator"), open_key__isnull=True),
                name="django_iamport_refund_open_key",
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="django_iamport_refund_amount"),
        )
        indexes = (models.Index(fields=["status", "created"]),)

    def __str__(self) -> str:
        return f"{self.kind} {self.merchant_uid} {self.amount} {self.status}"

    @property
    def is_open(self) -> bool:
        return self.status in self.OPEN

    def close(self, status: str, message: str = "") -> None:
        """Store the outcome: `done`, `refused` or `needs_operator`."""
        self.status, self.open_key = status, None
        self.gateway_message = message
        self.save(update_fields=["status", "open_key", "gateway_message", "modified"])


def wish(
    *, kind: str, merchant_uid: str, imp_uid: str, amount: Any, reason: str, using: str
) -> Refund | None:
    """Store a wish within the caller's transaction and the order's lock.

    None where one is open already, or where this one was made before and has not become pointless since.
    """
    refunds = Refund.objects.using(using)
    open_key = merchant_uid if kind == "refund" else imp_uid
    again = refunds.filter(imp_uid=imp_uid, kind=kind).exclude(status="refused")
    if again.exists() or refunds.filter(open_key=open_key).exists():
        return None
    return refunds.create(
        kind=kind, merchant_uid=merchant_uid, imp_uid=imp_uid, amount=amount, reason=reason, open_key=open_key
    )


def open_refunds(imp_uid: str, *, using: str) -> models.QuerySet[Refund]:
    """What is open for one payment at the gateway."""
    return Refund.objects.using(using).filter(imp_uid=imp_uid, open_key__isnull=False)


def unmet_refunds(imp_uid: str, *, using: str) -> models.QuerySet[Refund]:
    """What is open for one payment, or was handed to an operator: the news may have met it."""
    return Refund.objects.using(using).filter(imp_uid=imp_uid).exclude(status__in=("done", "refused"))
