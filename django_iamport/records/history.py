"""What came, from whom, what was decided and what changed: rows are added and never altered."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, NoReturn

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from model_utils import Choices

from django_iamport.exceptions import HistoryKept
from django_iamport.rules.payment import SeenPayment
from django_iamport.rules.texts import storable
from django_iamport.signals.monitoring import count_once_committed

from .fields import CreatedField, GatewayStatusField, amount_field
from .write_database import RecordManager

# Whoever asks by himself, as sync and polls do, needs no row for finding nothing new.
BROUGHT_BY_OTHERS = ("webhook", "redirect", "admin", "command")

# What changes nothing.
ANYBODY_REPEATS = ("unchanged", "error")
# There are fewer kinds of repetition than this.
LOOKED_THROUGH = 100

# An account, a card or a telephone that somebody wrote into a reason.
LONG_NUMBER = re.compile(r"\d(?:[ -]?\d){6,}")

NEVER_ALTERED = (
    "History rows are never changed; iamport_prune deletes old ones, iamport_erase blanks persons."
)


class HistoryQuerySet(models.QuerySet["History"]):
    def of(self, merchant_uid: str) -> HistoryQuerySet:
        """The history of one transaction, oldest first."""
        return self.filter(merchant_uid=merchant_uid).order_by("pk")

    def older_than(self, moment: datetime) -> HistoryQuerySet:
        return self.filter(created__lt=moment)

    def prune(self, limit: int) -> int:
        """Delete at most `limit` rows, the oldest first; answers how many. The one way to delete any."""
        keys = list(self.order_by("created", "pk").values_list("pk", flat=True)[:limit])
        return super(HistoryQuerySet, self.filter(pk__in=keys)).delete()[0]

    def update(self, **columns: Any) -> NoReturn:
        raise HistoryKept(NEVER_ALTERED)

    update.alters_data = True  # type: ignore[attr-defined]

    def erase(self, **columns: Any) -> int:
        """Blank what people wrote, and who they are; the one way to change any (ledger/erasing.py)."""
        if not columns.keys() <= {"by", "reason"}:
            raise HistoryKept(NEVER_ALTERED)
        return super().update(**columns)

    erase.alters_data = True  # type: ignore[attr-defined]

    def bulk_update(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise HistoryKept(NEVER_ALTERED)

    bulk_update.alters_data = True  # type: ignore[attr-defined]

    def delete(self) -> NoReturn:
        raise HistoryKept(NEVER_ALTERED)

    delete.alters_data = True  # type: ignore[attr-defined]
    delete.queryset_only = True  # type: ignore[attr-defined]


class History(models.Model):
    """One step in the life of a transaction, of any transaction model; tied by `merchant_uid`.

    Holds ids, words, sums and moments; no name, address, telephone, account or card number.
    """

    EVENT = Choices(
        ("unchanged", _("nothing changed")),
        ("account_issued", _("virtual account issued")),
        ("account_changed", _("virtual account changed")),
        ("account_refused", _("virtual account refused")),
        ("paid", pgettext_lazy("event", "paid")),
        ("failed", pgettext_lazy("event", "failed")),
        ("expired", pgettext_lazy("event", "expired")),
        ("rejected", pgettext_lazy("event", "rejected")),
        ("accepted", _("accepted manually")),
        ("cancelled", _("money refunded")),
        ("voided", _("virtual account voided")),
        ("void_wanted", _("virtual account to be voided")),
        ("void_sent", _("void request sent to the gateway")),
        ("refund_wanted", _("refund requested")),
        ("refund_sent", _("refund request sent to the gateway")),
        ("refund_unknown", _("refund outcome unknown")),
        ("refund_refused", _("refund not carried out")),
        ("refund_account_given", _("refund account given")),
        ("refund_account_asked", _("refund account asked for again")),
        ("refund_transferred", _("refunded by bank transfer")),
        ("needs_operator", _("needs an operator")),
        ("operator_answered", _("an operator has answered")),
        ("key_issued", _("card saved")),
        ("key_refused", _("card not saved")),
        ("key_deleting", _("card to be deleted")),
        ("key_deleted", _("card deleted")),
        ("key_gone", _("card unknown to the gateway")),
        ("subscription_started", _("subscription started")),
        ("period_began", _("period started")),
        ("period_skipped", _("period skipped")),
        ("renewed", _("period paid")),
        ("renewal_declined", _("card declined")),
        ("plan_change_wanted", _("another plan chosen")),
        ("plan_changed", _("plan changed")),
        ("card_changed", _("card changed")),
        ("subscription_paused", _("subscription paused")),
        ("subscription_resumed", _("subscription resumed")),
        ("subscription_ending", _("cancelled as of the end of the period")),
        ("subscription_kept", _("cancellation withdrawn")),
        ("subscription_ended", _("subscription ended")),
        ("cash_receipt_sent", _("cash receipt requested")),
        ("cash_receipt_issued", _("cash receipt issued")),
        ("cash_receipt_refused", _("cash receipt not issued")),
        ("cash_receipt_dismissed", _("cash receipt marked as settled")),
        ("cash_receipt_unknown", _("cash receipt: outcome unknown")),
        ("cash_receipt_adjusted", _("cash receipt adjusted")),
        ("cash_receipt_cancelling", _("cash receipt to be cancelled")),
        ("cash_receipt_cancelled", _("cash receipt cancelled")),
        ("cash_receipt_not_cancelled", _("cash receipt not cancelled")),
        ("error", pgettext_lazy("event", "error")),
        ("erased", _("personal data erased")),
        ("imported", _("taken over from the former shop")),
    )

    merchant_uid = models.CharField(max_length=40)
    imp_uid = models.CharField(max_length=50, blank=True)
    # Who brought the news: browser, redirect, webhook, sync, admin, command, refund, ...
    source = models.CharField(pgettext_lazy("column", "source"), max_length=40)
    # Whose hand it was: a role and a key.
    by = models.CharField(pgettext_lazy("column", "by"), max_length=150, blank=True)
    event = GatewayStatusField(_("what happened"), choices_name="EVENT", max_length=30, default="unchanged")
    reason = models.CharField(pgettext_lazy("column", "reason"), max_length=200, blank=True)
    # Of this event alone: the money that came, went back or is to go back.
    amount = amount_field(pgettext_lazy("column", "amount"), null=True, blank=True)
    currency = models.CharField(pgettext_lazy("column", "currency"), max_length=3, blank=True)
    status_before = models.CharField(_("status before"), max_length=20, blank=True)
    status_after = models.CharField(_("status after"), max_length=20, blank=True)
    # What the gateway said: status, sums and moments.
    heard = models.JSONField(_("what the gateway said"), default=dict, blank=True)
    created = CreatedField(pgettext_lazy("column", "when"), db_index=True)

    objects = RecordManager.from_queryset(HistoryQuerySet)()

    class Meta:
        verbose_name = _("history entry")
        verbose_name_plural = _("history entries")
        ordering = ("pk",)
        base_manager_name = "objects"
        indexes = (
            models.Index(fields=["merchant_uid", "id"]),
            models.Index(fields=["imp_uid"]),
            models.Index(fields=["event", "created"]),
            models.Index(fields=["source", "created"]),
            models.Index(fields=["by"]),
        )

    def __str__(self) -> str:
        return f"{self.merchant_uid} · {dict(self.EVENT).get(self.event, self.event)}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Add the row; raises `HistoryKept` for one that is stored."""
        if not self._state.adding:
            raise HistoryKept(NEVER_ALTERED)
        kwargs["force_insert"] = True
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise HistoryKept(NEVER_ALTERED)

    delete.alters_data = True  # type: ignore[attr-defined]


