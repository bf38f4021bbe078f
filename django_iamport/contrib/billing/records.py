"""A customer's saved card as it is stored: columns, constraints, and whom it may be charged for."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from model_utils import Choices

from django_iamport.models import PayableMixin, owners
from django_iamport.records.fields import CreatedField, GatewayStatusField, ModifiedField, without_labels
from django_iamport.records.write_database import RefreshedWhereWritten

from .rules import MAY_EXIST, KeyStatus


@without_labels
class BillingKeyRecord(RefreshedWhereWritten):
    """The stored half of `AbstractBillingKey`, which a shop subclasses."""

    STATUS = Choices(
        (KeyStatus.READY.value, _("being registered")),
        (KeyStatus.ACTIVE.value, pgettext_lazy("billing key", "saved")),
        (KeyStatus.FAILED.value, _("not registered")),
        (KeyStatus.DELETING.value, _("being deleted")),
        (KeyStatus.DELETED.value, pgettext_lazy("billing key", "deleted")),
        (KeyStatus.GONE.value, _("unknown to the gateway")),
    )
    # The way to the user whose card it is.
    owner_field: ClassVar[str] = "user"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=pgettext_lazy("table", "customer"),
    )
    customer_uid = models.CharField(
        _("billing key (customer_uid)"), max_length=80, unique=True, editable=False
    )
    # Under which the card is registered, and under which its history is found.
    merchant_uid = models.CharField(
        _("registration number (merchant_uid)"), max_length=40, unique=True, editable=False
    )
    channel_name = models.CharField(
        pgettext_lazy("column", "channel"), max_length=40, blank=True, editable=False
    )
    status = GatewayStatusField(
        pgettext_lazy("column", "status"), max_length=20, default=KeyStatus.READY.value, editable=False
    )
    reason = models.CharField(pgettext_lazy("column", "reason"), max_length=200, blank=True, editable=False)
    # The owner's key on his default card, else null: at most one for each, on every database.
    default_of = models.CharField(max_length=64, null=True, blank=True, unique=True, editable=False)
    pg_provider = models.CharField(_("payment provider"), max_length=40, blank=True, editable=False)
    card_name = models.CharField(_("card company"), max_length=60, blank=True, editable=False)
    card_number = models.CharField(_("card number, masked"), max_length=40, blank=True, editable=False)
    # "2029-05", where the card was given through the API: a window doesn't tell.
    expiry = models.CharField(_("valid until"), max_length=7, blank=True, editable=False)
    sandbox = models.BooleanField(_("test channel"), null=True, editable=False)
    # The gateway's moments; `updated` changes where another card takes the place of this one.
    inserted = models.DateTimeField(_("issued at"), null=True, blank=True, editable=False)
    updated = models.DateTimeField(_("card replaced at"), null=True, blank=True, editable=False)
    looked_up_at = models.DateTimeField(_("looked up at"), null=True, blank=True, editable=False)
    created = CreatedField(pgettext_lazy("column", "created"))
    modified = ModifiedField(pgettext_lazy("column", "modified"))

    class Meta:
        abstract = True
        verbose_name = pgettext_lazy("table", "saved card")
        verbose_name_plural = pgettext_lazy("table", "saved cards")
        ordering = ("-created",)
        permissions = (("withdraw_billing_keys", "Can delete saved cards at the gateway"),)
        indexes = (models.Index(fields=["status", "created"]),)
        constraints = (
            models.CheckConstraint(
                condition=~Q(status=KeyStatus.ACTIVE.value) | Q(looked_up_at__isnull=False),
                name="%(app_label)s_%(class)s_active_known",
            ),
            models.CheckConstraint(
                condition=Q(status=KeyStatus.ACTIVE.value) | Q(default_of__isnull=True),
                name="%(app_label)s_%(class)s_default_active",
            ),
        )

    def __str__(self) -> str:
        return " ".join(filter(None, (self.card_name, self.card_number))) or f"{self._meta.verbose_name}"

    @property
    def is_default(self) -> bool:
        return self.default_of is not None

    @property
    def may_exist(self) -> bool:
        """Whether the gateway may know the key."""
        return self.status in MAY_EXIST

    @property
    def is_chargeable(self) -> bool:
        """Whether it is saved, as far as is known here."""
        return bool(self.status == KeyStatus.ACTIVE)

    def get_owner(self) -> models.Model | None:
        """The user whose card it is; None where the account was deleted: it is charged no more then."""
        return owners.owner_of(self)

    def may_charge(self, order: PayableMixin) -> bool:
        """Hook: whether this card may pay that order; by default an order of the card's owner."""
        owner = self.get_owner()
        return owner is not None and order.get_owner() == owner

    def get_charge_parameters(self, order: Any, transaction: Any) -> dict[str, Any]:
        """Hook: further parameters of the charge: `tax_free` (main units, won), `card_quota` (months)."""
        return {}
