"""A declined card: tried again by the policy, told each time, and given up when the grace is over."""

import pytest
from django.core.cache import cache

from django_iamport.contrib.subscriptions.exceptions import CardMissing
from django_iamport.contrib.subscriptions.rules import Dunning
from tests.shop.models import Order, OrderTransaction, Subscription

from .conftest import LIMIT


@pytest.fixture
def behind(running, make_key, time, run):
    """Its card was declined on 28 February 2027, at ten."""
    running.change_card(make_key(card_number=LIMIT))
    time.korean("2027-02-28")
    assert run().actions == {"begin": 1, "declined": 1}
    running.refresh_from_db()
    return running


def names(told):
    return [name for name, _arguments in told]


def test_a_decline_is_told_with_its_reason_and_what_comes_next(behind, told, time, run):
    assert (behind.status, behind.is_entitled, "한도" in behind.reason) == ("past_due", True, True)
    assert OrderTransaction.objects.latest("pk").status == "failed"
    time.move(days=1)
    run()
    assert names(told)[-1] == "renewal_declined"
    assert "subscription_past_due" not in names(told)[1:]
    arguments = told[-1][1]
    assert arguments["reason"] == behind.reason
    assert (arguments["next_try"].date().isoformat(), arguments["ends_at"].date().isoformat()) == (
        "2027-03-03",
        "2027-03-14",
    )


def test_the_card_is_tried_after_1_3_and_7_days_and_it_ends_after_14(behind, time, run, held, told):
    tried = []
    for day in range(1, 16):
        time.move(days=1)
        cache.clear()
        actions = dict(run().actions)
        if actions:
            tried.append((day, *actions))
    assert tried == [(1, "declined"), (3, "declined"), (7, "declined"), (14, "given_up")]
    behind.refresh_from_db()
    assert (behind.status, behind.reason, behind.is_entitled) == ("ended", "unpaid", False)
    assert names(told)[-1] == "subscription_ended"
    assert behind.renewals.get(number=1).status == "unpaid"
    assert (Order.objects.latest("pk").status, held()) == ("closed", 10_000)


def test_of_retries_missed_while_the_shop_was_down_one_is_made_before_it_ends(behind, time, run):
    time.move(days=20)
    assert run().actions == {"declined": 1, "given_up": 1}


def test_it_may_pause_instead_and_be_resumed(behind, time, run, make_key, monkeypatch, held):
    monkeypatch.setattr(Subscription, "dunning", Dunning(retry_days=(), grace_days=3, then="pause"))
    Subscription.objects.update(next_at=behind.next_at)
    time.move(days=14)
    run()
    behind.refresh_from_db()
    assert (behind.status, behind.reason) == ("paused", "unpaid")
    behind.change_card(make_key())
    behind.resume()
    time.korean("2027-03-15")
    run()
    behind.refresh_from_db()
    assert (behind.status, str(behind.period_start), held()) == ("active", "2027-03-14", 20_000)


def test_another_card_pays_at_once_and_the_days_stay(behind, make_key, time, run, told, held):
    time.move(days=2)
    behind.change_card(make_key())
    assert run().actions == {"charged_paid": 1}
    behind.refresh_from_db()
    assert (behind.status, behind.reason, str(behind.next_payment_on)) == ("active", "", "2027-03-31")
    assert names(told)[-2:] == ["subscription_card_changed", "subscription_renewed"]
    assert told[-1][1]["was_behind"] is True
    assert held() == 20_000


def test_the_first_payment_declined_entitles_to_nothing_and_may_be_paid_with_another_card(
    make_subscription, make_key, held
):
    subscription = make_subscription(billing_key=make_key(card_number=LIMIT))
    subscription.start()
    assert subscription.pay() is False
    assert (subscription.status, subscription.is_entitled) == ("incomplete", False)
    subscription.change_card(make_key())
    assert subscription.pay() is True
    assert (subscription.status, held()) == ("active", 10_000)


def test_a_card_that_is_gone_is_a_decline(running, time, run, iamport_sandbox):
    iamport_sandbox.delete_key(running.billing_key.customer_uid)
    time.korean("2027-02-28")
    assert run().actions == {"begin": 1, "declined": 1}
    running.refresh_from_db()
    assert (running.status, running.reason) == ("past_due", "billing_key_gone")


def test_without_a_card_nothing_is_asked_of_the_gateway_but_what_time_it_is(
    running, time, run, iamport_sandbox
):
    running.billing_key.withdraw()
    Subscription.objects.update(billing_key=None)
    time.korean("2027-02-28")
    iamport_sandbox.reset_calls()
    run()
    running.refresh_from_db()
    assert (running.reason, iamport_sandbox.calls) == ("card_missing", ["POST /users/getToken"])


def test_where_no_card_was_chosen_the_default_one_is_charged(make_subscription, make_key, held):
    make_key().make_default()
    subscription = make_subscription(billing_key=None)
    subscription.start()
    assert (subscription.pay(), held()) == (True, 10_000)


def test_somebody_elses_card_is_refused(running, make_key, django_user_model):
    with pytest.raises(CardMissing):
        running.change_card(make_key(django_user_model.objects.create_user("lee")))
    with pytest.raises(CardMissing):
        running.change_card(type(running.billing_key)(user=running.user))


def test_money_that_comes_after_it_ended_goes_back(behind, time, run, iamport_sandbox, confirm, held):
    order = behind.renewals.get(number=1).order
    attempt = OrderTransaction.objects.create_new(order)
    imp_uid = iamport_sandbox.open(attempt)
    behind.cancel()
    assert behind.status == "ended"
    iamport_sandbox.approve(imp_uid)
    late = confirm(attempt, imp_uid)
    assert (late.status, late.reject_reason, held()) == ("cancelled", "order_closed", 10_000)


def test_a_period_that_was_given_up_keeps_no_money_whatever_its_order_accepts(
    behind, iamport_sandbox, confirm, held
):
    renewal = behind.renewals.get(number=1)
    attempt = OrderTransaction.objects.create_new(renewal.order)
    imp_uid = iamport_sandbox.pay(attempt)
    behind.renewals.filter(pk=renewal.pk).update(status="unpaid")
    late = confirm(attempt, imp_uid)
    assert (late.status, late.reject_reason, held()) == ("cancelled", "period_over", 10_000)
