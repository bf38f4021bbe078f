"""A shop's own subscriptions, as mypy --strict sees them; never run."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal
from typing import Any

from django.contrib import admin
from typing_extensions import assert_type

from django_iamport.contrib.subscriptions.admin import RenewalInline, SubscriptionAdminMixin
from django_iamport.contrib.subscriptions.rules import Dunning, Missed, Unit
from django_iamport.contrib.subscriptions.signals import subscription_renewed
from django_iamport.contrib.subscriptions.tasks import renew_in_queue
from django_iamport.contrib.subscriptions.views import SubscriptionChangeView
from django_iamport.models import History
from tests.shop.models import BillingKey, Order, Renewal, Subscription


class Plan(Subscription):
    dunning = Dunning(retry_days=(2, 5), grace_days=10, then="pause")
    missed = Missed.SKIP
    renewal_time = time(10, 30)
    is_entitled_while_past_due = False

    class Meta:
        proxy = True

    def make_order(self, renewal: Renewal) -> Order:
        return Order(name=f"{self.name} {renewal.period_start:%m}", amount=renewal.amount)

    def get_billing_key(self) -> BillingKey | None:
        return self.billing_key


def ask(subscription: Subscription, key: BillingKey, user: Any) -> None:
    subscription.start(first_payment_on=date(2027, 1, 1), by=user)
    assert_type(subscription.pay(by="app"), bool)
    subscription.change_plan(amount=12_000, unit=Unit.YEAR, by=user)
    subscription.change_card(key)
    subscription.pause(until=date(2027, 3, 1))
    subscription.cancel(at_period_end=False, reason="moved")
    assert_type(subscription.amount, Decimal)
    assert_type(subscription.next_payment_on, date | None)
    assert_type(subscription.billing_key, BillingKey | None)
    assert_type(subscription.renewals.get().order, Order | None)
    assert_type(subscription.history.first(), History | None)
    assert_type(renew_in_queue(), dict[str, Any])


def renewed(subscription: Subscription, renewal: Renewal, **kwargs: Any) -> None:
    assert_type(renewal.subscription, Subscription)


subscription_renewed.connect(renewed, sender=Subscription)


class WithoutPause(SubscriptionChangeView):
    actions = SubscriptionChangeView.actions - {"pause"}


class Periods(RenewalInline):
    model = Renewal


class SubscriptionAdmin(SubscriptionAdminMixin, admin.ModelAdmin[Subscription]):
    inlines = (Periods,)
    list_display = (*SubscriptionAdminMixin.list_display, "shown_upcoming")
