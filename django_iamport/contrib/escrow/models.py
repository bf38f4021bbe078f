"""A delivery of a payment in escrow, as it is stored: one row, tied by `merchant_uid`."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from model_utils import Choices

from django_iamport.records.fields import CreatedField, GatewayStatusField, ModifiedField
from django_iamport.records.write_database import RecordManager, RefreshedWhereWritten

from . import rules
from .rules import DeliveryStatus, EscrowStatus

__all__ = ["Delivery"]

COMPANY_NAMES: dict[str, str | Promise] = {
    "CJGLS": pgettext_lazy("courier", "CJ Logistics"),
    "HANJIN": pgettext_lazy("courier", "Hanjin"),
    "EPOST": pgettext_lazy("courier", "Korea Post"),
    "HYUNDAI": pgettext_lazy("courier", "Lotte (formerly Hyundai)"),
    "DAESIN": pgettext_lazy("courier", "Daesin"),
    "HANARO": pgettext_lazy("courier", "Hanaro"),
    "SAGAWA": pgettext_lazy("courier", "Sagawa"),
    "KGB": pgettext_lazy("courier", "KGB"),
    "YELLOWCAP": pgettext_lazy("courier", "Yellow Cap"),
    "DONGBU": pgettext_lazy("courier", "Dongbu"),
    "ETC": pgettext_lazy("courier", "another courier"),
}


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def refused_by_buyer(self) -> DeliveryQuerySet:
        """What a buyer refused, and nobody has settled since."""
        return self.filter(escrow_status=EscrowStatus.REFUSED.value)

    def needing_somebody(self) -> DeliveryQuerySet:
        """What isn't known or was refused, by the payment company or by the buyer."""
        refused = ~Q(code="") | Q(escrow_status=EscrowStatus.REFUSED.value)
        return self.filter(refused | Q(status=DeliveryStatus.UNKNOWN.value))

    def unfinished(self, now: datetime) -> DeliveryQuerySet:
        """What is to be looked up; a call that may still be under way is left alone."""
        over = Q(status=DeliveryStatus.SENT.value, asked_at__lte=now - rules.UNDER_WAY)
        return self.filter(over | Q(status=DeliveryStatus.UNKNOWN.value)).order_by("pk")


class Delivery(RefreshedWhereWritten):
    """What was registered, what is being registered, and what the buyer says.

    `company`, `invoice`, `sent_at`, `receiving_at` and `receiver` are as the payment company has them; `asked` is
    what it was told last and has not taken. Receivers are blanked by `iamport_erase`.
    """

    STATUS = Choices(
        (DeliveryStatus.NONE.value, pgettext_lazy("delivery", "not registered here")),
        (DeliveryStatus.SENT.value, pgettext_lazy("delivery", "being registered")),
        (DeliveryStatus.UNKNOWN.value, pgettext_lazy("delivery", "outcome unknown")),
        (DeliveryStatus.REGISTERED.value, pgettext_lazy("delivery", "registered")),
        (DeliveryStatus.REFUSED.value, pgettext_lazy("delivery", "not accepted")),
    )
    ESCROW_STATUS = Choices(
        (EscrowStatus.SHIPPED.value, pgettext_lazy("escrow", "shipped")),
        (EscrowStatus.CONFIRMED.value, pgettext_lazy("escrow", "confirmed by the buyer")),
        (EscrowStatus.CONFIRMED_AUTOMATICALLY.value, pgettext_lazy("escrow", "confirmed automatically")),
        (EscrowStatus.CONFIRMED_BY_FORCE.value, pgettext_lazy("escrow", "confirmed by the payment provider")),
        (EscrowStatus.REFUSED.value, pgettext_lazy("escrow", "refused by the buyer")),
        (EscrowStatus.CANCELLED.value, pgettext_lazy("escrow", "cancelled")),
        (EscrowStatus.REFUSAL_CONFIRMED.value, pgettext_lazy("escrow", "refusal confirmed")),
    )

    merchant_uid = models.CharField(_("payment number (merchant_uid)"), max_length=40, unique=True)
    imp_uid = models.CharField(_("gateway number (imp_uid)"), max_length=50)
    status = GatewayStatusField(
        pgettext_lazy("column", "status"), max_length=20, default=DeliveryStatus.NONE.value
    )
    # The gateway's code of the courier.
    company = models.CharField(pgettext_lazy("column", "courier"), max_length=20, blank=True)
    invoice = models.CharField(_("tracking number"), max_length=60, blank=True)
    sent_at = models.DateTimeField(_("shipped at"), null=True, blank=True)
    # A day as the gateway writes it: YYYYMMDD.
    receiving_at = models.CharField(_("day of arrival"), max_length=8, blank=True)
    receiver = models.JSONField(pgettext_lazy("column", "recipient"), default=dict, blank=True)
    # When the payment company took it last; null where it has none of ours.
    applied_at = models.DateTimeField(_("registered at"), null=True, blank=True)
    asked = models.JSONField(default=dict, blank=True, editable=False)
    # When the last call began: whoever else began one since has the word.
    asked_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Why the last call failed: a code of docs/errors.md, and the payment company's own words.
    code = models.CharField(max_length=40, blank=True)
    gateway_message = models.TextField(_("the payment provider's words"), blank=True)

    escrow_status = GatewayStatusField(
        _("buyer’s answer"), choices_name="ESCROW_STATUS", default="", max_length=10, blank=True
    )
    changed_at = models.DateTimeField(_("answered by the buyer at"), null=True, blank=True)
    denied_reason = models.CharField(_("why it was refused"), max_length=200, blank=True)
    created = CreatedField(pgettext_lazy("column", "created"))
    modified = ModifiedField(pgettext_lazy("column", "modified"))

    objects = RecordManager.from_queryset(DeliveryQuerySet)()

    class Meta:
        verbose_name = _("escrow delivery")
        verbose_name_plural = _("escrow deliveries")
        ordering = ("-created",)
        base_manager_name = "objects"
        # Nobody adds, changes or deletes one by hand.
        default_permissions = ("view",)
        permissions = (("register_deliveries", "Can register deliveries of payments in escrow"),)
        constraints = (
            models.CheckConstraint(
                condition=~Q(status=DeliveryStatus.REGISTERED.value)
                | Q(applied_at__isnull=False) & ~Q(company="") & ~Q(invoice=""),
                name="iamport_delivery_registered",
            ),
        )
        indexes = (
            models.Index(fields=["escrow_status", "created"], name="iamport_delivery_escrow"),
            models.Index(fields=["status", "created"], name="iamport_delivery_status"),
            models.Index(fields=["created"], name="iamport_delivery_created"),
        )

    def __str__(self) -> str:
        return self.merchant_uid

    @property
    def is_registered(self) -> bool:
        """Whether the payment company has a delivery, as far as is known here."""
        return self.applied_at is not None

    @property
    def is_open(self) -> bool:
        """Whether it isn't known what became of the last call."""
        return self.status in (DeliveryStatus.SENT, DeliveryStatus.UNKNOWN)

    def is_under_way(self, now: datetime) -> bool:
        """Whether the gateway may be at the last call."""
        is_young = self.asked_at is not None and self.asked_at > now - rules.UNDER_WAY
        return self.status == DeliveryStatus.SENT and is_young

    @property
    def is_confirmed(self) -> bool:
        """Whether the gateway's notice says that the buyer has got it; nobody can be asked whether that is so."""
        return self.escrow_status in rules.CONFIRMED

    def get_company_display(self) -> str:
        return str(COMPANY_NAMES.get(self.company, self.company))
