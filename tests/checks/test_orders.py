"""Whose an order is and which object is asked has to be clear before anything is sold."""

import pytest
from django.db import models
from django.test import override_settings
from django.test.utils import isolate_apps

from django_iamport import checks
from django_iamport.checks import orders
from django_iamport.models import AbstractTransaction, PayableMixin
from tests.checks.test_models import payable, protecting, transaction
from tests.shop.models import OrderTransaction, TicketTransaction
from tests.studio.models import BookingTransaction, Rental


def meta(**options):
    return type("Meta", (), {"app_label": "shop", **options})


def declared(called, /, *bases, **attributes):
    return type(called, bases, {"__module__": __name__, "Meta": meta(), **attributes})


def ids(monkeypatch, *found):
    monkeypatch.setattr(checks.models, "transaction_models", lambda: [*found])
    with override_settings(IAMPORT_TRANSACTION_MODEL=None):
        return [message.id for message in checks.check_models()]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("customer", "Owned has no field 'customer'"),
        ("user__kim", "Profile has no field 'kim'"),
        ("name", "Owned.name does not lead to one row"),
        ("user", "'user' leads to Profile, not to the users of AUTH_USER_MODEL"),
        ("user__user", None),
        (None, None),
    ],
)
@isolate_apps("tests.shop")
def test_an_owner_who_is_not_found_or_is_no_user_is_an_error(path, said):
    profile = declared(
        "Profile", models.Model, user=models.OneToOneField("auth.User", on_delete=models.CASCADE, null=True)
    )
    columns = {"user": models.ForeignKey(profile, on_delete=models.CASCADE), "name": models.TextField()}
    messages = [*orders.check_order(declared("Owned", payable(), owner_field=path, **columns))]
    assert [message.id for message in messages] == ["iamport.E060"] * (said is not None)
    assert all(message.msg == f"Owned.owner_field: {said}." for message in messages)


def no(self, transaction):
    return False


@pytest.mark.parametrize(
    ("attributes", "answered"),
    [
        ({"Meta": meta(proxy=True), "accepts_payment": no}, "accepts_payment"),
        ({"Meta": meta(proxy=True), "get_owner": lambda self: None}, "get_owner"),
        ({"owner_field": "user"}, "owner_field"),
        ({"unpaid_since": classmethod(lambda cls, moment: None)}, "unpaid_since"),
        ({"accepts_payment": no}, None),
        ({"Meta": meta(proxy=True)}, None),
    ],
)
@isolate_apps("tests.shop")
def test_a_class_of_an_order_that_would_be_asked_for_nothing_is_an_error(attributes, answered):
    """A child with a table of its own is asked by itself; a proxy, and whole lists, by the order's own model."""
    order = payable()
    declared("Other", order, **attributes)
    messages = [*orders.check_order(order)]
    expected = [] if answered is None else [f"Other answers {answered} in its own way, and Order is asked."]
    assert [message.msg for message in messages] == expected
    assert {message.id for message in messages} <= {"iamport.E061"}


def test_every_hook_of_an_order_is_looked_at():
    hooks = {name for name in vars(PayableMixin) if name.islower() and not name.startswith("_")}
    assert {*orders.ASKED, *orders.ASKED_OF_THE_MODEL} == hooks


@isolate_apps("tests.shop")
def test_a_proxy_of_a_child_answers_as_the_child_does():
    order = payable()
    child = declared("Child", order, accepts_payment=no)
    declared("Proxy", child, Meta=meta(proxy=True))
    assert [*orders.check_order(order)] == []


@isolate_apps("tests.shop")
def test_a_child_with_a_key_of_its_own_is_an_error(monkeypatch):
    order = payable()
    link = models.OneToOneField(order, on_delete=models.CASCADE, parent_link=True)
    declared("Child", order, number=models.AutoField(primary_key=True), link=link)
    assert ids(monkeypatch, transaction(order=protecting(order))) == ["iamport.E062"]


@isolate_apps("tests.shop")
def test_transactions_that_point_at_another_column_than_the_key_are_an_error(monkeypatch):
    order = declared("Numbered", payable(), number=models.IntegerField(unique=True))
    assert ids(monkeypatch, transaction(order=protecting(order, to_field="number"))) == ["iamport.E021"]


@isolate_apps("tests.shop")
def test_two_transaction_models_for_the_same_orders_are_an_error():
    order = payable()
    of_all = declared("OfAll", AbstractTransaction, order=protecting(order))
    of_some = declared("OfSome", AbstractTransaction, order=protecting(declared("Child", order)))
    [message] = orders.check_kinds([of_all, of_some])
    assert (message.id, message.obj) == ("iamport.E063", of_some)


def test_an_order_that_nothing_pays_is_named(monkeypatch):
    assert checks.check_models() == []
    left = [OrderTransaction, TicketTransaction, BookingTransaction]
    monkeypatch.setattr("django_iamport.models.registry.transaction_models", lambda: left)
    [message] = checks.check_models()
    assert (message.id, message.obj) == ("iamport.W064", Rental)


@isolate_apps("tests.shop")
def test_a_base_manager_that_may_hide_rows_is_named(monkeypatch):
    class Visible(models.Manager):
        def get_queryset(self):
            return super().get_queryset().filter(pk__gt=0)

    order = declared("Hidden", payable(), objects=Visible(), Meta=meta(base_manager_name="objects"))
    assert ids(monkeypatch, transaction(order=protecting(order))) == ["iamport.W065"]
    assert issubclass(order, PayableMixin)
