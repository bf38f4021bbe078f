"""The entrance: `confirm` lets gateway news into the database, whoever brings it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Generic, cast

from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from django_iamport import conf, signals
from django_iamport.exceptions import AttemptNotFound, Busy, IamportError, PaymentUnknown
from django_iamport.gateway import connection, lookups
from django_iamport.gateway.connection import Evidence
from django_iamport.gateway.lookups import SETTLED
from django_iamport.ledger import backlog, posting
from django_iamport.payments.attempts import AttemptManager, T_co
from django_iamport.records import locks
from django_iamport.records.history import Origin, note
from django_iamport.refunds import execution
from django_iamport.rules import merchant_uids, verification
from django_iamport.rules.verification import Standing

if TYPE_CHECKING:
    from django_iamport.models.transaction import AbstractTransaction

POLL_INTERVAL = timedelta(seconds=5)
LOOKUPS = 3

# Who claims a payment that is stored already gets the stored answer; everybody else makes us ask.
CLAIMANTS = ("browser", "redirect")


class TransactionManager(AttemptManager[T_co], Generic[T_co]):
    # Reading.

    def get_transaction(self, merchant_uid: str) -> T_co:
        """Ask the gateway about an attempt and answer the stored transaction.

        Raises `AttemptNotFound`, `GatewayError`, `InTransaction`.
        """
        return self.confirm(merchant_uid=merchant_uid, source="get_transaction")

    def poll(self, merchant_uid: str) -> T_co:
        """The stored transaction; asks the gateway at most once per attempt and 5 seconds.

        Raises as `get_transaction` does.
        """
        row = self._require_attempt(merchant_uid)
        if row.status in SETTLED:
            return row
        locks.require_no_transaction(self.write_database())
        now = timezone.now()
        due = Q(polled_at__isnull=True) | Q(polled_at__lte=now - POLL_INTERVAL)
        if not self._rows().filter(due, pk=row.pk).update(polled_at=now):
            if row.backlog_since:
                raise PaymentUnknown(f"{merchant_uid} could not be asked about a moment ago.")
            return row
        return self.confirm(merchant_uid=merchant_uid, source="browser")

    # The one entrance for gateway news.

    def confirm(
        self, *, merchant_uid: str | None = None, imp_uid: str | None = None, source: str, by: str = ""
    ) -> T_co:
        """Ask the gateway, verify, lock, write: the one entrance for news, whoever brings it.

        `merchant_uid` and `imp_uid` are hints, at least one of them; the transaction concerned is the one
        whose `merchant_uid` the gateway names. `source` says who brought the news: `browser`, `redirect`,
        `webhook`, `sync`, `admin`, `command` or a word of your own; `by` (a username), whose hand it was.

        Answers the stored transaction. Raises `AttemptNotFound` where the payment belongs to no attempt of
        ours, `PaymentUnknown` where the gateway doesn't know the payment (yet), `GatewayError` where it could
        not be asked, `ReceiverFailed`, `Busy`, `InTransaction`; nothing is lost then: the attempt is first in
        line at the next `iamport_sync`.
        """
        locks.require_no_transaction(self.write_database())
        if imp_uid and source in CLAIMANTS:
            stored = self._stored(imp_uid=imp_uid)
            if stored is not None and stored.status in SETTLED:
                return stored
        origin = Origin(source, by)
        attempt = self._stored(merchant_uid=merchant_uid) if merchant_uid else None
        if attempt is None and not imp_uid:
            raise AttemptNotFound(f"There is no attempt {merchant_uid}.")
        try:
            if imp_uid:
                return self._hear_of_payment(imp_uid, attempt, origin)
            return self._hear_of_attempt(cast("T_co", attempt), origin)
        except IamportError as error:
            self._remember_for_sync(attempt, error, origin)
            raise

    def _hear_of_payment(self, imp_uid: str, attempt: AbstractTransaction | None, origin: Origin) -> T_co:
        evidence = lookups.look_up(imp_uid, attempt)
        if verification.holds_and_awaits_nothing(evidence.payment, now=timezone.now()):
            # Another window under the same merchant_uid may hold money: read all before anything is given up.
            heard = self._hear_of_attempt(self._attempt_of(evidence), origin)
            if not (heard.is_awaiting_deposit and heard.imp_uid == imp_uid):
                return heard
        return self._take_in(lookups.first_then_again(evidence), origin)

    def _hear_of_attempt(self, attempt: Any, origin: Origin) -> T_co:
        """Only money held is news here, until all payments under the `merchant_uid` were read."""
        asked_at = timezone.now()
        found = connection.look_up_all(attempt.gateway_merchant_uid)
        held = [e for e in found if verification.standing(e.payment) is Standing.HELD]
        for evidence in sorted(held, key=lookups.live_and_early_first):
            # A list is a hint; the step to paid stands on a lookup of its own.
            looked_up = lookups.look_up(evidence.payment.imp_uid, attempt)
            if verification.standing(looked_up.payment) is Standing.FAILED:
                raise PaymentUnknown(f"The gateway contradicts itself about {evidence.payment.imp_uid}.")
            self._take_in(lookups.first_then_again(looked_up), origin)
        told = lookups.stored_or_counting(attempt, found)
        if told is not None and told not in held:
            self._take_in(lookups.first_then_again(told), origin)
        backlog.forget_all(self._rows().filter(pk=attempt.pk), asked_at)
        attempt.refresh_from_db(using=self.write_database())
        return cast("T_co", attempt)

    def _take_in(self, look_up: Callable[[], Evidence], origin: Origin) -> T_co:
        for _ in range(LOOKUPS):
            evidence = look_up()
            attempt = self._attempt_of(evidence)
            try:
                taken = posting.take_in(
                    self.model, attempt.order_id, evidence, origin=origin, using=self.write_database()
                )
            except posting.StaleEvidence:
                continue
            except IamportError as error:
                self._remember_for_sync(attempt, error, origin)
                raise
            if taken.wishes:
                execution.carry_out(taken.wishes, self)
                taken.transaction.refresh_from_db(using=self.write_database())
            return cast("T_co", taken.transaction)
        raise Busy("The payment changed faster than it could be looked up.")

    def take_in_answer(self, evidence: Evidence, origin: Origin) -> None:
        """Take in what the gateway answers to a request of ours: news like any other."""
        self._take_in(lookups.first_then_again(evidence), origin)

    def call_operator(self, merchant_uid: str, reason: str, origin: Origin) -> None:
        """Send `operator_needed` for a stored transaction, and note it."""
        row = self._require_attempt(merchant_uid)
        with transaction.atomic(using=self.write_database()):
            note(
                merchant_uid,
                "needs_operator",
                origin=origin,
                using=self.write_database(),
                imp_uid=row.imp_uid or "",
                reason=reason,
            )
            signals.operator_needed.send(sender=self.model, transaction=row, order=row.order, reason=reason)

    def _attempt_of(self, evidence: Evidence) -> T_co:
        merchant_uid = evidence.payment.merchant_uid
        if not merchant_uids.is_ours(merchant_uid, conf.prefix()):
            raise AttemptNotFound(f"{evidence.payment.imp_uid} is not a payment of this shop.")
        attempt = self._require_attempt(merchant_uid)
        if attempt.gateway_merchant_uid != merchant_uid:
            raise AttemptNotFound(f"{merchant_uid} names a second payment, not an attempt.")
        return attempt

    # Rows.

    def _stored(self, **column: str) -> T_co | None:
        """Ids are compared in Python: some databases compare without case."""
        ((name, value),) = column.items()
        return next((row for row in self._rows().filter(**column) if getattr(row, name) == value), None)

    def _require_attempt(self, merchant_uid: str) -> T_co:
        row = self._stored(merchant_uid=merchant_uid)
        if row is None:
            raise AttemptNotFound(f"There is no attempt {merchant_uid}.")
        return row

    def _remember_for_sync(
        self, attempt: AbstractTransaction | None, error: IamportError, origin: Origin
    ) -> None:
        """Outside of the step that was undone; noted once, however often it goes on."""
        # A claim that a lookup contradicts is nothing to remember.
        if attempt is None or isinstance(error, AttemptNotFound):
            return
        row = self._rows().filter(pk=attempt.pk)
        is_noted = row.filter(backlog_code__in=(error.code, backlog.PUT_OFF)).exists()
        backlog.remember(row, error.code)
        if not is_noted:
            note(attempt.merchant_uid, "error", origin=origin, using=self.write_database(), reason=error.code)


def entrance(model: type[AbstractTransaction]) -> TransactionManager[Any]:
    """The manager of a transaction model through which news enters, whatever the shop's own is called."""
    default: models.Manager[Any] = model._default_manager
    if isinstance(default, TransactionManager):
        return default
    manager: TransactionManager[Any] = TransactionManager()
    manager.model = model
    return manager
