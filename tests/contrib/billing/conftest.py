from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User

from django_iamport.testing import Sandbox
from tests.shop.models import BillingKey, Order


@pytest.fixture
def user(db: None) -> User:
    return get_user_model().objects.create_user("kim")


@pytest.fixture
def make_key(user: User, iamport_sandbox: Sandbox) -> Callable[..., BillingKey]:
    """A saved card of the user's; `card_number` may be one of the sandbox's test cards."""

    def make(owner: User | None = None, **card: Any) -> BillingKey:
        key = BillingKey.objects.create_new(owner or user)
        iamport_sandbox.register_card(key, **card)
        key.confirm()
        return key

    return make


@pytest.fixture
def key(make_key: Callable[..., BillingKey]) -> BillingKey:
    return make_key()


@pytest.fixture
def order(user: User) -> Order:
    return Order.objects.create(name="Tea", amount=50_000, user=user)


@pytest.fixture
def charged_at_the_gateway(iamport_sandbox: Sandbox) -> Callable[[], int]:
    """How many won the gateway holds of charges."""

    def count() -> int:
        found = iamport_sandbox.account.store.find("payment", sort="started_at")
        return sum(int(row["amount"]) for row in found if row["status"] == "paid" and int(row["amount"]))

    return count
