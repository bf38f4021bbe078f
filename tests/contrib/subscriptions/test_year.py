"""A year of subscriptions in the sandbox, day by day, with faults: the sums of shop and gateway agree.

`IAMPORT_SUBSCRIPTIONS=1000` makes it a year of a thousand; each run plays another year, whose seed it prints.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.db.models import Count, Sum
from django.utils import timezone

from django_iamport import reconciliation
from django_iamport.contrib.subscriptions.clock import renew
from django_iamport.contrib.subscriptions.rules import korean_day
from django_iamport.exceptions import IamportError
from django_iamport.sandbox.delivery import faults
from tests.histories.death import Death, Killed
from tests.shop.models import BillingKey, OrderTransaction, Renewal, Subscription

from .conftest import LIMIT

pytestmark = [pytest.mark.once, pytest.mark.django_db(transaction=True)]

ASKED_FOR = os.environ.get("IAMPORT_SUBSCRIPTIONS")
COUNT = int(ASKED_FOR or 16)
SEED = random.SystemRandom().randrange(10**6) if ASKED_FOR else 14

PLANS: list[dict[str, Any]] = [
    {"unit": "month"},
    {"unit": "month", "anchor_day": 31},
    {"unit": "month", "every": 3},
    {"unit": "week", "every": 4},
    {"unit": "day", "every": 30},
    {"unit": "year"},
]
FAULTS: list[dict[str, Any]] = [
    {"timeout": True, "after": True},
    {"timeout": True},
    {"disconnect": True, "after": True},
    {"html": True},
    {"status": 503, "after": True},
]


class Year:
    """What happens in it is drawn; what is counted shows that all of it did."""

    def __init__(self, time: Any, sandbox: Any, make_key: Any) -> None:
        self.time, self.sandbox, self.make_key = time, sandbox, make_key
        self.draw, self.death = random.Random(SEED), Death()
        self.happened: Counter[str] = Counter()
        self.quiet: list[int] = []
        self.asking: list[int] = []
        self.today = korean_day(time.now)
        send = sandbox._adapter.send

        def send_between(request: Any, *args: Any, **kwargs: Any) -> Any:
            self.death.point("before a call")
            answer = send(request, *args, **kwargs)
            self.death.point("after a call")
            return answer

        sandbox._adapter.send = send_between

    def begin(self) -> None:
        for number in range(COUNT):
            user = get_user_model().objects.create(username=f"kim{number}")
            plan = self.draw.choice(PLANS)
            amount = self.draw.randrange(1_000, 90_000, 100)
            subscription = Subscription.objects.create(
                user=user, name="Tea", amount=amount, billing_key=self.make_key(user), **plan
            )
            first = korean_day(timezone.now()) + timedelta(days=self.draw.randrange(28))
            subscription.start(first_payment_on=first)
            (self.asking if number % 2 else self.quiet).append(subscription.pk)

    def day(self) -> None:
        """Most days the clock runs; some days it doesn't, or dies, or the gateway fails."""
        self.time.korean(str(self.today))
        self.today += timedelta(days=1)
        cache.clear()
        what = self.draw.random()
        if what < 0.05:
            self.happened["shop down"] += 1
            return
        if what < 0.25:
            fault = self.draw.choice(FAULTS)
            operation = self.draw.choice(["subscribe.again", "payments", "every"])
            times = self.draw.randint(1, 3)
            self.sandbox.fail_next(operation, times=times, **fault)
            self.happened["faults"] += times
        if what > 0.9:
            self.sandbox.meanwhile("subscribe.again", self.run)
            self.happened["another worker"] += 1
        for _ in range(int(self.draw.random() + COUNT / 100)):
            self.somebody_asks()
        if 0.25 < what < 0.45:
            self.death.at = self.draw.randint(1, 40)
        self.run_and_die()
        self.time.move(hours=1)
        self.run_and_die()

    def run(self) -> None:
        renew(say=lambda line: None)

    def run_and_die(self) -> None:
        try:
            with self.death.watching():
                self.run()
        except Killed:
            self.happened["deaths"] += 1

    def somebody_asks(self) -> None:
        """Every second customer asks for nothing, and is to be charged for each period."""
        subscription = Subscription.objects.get(pk=self.draw.choice(self.asking))
        ask = self.draw.choice([self.decline, self.pause_or_resume, self.plan, self.cancel, self.card])
        try:
            ask(subscription)
        except IamportError as error:
            self.happened[error.code] += 1
        else:
            self.happened[ask.__name__] += 1

    def decline(self, subscription: Subscription) -> None:
        subscription.change_card(self.make_key(subscription.user, card_number=LIMIT))

    def card(self, subscription: Subscription) -> None:
        subscription.change_card(self.make_key(subscription.user))

    def pause_or_resume(self, subscription: Subscription) -> None:
        subscription.resume() if subscription.status == "paused" else subscription.pause()

    def plan(self, subscription: Subscription) -> None:
        subscription.change_plan(amount=self.draw.randrange(1_000, 90_000, 100))

    def cancel(self, subscription: Subscription) -> None:
        subscription.cancel(at_period_end=self.draw.random() < 0.7)

    def come_to_rest(self) -> None:
        self.death.at = None
        faults.disarm(self.sandbox.account.store)
        for _ in range(6):
            cache.clear()
            self.time.move(minutes=20)
            self.run()
            reconciliation.sync(max_age=timedelta(days=400), say=lambda line: None)
        report = renew(say=lambda line: None)
        assert report.is_clean, report.unfinished


def test_after_a_year_with_faults_the_sums_of_shop_and_gateway_agree(time, iamport_sandbox, make_key, held):
    year = Year(time, iamport_sandbox, make_key)
    print(f"{COUNT} subscriptions, seed {SEED}")
    year.begin()
    for _ in range(365):
        year.day()
    year.come_to_rest()
    print(year.happened, Counter(Renewal.objects.values_list("status", flat=True)))

    # What the gateway holds is what the shop has booked, and what the periods say that was paid.
    booked = OrderTransaction.objects.filter(status="paid").aggregate(Sum("paid_amount"))["paid_amount__sum"]
    periods = Renewal.objects.filter(status="paid")
    assert held() == booked == periods.aggregate(Sum("amount"))["amount__sum"]
    # One charge a period.
    paid_once = periods.filter(order__transactions__status="paid").annotate(n=Count("order__transactions"))
    assert {*paid_once.values_list("n", flat=True)} == {1}
    assert paid_once.count() == periods.count()
    # Nobody was forgotten: whoever asked for nothing has paid each period whose day has come.
    for subscription in Subscription.objects.filter(pk__in=year.quiet):
        due = sum(subscription.start_of(n) <= subscription.day_of(time.now) for n in range(60))
        statuses = [*subscription.renewals.values_list("status", flat=True)]
        assert statuses == ["paid"] * due, subscription.pk
    assert {
        "shop down",
        "faults",
        "deaths",
        "another worker",
        "decline",
        "pause_or_resume",
        "plan",
        "cancel",
    } <= {*year.happened}
    assert not BillingKey.objects.filter(status="gone").exists()
