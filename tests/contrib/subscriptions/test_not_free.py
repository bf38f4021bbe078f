"""No period becomes free of charge by a detour, and none is charged that nobody agreed to."""

from datetime import date, timedelta

import pytest
from django.core.cache import cache
from django.urls import reverse

from django_iamport import reconciliation
from django_iamport.contrib.subscriptions.exceptions import SubscriptionState
from django_iamport.contrib.subscriptions.lifecycle import steps
from django_iamport.contrib.subscriptions.rules import Dunning, Missed
from django_iamport.exceptions import OrderKept, RejectPayment
from django_iamport.signals import payment_paid
from tests.histories.death import Death, Killed
from tests.shop.models import Order, OrderTransaction, Subscription

from .test_periods import periods

# The order of a period is given up by its subscription alone.


def test_orders_that_are_given_up_by_time_are_none_of_a_subscription(behind, time, run, settings):
    settings.IAMPORT_GIVE_UP_AFTER = timedelta(hours=2)
    time.move(hours=20)
    report = reconciliation.sync(max_age=timedelta(days=60), say=lambda line: None)
    assert (report.given_up, report.codes) == (0, {})
    time.move(hours=5)
    assert run().actions == {"declined": 1}
    behind.refresh_from_db()
    assert (behind.status, periods(behind)[-1]) == ("past_due", ("2027-02-28", "open"))


def test_a_customer_does_not_cancel_the_order_of_a_period_and_keep_his_subscription(behind, client, user):
    client.force_login(user)
    order = behind.renewals.get(number=1).order
    answer = client.post(reverse("iamport:order_cancel"), {"order_id": str(order.pk)})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "order_kept")
    order.refresh_from_db()
    assert order.status == "ready"


def test_nor_does_the_shop_by_mistake(behind):
    with pytest.raises(OrderKept):
        OrderTransaction.objects.give_up(behind.renewals.get(number=1).order)


def test_the_first_order_may_be_cancelled_and_the_subscription_ends_with_it(make_subscription, run):
    subscription = make_subscription()
    subscription.start()
    assert OrderTransaction.objects.give_up(subscription.renewals.get().order)
    run()
    subscription.refresh_from_db()
    assert (subscription.status, subscription.reason) == ("ended", "order_closed")


# Whoever goes on after a pause is entitled as soon as he has paid.


def test_resumed_after_the_paid_period_it_entitles_to_nothing_before_it_is_paid(running, time, run):
    running.pause()
    time.korean("2027-04-10", hour=1)
    running.resume()
    assert (running.status, running.is_entitled) == ("scheduled", False)
    time.korean("2027-04-10")
    run()
    running.refresh_from_db()
    assert (running.status, running.is_entitled) == ("active", True)


def test_whoever_resumes_again_and_again_without_paying_has_no_grace(behind, time, run, monkeypatch):
    monkeypatch.setattr(Subscription, "dunning", Dunning(retry_days=(), grace_days=3, then="pause"))
    Subscription.objects.update(next_at=behind.next_at)
    time.move(days=5)
    run()
    behind.refresh_from_db()
    assert behind.status == "paused"
    behind.resume()
    run()
    behind.refresh_from_db()
    assert (behind.status, behind.is_entitled, behind.renewals.count()) == ("incomplete", False, 3)


def test_while_it_is_paused_what_was_paid_for_may_be_used(running, time):
    running.pause()
    assert running.is_entitled
    time.korean("2027-02-28", hour=0)
    assert not running.is_entitled


def test_a_pause_does_not_take_a_cancellation_back(running):
    running.cancel()
    with pytest.raises(SubscriptionState):
        running.pause(until=date(2027, 3, 15))
    running.refresh_from_db()
    assert running.ends_at_period_end


def test_cancelled_while_it_is_paused_what_was_paid_for_may_be_used_up(running, time, run, told, held):
    running.pause(until=date(2027, 2, 10))
    running.cancel()
    assert (running.status, running.is_entitled, str(running.ends_on)) == ("paused", True, "2027-02-28")
    with pytest.raises(SubscriptionState):
        running.resume()
    time.korean("2027-02-11")
    assert run().actions == {}
    time.korean("2027-02-28", hour=0)
    assert run().actions == {"end": 1}
    running.refresh_from_db()
    assert (running.status, running.reason, running.is_entitled) == ("ended", "cancelled", False)
    assert [name for name, _ in told][-3:] == [
        "subscription_paused",
        "subscription_ending",
        "subscription_ended",
    ]
    assert held() == 10_000


