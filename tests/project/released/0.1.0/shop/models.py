"""A shop with all that the package has, as one that was made with this version wrote it; never changed since."""

from django.db import models

from django_iamport.contrib.billing.models import AbstractBillingKey
from django_iamport.contrib.identity_verification.models import AbstractIdentityVerification
from django_iamport.contrib.subscriptions.models import AbstractRenewal, AbstractSubscription
from django_iamport.models import AbstractOrder, AbstractOrderItem, AbstractTransaction, PayableMixin


class Order(AbstractOrder):
    note = models.CharField(max_length=100, blank=True)


class OrderItem(AbstractOrderItem):
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="items")


class OrderTransaction(AbstractTransaction):
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="transactions")

    class Meta(AbstractTransaction.Meta):
        pass


class Ticket(PayableMixin):
    owner_field = None

    price = models.IntegerField()
    is_sold = models.BooleanField(default=False)

    def get_payment_amount(self):
        return self.price

    def get_payment_name(self):
        return "Ticket"

    def accepts_payment(self, transaction):
        return not self.is_sold


class TicketTransaction(AbstractTransaction):
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


class Renewal(AbstractRenewal):
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="renewals")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta(AbstractRenewal.Meta):
        pass
