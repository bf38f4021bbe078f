"""Periods come round on their day in Korea, and each is charged once."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from django_iamport.contrib.subscriptions.exceptions import PlanInvalid, SubscriptionState
from django_iamport.contrib.subscriptions.rules import Missed
from tests.shop.models import Order, Renewal, Subscription

from .conftest import LIMIT


def periods(subscription):
    found = subscription.renewals.order_by("number")
    return [(str(renewal.period_start), renewal.status) for renewal in found]


def names(told):
    return [name for name, _arguments in told]


def test_the_first_payment_is_made_at_once_and_begins_the_period(make_subscription, told, held):
    subscription = make_subscription()
    subscription.start()
    assert (subscription.status, subscription.is_entitled) == ("incomplete", False)
    assert subscription.pay() is True
    assert (subscription.status, subscription.is_entitled) == ("active", True)
    assert (str(subscription.period_start), str(subscription.period_end)) == ("2027-01-31", "2027-02-28")
    assert str(subscription.next_payment_on) == "2027-02-28"
    assert names(told) == ["subscription_started", "subscription_renewed"]
    assert told[1][1]["transaction"].status == "paid"
    assert held() == 10_000


def test_from_31_january_on_it_is_charged_on_the_last_day_of_february_and_on_31_march(
    running, time, run, held
):
    for day in ("2027-02-27", "2027-02-28", "2027-03-01", "2027-03-30", "2027-03-31"):
        time.korean(day)
        run()
    assert periods(running) == [("2027-01-31", "paid"), ("2027-02-28", "paid"), ("2027-03-31", "paid")]
    assert held() == 30_000


def test_a_period_is_charged_from_the_hour_of_the_plan_on(running, time, run, held):
    time.korean("2027-02-28", hour=8)
    assert run().actions == {}
    time.korean("2027-02-28", hour=9)
    assert run().actions == {"begin": 1, "charged_paid": 1}
    assert run().actions == {}
    assert held() == 20_000


def test_a_clock_that_was_set_back_charges_nothing_again(running, time, run, held):
    time.korean("2027-03-31")
    run()
    assert held() == 30_000
    time.set_back(days=40)
    assert run().actions == {}
    time.set_back(days=-40)
    assert run().actions == {}
    assert held() == 30_000


def test_what_was_missed_while_the_shop_was_down_is_charged_once_and_late(running, time, run, held):
    time.korean("2027-05-02")
    report = run()
    assert report.actions == {"begin": 3, "charged_paid": 3}
    assert [day for day, _status in periods(running)][1:] == ["2027-02-28", "2027-03-31", "2027-04-30"]
    assert held() == 40_000


def test_what_was_missed_is_skipped_where_the_plan_says_so(running, time, run, held, told, monkeypatch):
    monkeypatch.setattr(Subscription, "missed", Missed.SKIP)
    time.korean("2027-05-02")
    assert run().actions == {"skip": 2, "begin": 1, "charged_paid": 1}
    assert periods(running)[1:] == [
        ("2027-02-28", "skipped"),
        ("2027-03-31", "skipped"),
        ("2027-04-30", "paid"),
    ]
    assert [arguments["reason"] for name, arguments in told if name == "renewal_skipped"] == ["missed"] * 2
    assert held() == 20_000


def test_after_a_trial_the_first_payment_is_made(make_subscription, time, run, held):
    subscription = make_subscription()
    subscription.start(trial_days=14)
    assert (subscription.status, subscription.is_entitled) == ("trialing", True)
    time.korean("2027-02-13")
    assert run().due == 0
    time.korean("2027-02-14")
    run()
    subscription.refresh_from_db()
    assert (subscription.status, str(subscription.period_end), held()) == ("active", "2027-03-14", 10_000)


def test_a_first_payment_later_begins_nothing_before(make_subscription, time, run):
    subscription = make_subscription()
    subscription.start(first_payment_on=date(2027, 3, 25))
    assert (subscription.status, subscription.is_entitled) == ("scheduled", False)
    time.korean("2027-03-25")
    run()
    subscription.refresh_from_db()
    assert (subscription.status, periods(subscription)) == ("active", [("2027-03-25", "paid")])


def test_an_anchor_day_makes_the_first_period_a_short_one(make_subscription, time, run):
    subscription = make_subscription(anchor_day=25)
    subscription.start()
    subscription.pay()
    time.korean("2027-02-25")
    run()
    assert [day for day, _status in periods(subscription)] == ["2027-01-31", "2027-02-25"]


@pytest.mark.parametrize(
    ("plan", "start"),
    [
        ({"amount": "0.5"}, {}),
        ({"every": 0}, {}),
        ({"anchor_day": 32}, {}),
        ({}, {"trial_days": 7, "first_payment_on": date(2027, 3, 1)}),
        ({}, {"first_payment_on": date(2027, 1, 30)}),
    ],
)
def test_a_plan_that_there_cannot_be_does_not_begin(make_subscription, plan, start):
    subscription = make_subscription(**plan)
    with pytest.raises(PlanInvalid):
        subscription.start(**start)
    subscription.refresh_from_db()
    assert subscription.status == "new"


def test_it_begins_once(running):
    with pytest.raises(SubscriptionState):
        running.start()
    with pytest.raises(SubscriptionState):
        running.pay()


def test_a_plan_that_costs_nothing_needs_no_card(make_subscription, time, run, iamport_sandbox):
    subscription = make_subscription(amount=0, billing_key=None)
    subscription.start()
    iamport_sandbox.reset_calls()
    run()
    time.korean("2027-02-28")
    run()
    assert (periods(subscription), iamport_sandbox.calls) == (
        [("2027-01-31", "paid"), ("2027-02-28", "paid")],
        ["POST /users/getToken"] * 2,
    )


def test_the_database_refuses_a_second_order_for_a_period(running):
    paid = running.renewals.get()
    again = {"subscription": running, "amount": 1, "currency": "KRW", "period_end": paid.period_end}
    for same in (
        {"number": 0, "period_start": date(2030, 1, 1)},
        {"number": 9, "period_start": paid.period_start},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Renewal.objects.create(**again, **same)


def test_a_stale_copy_saved_late_changes_nothing_of_the_state(running, time, run):
    stale = Subscription.objects.get()
    time.korean("2027-02-28")
    run()
    stale.save()
    running.refresh_from_db()
    assert (running.next_number, str(running.period_end)) == (2, "2027-03-31")


def test_an_order_paid_in_the_window_pays_its_period(make_subscription, iamport_sandbox, confirm, run, held):
    from tests.shop.models import OrderTransaction

    subscription = make_subscription(billing_key=None)
    subscription.start()
    attempt = OrderTransaction.objects.create_new(subscription.renewals.get().order)
    confirm(attempt, iamport_sandbox.pay(attempt))
    subscription.refresh_from_db()
    assert (subscription.status, run().due, held()) == ("active", 0, 10_000)


def test_an_order_that_the_shop_closed_skips_its_period(running, time, run, told, make_key):
    running.change_card(make_key(card_number=LIMIT))
    time.korean("2027-02-28")
    run()
    Order.objects.latest("pk").close()
    time.move(days=1)
    run()
    running.refresh_from_db()
    assert (running.status, periods(running)[1]) == ("active", ("2027-02-28", "skipped"))
    assert [arguments["reason"] for name, arguments in told if name == "renewal_skipped"] == ["order_closed"]