def test_kept_after_all_it_is_as_paused_as_it_was(running, time, run, held):
    running.pause(until=date(2027, 3, 15))
    running.cancel()
    running.keep()
    assert (running.status, str(running.paused_until)) == ("paused", "2027-03-15")
    time.korean("2027-03-10")
    assert (run().actions, held()) == ({}, 10_000)
    time.korean("2027-03-15")
    assert run().actions == {"resume": 1, "begin": 1, "charged_paid": 1}


def test_a_trial_cancelled_while_it_is_paused_lasts_to_its_end(make_subscription, time, run):
    subscription = make_subscription()
    subscription.start(trial_days=7)
    subscription.pause()
    subscription.cancel()
    assert subscription.is_entitled
    time.korean("2027-02-07", hour=0)
    assert run().actions == {"end": 1}


def test_cancelled_in_a_pause_of_which_nothing_is_paid_for_it_ends_at_once(running, time):
    running.pause()
    time.korean("2027-03-10")
    running.cancel()
    assert running.status == "ended"


# What was missed is skipped by the plan that holds then.


def test_a_year_that_was_not_missed_is_not_skipped_for_a_month_that_was(running, time, run, monkeypatch):
    monkeypatch.setattr(Subscription, "missed", Missed.SKIP)
    running.change_plan(unit="year", amount=100_000)
    time.korean("2027-04-02")
    assert run().actions == {"begin": 1, "charged_paid": 1}
    assert running.renewals.get(number=1).amount == 100_000


def test_a_month_that_was_missed_is_skipped_though_the_year_of_before_was_not(
    make_subscription, time, run, monkeypatch
):
    monkeypatch.setattr(Subscription, "missed", Missed.SKIP)
    subscription = make_subscription(unit="year")
    subscription.start()
    subscription.pay()
    subscription.change_plan(unit="month")
    time.korean("2028-03-05")
    assert run().actions == {"skip": 1, "begin": 1, "charged_paid": 1}


# A first payment is made with the card that was chosen for it, or by the customer himself.


def test_the_clock_charges_no_default_card_for_a_first_payment_that_the_customer_is_making(
    make_subscription, make_key, time, run, held, told
):
    make_key().make_default()
    subscription = make_subscription(billing_key=None)
    subscription.start()
    time.move(minutes=20)
    assert (run().actions, held()) == ({}, 0)
    time.move(days=14)
    assert run().actions == {"given_up": 1}
    subscription.refresh_from_db()
    assert (subscription.status, subscription.reason, held()) == ("ended", "unpaid", 0)
    assert [name for name, _ in told] == ["subscription_started", "subscription_ended"]


def test_a_first_payment_with_a_chosen_card_whose_process_died_is_made_by_the_clock(
    make_subscription, time, run, held
):
    make_subscription().start()
    time.move(minutes=20)
    assert (run().actions, held()) == ({"charged_paid": 1}, 10_000)


# Paid is what was paid.


def test_a_period_that_was_skipped_was_not_paid(behind):
    Order.objects.latest("pk").close()
    assert behind.pay() is False
    assert behind.status == "active"


def test_a_first_order_that_was_closed_was_not_paid(make_subscription):
    subscription = make_subscription()
    subscription.start()
    subscription.renewals.get().order.close()
    assert subscription.pay() is False
    assert subscription.status == "ended"


# Retries.


def test_the_last_retry_is_made_though_the_grace_ends_on_its_day(behind, time, run, monkeypatch):
    monkeypatch.setattr(Subscription, "dunning", Dunning(retry_days=(1, 3), grace_days=3))
    tried = []
    for day in range(1, 5):
        time.move(days=1)
        cache.clear()
        tried += [(day, *run().actions)]
    assert tried[:3] == [(1, "declined"), (2,), (3, "declined", "given_up")]


