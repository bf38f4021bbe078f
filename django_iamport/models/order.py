"""The order: what is to be paid, by whom, and whether it still wants to be."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models.signals import class_prepared, post_save
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from model_utils import Choices

from django_iamport.exceptions import OrderPaid
from django_iamport.records import locks, order_token
from django_iamport.records.change_tracking import LoadedColumns
from django_iamport.records.fields import (
    CreatedField,
    GatewayStatusField,
    ModifiedField,
    amount_field,
    without_labels,
)
from django_iamport.records.rows import rows
from django_iamport.records.write_database import RefreshedWhereWritten, RelatedManager, write_database

from . import owners
from .transaction import AbstractTransaction

# The shop's own class of orders. This package can't name it, and the shop's overrides of a hook do.
ShopOrder: TypeAlias = Any


class PayableMixin(RefreshedWhereWritten):
    """What this package asks of an order; for a shop whose own order can't change its base or its columns."""

    class Meta:
        abstract = True

    # The way from an order to the user whose it is, as lookups are written: `"customer"`, `"profile__user"`.
    # It ends at `AUTH_USER_MODEL`. None where orders belong to nobody but the session that began them.
    owner_field: ClassVar[str | None] = "user"

    def get_owner(self) -> models.Model | None:
        """The user whose order it is, by `owner_field`; None for a guest's.

        Whoever overrides it names the same user in `owner_field`, by which lists are filtered. Raises
        `ImproperlyConfigured` where `owner_field` leads nowhere, `ObjectDoesNotExist` where the user is gone.
        """
        return owners.owner_of(self)

    def set_owner(self, user: models.Model) -> None:
        """Make it that user's, as `get_owner` reads it; the caller saves.

        Of a longer `owner_field` the row that leads to the user is looked up; a shop that has to make that row
        overrides this.
        """
        owners.give(self, user)

    def get_payment_amount(self) -> int | Decimal:
        """What has to be paid, in the currency's main unit (won for KRW)."""
        raise NotImplementedError(f"{type(self).__name__} must define get_payment_amount().")

    def get_payment_currency(self) -> str:
        return "KRW"

    def get_payment_name(self) -> str:
        """What the payment window calls the purchase; the gateway takes 40 characters."""
        raise NotImplementedError(f"{type(self).__name__} must define get_payment_name().")

    def get_buyer(self) -> dict[str, str]:
        """`buyer_name`, `buyer_email`, `buyer_tel`, `buyer_addr`, `buyer_postcode` for the window."""
        return {}

    def accepts_payment(self, transaction: AbstractTransaction) -> bool:
        """Whether this order, as it is now, wants to be paid by that transaction.

        Asked before an attempt, and under the order's lock before a payment is accepted: read the database,
        write nothing. Raise `RejectPayment` to give a reason of your own.
        """
        raise NotImplementedError(f"{type(self).__name__} must define accepts_payment().")

    def accepts_discount(self, transaction: AbstractTransaction, discount: Decimal) -> bool:
        """Whether a payment that is lower by a promotion's `discount` is accepted; else an operator decides."""
        return False

    def accepts_late_payment(self, transaction: AbstractTransaction) -> bool:
        """Whether money is still wanted that comes after its attempt had failed, or its account expired.

        Asked after `accepts_payment` has said yes. False returns the money; raise `RejectPayment` to give a
        reason of your own, with `refund=False` to keep it until an operator has decided.
        """
        return True

    def close(self) -> None:
        """Called under the lock when an unpaid order is given up or replaced; `accepts_payment` says no after it.

        Where it says yes, `OrderNotClosed` undoes all of it. An order that raises `RejectPayment` may be closed
        already. Does nothing by default: check `iamport.W044`.
        """

    @classmethod
    def unpaid_since(cls, moment: datetime) -> models.QuerySet[ShopOrder] | None:
        """The orders that wait for their payment since that moment or longer, for `IAMPORT_GIVE_UP_AFTER`.

        Those too that `accepts_payment` refuses at present, as what is sold out. None by default: no order is
        given up by time.
        """
        return None

    def is_settled_free(self) -> bool:
        """Whether it had nothing to pay and `settle_free` has settled it, which no transaction tells.

        False by default: then `paid_orders` doesn't tell of such an order, and its form may settle it again.
        """
        return False

    def payment_received(self, transaction: AbstractTransaction) -> None:
        """Called in the step that makes the transaction paid, under the lock, before `payment_paid` is sent."""

    def accepts_import(self, transaction: AbstractTransaction) -> bool:
        """Whether `iamport_import` may take over a payment of the former code; asked under the lock, too.

        The transaction is not stored yet. Raise `RejectPayment` to give a reason of your own.
        """
        return True

    def payment_imported(self, transaction: AbstractTransaction) -> None:
        """Called under the lock where `iamport_import` has stored a payment of the former code, and instead of
        `payment_received`, `payment_refunded` and every signal: nothing is sold once more.

        `transaction.status` is `paid`, `cancelled` (all of it went back, and no other payment holds the order) or
        `ready` (a waiting account).
        """

    def payment_refunded(self, transaction: AbstractTransaction, amount: Decimal, is_whole: bool) -> None:
        """Called in the step that takes in a refund of an accepted payment, under the lock, before
        `payment_cancelled` is sent; once for each cancellation, whoever made it.

        `amount` is what went back with this one, in the payment's currency; `is_whole` says that nothing of the
        payment is held any more.
        """


