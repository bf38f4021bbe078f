from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.utils import timezone

from django_iamport.contrib.subscriptions import signals
from django_iamport.contrib.subscriptions.clock import Report, renew
from django_iamport.rules.dates import KST
from django_iamport.testing import Sandbox
from tests.shop.models import BillingKey, Subscription

LIMIT = "4000-0000-0000-0010"


class Time:
    """The shop's clock and the gateway's, which stand still except where they are moved together."""

    def __init__(self, sandbox: Sandbox, now: datetime) -> None:
        self.sandbox, self.now = sandbox, timezone.now()
        self.move_to(now)

    def move(self, **span: float) -> None:
        self.sandbox.tick(**span)
        self.now += timedelta(**span)

    def set_back(self, **span: float) -> None:
        """The shop's clock alone."""
        self.now -= timedelta(**span)

    def move_to(self, moment: datetime) -> None:
        self.move(seconds=(moment - self.now).total_seconds())

    def korean(self, day: str, hour: int = 10) -> None:
        """Go on to an hour of a day in Korea."""
        self.move_to(datetime.fromisoformat(day).replace(hour=hour, tzinfo=KST))


@pytest.fixture
def time(iamport_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, settings: Any) -> Time:
    # Whoever signed in stays so, whatever time it becomes.
    settings.SESSION_COOKIE_AGE = 10 * 365 * 24 * 3600
    moved = Time(iamport_sandbox, datetime(2027, 1, 31, 10, tzinfo=KST))
    monkeypatch.setattr(timezone, "now", lambda: moved.now)
    return moved


@pytest.fixture
def user(db: None) -> User:
    return get_user_model().objects.create_user("kim")


@pytest.fixture
def make_key(user: User, iamport_sandbox: Sandbox, time: Time) -> Callable[..., BillingKey]:
    """A saved card; `card_number` may be one of the sandbox's test cards."""

    def make(owner: User | None = None, **card: Any) -> BillingKey:
        key = BillingKey.objects.create_new(owner or user)
        iamport_sandbox.register_card(key, **card)
        key.confirm()
        return key

    return make


@pytest.fixture
def make_subscription(user: User, make_key: Callable[..., BillingKey]) -> Callable[..., Subscription]:
    """One that has not begun; 10,000 won a month unless said otherwise."""

    def make(**fields: Any) -> Subscription:
        if "billing_key" not in fields:
            fields["billing_key"] = make_key(fields.get("user"))
        plan = {"user": user, "name": "Tea", "amount": 10_000, **fields}
        return Subscription.objects.create(**plan)

    return make


@pytest.fixture
def running(make_subscription: Callable[..., Subscription]) -> Subscription:
    """Begun and paid on 31 January 2027."""
    subscription = make_subscription()
    subscription.start()
    assert subscription.pay()
    return subscription


@pytest.fixture
def told(receive: Callable[..., None]) -> list[tuple[str, dict[str, Any]]]:
    """Every signal of subscriptions, with its arguments."""
    sent: list[tuple[str, dict[str, Any]]] = []
    for name in signals.__all__:

        def hear(sender: Any, _name: str = name, **arguments: Any) -> None:
            sent.append((_name, arguments))

        receive(getattr(signals, name), hear)
    return sent


@pytest.fixture
def run() -> Callable[..., Report]:
    def once(**options: Any) -> Report:
        return renew(say=lambda line: None, **options)

    return once


@pytest.fixture
def behind(
    running: Subscription, make_key: Callable[..., BillingKey], time: Time, run: Callable[..., Report]
) -> Subscription:
    """Its card was declined on 28 February 2027, at ten."""
    running.change_card(make_key(card_number=LIMIT))
    time.korean("2027-02-28")
    run()
    running.refresh_from_db()
    assert running.status == "past_due"
    return running


@pytest.fixture
def held(iamport_sandbox: Sandbox) -> Callable[[], int]:
    """How many won the gateway holds."""

    def count() -> int:
        found = iamport_sandbox.account.store.find("payment", sort="started_at")
        paid = (row for row in found if row["status"] in ("paid", "cancelled") and row.get("paid_at"))
        return sum(int(row["amount"]) - int(row.get("cancel_amount") or 0) for row in paid)

    return count
