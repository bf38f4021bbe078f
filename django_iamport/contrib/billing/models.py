"""A customer's saved card: what a shop subclasses, and what it may do with it."""

from __future__ import annotations

import sys
from typing import Any, ClassVar

from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.db.models.signals import class_prepared, pre_delete
from django.utils.functional import Promise

from django_iamport.gateway.billing_keys import CardData
from django_iamport.managers import asynchronous
from django_iamport.models import AbstractTransaction, History, PayableMixin
from django_iamport.records import kinds
from django_iamport.records.hands import By, hand_of
from django_iamport.records.history import HistoryQuerySet, Origin
from django_iamport.records.write_database import write_database

from . import charging, keys, registration
from .exceptions import REASONS, BillingKeyKept
from .managers import BillingKeyManager
from .records import BillingKeyRecord

if sys.version_info >= (3, 11):
    from typing import Self
else:
    # Django's own requirements bring it there.
    from typing_extensions import Self

__all__ = ["AbstractBillingKey", "CardData"]


class AbstractBillingKey(BillingKeyRecord):
    """A card that a customer registered with the payment company, which the shop may charge.

    The shop declares `class Meta(AbstractBillingKey.Meta)`, which keeps the constraints.
    """

    objects: ClassVar[BillingKeyManager[Self]] = BillingKeyManager()

    class Meta(BillingKeyRecord.Meta):
        abstract = True

    def charge(self, order: PayableMixin, *, name: str | None = None) -> AbstractTransaction:
        """Charge the card for an order, and answer the paid transaction.

        The order's earlier attempts are looked up first: where one of them was paid by a saved card after all,
        that transaction is answered and nothing is charged. `name` stands on the card's bill instead of the
        order's `get_payment_name()`.

        Raises `ChargeDeclined` where the card is refused (the attempt is `failed`, with the reason),
        `ChargeUnknown` where what became of it could not be learned: it is looked up before this order is charged
        again. `BillingKeyGone` where the card was deleted or the gateway no longer knows it, `BillingKeyNotIssued`
        where it was never registered, `BillingKeyForeign` where the order is somebody else's; as `create_new`
        `OrderPaid` (by something else than a saved card), `OrderClosed`, `OrderChanged`, `NotPayable`,
        `AccountWaiting`, `TooManyRequests`; `GatewayError` where the gateway could not be asked, `InTransaction`
        within `atomic()`.
        """
        return charging.charge(self, order, write_database(self), name)

    acharge = asynchronous(charge)

    def request_pay(self, **extra: object) -> dict[str, Any]:
        """What a page hands to `IMP.request_pay` so that its window registers the card and takes no money.

        `IAMPORT_REQUEST_PAY`, the channel and `extra` add parameters; the numbers and the amount, 0, are fixed.
        """
        return registration.parameters(self, extra)

    def confirm(self, *, source: str = "sync", by: By = "") -> None:
        """Ask the gateway how the card stands, store it, and refresh this object.

        A card that was registered under this row's own number becomes `active`; a saved one that the gateway no
        longer knows `gone`; one that another card took the place of there is deleted. `source` and `by` (a user
        object, or a key) go into the history. Raises `GatewayError`, `InTransaction`.
        """
        keys.confirm(self, write_database(self), Origin(source, hand_of(by)))

    def make_default(self) -> None:
        """Make it its owner's default card instead of the one that was. Raises `BillingKeyGone`."""
        keys.make_default(self, write_database(self))

    def withdraw(self, *, reason: str = "", by: By = "") -> None:
        """Delete the card at the gateway and here, and refresh this object; the row stays, without the card.

        From the first step on it is charged no more; where the gateway could not be asked, it is `deleting`, and
        asked for again by `iamport_billing_keys`. `reason` goes to the gateway, `by` (a user object, or a key)
        into the history. Raises `GatewayError`, `InTransaction`.
        """
        hand = hand_of(by)
        requester = "customer" if hand.startswith("customer") else "admin"
        keys.withdraw(self, write_database(self), Origin("billing", hand), reason=reason, requester=requester)

    def get_reason_display(self) -> str | Promise:
        """Why it was not registered, or ended: the payment company's words, or ours."""
        return REASONS.get(self.reason, self.reason)

    @property
    def history(self) -> HistoryQuerySet:
        """What became of the card, oldest first."""
        return History.objects.using(write_database(self)).of(self.merchant_uid)


def _keep_what_may_exist(sender: type[models.Model], instance: Any, **kwargs: Any) -> None:
    """Raises `BillingKeyKept` as long as the gateway may know the key, whoever deletes the row and by what way."""
    if instance.may_exist:
        raise BillingKeyKept(f"{instance.customer_uid} is {instance.status}: call withdraw() first.")


def _guard_concrete_class(sender: type[models.Model], **kwargs: Any) -> None:
    if issubclass(sender, AbstractBillingKey):
        pre_delete.connect(_keep_what_may_exist, sender=sender, dispatch_uid="iamport_keep_billing_key")


class_prepared.connect(_guard_concrete_class, dispatch_uid="iamport_guard_billing_keys")


def billing_key_models() -> list[type[AbstractBillingKey]]:
    return kinds.derived_from(AbstractBillingKey)


def default_billing_key_model() -> type[AbstractBillingKey]:
    """The project's only one; raises `ImproperlyConfigured` where there is none, or several."""
    found = billing_key_models()
    if len(found) != 1:
        names = ", ".join(model._meta.label for model in found) or "none"
        raise ImproperlyConfigured(
            f"One subclass of AbstractBillingKey is needed, or the view's billing_key_model; found: {names}."
        )
    return found[0]
