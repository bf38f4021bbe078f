"""Whose hand it was: a role and a key, and never a name."""

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.utils.functional import SimpleLazyObject

from django_iamport.exceptions import ByInvalid
from django_iamport.models import Cancellation, History, Refund
from django_iamport.records.hands import customer, hand_of, operator
from tests.shop.models import OrderTransaction

NAMES_OF_PERSONS = ("kim@example.com", "Kim Lee", "김＠shop", "kim\tlee", "kim\n", "kim\0", "k" * 151)


@pytest.fixture
def staff(db):
    return User.objects.create_user("kim@example.com", is_staff=True)


@pytest.fixture
def buyer(db):
    return User.objects.create_user("lee@example.com")


def test_a_user_object_becomes_a_role_and_a_key(staff, buyer):
    assert hand_of(staff) == operator(staff) == f"operator:{staff.pk}"
    assert hand_of(SimpleLazyObject(lambda: staff)) == f"operator:{staff.pk}"
    assert hand_of(buyer) == customer(buyer) == f"customer:{buyer.pk}"
    assert hand_of(AnonymousUser()) == customer(AnonymousUser()) == customer(None) == "customer"


@pytest.mark.parametrize("key", ["", "kim", "operator:12", "batch_7", "정산", "k" * 150])
def test_a_key_of_the_shops_own_stays(key):
    assert hand_of(key) == key


@pytest.mark.parametrize("name", [*NAMES_OF_PERSONS, 12, None, object()])
def test_anything_else_is_refused_with_a_stable_code(name):
    with pytest.raises(ByInvalid) as raised:
        hand_of(name)
    assert (raised.value.code, raised.value.http_status) == ("by_invalid", 500)
    assert "kim" not in str(raised.value).lower()


@pytest.mark.parametrize(
    "act",
    [
        lambda row, by: row.cancel(reason="returned", by=by),
        lambda row, by: row.sync(by=by),
        lambda row, by: row.accept(reason="spoke with him", by=by),
        lambda row, by: row.retry_refund(by=by),
        lambda row, by: row.change_account(by=by),
        lambda row, by: OrderTransaction.objects.confirm(
            merchant_uid=row.merchant_uid, source="admin", by=by
        ),
    ],
    ids=["cancel", "sync", "accept", "retry_refund", "change_account", "confirm"],
)
def test_no_door_takes_a_name_and_nothing_is_done_then(attempt, iamport_sandbox, confirm, act):
    paid = confirm(attempt, iamport_sandbox.pay(attempt))
    calls, noted = len(iamport_sandbox.calls), History.objects.count()

    with pytest.raises(ByInvalid):
        act(paid, "kim@example.com")

    assert (len(iamport_sandbox.calls), History.objects.count()) == (calls, noted)
    assert not Refund.objects.exists()


def test_a_refund_by_a_user_keeps_no_name_anywhere(attempt, iamport_sandbox, confirm, staff):
    paid = confirm(attempt, iamport_sandbox.pay(attempt))
    paid.cancel(10_000, reason="one cup broke", by=staff)

    kept = {row.by for model in (Refund, Cancellation, History) for row in model.objects.all()}
    assert kept == {"", f"operator:{staff.pk}"}
