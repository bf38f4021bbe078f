"""The intent to send a refund, claimed under the lock under which its payment is posted."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.db.models import QuerySet
from django.utils import timezone

from django_iamport.exceptions import IamportError, PaymentUnknown, RefundOpen, RefundRestChanged
from django_iamport.ledger import cancellations
from django_iamport.records.history import Origin, note
from django_iamport.records.refund import Refund
from django_iamport.records.transaction import TransactionRecord
from django_iamport.rules.payment import Evidence, SeenPayment, StaleEvidence
from django_iamport.rules.standing import Standing, standing
from django_iamport.rules.status import CLOSED_REFUNDS, RefundStatus, Status

from .accounts import RefundAccount
from .conditions import require_possible, rest_of

# A refund that the gateway doesn't show is believed not to have happened only after this long.
NOT_DONE_AFTER = timedelta(minutes=5)


@dataclass(frozen=True, repr=False)
class Allowed:
    """What of a payment may be refunded now; of the account its repr shows nothing."""

    amount: Decimal
    checksum: Decimal
    tax_free: Decimal | None
    account: RefundAccount | None

    def put_into(self, refund: Refund) -> None:
        refund.amount, refund.checksum, refund.tax_free = self.amount, self.checksum, self.tax_free
        if self.account is not None:
            put_account(refund, self.account)


def put_account(refund: Refund, account: RefundAccount) -> None:
    """It stands in no local variable: those are what error reports show."""
    refund.refund_bank, refund.refund_account = account.bank, account.account
    refund.refund_holder, refund.refund_tel = account.holder, account.tel


class Intent:
    """A stored refund, and whether this process is the one that sends it now.

    Afterwards: `claimed`, its payment as it was looked up; or `hindrance`, why it can't be sent; or neither, where
    it is settled, under way, or somebody else's. `is_repeated`: it was sent before.
    """

    def __init__(self, refund: Refund, using: str) -> None:
        self.refund, self.using = refund, using
        self.seen = (refund.status, refund.sent_at)
        self.is_repeated = refund.sent_at is not None
        self.claimed: SeenPayment | None = None
        self.hindrance: IamportError | None = None

    def before_posting(self, attempts: Sequence[TransactionRecord], evidence: Evidence) -> None:
        self.claimed = self.hindrance = None

    def after_posting(self, attempts: Sequence[TransactionRecord], evidence: Evidence) -> None:
        """Of several workers one succeeds."""
        payment, row = evidence.payment, self._row(attempts)
        self.refund = self._refunds().select_for_update().get(pk=self.refund.pk)
        self._close_if_answered(standing(payment))
        is_settled = self.refund.status in CLOSED_REFUNDS
        if is_settled or (self.refund.status, self.refund.sent_at) != self.seen or self._may_be_under_way():
            return
        if not self._is_sendable(payment, row):
            return
        if self.refund.kind == "refund":
            if row.held_amount != rest_of(payment):
                return
            if self.refund.is_automatic:
                if row.status != Status.REJECTED:
                    return
                self.refund.amount = rest_of(payment)
        if self._take_open_key():
            self._store_as_sent(payment)

    def _row(self, attempts: Sequence[TransactionRecord]) -> TransactionRecord:
        return next(row for row in attempts if row.merchant_uid == self.refund.merchant_uid)

    def _refunds(self) -> QuerySet[Refund]:
        return Refund.objects.using(self.using)

    def _close_if_answered(self, seen: Standing) -> None:
        """What the payment shows may be the outcome already."""
        is_over = seen in (Standing.REFUNDED, Standing.VOIDED)
        if not self.refund.is_open:
            return
        if self.refund.kind == "void" and seen is not Standing.WAITING:
            self.refund.close(RefundStatus.DONE if is_over else RefundStatus.REFUSED)
        elif is_over and self.refund.is_automatic:
            self.refund.close(RefundStatus.DONE)
        elif is_over:
            self.refund.close(RefundStatus.REFUSED, "refund_rest_changed")

    def _may_be_under_way(self) -> bool:
        sent_at = self.refund.sent_at if self.refund.status in Refund.UNDER_WAY else None
        return sent_at is not None and timezone.now() - sent_at <= NOT_DONE_AFTER

    def _is_sendable(self, payment: SeenPayment, row: TransactionRecord) -> bool:
        """What keeps it from being sent becomes the hindrance."""
        try:
            require_sendable(self.refund, payment, row.amount)
        except IamportError as error:
            self.hindrance = error
        return self.hindrance is None

    def _take_open_key(self) -> bool:
        """At most one refund of a payment is open."""
        refund = self.refund
        key = refund.merchant_uid if refund.kind == "refund" else refund.imp_uid
        if self._refunds().filter(open_key=key).exclude(pk=refund.pk).exists():
            return False
        refund.open_key = key
        return True

    def _store_as_sent(self, payment: SeenPayment) -> None:
        refund = self.refund
        refund.status, refund.sent_at = RefundStatus.SENT, timezone.now()
        refund.cancellations_before = cancellations.known_entries(payment, self.using)
        refund.save(using=self.using)
        note_refund(refund, f"{refund.kind}_sent", self.using)
        self.claimed = payment


class NewIntent(Intent):
    """A refund that somebody asks for, stored as sent; `earlier` is the one that the same form asked for already.

    `allowed_of` says of a freshly read row what may be refunded, or raises why nothing may; `find_earlier`
    answers the refund of the same one-time key.
    """

    def __init__(
        self,
        refund: Refund,
        using: str,
        allowed_of: Callable[[TransactionRecord], Allowed],
        find_earlier: Callable[[], Refund | None],
    ) -> None:
        super().__init__(refund, using)
        self.asked, self.allowed_of, self.find_earlier = refund, allowed_of, find_earlier
        self.earlier: Refund | None = None
        self.is_allowed = False

    def before_posting(self, attempts: Sequence[TransactionRecord], evidence: Evidence) -> None:
        """What was known here before the gateway's news decides what is asked for."""
        self.claimed, self.is_allowed, self.hindrance = None, False, None
        row = self._row(attempts)
        try:
            self.earlier = self.find_earlier()
            allowed = self.allowed_of(row) if self.earlier is None else None
        except IamportError as error:
            self.hindrance = error
            return
        # A copy each time: what was rolled back must not pass for stored.
        self.refund = copy.copy(self.asked)
        if allowed is None:
            return
        if evidence.is_older_than(row.looked_up_at):
            raise StaleEvidence(row.looked_up_at)
        self.is_allowed = True
        allowed.put_into(self.refund)

    def after_posting(self, attempts: Sequence[TransactionRecord], evidence: Evidence) -> None:
        if not self.is_allowed:
            return
        payment, row = evidence.payment, self._row(attempts)
        if row.held_amount == Decimal(0):
            self.hindrance = RefundRestChanged(f"{row.merchant_uid} was refunded in the meantime.")
            return
        if not self._is_sendable(payment, row):
            return
        if not self._take_open_key():
            self.hindrance = RefundOpen(f"A refund of {row.merchant_uid} is under way.")
            return
        note_refund(self.refund, "refund_wanted", self.using)
        self._store_as_sent(payment)


def require_sendable(refund: Refund, payment: SeenPayment, asked: Decimal) -> None:
    """Raises `PaymentUnknown` where the gateway contradicts itself, and as `require_possible` does."""
    if refund.kind == "void":
        return
    if standing(payment) is not Standing.HELD:
        raise PaymentUnknown(f"The gateway contradicts itself about {refund.imp_uid}: nothing is refunded.")
    require_possible(refund, payment, asked)


def origin_of(refund: Refund) -> Origin:
    return Origin("refund", refund.by)


def note_refund(refund: Refund, event: str, using: str, reason: str = "") -> None:
    note(
        refund.merchant_uid,
        event,
        origin=origin_of(refund),
        using=using,
        imp_uid=refund.imp_uid,
        amount=refund.amount if refund.kind == "refund" else None,
        currency=refund.currency,
        reason=reason or refund.reason,
    )
