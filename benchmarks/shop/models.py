"""The least that a shop declares, and beside it what a shop has that followed the tutorial."""

from django.db import models

from django_iamport.models import AbstractOrder, AbstractTransaction


class Order(AbstractOrder):
    class Meta(AbstractOrder.Meta):
        pass


class OrderTransaction(AbstractTransaction):
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="transactions")

    class Meta(AbstractTransaction.Meta):
        pass


class TutorialOrder(models.Model):
    email = models.EmailField()
    paid = models.BooleanField(default=False)


class TutorialTransaction(models.Model):
    order = models.ForeignKey(TutorialOrder, on_delete=models.CASCADE)
    merchant_order_id = models.CharField(max_length=120, null=True)
    transaction_id = models.CharField(max_length=120, null=True)
    amount = models.PositiveIntegerField(default=0)
    transaction_status = models.CharField(max_length=220, null=True)
    type = models.CharField(max_length=120, blank=True)
    created = models.DateTimeField(auto_now_add=True)
