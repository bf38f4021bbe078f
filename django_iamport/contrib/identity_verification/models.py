"""What a shop keeps of a verification: who began it, how old the person is, and a word that knows him again."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.debug import sensitive_variables
from model_utils import Choices

from django_iamport.gateway.moments import aware
from django_iamport.records import kinds
from django_iamport.records.fields import CreatedField, GatewayStatusField, ModifiedField, without_labels
from django_iamport.records.rows import rows
from django_iamport.records.write_database import RefreshedWhereWritten

from .rules import AgeBand, Person, is_adult_band, is_full_age_19_band, korean_day

__all__ = ["AbstractIdentityVerification"]

SALT = "django_iamport.identity"


@without_labels
class AbstractIdentityVerification(RefreshedWhereWritten):
    """One verification, from the opened window on; of the person an age band and a keyed hash are kept.

    The shop declares `class Meta(AbstractIdentityVerification.Meta)`, which keeps the constraints.
    """

    STATUS = Choices(
        ("ready", pgettext_lazy("identity", "begun")),
        ("certified", pgettext_lazy("identity", "verified")),
        ("rejected", pgettext_lazy("identity", "verified, not accepted")),
    )
    AGE_BAND = Choices(
        (AgeBand.UNDER_14.value, _("under 14")),
        (AgeBand.FROM_14_TO_18.value, _("14 to 18")),
        (AgeBand.TURNING_19.value, _("18, turning 19 that year")),
        (AgeBand.FROM_19_TO_29.value, _("19 to 29")),
        (AgeBand.FROM_30_TO_39.value, _("30 to 39")),
        (AgeBand.FROM_40_TO_49.value, _("40 to 49")),
        (AgeBand.FROM_50_TO_59.value, _("50 to 59")),
        (AgeBand.FROM_60.value, _("60 and over")),
    )
    # Texts for customers, by the reason of an `IdentityRefused`.
    REJECT_REASONS: ClassVar[dict[str, str | Promise]] = {}

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=pgettext_lazy("table", "customer"),
    )
    merchant_uid = models.CharField(
        _("verification number (merchant_uid)"), max_length=40, unique=True, editable=False
    )
    imp_uid = models.CharField(
        _("gateway number (imp_uid)"), max_length=50, null=True, blank=True, unique=True, editable=False
    )
    # What another browser came back with: only whoever began it makes something of it.
    claimed_imp_uid = models.CharField(max_length=50, blank=True, editable=False)
    status = GatewayStatusField(pgettext_lazy("column", "status"), max_length=20, editable=False)
    reject_reason = models.CharField(
        pgettext_lazy("column", "reason"), max_length=40, blank=True, editable=False
    )
    # Of one that is ready, who is being accepted at this moment.
    unique_key_hash = models.CharField(
        _("keyed hash of the person's key (CI)"), max_length=64, blank=True, db_index=True, editable=False
    )
    age_band = GatewayStatusField(
        _("age band"), choices_name="AGE_BAND", default="", max_length=20, blank=True, editable=False
    )
    # The gateway's moment.
    certified_at = models.DateTimeField(_("verified at"), null=True, blank=True, editable=False)
    deleted_at = models.DateTimeField(_("deleted at the gateway"), null=True, blank=True, editable=False)
    erased_at = models.DateTimeField(_("erased at"), null=True, blank=True, editable=False)
    created = CreatedField(pgettext_lazy("column", "created"))
    modified = ModifiedField(pgettext_lazy("column", "modified"))

    class Meta:
        abstract = True
        verbose_name = pgettext_lazy("table", "identity verification")
        verbose_name_plural = pgettext_lazy("table", "identity verifications")
        ordering = ("-created",)
        # Nobody adds, changes or deletes one by hand.
        default_permissions = ("view",)
        permissions = (("erase_identities", "Can erase identity verifications"),)
        indexes = (models.Index(fields=["created"]), models.Index(fields=["status", "created"]))
        constraints = (
            models.CheckConstraint(
                condition=~Q(status="certified")
                | Q(imp_uid__isnull=False, certified_at__isnull=False)
                & (Q(erased_at__isnull=False) | ~Q(unique_key_hash="") & ~Q(age_band="")),
                name="%(app_label)s_%(class)s_certified",
            ),
            models.CheckConstraint(
                condition=Q(status="certified", erased_at__isnull=True)
                | Q(status="ready", erased_at__isnull=True, age_band="")
                | Q(unique_key_hash="", age_band=""),
                name="%(app_label)s_%(class)s_nobody",
            ),
        )

    def __str__(self) -> str:
        return f"{self.merchant_uid}"

    def identity_verified(self, person: Person) -> None:
        """Hook: who it is, once, in the database transaction that stores the verification, under the row's lock.

        Write to the database only, columns of your own on `self` too; what isn't written here is gone. Raise
        `IdentityRefused` for somebody whom the shop doesn't want. Anything else that is raised undoes the step,
        and the customer's next try asks again.
        """

    def identity_erased(self) -> None:
        """Hook: blank what `identity_verified` wrote into columns of your own; the row is saved after it."""

    @property
    def is_certified(self) -> bool:
        """Whether somebody was verified, whom the shop accepted and who was not erased since."""
        return bool(self.status == "certified" and self.erased_at is None)

    @property
    def is_adult(self) -> bool:
        """An adult by the Youth Protection Act: verified in the year in which one turns 19, or later."""
        return self.is_certified and is_adult_band(self.age_band)

    @property
    def is_full_age_19(self) -> bool:
        """An adult by the Civil Act: verified at full age 19, or in a year that is over in which one turned 19."""
        if not self.is_certified or self.certified_at is None:
            return False
        today = korean_day(aware(timezone.now()))
        return is_full_age_19_band(self.age_band, korean_day(aware(self.certified_at)), today)

    @sensitive_variables()
    def others_of(self, person: Person) -> models.QuerySet[Any]:
        """Other verifications of the same person: for a shop that wants one account for each.

        Of several at the same moment, `identity_verified` is told one after the other: the second finds the first.
        """
        return of_person(type(self), person).filter(status="certified").exclude(pk=self.pk)


@sensitive_variables()
def hashes_of(unique_key: str) -> list[str]:
    """What is stored of a person's key: first by the project's secret key, then by its former ones."""
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return [salted_hmac(SALT, unique_key, secret=key, algorithm="sha256").hexdigest() for key in keys]


@sensitive_variables()
def of_person(model: type[AbstractIdentityVerification], person: Person) -> models.QuerySet[Any]:
    """Whoever of a person's is verified, or is being accepted."""
    found: models.QuerySet[Any] = rows(model)
    return found.filter(unique_key_hash__in=hashes_of(person.unique_key))


def verification_models() -> list[type[AbstractIdentityVerification]]:
    return kinds.derived_from(AbstractIdentityVerification)


def default_model() -> type[AbstractIdentityVerification]:
    """The shop's one model. Raises `ImproperlyConfigured` where it has none, or several to choose from."""
    found = verification_models()
    if len(found) != 1:
        raise ImproperlyConfigured(
            f"{len(found)} models derive from AbstractIdentityVerification: name one on the view, as `model`."
        )
    return found[0]