@without_labels
class AbstractOrder(LoadedColumns, PayableMixin):
    # A copy that was loaded before the payment came must not write the old status back.
    loaded_columns = frozenset({"status", "paid_at", "refunded_at", "checkout_key"})

    STATUS = Choices(
        ("ready", _("awaiting payment")),
        ("paid", pgettext_lazy("status", "paid")),
        ("refunded", pgettext_lazy("status", "refunded")),
        ("closed", pgettext_lazy("status", "closed")),
    )

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=pgettext_lazy("table", "customer"),
    )
    name = models.CharField(_("name of the purchase"), max_length=40, editable=False)
    amount = amount_field(
        pgettext_lazy("column", "amount"), editable=False, validators=[MinValueValidator(Decimal(0))]
    )
    currency = models.CharField(
        pgettext_lazy("column", "currency"), max_length=3, default="KRW", editable=False
    )
    status = GatewayStatusField(
        pgettext_lazy("column", "payment"), max_length=20, default=STATUS.ready, editable=False
    )
    paid_at = models.DateTimeField(_("paid at"), null=True, blank=True, editable=False)
    refunded_at = models.DateTimeField(_("refunded at"), null=True, blank=True, editable=False)
    checkout_key = models.CharField(max_length=64, null=True, blank=True, unique=True, editable=False)
    created = CreatedField(pgettext_lazy("column", "created"))
    modified = ModifiedField(pgettext_lazy("column", "modified"))

    class Meta:
        abstract = True
        ordering = ("-created",)
        indexes = (models.Index(fields=["created"]), models.Index(fields=["status", "created"]))

    def __str__(self) -> str:
        return f"{self.name} ({self.pk})"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store the order; the payment's columns only where they were assigned since the order was loaded."""
        if not self._state.adding and not args and not kwargs.get("force_insert"):
            update_fields = kwargs.get("update_fields")
            stale = self.loaded_columns - self._assigned(update_fields)
            kwargs["update_fields"] = self._columns_without(stale, update_fields)
        super().save(*args, **kwargs)
        self._remember(self.loaded_columns)

    def get_payment_amount(self) -> int | Decimal:
        return self.amount

    def get_payment_currency(self) -> str:
        return self.currency

    def get_payment_name(self) -> str:
        return self.name

    def accepts_payment(self, transaction: AbstractTransaction) -> bool:
        return bool(self.status == self.STATUS.ready)

    def close(self) -> None:
        """Give an unpaid order up, under its lock: a payment that still comes is refunded.

        Raises `OrderPaid` where it was paid meanwhile, refunded or not, whatever this copy says;
        nothing is changed then.
        """
        using = write_database(self)
        locks.retrying(lambda: self._close(using), unless_within=using)
        self.refresh_from_db(using=using, fields=["status", "checkout_key", "modified"])

    def _close(self, using: str) -> None:
        with locks.locked_row(type(self), self.pk, using) as stored:
            if stored.status in (self.STATUS.paid, self.STATUS.refunded):
                raise OrderPaid("The order was paid in the meantime.")
            stored.status, stored.checkout_key = self.STATUS.closed, None
            stored.save(using=using, update_fields=["status", "checkout_key", "modified"])

    @classmethod
    def unpaid_since(cls, moment: datetime) -> models.QuerySet[ShopOrder] | None:
        return rows(cls).filter(status=cls.STATUS.ready, created__lte=moment)

    def payment_received(self, transaction: AbstractTransaction) -> None:
        self.status = self.STATUS.paid
        self.paid_at = transaction.paid_at or timezone.now()
        # Of a payment before this one.
        self.refunded_at = None
        self.save(update_fields=["status", "paid_at", "refunded_at", "modified"])

    def payment_refunded(self, transaction: AbstractTransaction, amount: Decimal, is_whole: bool) -> None:
        if is_whole:
            self.status = self.STATUS.refunded
            self.refunded_at = transaction.cancelled_at or timezone.now()
            self.save(update_fields=["status", "refunded_at", "modified"])

    def payment_imported(self, transaction: AbstractTransaction) -> None:
        if transaction.verified_at is not None:
            is_held = transaction.held_amount > 0
            self.status = self.STATUS.paid if is_held else self.STATUS.refunded
            self.paid_at = transaction.paid_at or timezone.now()
            self.refunded_at = None if is_held else transaction.cancelled_at or timezone.now()
            self.save(update_fields=["status", "paid_at", "refunded_at", "modified"])


@without_labels
class AbstractOrderItem(models.Model):
    """A line of an order with its name and price as they were.

    The shop's item declares `order = ForeignKey(Order, on_delete=CASCADE, related_name="items")`.
    """

    if TYPE_CHECKING:
        order: ShopOrder

    objects: ClassVar[models.Manager[Any]] = RelatedManager()

    name = models.CharField(pgettext_lazy("column", "product"), max_length=200)
    price = amount_field(_("unit price"), validators=[MinValueValidator(Decimal(0))])
    quantity = models.PositiveIntegerField(
        pgettext_lazy("column", "quantity"), default=1, validators=[MinValueValidator(1)]
    )

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.name} × {self.quantity}"

    def get_total(self) -> Decimal:
        """Price times quantity, in the order's currency."""
        return Decimal(self.price) * self.quantity


def _be_nobodys_yet(sender: type[models.Model], instance: models.Model, created: bool, **kwargs: Any) -> None:
    """`post_save` receiver: where an order had that key before, no session takes the new one for it."""
    if created:
        order_token.forget(instance)


def _watch_concrete_class(sender: type[models.Model], **kwargs: Any) -> None:
    if issubclass(sender, PayableMixin):
        post_save.connect(_be_nobodys_yet, sender=sender, dispatch_uid="iamport_be_nobodys_yet")


class_prepared.connect(_watch_concrete_class, dispatch_uid="iamport_watch_concrete_class")
