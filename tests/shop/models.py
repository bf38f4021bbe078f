"""A shop's models under the tutorial's own names; a second kind of transaction with UUID keys."""

import uuid

from django.db import models

from django_iamport.contrib.billing.models import AbstractBillingKey
from django_iamport.contrib.identity_verification.models import AbstractIdentityVerification
from django_iamport.contrib.subscriptions.models import AbstractRenewal, AbstractSubscription
from django_iamport.models import AbstractOrder, AbstractOrderItem, AbstractTransaction, PayableMixin


class Order(AbstractOrder):
    buyer_name = models.CharField(max_length=50, blank=True)
    buyer_email = models.EmailField(blank=True, db_index=True)
    note = models.CharField(max_length=100, blank=True)

    class Meta(AbstractOrder.Meta):
        pass

    def get_buyer(self) -> dict[str, str]:
        return {"buyer_name": self.buyer_name, "buyer_email": self.buyer_email}

    def get_absolute_url(self) -> str:
        return f"/orders/{self.pk}/"


class OrderItem(AbstractOrderItem):
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="items")


class OrderTransaction(AbstractTransaction):
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="transactions")
    note = models.CharField(max_length=100, blank=True)

    class Meta(AbstractTransaction.Meta):
        pass


class Ticket(PayableMixin):
    """A shop's own order, which keeps its base and its columns."""

    owner_field = None

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    customer = models.CharField(max_length=50, blank=True)
    price = models.IntegerField()
    is_sold = models.BooleanField(default=False)
    is_given_up = models.BooleanField(default=False)

    def get_payment_amount(self) -> int:
        return self.price

    def get_payment_name(self) -> str:
        return "Ticket"

    def accepts_payment(self, transaction: AbstractTransaction) -> bool:
        return not (self.is_sold or self.is_given_up)

    def close(self) -> None:
        self.is_given_up = True
        self.save(update_fields=["is_given_up"])

    def payment_received(self, transaction: AbstractTransaction) -> None:
        self.is_sold = True
        self.save(update_fields=["is_sold"])


class TicketTransaction(AbstractTransaction):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    order = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="transactions")

    class Meta(AbstractTransaction.Meta):
        pass


class BillingKey(AbstractBillingKey):
    class Meta(AbstractBillingKey.Meta):
        pass


class IdentityVerification(AbstractIdentityVerification):
    class Meta(AbstractIdentityVerification.Meta):
        pass


class Subscription(AbstractSubscription):
    billing_key = models.ForeignKey(
        BillingKey, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta(AbstractSubscription.Meta):
        pass

    def make_order(self, renewal: "Renewal") -> Order:
        return Order(user=self.user, name=self.name, amount=renewal.amount, currency=renewal.currency)


class Renewal(AbstractRenewal):
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="renewals")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta(AbstractRenewal.Meta):
        pass
