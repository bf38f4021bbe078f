"""A shop's model that would lose money is an error, and a right one is not."""

import pytest
from django.db import models
from django.test import override_settings
from django.test.utils import isolate_apps

from django_iamport import checks
from django_iamport.managers import TransactionManager
from django_iamport.models import AbstractOrder, AbstractTransaction, PayableMixin


def test_the_shop_of_these_tests_is_right():
    assert checks.check_models() == []


@pytest.mark.parametrize("name", ["shop.Nothing", "nowhere.OrderTransaction", "shop.Order", "auth.User"])
def test_a_transaction_model_that_is_none_is_an_error(found, name):
    assert found(checks.check_models, IAMPORT_TRANSACTION_MODEL=name) == ["iamport.E020"]


def payable():
    class Order(PayableMixin):
        owner_field = None

        class Meta:
            app_label = "shop"

        def get_payment_amount(self):
            return 1

        def get_payment_name(self):
            return "Tea"

        def accepts_payment(self, transaction):
            return True

        def close(self):
            self.delete()

    return Order


def never_closed():
    order = payable()
    del order.close
    return transaction(order=protecting(order))


def protecting(order, **changes):
    return models.ForeignKey(
        order, **{"on_delete": models.PROTECT, "related_name": "transactions", **changes}
    )


def transaction(*, constraints=None, **attributes):
    """A shop's transaction model, with what its class body says."""

    class Meta(AbstractTransaction.Meta):
        app_label = "shop"

    if constraints is not None:
        Meta.constraints = constraints
    return type("Declared", (AbstractTransaction,), {"__module__": __name__, "Meta": Meta, **attributes})


def plain_meta():
    class Bad(AbstractTransaction):
        order = protecting(payable())

        class Meta:
            app_label = "shop"

    return Bad


def own_constraints_instead():
    return transaction(
        order=protecting(payable()),
        constraints=(models.UniqueConstraint(fields=["order", "created"], name="own"),),
    )


def one_constraint_lost():
    return transaction(order=protecting(payable()), constraints=AbstractTransaction.Meta.constraints[1:])


def one_constraint_exchanged():
    return transaction(
        order=protecting(payable()),
        constraints=(
            *AbstractTransaction.Meta.constraints[1:],
            models.UniqueConstraint(fields=["order", "created"], name="own"),
        ),
    )


def cascading():
    return transaction(order=protecting(payable(), on_delete=models.CASCADE))


def another_related_name():
    return transaction(order=protecting(payable(), related_name="payments"))


def without_an_order():
    return transaction()


def one_to_one_order():
    return transaction(
        order=models.OneToOneField(payable(), on_delete=models.PROTECT, related_name="transactions")
    )


def foreign_manager():
    return transaction(order=protecting(payable()), everything=models.Manager())


def order_that_is_not_payable():
    class Order(models.Model):
        class Meta:
            app_label = "shop"

    return transaction(order=protecting(Order))


def order_that_says_nothing():
    class Order(PayableMixin):
        owner_field = None

        class Meta:
            app_label = "shop"

    return transaction(order=protecting(Order))


def right():
    return transaction(order=protecting(payable()))


def right_with_additions():
    class OwnManager(TransactionManager):
        pass

    return transaction(
        order=protecting(payable()),
        own=OwnManager(),
        constraints=(
            *AbstractTransaction.Meta.constraints,
            models.UniqueConstraint(fields=["order", "created"], name="own"),
        ),
    )


def unique(*fields, **column):
    """A shop's own columns, of which the database wants each value once."""

    return transaction(
        order=protecting(payable()),
        note=models.CharField(**{"max_length": 10, "default": "", **column}),
        constraints=(
            *AbstractTransaction.Meta.constraints,
            *([models.UniqueConstraint(fields=fields, name="once")] if fields else []),
        ),
    )


def ready_made_order():
    class Order(AbstractOrder):
        class Meta(AbstractOrder.Meta):
            app_label = "shop"

    return transaction(order=protecting(Order))


@pytest.mark.parametrize(
    ("declare", "numbers"),
    [
        (without_an_order, ["E021"]),
        (cascading, ["E021"]),
        (another_related_name, ["E021"]),
        (one_to_one_order, ["E021"]),
        (plain_meta, ["E022"]),
        (one_constraint_lost, ["E022"]),
        (own_constraints_instead, ["E022"]),
        (one_constraint_exchanged, ["E022"]),
        (foreign_manager, ["E023"]),
        (order_that_is_not_payable, ["E025"]),
        (order_that_says_nothing, ["E026", "W044"]),
        (never_closed, ["W044"]),
        (right, []),
        (right_with_additions, []),
        (ready_made_order, []),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
@isolate_apps("tests.shop")
def test_a_model_that_would_lose_money_is_an_error_and_a_right_one_is_not(monkeypatch, declare, numbers):
    model = declare()
    monkeypatch.setattr(checks.models, "transaction_models", lambda: [model])
    with override_settings(IAMPORT_TRANSACTION_MODEL=None):
        messages = checks.check_models()
    assert [message.id for message in messages] == [f"iamport.{number}" for number in numbers]
    assert all(message.hint for message in messages)


@pytest.mark.parametrize(
    ("declare", "named"),
    [
        (lambda: unique("order", "note"), "once"),
        (lambda: unique("note"), "once"),
        (lambda: unique("order"), "once"),
        (lambda: unique(unique=True), "note"),
        (lambda: unique("order", "note", "merchant_uid"), None),
        (lambda: unique("order", "note", null=True), None),
        (lambda: unique(unique=True, default=str), None),
        (lambda: unique(), None),
    ],
)
@isolate_apps("tests.shop")
def test_a_constraint_that_may_refuse_a_second_payment_is_named(monkeypatch, declare, named):
    model = declare()
    monkeypatch.setattr(checks.models, "transaction_models", lambda: [model])
    with override_settings(IAMPORT_TRANSACTION_MODEL=None):
        messages = checks.check_models()
    assert [message.id for message in messages] == ["iamport.W043"] * (named is not None)
    assert all(f"constraint {named} " in message.msg for message in messages)


def test_refunds_and_transactions_in_two_databases_are_an_error(settings):
    class Router:
        def db_for_write(self, model, **hints):
            return "other" if model._meta.label == "django_iamport.Refund" else None

    settings.DATABASE_ROUTERS = [Router()]
    assert {message.id for message in checks.check_models()} == {"iamport.E024"}
