"""A human is needed: stored before anybody is told, and open until somebody has answered."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .fields import CreatedField
from .write_database import RecordManager

# Who was told and has not answered is told again after this long.
REMIND_AFTER = timedelta(days=1)


class OperatorCallQuerySet(models.QuerySet["OperatorCall"]):
    def open(self) -> OperatorCallQuerySet:
        """What nobody has answered yet, oldest first."""
        return self.filter(open_key__isnull=False).order_by("pk")

    def due(self, now: datetime) -> OperatorCallQuerySet:
        """What nobody was told of, or was told of long ago."""
        return self.open().filter(Q(sent_at__isnull=True) | Q(sent_at__lte=now - REMIND_AFTER))

    def store(self, merchant_uid: str, reason: str, *, imp_uid: str) -> OperatorCall | None:
        """Store a call within the caller's transaction; None where the same one is open already."""
        open_key = f"{merchant_uid}:{reason}"
        if self.filter(open_key=open_key).exists():
            return None
        return self.create(merchant_uid=merchant_uid, imp_uid=imp_uid, reason=reason, open_key=open_key)

    def close(
        self, merchant_uid: str, now: datetime, *, reasons: Iterable[str] = (), by: str = "", answer: str = ""
    ) -> int:
        """Close the open calls of a transaction, or those for some reasons; answers how many there were."""
        calls = self.open().filter(merchant_uid=merchant_uid)
        if reasons:
            calls = calls.filter(reason__in=list(reasons))
        return calls.order_by().update(open_key=None, answered_at=now, answered_by=by, answer=answer)


class OperatorCall(models.Model):
    """One reason to look at one transaction; tied by `merchant_uid`.

    Closed by `answer_operator()`, or by what settles it: the money went back or was accepted, the gateway agrees.
    """

    merchant_uid = models.CharField(max_length=40, db_index=True)
    imp_uid = models.CharField(max_length=50, blank=True)
    reason = models.CharField(pgettext_lazy("column", "reason"), max_length=40)
    # While open `merchant_uid:reason`, else null: nobody is called twice for the same.
    open_key = models.CharField(max_length=90, null=True, unique=True, editable=False)
    # When every receiver of `operator_needed` had been told last; null until then.
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    answered_by = models.CharField(_("answered by"), max_length=150, blank=True)
    answer = models.TextField(pgettext_lazy("column", "answer"), blank=True)
    created = CreatedField(pgettext_lazy("column", "created"))

    objects = RecordManager.from_queryset(OperatorCallQuerySet)()

    class Meta:
        verbose_name = _("call for an operator")
        verbose_name_plural = _("calls for an operator")
        ordering = ("pk",)
        indexes = (
            models.Index(fields=["created"]),
            models.Index(fields=["reason", "created"]),
            models.Index(fields=["answered_at", "created"]),
            models.Index(fields=["imp_uid"]),
            models.Index(fields=["answered_by"]),
        )

    def __str__(self) -> str:
        return self.merchant_uid
