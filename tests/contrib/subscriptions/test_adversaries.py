"""Histories that somebody tries, or stumbles into: what is charged, what may be used, and what stays shut."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.cache import cache

from django_iamport import reconciliation
from django_iamport.contrib.subscriptions.exceptions import RenewalUnderWay, SubscriptionState
from tests.shop.models import BillingKey, Order, OrderTransaction, Subscription

from .conftest import LIMIT
from .test_periods import periods


@pytest.fixture
def day_by_day(time, run):
    """So many days, one run each; answers what was done."""

    def go(days):
        done = []
        for _ in range(days):
            time.move(days=1)
            # The budget of an order is one of an hour.
            cache.clear()
            report = run()
            assert report.exit_code == 0
            done += report.actions
        return done

    return go


def sync():
    return reconciliation.sync(max_age=timedelta(days=60), say=lambda line: None)


# Two ways to pay one period.


def test_paid_in_a_window_while_the_retry_charges_the_card_one_of_the_two_goes_back(
    behind, make_key, day_by_day, iamport_sandbox, confirm, held
):
    order = behind.renewals.get(number=1).order
    attempt = OrderTransaction.objects.create_new(order)
    imp_uid = iamport_sandbox.pay(attempt)
    behind.change_card(make_key())
    day_by_day(1)
    confirm(attempt, imp_uid)
    sync()
    behind.refresh_from_db()
    assert (behind.status, held()) == ("active", 20_000)
    assert [row.status for row in order.transactions.all()].count("paid") == 1


@pytest.fixture
def account(behind, iamport_sandbox, confirm):
    """Whoever is behind chose to transfer the money."""
    attempt = OrderTransaction.objects.create_new(behind.renewals.get(number=1).order)
    confirm(attempt, iamport_sandbox.issue_account(attempt))
    attempt.refresh_from_db()
    assert attempt.takes_deposit
    return attempt


def test_an_account_that_waits_is_not_voided_for_a_card_that_was_declined(
    behind, account, day_by_day, iamport_sandbox, confirm, held
):
    assert day_by_day(3) == ["account_waits"] * 2
    account.refresh_from_db()
    assert account.takes_deposit
    assert behind.renewals.get(number=1).declines == 1
    iamport_sandbox.deposit(account.imp_uid)
    confirm(account, account.imp_uid)
    behind.refresh_from_db()
    assert (behind.status, held()) == ("active", 20_000)


def test_nor_does_it_give_more_grace(behind, account, day_by_day, held):
    assert day_by_day(14)[-1] == "given_up"
    account.refresh_from_db()
    behind.refresh_from_db()
    assert (behind.status, account.takes_deposit, held()) == ("ended", False, 10_000)


def test_whoever_pays_by_card_after_all_gives_his_account_up(behind, account, make_key, held):
    behind.change_card(make_key())
    assert behind.pay()
    account.refresh_from_db()
    assert (account.takes_deposit, held()) == (False, 20_000)


# Prices.


def test_another_price_while_it_is_behind_holds_from_the_next_period_on(
    behind, make_key, day_by_day, time, run, held
):
    behind.change_plan(amount=50_000, unit="week")
    behind.change_card(make_key())
    day_by_day(1)
    behind.refresh_from_db()
    assert (behind.status, behind.amount, held()) == ("active", 10_000, 20_000)
    time.korean("2027-03-31")
    run()
    time.korean("2027-04-07")
    run()
    assert held() == 120_000


def test_a_period_shows_what_its_order_asks_and_in_the_end_what_was_paid(
    make_subscription, make_key, day_by_day, time, run, monkeypatch, held
):
    def less_for_a_short_one(subscription, renewal):
        days = (renewal.period_end - renewal.period_start).days
        amount = renewal.amount if days >= 28 else Decimal(days * 300)
        return Order(user=subscription.user, name=subscription.name, amount=amount)

    monkeypatch.setattr(Subscription, "make_order", less_for_a_short_one)
    subscription = make_subscription(anchor_day=10)
    subscription.start()
    assert subscription.renewals.get().amount == 3_000
    subscription.pay()
    subscription.change_card(make_key(card_number=LIMIT))
    time.korean("2027-02-10")
    run()
    renewal = subscription.renewals.get(number=1)
    assert renewal.amount == 10_000
    Order.objects.filter(pk=renewal.order_id).update(amount=4_000)
    subscription.change_card(make_key())
    day_by_day(1)
    renewal.refresh_from_db()
    assert (renewal.status, renewal.amount, held()) == ("paid", 4_000, 7_000)
    assert subscription.history.filter(event="renewed").last().amount == 4_000


def test_a_first_month_for_nothing_needs_no_card_and_no_customer(make_subscription, run, monkeypatch):
    def for_nothing(subscription, renewal):
        return Order(user=subscription.user, name=subscription.name, amount=0)

    monkeypatch.setattr(Subscription, "make_order", for_nothing)
    subscription = make_subscription(billing_key=None)
    subscription.start()
    assert run().actions == {"charged_paid": 1}
    subscription.refresh_from_db()
    assert subscription.status == "active"


# Cards and customers that go.


@pytest.mark.parametrize("when", ["behind", "running"])
def test_an_account_that_was_deleted_is_charged_nothing_and_its_subscription_ends(
    when, request, user, time, run, day_by_day, held
):
    subscription = request.getfixturevalue(when)
    user.delete()
    time.korean("2027-02-28", hour=11)
    run()
    day_by_day(16)
    subscription.refresh_from_db()
    assert (subscription.status, subscription.reason, held()) == ("ended", "unpaid", 10_000)
    assert periods(subscription) == [("2027-01-31", "paid"), ("2027-02-28", "unpaid")]


def test_a_chosen_card_that_was_deleted_lends_its_subscription_no_other_one(
    running, make_key, time, run, held
):
    make_key().make_default()
    BillingKey.objects.get(pk=running.billing_key_id).withdraw()
    time.korean("2027-02-28")
    run()
    running.refresh_from_db()
    assert (running.status, running.reason, held()) == ("past_due", "billing_key_gone", 10_000)


def test_a_card_that_the_gateway_did_not_know_for_a_day_pays_at_the_retry(
    running, time, run, day_by_day, iamport_sandbox, held
):
    time.korean("2027-02-28")
    unknown = {"code": -1, "message": "없는 빌링키입니다.", "response": None}
    iamport_sandbox.fail_next("billing_keys.find", status=404, body=unknown)
    run()
    running.refresh_from_db()
    assert (running.status, running.reason) == ("past_due", "billing_key_gone")
    day_by_day(1)
    running.refresh_from_db()
    assert (running.status, held()) == ("active", 20_000)


def test_a_new_card_each_day_buys_no_longer_grace(behind, make_key, time, run):
    for _ in range(13):
        time.move(days=1)
        cache.clear()
        behind.change_card(make_key(card_number=LIMIT))
        run()
    behind.refresh_from_db()
    assert behind.status == "past_due"
    time.move(days=1)
    cache.clear()
    run()
    behind.refresh_from_db()
    assert behind.status == "ended"


# What was paid, and what goes back.


def test_a_refunded_renewal_is_not_charged_again_and_the_next_one_is(running, time, run, held):
    time.korean("2027-02-28")
    run()
    running.renewals.get(number=1).order.transactions.get().cancel(reason="sour tea")
    sync()
    assert run().actions == {}
    running.refresh_from_db()
    assert (running.status, held(), periods(running)[-1]) == ("active", 10_000, ("2027-02-28", "paid"))
    with pytest.raises(SubscriptionState):
        running.pay()
    time.korean("2027-03-31")
    run()
    assert held() == 20_000


def test_whoever_is_behind_neither_pauses_nor_resumes_his_way_out(behind):
    with pytest.raises((RenewalUnderWay, SubscriptionState)):
        behind.pause()
    with pytest.raises(SubscriptionState):
        behind.resume()
    with pytest.raises(SubscriptionState):
        behind.keep()


# Clocks.


def test_a_clock_that_is_a_month_ahead_charges_nothing_and_calls_somebody(running, time, run, held):
    time.set_back(days=-60)
    report = run()
    assert (report.actions, report.unfinished, report.exit_code) == ({}, [("clock", "clock_ahead")], 4)
    assert (held(), running.renewals.count()) == (10_000, 1)
    time.set_back(days=60)
    time.korean("2027-02-28")
    assert run().actions == {"begin": 1, "charged_paid": 1}


def test_a_gateway_that_does_not_say_what_time_it_is_keeps_no_period_from_its_charge(
    running, time, run, iamport_sandbox, held
):
    time.korean("2027-02-28")
    iamport_sandbox.fail_next("get_token", status=503)
    assert run().actions == {"begin": 1, "charged_paid": 1}
    assert held() == 20_000


def test_a_clock_set_back_while_it_is_behind_tries_no_card_more_often(behind, time, run):
    time.set_back(days=20)
    for _ in range(10):
        cache.clear()
        assert run().actions == {}
        time.set_back(days=-1)
    assert behind.renewals.get(number=1).declines == 1


def test_cancelled_and_the_clock_comes_weeks_late_nothing_is_charged(running, time, run, held):
    running.cancel()
    time.korean("2027-04-15")
    assert run().actions == {"end": 1}
    assert held() == 10_000
