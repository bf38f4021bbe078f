"""Money that has to go back, and accounts that have to be voided: request, intent, outcome."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.debug import sensitive_variables
from model_utils import Choices

from django_iamport.formatting import amount_in_words
from django_iamport.rules.status import CLOSED_REFUNDS, RefundStatus
from django_iamport.rules.texts import storable

from .fields import CreatedField, GatewayStatusField, ModifiedField, amount_field
from .write_database import RecordManager, RefreshedWhereWritten, write_database

# Why one is done that the gateway knows nothing of: the shop returned the money itself.
BY_TRANSFER = "bank_transfer"

NO_ACCOUNT = {"refund_bank": "", "refund_account": "", "refund_holder": "", "refund_tel": ""}

# Afterwards an operator finds out with the customer what is wrong with his account.
MOST_TRIES = 20


class RefundQuerySet(models.QuerySet["Refund"]):
    def open_for(self, imp_uid: str) -> RefundQuerySet:
        """What is open for one payment at the gateway."""
        return self.filter(imp_uid=imp_uid, open_key__isnull=False)

    def pending(self, imp_uid: str) -> RefundQuerySet:
        """What is open for one payment, or was handed to an operator: what became of the payment may answer it."""
        return self.filter(imp_uid=imp_uid).exclude(status__in=CLOSED_REFUNDS).order_by("pk")

    def due(self, now: datetime) -> RefundQuerySet:
        """What is unfinished, and the requests whose pause is over."""
        waits_no_longer = Q(status=RefundStatus.NEEDS_OPERATOR, retry_at__lte=now)
        return self.filter(Q(status__in=Refund.OPEN) | waits_no_longer).order_by("pk")

    def request_by_rule(
        self,
        *,
        kind: str,
        merchant_uid: str,
        imp_uid: str,
        amount: Decimal,
        reason: str,
        currency: str = "KRW",
        by: str = "",
    ) -> Refund | None:
        """Store what the rules ask for, within the caller's transaction and the order's lock.

        None where something is open already, or where this was asked before and has not become pointless since.
        """
        open_key = merchant_uid if kind == "refund" else imp_uid
        again = self.filter(imp_uid=imp_uid, kind=kind, checksum=None).exclude(status=RefundStatus.REFUSED)
        if again.exists() or self.filter(open_key=open_key).exists():
            return None
        return self.create(
            kind=kind,
            merchant_uid=merchant_uid,
            imp_uid=imp_uid,
            amount=amount,
            currency=currency,
            reason=reason,
            by=by,
            open_key=open_key,
        )


class Refund(RefreshedWhereWritten):
    """One row from the request to the outcome, of a refund of any sum; tied by `merchant_uid`."""

    KIND = Choices(("refund", pgettext_lazy("status", "refund")), ("void", _("void the virtual account")))
    STATUS = Choices(
        (RefundStatus.WANTED, pgettext_lazy("status", "requested")),
        (RefundStatus.SENT, pgettext_lazy("status", "sent")),
        (RefundStatus.UNKNOWN, _("outcome unknown")),
        (RefundStatus.DONE, pgettext_lazy("status", "done")),
        (RefundStatus.REFUSED, _("not carried out")),
        (RefundStatus.NEEDS_OPERATOR, _("needs an operator")),
    )
    OPEN = (RefundStatus.WANTED, RefundStatus.SENT, RefundStatus.UNKNOWN)
    # The gateway may have carried these out: nothing else is done about the payment meanwhile.
    UNDER_WAY = (RefundStatus.SENT, RefundStatus.UNKNOWN)

    kind = models.CharField(pgettext_lazy("column", "kind"), max_length=10)
    merchant_uid = models.CharField(max_length=40, db_index=True)
    imp_uid = models.CharField(max_length=50, db_index=True)
    amount = amount_field(
        pgettext_lazy("column", "amount"), default=Decimal(0), validators=[MinValueValidator(Decimal(0))]
    )
    currency = models.CharField(pgettext_lazy("column", "currency"), max_length=3, default="KRW")
    # What could still be refunded as whoever asked saw it; null where the rules ask: whatever is left.
    checksum = amount_field(_("amount left before the refund"), null=True, blank=True)
    tax_free = amount_field(_("tax-free part"), null=True, blank=True)
    reason = models.CharField(pgettext_lazy("column", "reason"), max_length=200)
    by = models.CharField(pgettext_lazy("column", "by"), max_length=150, blank=True)
    status = GatewayStatusField(pgettext_lazy("column", "status"), max_length=20, default=RefundStatus.WANTED)
    # While open, what it is about; else null: at most one open refund per transaction, one void per account.
    open_key = models.CharField(max_length=50, null=True, unique=True, editable=False)
    # The one-time key of the form that asked for it: a double click is one refund.
    refund_key = models.CharField(max_length=64, null=True, blank=True, unique=True, editable=False)
    # Entries of `cancel_history` that were there before the call.
    cancellations_before = models.JSONField(default=list, blank=True)
    # Why it was not carried out: a code of docs/errors.md, and the gateway's own words.
    code = models.CharField(max_length=40, blank=True)
    gateway_message = models.TextField(_("the payment provider's words"), blank=True)
    # What shows that the money went back by bank transfer: the number or the name of the transfer.
    proof = models.CharField(_("proof of transfer"), max_length=200, blank=True)
    # Where a deposit is returned to; blank again once the outcome is known.
    refund_bank = models.CharField(pgettext_lazy("column", "bank"), max_length=10, blank=True)
    refund_account = models.CharField(_("account number"), max_length=30, blank=True)
    refund_holder = models.CharField(_("account holder"), max_length=30, blank=True)
    refund_tel = models.CharField(pgettext_lazy("column", "telephone"), max_length=20, blank=True)
    # Who named it, and when: kept when the account is forgotten.
    account_given_by = models.CharField(_("account given by"), max_length=150, blank=True, editable=False)
    account_given_at = models.DateTimeField(_("account given at"), null=True, blank=True, editable=False)
    tries = models.PositiveSmallIntegerField(default=0, editable=False)
    # When a request that could not be met is tried again; null: only by hand.
    retry_at = models.DateTimeField(_("next try at"), null=True, blank=True, editable=False)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    created = CreatedField(pgettext_lazy("column", "created"))
    modified = ModifiedField(pgettext_lazy("column", "modified"))

    objects = RecordManager.from_queryset(RefundQuerySet)()

    class Meta:
        verbose_name = _("refund request")
        verbose_name_plural = _("refund requests")
        # Here, not on the shop's transaction: a shop's migrations know nothing of them.
        permissions = (
            ("view_payments", "Can view payments"),
            ("refund_payments", "Can refund payments"),
            ("accept_payments", "Can accept rejected payments"),
            ("change_accounts", "Can void and change virtual accounts"),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(
                    status__in=(RefundStatus.WANTED, RefundStatus.SENT, RefundStatus.UNKNOWN),
                    open_key__isnull=False,
                )
                | Q(
                    status__in=(RefundStatus.DONE, RefundStatus.REFUSED, RefundStatus.NEEDS_OPERATOR),
                    open_key__isnull=True,
                ),
                name="django_iamport_refund_open_key",
            ),
            models.CheckConstraint(
                condition=Q(kind="void", amount=0) | Q(kind="refund", amount__gt=0),
                name="django_iamport_refund_amount",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=CLOSED_REFUNDS)
                | Q(refund_bank="", refund_account="", refund_holder="", refund_tel=""),
                name="django_iamport_refund_account_blanked",
            ),
        )
        indexes = (
            models.Index(fields=["status", "created"]),
            models.Index(fields=["retry_at"]),
            models.Index(fields=["created"]),
            models.Index(fields=["kind", "created"]),
            models.Index(fields=["code"]),
            models.Index(fields=["by"]),
            models.Index(fields=["account_given_by"]),
        )

    def __str__(self) -> str:
        sum_of_it = f" · {amount_in_words(self.amount, self.currency)}" if self.amount else ""
        return f"{self.merchant_uid}{sum_of_it}"

    @sensitive_variables()
    def save(self, *args: Any, **kwargs: Any) -> None:
        """As Django's; what is written may be a customer's account, and error reports show what was written."""
        super().save(*args, **kwargs)

    @property
    def is_open(self) -> bool:
        return self.status in self.OPEN

    @property
    def is_automatic(self) -> bool:
        """Whether the rules asked for it, for whatever is left; otherwise somebody asked for exactly this sum."""
        return self.checksum is None

    @property
    def has_account(self) -> bool:
        return bool(self.refund_account)

    @property
    def needs_account(self) -> bool:
        """Whether it waits for an account of the customer's: none was named, or the bank didn't take it."""
        return (
            self.status == self.STATUS.needs_operator
            and self.tries < MOST_TRIES
            and (self.code == "refund_account_missing" or self.has_account)
        )

    def close(self, status: str, code: str = "", message: str = "", **columns: str) -> bool:
        """Store the outcome, `done` or `refused`; the customer's account is forgotten with it.

        Answers False where somebody else changed the row since it was read; nothing is stored then.
        """
        outcome = {"status": status, "code": code, "gateway_message": storable(message), "retry_at": None}
        return self._store(**outcome, **columns, **NO_ACCOUNT, open_key=None)

    def ask_account_again(self) -> bool:
        """Forget the account that was given: the customer is asked for another. Answers as `close` does."""
        columns = {"code": "refund_account_missing", "gateway_message": "", "tries": 0, "retry_at": None}
        return self._store(**columns, **NO_ACCOUNT)

    def wait_for_operator(self, code: str, message: str, *, retry_at: datetime | None) -> bool:
        """Store that it can't be carried out for now; `retry_at` None: it is not tried again by itself.

        Answers as `close` does.
        """
        columns = {"status": RefundStatus.NEEDS_OPERATOR, "code": code, "retry_at": retry_at}
        columns["gateway_message"] = storable(message)
        if retry_at is None and self.has_account:
            columns |= {"code": "refund_account_missing", **NO_ACCOUNT}
        return self._store(**columns, open_key=None, tries=self.tries + 1)

    def _store(self, **columns: Any) -> bool:
        stored = Refund.objects.using(write_database(self))
        seen = stored.filter(pk=self.pk, status=self.status, sent_at=self.sent_at)
        is_stored = bool(seen.update(**columns, modified=timezone.now()))
        self.refresh_from_db()
        return is_stored
