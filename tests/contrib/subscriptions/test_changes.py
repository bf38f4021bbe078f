"""Pause, resume, cancel, another plan: what is asked of a subscription, and when it holds."""

from datetime import date

import pytest

from django_iamport.contrib.subscriptions.exceptions import PlanInvalid, SubscriptionState
from django_iamport.models import History
from tests.shop.models import Subscription

from .conftest import LIMIT
from .test_periods import names, periods


def test_while_paused_nothing_is_charged_and_resumed_it_begins_anew(running, time, run, held, told):
    running.pause()
    assert running.status == "paused"
    time.korean("2027-04-10")
    assert (run().due, held()) == (0, 10_000)
    running.resume()
    run()
    running.refresh_from_db()
    assert periods(running) == [("2027-01-31", "paid"), ("2027-04-10", "paid")]
    assert (str(running.period_end), running.status) == ("2027-05-10", "active")
    assert names(told)[-3:] == ["subscription_paused", "subscription_resumed", "subscription_renewed"]


def test_resumed_within_the_paid_period_the_day_stays(running, time, run):
    running.pause()
    time.korean("2027-02-20")
    running.resume()
    assert (running.status, str(running.next_payment_on)) == ("active", "2027-02-28")
    time.korean("2027-03-31")
    run()
    assert [day for day, _status in periods(running)] == ["2027-01-31", "2027-02-28", "2027-03-31"]


def test_a_pause_until_a_day_ends_by_itself(running, time, run):
    running.pause(until=date(2027, 3, 15))
    time.korean("2027-03-14")
    assert run().due == 0
    time.korean("2027-03-15")
    assert run().actions == {"resume": 1, "begin": 1, "charged_paid": 1}
    assert periods(running)[1] == ("2027-03-15", "paid")


def test_cancelled_it_ends_with_the_paid_period(running, time, run, held, told):
    running.cancel()
    assert (running.status, running.is_entitled, running.next_payment_on) == ("active", True, None)
    time.korean("2027-02-27", hour=23)
    assert run().due == 0
    time.korean("2027-02-28", hour=0)
    assert run().actions == {"end": 1}
    running.refresh_from_db()
    assert (running.status, running.reason, held()) == ("ended", "cancelled", 10_000)
    assert names(told)[-2:] == ["subscription_ending", "subscription_ended"]
    time.korean("2028-02-28")
    assert run().due == 0


def test_a_cancellation_is_taken_back(running, time, run, held, told):
    running.cancel()
    running.keep()
    assert [arguments["is_ending"] for name, arguments in told if name == "subscription_ending"] == [
        True,
        False,
    ]
    time.korean("2027-02-28")
    run()
    assert held() == 20_000
    with pytest.raises(SubscriptionState):
        running.keep()


def test_cancelled_at_once_it_is_over(running, time, run):
    running.cancel(at_period_end=False, reason="moved_away")
    assert (running.status, running.reason, running.next_at) == ("ended", "moved_away", None)
    for ask in (running.pause, running.resume, running.cancel, running.keep):
        with pytest.raises(SubscriptionState):
            ask()


def test_a_trial_cancelled_costs_nothing(make_subscription, time, run, held):
    subscription = make_subscription()
    subscription.start(trial_days=7)
    subscription.cancel()
    assert subscription.is_entitled is True
    time.korean("2027-02-07")
    run()
    subscription.refresh_from_db()
    assert (subscription.status, held()) == ("ended", 0)


def test_whoever_is_behind_is_let_go_at_once_and_the_order_is_closed(running, make_key, time, run):
    running.change_card(make_key(card_number=LIMIT))
    time.korean("2027-02-28")
    run()
    running.refresh_from_db()
    order = running.renewals.get(number=1).order
    running.cancel()
    order.refresh_from_db()
    assert (running.status, order.status, periods(running)[1][1]) == ("ended", "closed", "unpaid")


def test_another_price_holds_from_the_next_period_on(running, time, run, held, told):
    running.change_plan(amount=12_000, name="More tea")
    assert (running.amount, running.next_amount) == (10_000, 12_000)
    time.korean("2027-02-28")
    run()
    running.refresh_from_db()
    assert (running.amount, running.upcoming, held()) == (12_000, {}, 22_000)
    changed = dict(told)["subscription_plan_changed"]
    assert (changed["before"]["amount"], changed["subscription"].name) == ("10000.00", "More tea")
    time.korean("2027-03-31")
    run()
    assert held() == 34_000


