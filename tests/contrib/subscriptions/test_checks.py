"""What would keep the clock from charging, or let it charge twice, is said before it runs."""

from django.db import models
from django.test.utils import isolate_apps

from django_iamport.contrib.subscriptions import checks, receivers, registry
from django_iamport.contrib.subscriptions.models import AbstractRenewal, AbstractSubscription
from tests.shop.models import BillingKey, Order, Ticket


def found(monkeypatch, subscription=None, renewal=None):
    monkeypatch.setattr(checks, "subscription_models", lambda: [subscription] if subscription else [])
    monkeypatch.setattr(checks, "renewal_models", lambda: [renewal] if renewal else [])
    return sorted(message.id.rpartition(".")[2] for message in checks.check_models())


def test_the_shops_models_are_found_and_right():
    assert [model.__name__ for model in registry.subscription_models()] == ["Subscription"]
    assert [model.__name__ for model in receivers.renewal_models()] == ["Renewal"]
    assert checks.check_models() == []


@isolate_apps("tests.shop")
def test_what_is_missing_of_a_subscription_is_named(monkeypatch):
    class Bare(AbstractSubscription):
        class Meta:
            app_label = "shop"

    assert found(monkeypatch, subscription=Bare) == ["E001", "E002", "E003", "E004"]


@isolate_apps("tests.shop")
def test_what_is_missing_of_a_period_is_named(monkeypatch):
    class Whole(AbstractSubscription):
        billing_key = models.ForeignKey(BillingKey, models.SET_NULL, null=True, related_name="+")

        class Meta(AbstractSubscription.Meta):
            app_label = "shop"

    class Bare(AbstractRenewal):
        subscription = models.ForeignKey(Whole, models.PROTECT, related_name="renewals")

        class Meta:
            app_label = "shop"

    class OfNoOrder(AbstractRenewal):
        subscription = models.ForeignKey(Whole, models.PROTECT, related_name="+")
        order = models.ForeignKey(BillingKey, models.PROTECT, null=True, related_name="+")

        class Meta(AbstractRenewal.Meta):
            app_label = "shop"

    class OfTickets(AbstractRenewal):
        subscription = models.ForeignKey(Whole, models.PROTECT, related_name="+")
        order = models.ForeignKey(Ticket, models.PROTECT, null=True, related_name="+")

        class Meta(AbstractRenewal.Meta):
            app_label = "shop"

    assert found(monkeypatch, renewal=Bare) == ["E004", "E005"]
    assert found(monkeypatch, renewal=OfNoOrder) == ["E005"]
    assert found(monkeypatch, renewal=OfTickets) == []


def test_a_period_in_another_database_than_its_order_is_named(monkeypatch, settings):
    class Apart:
        def db_for_write(self, model, **hints):
            return "other" if model is Order else None

    settings.DATABASE_ROUTERS = [Apart()]
    assert {message.id for message in checks.check_models()} == {"iamport_subscriptions.E006"}