@pytest.mark.django_db(transaction=True)
def test_killed_after_a_payment_that_the_shop_refused_it_is_not_charged_again(
    running, time, run, receive, iamport_sandbox
):
    def refuse(sender, order, **kwargs):
        raise RejectPayment("sold_out")

    receive(payment_paid, refuse)
    time.korean("2027-02-28")
    death, send = Death(), iamport_sandbox._adapter.send

    def send_and_die(request, *args, **kwargs):
        answer = send(request, *args, **kwargs)
        if request.path_url == "/payments/cancel":
            death.at = len(death.passed) + 1
            death.point("after the refund")
        return answer

    iamport_sandbox._adapter.send = send_and_die
    with pytest.raises(Killed), death.watching():
        run()
    iamport_sandbox._adapter.send = send
    time.move(minutes=20)
    reconciliation.sync(max_age=timedelta(days=60), say=lambda line: None)
    run()
    renewal = running.renewals.get(number=1)
    assert (renewal.status, renewal.declines, renewal.order.transactions.count()) == ("open", 1, 1)
    assert renewal.reason == "sold_out"


# A copy of the data charges, begins and tells nothing.


def test_in_a_copy_of_the_data_nothing_begins(running, time, run, settings, told):
    settings.IAMPORT_MERCHANT_UID_PREFIX = "staging"
    time.korean("2027-02-28")
    report = run()
    assert (dict(report.actions), dict(report.codes), report.exit_code) == ({}, {"foreign_prefix": 1}, 4)
    settings.IAMPORT_COPIED_PREFIXES = ("test",)
    assert (run().is_clean, periods(running)) == (True, [("2027-01-31", "paid")])
    assert "subscription_past_due" not in [name for name, _ in told]


# Money that an operator has to decide about is not taken once more.


def test_while_refused_money_is_held_the_card_is_not_charged_again(running, time, run, receive, held):
    def refuse(sender, order, **kwargs):
        raise RejectPayment("sold_out", refund=False)

    receive(payment_paid, refuse)
    time.korean("2027-02-28")
    run()
    assert held() == 20_000
    for _day in range(20):
        time.move(days=1)
        cache.clear()
        report = run()
    assert (held(), report.exit_code) == (20_000, 3)
    renewal = running.renewals.get(number=1)
    assert (renewal.status, renewal.order.transactions.count()) == ("open", 1)


def test_as_soon_as_it_was_accepted_the_period_is_paid(running, time, run, receive, held):
    def refuse(sender, order, **kwargs):
        raise RejectPayment("sold_out", refund=False)

    receive(payment_paid, refuse)
    time.korean("2027-02-28")
    run()
    payment_paid.disconnect(refuse)
    OrderTransaction.objects.latest("pk").accept(reason="found one more", by="operator:1")
    running.refresh_from_db()
    assert (running.status, running.renewals.get(number=1).status, held()) == ("active", "paid", 20_000)


# What is heard meanwhile.


def test_what_was_put_off_after_its_payment_was_posted_ends_no_sooner(running, time):
    running.cancel()
    ends_at = running.next_at
    steps.put_off(running, time.now, "charge_unknown")
    running.refresh_from_db()
    assert running.next_at == ends_at


def test_one_decline_that_two_workers_saw_counts_once(behind, time, told):
    renewal = behind.renewals.get(number=1)
    steps.declined(behind, renewal, "limit", time.now, steps.CLOCK)
    renewal.refresh_from_db()
    assert (renewal.declines, [name for name, _ in told if name == "renewal_declined"]) == (1, [])


def test_whoever_cancels_on_the_day_of_a_payment_that_was_not_made_yet_is_not_charged(
    running, time, run, held, iamport_sandbox
):
    iamport_sandbox.fail_next("billing_keys.find", times=2, status=503)
    time.korean("2027-02-28")
    assert run().exit_code == 3
    running.cancel()
    assert (running.status, Order.objects.latest("pk").status) == ("ended", "closed")
    time.move(days=1)
    assert (run().due, held()) == (0, 10_000)


def test_cancelled_while_the_gateway_does_not_answer_it_ends_with_the_period_that_may_be_paid(
    running, time, run, held, iamport_sandbox
):
    iamport_sandbox.fail_next("subscribe.again", timeout=True, after=True)
    iamport_sandbox.fail_next("payments", times=8, timeout=True)
    time.korean("2027-02-28")
    run()
    running.cancel()
    assert running.ends_at_period_end
    time.move(minutes=20)
    run()
    running.refresh_from_db()
    assert (running.status, str(running.ends_on), held()) == ("active", "2027-03-31", 20_000)
