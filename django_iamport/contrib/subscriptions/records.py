"""What is stored of a subscription and of its periods; knows no gateway call."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from model_utils import Choices

from django_iamport import conf
from django_iamport.gateway.moments import as_stored, aware
from django_iamport.records.change_tracking import LoadedColumns
from django_iamport.records.fields import (
    CreatedField,
    GatewayStatusField,
    ModifiedField,
    amount_field,
    without_labels,
)
from django_iamport.records.write_database import RefreshedWhereWritten
from django_iamport.rules import merchant_uids

from . import rules
from .rules import Dunning, Missed, RenewalStatus, Schedule, SubscriptionStatus, Unit
from .wording import plan_in_words, reason_in_words

if TYPE_CHECKING:
    from typing_extensions import Never


# What only the steps write: a copy that was loaded before one of them must not write the old state back.
WRITTEN_BY_STEPS = frozenset(
    {
        *("status", "reason", "name", "amount", "unit", "every", "anchor_day", "upcoming"),
        *("anchor", "anchor_number", "next_number", "trial_end", "period_start", "period_end"),
        *("ends_at_period_end", "paused_until", "next_at", "claimed_until", "started_at", "ended_at"),
        "billing_key_id",
    }
)


@without_labels
class SubscriptionRecord(LoadedColumns):
    """Columns, constraints, and what can be read from them."""

    loaded_columns = WRITTEN_BY_STEPS

    STATUS = Choices(
        (SubscriptionStatus.NEW.value, _("not started")),
        (SubscriptionStatus.SCHEDULED.value, _("starts later")),
        (SubscriptionStatus.TRIALING.value, _("on trial")),
        (SubscriptionStatus.INCOMPLETE.value, _("payment outstanding")),
        (SubscriptionStatus.ACTIVE.value, pgettext_lazy("subscription", "active")),
        (SubscriptionStatus.PAST_DUE.value, _("payment overdue")),
        (SubscriptionStatus.PAUSED.value, pgettext_lazy("subscription", "paused")),
        (SubscriptionStatus.ENDED.value, pgettext_lazy("subscription", "ended")),
    )
    UNITS = Choices(
        (Unit.DAY.value, pgettext_lazy("period", "day")),
        (Unit.WEEK.value, pgettext_lazy("period", "week")),
        (Unit.MONTH.value, pgettext_lazy("period", "month")),
        (Unit.YEAR.value, pgettext_lazy("period", "year")),
    )
    # How the plan is, for a shop to set on its class.
    dunning: ClassVar[Dunning] = Dunning()
    missed: ClassVar[Missed] = Missed.CHARGE
    # From when on a day in Korea a period's payment is made: nobody is woken by the card company's message.
    renewal_time: ClassVar[time] = time(9)
    is_entitled_while_past_due: ClassVar[bool] = True
    # Whether whoever goes on after a pause waits for the plan's anchor day. Otherwise a period begins at once, a
    # short one, of which `make_order` says what it costs.
    waits_for_anchor_day: ClassVar[bool] = True
    # The way to the user whose subscription it is.
    owner_field: ClassVar[str] = "user"

    if TYPE_CHECKING:
        billing_key: models.ForeignKey[Never, Any]
        billing_key_id: Any
        renewals: models.Manager[Any]

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=pgettext_lazy("table", "customer"),
    )
    # What its address and its history name it by.
    subscription_uid = models.CharField(_("subscription number"), max_length=40, unique=True, editable=False)
    status = GatewayStatusField(
        pgettext_lazy("column", "status"), max_length=20, default=SubscriptionStatus.NEW.value, editable=False
    )
    # Why it is behind or has ended: in the card company's words, or a stable code.
    reason = models.CharField(pgettext_lazy("column", "reason"), max_length=200, blank=True, editable=False)

    # The plan; of a running subscription `change_plan()` changes it, from the next period on.
    name = models.CharField(_("name of the plan"), max_length=40)
    amount = amount_field(pgettext_lazy("column", "amount"), validators=[MinValueValidator(Decimal(0))])
    currency = models.CharField(pgettext_lazy("column", "currency"), max_length=3, default="KRW")
    unit = GatewayStatusField(
        pgettext_lazy("column", "period"), choices_name="UNITS", max_length=5, default=Unit.MONTH.value
    )
    every = models.PositiveSmallIntegerField(_("billing interval"), default=1)
    anchor_day = models.PositiveSmallIntegerField(_("billing day"), null=True, blank=True)
    # The plan from the next period on, where it is another one.
    upcoming = models.JSONField(_("plan from the next period on"), default=dict, blank=True, editable=False)

    # The series of periods: the day it began on, and the number of its first period.
    anchor = models.DateField(null=True, blank=True, editable=False)
    anchor_number = models.PositiveIntegerField(default=0, editable=False)
    next_number = models.PositiveIntegerField(default=0, editable=False)
    trial_end = models.DateField(_("trial until"), null=True, blank=True, editable=False)
    # Of the last paid period; the end is the first day that no longer belongs to it.
    period_start = models.DateField(_("period from"), null=True, blank=True, editable=False)
    period_end = models.DateField(_("period until"), null=True, blank=True, editable=False)
    ends_at_period_end = models.BooleanField(_("ends with the period"), default=False, editable=False)
    paused_until = models.DateField(_("paused until"), null=True, blank=True, editable=False)

    # When the clock has something to do for it, and until when a worker has claimed it.
    next_at = models.DateTimeField(_("next step at"), null=True, blank=True, editable=False)
    claimed_until = models.DateTimeField(null=True, blank=True, editable=False)

    started_at = models.DateTimeField(_("started at"), null=True, blank=True, editable=False)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True, editable=False)
    created = CreatedField(pgettext_lazy("column", "created"))
    modified = ModifiedField(pgettext_lazy("column", "modified"))

    class Meta:
        abstract = True
        verbose_name = pgettext_lazy("table", "subscription")
        verbose_name_plural = pgettext_lazy("table", "subscriptions")
        ordering = ("-created",)
        permissions = (("manage_subscriptions", "Can pause, resume, charge and end subscriptions"),)
        indexes = (models.Index(fields=["next_at"]), models.Index(fields=["status", "created"]))
        constraints = (
            models.CheckConstraint(
                condition=~Q(status=SubscriptionStatus.ENDED.value)
                | Q(next_at__isnull=True, ended_at__isnull=False),
                name="%(app_label)s_%(class)s_ended_rests",
            ),
            models.CheckConstraint(
                condition=Q(status__in=[SubscriptionStatus.NEW.value, SubscriptionStatus.ENDED.value])
                | Q(anchor__isnull=False),
                name="%(app_label)s_%(class)s_begun_anchored",
            ),
        )

    def __str__(self) -> str:
        return f"{self.name} ({self.pk})"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store the subscription; what steps write only where it is named, or was assigned since it was loaded."""
        if not self.subscription_uid:
            # Unguessable, and ours by its prefix.
            self.subscription_uid = merchant_uids.make(settings.SECRET_KEY, "", prefix=conf.prefix())
        is_update = not (self._state.adding or args or kwargs.get("force_insert"))
        if is_update and kwargs.get("update_fields") is None:
            stale = self.loaded_columns - self._assigned(None)
            kept = {name.removesuffix("_id") for name in stale}
            kwargs["update_fields"] = self._columns_without(kept, None)
        super().save(*args, **kwargs)
        self._remember(self.loaded_columns)

    @property
    def schedule(self) -> Schedule:
        """The days of the series that its periods are counted in; for one that has begun."""
        if self.anchor is None:
            raise ValueError("a subscription that has not begun has no periods")
        return Schedule(self.anchor, Unit(self.unit), self.every, self.anchor_day)

    @property
    def next_series(self) -> tuple[Schedule, int]:
        """The days that the next period is counted in, and its number there: a new series begins with it where
        the plan from then on has periods of another length."""
        number = self.next_number - self.anchor_number
        unit, every = Unit(self.upcoming.get("unit", self.unit)), self.upcoming.get("every", self.every)
        if (unit, every) == (self.unit, self.every):
            return self.schedule, number
        begins = self.schedule.start(number)
        day = self.schedule.carried_day(begins) if unit in (Unit.MONTH, Unit.YEAR) else None
        return Schedule(begins, unit, every, day), 0

    def start_of(self, number: int) -> date:
        """The first day of a period of the present series, by its number."""
        return self.schedule.start(number - self.anchor_number)

    def due_at(self, number: int) -> datetime:
        """When a period's payment is made."""
        return as_stored(rules.moment_of(self.start_of(number), self.renewal_time))

    def day_of(self, moment: datetime) -> date:
        """The day whose payments are due at a moment: in Korea, and before `renewal_time` still the day before."""
        return rules.korean_day(aware(moment), self.renewal_time)

    @property
    def next_payment_on(self) -> date | None:
        """The day on which the next period's payment is made; None where none is to come."""
        if self.status not in rules.RUNNING or self.ends_at_period_end:
            return None
        return self.start_of(self.next_number)

    @property
    def last_day(self) -> date | None:
        """The last day that is paid for."""
        return self.period_end and self.period_end - timedelta(days=1)

    @property
    def ends_on(self) -> date | None:
        """The day on which it ends, where it was cancelled for the end of the period."""
        return self.start_of(self.next_number) if self.ends_at_period_end else None

    @property
    def next_amount(self) -> Decimal:
        return Decimal(self.upcoming["amount"]) if "amount" in self.upcoming else self.amount

    @property
    def is_behind(self) -> bool:
        return self.status in rules.BEHIND

    @property
    def is_entitled(self) -> bool:
        """Whether the customer may use what he subscribed to, as far as this row says.

        What was paid for before a pause may be used to its last day.
        """
        if self.status == SubscriptionStatus.PAUSED:
            return self.has_time_left
        if self.status == SubscriptionStatus.PAST_DUE:
            return self.is_entitled_while_past_due
        return self.status in rules.ENTITLED

    @property
    def has_time_left(self) -> bool:
        """Whether a `cancel()` leaves something: the rest of what is paid for, or of the trial."""
        if self.status == SubscriptionStatus.PAUSED:
            return self.is_paid_for(rules.korean_day(aware(timezone.now())))
        return self.status in rules.RUNNING

    def is_paid_for(self, day: date) -> bool:
        """Whether a day lies before the end of the last paid period, or of the trial."""
        return any(end is not None and day < end for end in (self.period_end, self.trial_end))

    def get_reason_display(self) -> str:
        """Why it is behind or over, in the reader's language or the card company's words."""
        return self.reason_in_words(self.reason)

    def reason_in_words(self, reason: str) -> str:
        periods: Any = self._meta.get_field("renewals").related_model
        return reason_in_words(reason, periods.order_model())

    def get_plan_display(self) -> str:
        """`₩19,000 every month`."""
        return plan_in_words(self.amount, self.currency, self.unit, self.every)

    def get_upcoming_display(self) -> str:
        """The same of the plan from the next period on; empty where there is no other."""
        if not self.upcoming:
            return ""
        return plan_in_words(self.next_amount, self.currency, self.upcoming["unit"], self.upcoming["every"])

    def as_plan(self) -> dict[str, Any]:
        """The plan in plain values."""
        return {
            "name": self.name,
            "amount": str(self.amount),
            "unit": self.unit,
            "every": self.every,
            "anchor_day": self.anchor_day,
        }