def test_another_period_begins_where_the_old_one_ends_and_keeps_the_31st(running, time, run):
    running.change_plan(unit="month", every=3)
    for day in ("2027-02-28", "2027-05-31", "2027-08-31"):
        time.korean(day)
        run()
    running.change_plan(unit="week", every=2)
    for day in ("2027-11-30", "2027-12-14"):
        time.korean(day)
        run()
    assert [day for day, _status in periods(running)] == [
        *("2027-01-31", "2027-02-28", "2027-05-31", "2027-08-31", "2027-11-30", "2027-12-14"),
    ]


def test_the_plan_of_before_asked_for_again_changes_nothing(running):
    running.change_plan(amount=12_000)
    running.change_plan(amount=10_000)
    assert running.upcoming == {}


@pytest.mark.parametrize("wanted", [{"amount": -1}, {"unit": "moon"}, {"every": 0}, {"amount": "0.5"}])
def test_a_plan_that_there_cannot_be_is_not_stored(running, wanted):
    with pytest.raises(PlanInvalid):
        running.change_plan(**wanted)
    running.refresh_from_db()
    assert running.upcoming == {}


def test_a_receiver_that_fails_undoes_the_change(running, receive):
    from django_iamport.contrib.subscriptions import signals
    from django_iamport.exceptions import ReceiverFailed

    def fail(**kwargs):
        raise ZeroDivisionError

    receive(signals.subscription_paused, fail)
    with pytest.raises(ReceiverFailed):
        running.pause()
    assert Subscription.objects.get().status == "active"
    assert not History.objects.of(running.subscription_uid).filter(event="subscription_paused").exists()


def test_each_change_has_its_line_in_the_history_with_whose_hand_it_was(running, user):
    running.pause(by=user)
    running.resume(by=f"operator:{user.pk}")
    lines = History.objects.of(running.subscription_uid).values_list("event", "source", "by")
    assert list(lines) == [
        ("subscription_started", "code", ""),
        ("period_began", "code", ""),
        ("renewed", "payment", ""),
        ("subscription_paused", "browser", f"customer:{user.pk}"),
        ("subscription_resumed", "admin", f"operator:{user.pk}"),
    ]


# Nobody pays for a whole period and gets a part of one.


@pytest.fixture
def on_the_25th(make_subscription, time, run):
    """Begun with a whole period on 25 February 2027, and paused."""
    subscription = make_subscription(anchor_day=25)
    subscription.start(first_payment_on=date(2027, 2, 25))
    time.korean("2027-02-25")
    run()
    subscription.refresh_from_db()
    assert subscription.status == "active"
    subscription.pause()
    return subscription


def test_resumed_it_waits_for_the_anchor_day(on_the_25th, time, run, held):
    time.korean("2027-04-10")
    on_the_25th.resume()
    assert (on_the_25th.status, on_the_25th.is_entitled) == ("scheduled", False)
    assert str(on_the_25th.next_payment_on) == "2027-04-25"
    run()
    assert held() == 10_000
    time.korean("2027-04-25")
    run()
    on_the_25th.refresh_from_db()
    assert (periods(on_the_25th)[-1], str(on_the_25th.period_end)) == (("2027-04-25", "paid"), "2027-05-25")


def test_resumed_on_the_anchor_day_it_begins_at_once(on_the_25th, time, run):
    time.korean("2027-04-25")
    on_the_25th.resume()
    run()
    on_the_25th.refresh_from_db()
    assert (on_the_25th.status, str(on_the_25th.period_end)) == ("active", "2027-05-25")


def test_a_plan_that_asks_less_for_a_short_period_need_not_wait(on_the_25th, time, run, monkeypatch):
    monkeypatch.setattr(Subscription, "waits_for_anchor_day", False)
    time.korean("2027-04-10")
    on_the_25th.resume()
    run()
    assert periods(on_the_25th)[-1] == ("2027-04-10", "paid")
    assert str(on_the_25th.renewals.latest("number").period_end) == "2027-04-25"