def add_events(*events: tuple[str, Any]) -> None:
    """Words and texts for what happens in an app that only some shops have; called in its `ready`."""
    known = dict(History.EVENT)
    # Typed as a tuple of class: model-utils says nothing of its sum.
    History.EVENT = History.EVENT + Choices(*(event for event in events if event[0] not in known))
    event_field: Any = History._meta.get_field("event")
    event_field.choices = History.EVENT


@dataclass(frozen=True)
class Origin:
    """Who brought the news: `source` is a word, `by` a role and a key."""

    source: str
    by: str = ""


def note(merchant_uid: str, event: str, *, origin: Origin, using: str, **facts: Any) -> None:
    """Add a row within the caller's transaction, if one is open; `facts` are the other columns."""
    reason = LONG_NUMBER.sub("***", storable(str(facts.pop("reason", ""))))[:200]
    History.objects.using(using).create(
        merchant_uid=merchant_uid,
        event=event,
        source=origin.source[:40],
        by=origin.by[:150],
        reason=reason,
        **facts,
    )
    count_once_committed("iamport.history", using, event=event, source=origin.source)


def note_unchanged(
    merchant_uid: str, *, origin: Origin, using: str, imp_uid: str, heard: dict[str, Any], status: str
) -> None:
    """Somebody brought what is stored already; noted once however often it is brought."""
    if origin.source not in BROUGHT_BY_OTHERS:
        return
    if not _is_repetition(merchant_uid, using, event="unchanged", source=origin.source, heard=heard):
        states = {"status_before": status, "status_after": status}
        note(merchant_uid, "unchanged", origin=origin, using=using, imp_uid=imp_uid, heard=heard, **states)


def note_error(merchant_uid: str, code: str, *, origin: Origin, using: str) -> None:
    """News could not be posted; noted once however often it is brought."""
    if not _is_repetition(merchant_uid, using, event="error", source=origin.source[:40], reason=code):
        note(merchant_uid, "error", origin=origin, using=using, reason=code)


def _is_repetition(merchant_uid: str, using: str, **facts: Any) -> bool:
    """Whether the same was noted since something last became of the transaction, whatever came in between.

    Anybody can bring it any number of times, in turns with something else.
    """
    for row in History.objects.using(using).of(merchant_uid).reverse()[:LOOKED_THROUGH]:
        if row.event not in ANYBODY_REPEATS:
            return False
        if all(getattr(row, name) == value for name, value in facts.items()):
            return True
    return False


def seen_facts(payment: SeenPayment) -> dict[str, Any]:
    """What is kept of a payment as it was seen: nothing personal, sums exact."""
    facts = {name: getattr(payment, name) for name in ("status", "amount", "cancel_amount", "currency")}
    facts |= {name: getattr(payment, name) for name in ("sandbox", "pay_method", "pg_provider")}
    facts |= {name: getattr(payment, name) for name in ("paid_at", "failed_at", "cancelled_at", "vbank_date")}
    return {name: _plain(value) for name, value in facts.items() if value not in (None, "")}


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    return storable(value) if isinstance(value, str) else value
