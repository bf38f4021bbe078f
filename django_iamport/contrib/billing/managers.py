"""`BillingKeyManager`: begins registrations, and finds a customer's cards."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Any, Generic, TypeVar

from django.db import models, router
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from django_iamport.gateway.billing_keys import CardData
from django_iamport.managers import asynchronous
from django_iamport.models import AbstractTransaction
from django_iamport.models.registry import find_attempt
from django_iamport.records import locks
from django_iamport.records.hands import By, hand_of
from django_iamport.records.history import Origin
from django_iamport.records.rows import rows
from django_iamport.records.write_database import database_of_relation

from . import keys, registration
from .records import BillingKeyRecord
from .rules import KeyStatus

__all__ = ["BillingKeyManager"]

K_co = TypeVar("K_co", bound="BillingKeyRecord", covariant=True)

# For so long a registration whose window never opened is used again.
YOUNG = timedelta(minutes=30)


class BillingKeyManager(models.Manager[K_co], Generic[K_co]):
    def get_queryset(self) -> models.QuerySet[K_co]:
        return models.QuerySet(self.model, using=database_of_relation(self))

    def write_database(self) -> str:
        """The alias of the database that is written to."""
        return self._db or router.db_for_write(self.model)

    def saved(self, user: models.Model) -> models.QuerySet[K_co]:
        """A user's cards that may be charged, the default one first, then the one that was saved last."""
        default_first = models.F("default_of").desc(nulls_last=True)
        mine: models.QuerySet[K_co] = rows(self.model, self.write_database())
        return mine.filter(user=user, status=KeyStatus.ACTIVE).order_by(default_first, "-pk")

    def default(self, user: models.Model) -> K_co | None:
        """A user's default card, or None."""
        return self.saved(user).filter(default_of__isnull=False).first()

    def create_new(self, user: models.Model, *, channel: str = "", besides: Collection[str] = ()) -> K_co:
        """Begin to register a card in the payment window: `request_pay()` of what is answered opens it.

        A registration of the last 30 minutes that came to nothing is answered again, but none of those that
        `besides` names by `merchant_uid`. `channel` is one of `IAMPORT_CHANNELS`. Raises `ChannelUnknown`,
        `GatewayError`, `InTransaction`.
        """
        using = self.write_database()
        locks.require_no_transaction(using)
        wanted = keys.new(self.model, user, channel=channel)
        since = timezone.now() - YOUNG
        mine = rows(self.model, using).filter(user=user, status=KeyStatus.READY, channel_name=channel)
        young = mine.filter(created__gt=since, reason="").exclude(merchant_uid__in=besides)
        for earlier in young.order_by("pk"):
            if find_attempt(earlier.merchant_uid) is not None:
                # Its window takes a payment.
                continue
            keys.confirm(earlier, using, Origin("create_new"))
            if earlier.status == KeyStatus.READY and not earlier.reason:
                return earlier
        wanted.save(using=using)
        return wanted

    def create_with_payment(
        self, user: models.Model, order: Any, *, channel: str = ""
    ) -> tuple[K_co, AbstractTransaction]:
        """Begin a payment of an order that saves the card it is paid with, in one window.

        Only for payment companies that take money as they register a card (`kakaopay`, `danal` and the like); with
        others nothing is paid, and nothing saved. Answers the registration and the attempt, whose
        `request_pay(customer_uid=card.customer_uid)` opens the window. The attempt is confirmed as any other; the
        card is saved once that payment is accepted: by `card.confirm()`, the gateway's notice, or
        `iamport_billing_keys`. Raises `BillingKeyForeign` for somebody else's order, and as
        `TransactionManager.create_new`.
        """
        using = self.write_database()
        locks.require_no_transaction(using)
        card = keys.new(self.model, user, channel=channel)
        return card, registration.begin_with_payment(card, order, using)

    @sensitive_variables()
    def issue(self, user: models.Model, card: CardData, *, channel_key: str, by: By = "") -> K_co:
        """Register a card whose data the shop has, where its contract permits that; answers the saved card.

        `channel_key` is that of the contract. Nothing of `card` is stored or logged but its last four digits and
        its expiry. Raises `BillingKeyRefused`, `OutcomeUnknown` where it may have been registered (the row is
        `ready`, and `iamport_billing_keys` deletes at the gateway what came of it), another `GatewayError`,
        `InTransaction`.
        """
        using = self.write_database()
        locks.require_no_transaction(using)
        row = keys.new(self.model, user)
        row.save(using=using)
        keys.issue(row, channel_key, card, using, Origin("billing", hand_of(by)))
        return row

    acreate_new = asynchronous(create_new)