@without_labels
class RenewalRecord(RefreshedWhereWritten):
    """One period of a subscription: its order, and what became of it. No period has two."""

    STATUS = Choices(
        (RenewalStatus.OPEN.value, _("to be paid")),
        (RenewalStatus.PAID.value, pgettext_lazy("renewal", "paid")),
        (RenewalStatus.SKIPPED.value, pgettext_lazy("renewal", "skipped")),
        (RenewalStatus.UNPAID.value, pgettext_lazy("renewal", "not paid")),
    )

    if TYPE_CHECKING:
        subscription: models.ForeignKey[Never, Any]
        subscription_id: Any
        order: models.ForeignKey[Never, Any]
        order_id: Any

    number = models.PositiveIntegerField(_("number of the period"), editable=False)
    period_start = models.DateField(_("period from"), editable=False)
    period_end = models.DateField(_("period until"), editable=False)
    amount = amount_field(pgettext_lazy("column", "amount"), editable=False)
    currency = models.CharField(pgettext_lazy("column", "currency"), max_length=3, editable=False)
    status = GatewayStatusField(
        pgettext_lazy("column", "status"), max_length=20, default=RenewalStatus.OPEN.value, editable=False
    )
    reason = models.CharField(pgettext_lazy("column", "reason"), max_length=200, blank=True, editable=False)
    declines = models.PositiveIntegerField(_("number of declines"), default=0, editable=False)
    first_declined_at = models.DateTimeField(null=True, blank=True, editable=False)
    tried_at = models.DateTimeField(_("last tried at"), null=True, blank=True, editable=False)
    # A charge was begun, and what became of it isn't stored.
    is_trying = models.BooleanField(default=False, editable=False)
    # How many attempts had failed before it: one more is its outcome, whatever the clock says.
    failed_before = models.PositiveIntegerField(default=0, editable=False)
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True, editable=False)
    created = CreatedField(pgettext_lazy("column", "created"))

    class Meta:
        abstract = True
        verbose_name = pgettext_lazy("table", "period")
        verbose_name_plural = pgettext_lazy("table", "periods")
        ordering = ("-number",)
        constraints = (
            models.UniqueConstraint(
                fields=["subscription", "number"], name="%(app_label)s_%(class)s_one_number"
            ),
            models.UniqueConstraint(
                fields=["subscription", "period_start"], name="%(app_label)s_%(class)s_one_period"
            ),
            models.UniqueConstraint(fields=["order"], name="%(app_label)s_%(class)s_one_order"),
        )

    def __str__(self) -> str:
        return f"{self.period_start} – {self.last_day}"

    @property
    def last_day(self) -> date:
        return self.period_end - timedelta(days=1)

    def get_reason_display(self) -> str:
        """Why it was declined or skipped, in the reader's language or the card company's words."""
        return reason_in_words(self.reason, self.order_model())

    @classmethod
    def order_model(cls) -> Any:
        return cls._meta.get_field("order").related_model
