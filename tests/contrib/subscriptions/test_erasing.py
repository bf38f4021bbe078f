"""`iamport_erase` reaches subscriptions: they end, charge nobody, and are nobody's."""

import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from tests.shop.models import Order, Subscription

from .conftest import LIMIT


@pytest.fixture
def erase(capsys):
    def run(**options):
        call_command("iamport_erase", json=True, **options)
        return json.loads(capsys.readouterr().out)["subscriptions"]

    return run


def test_a_customers_subscriptions_end_with_him_and_make_no_further_order(
    running, user, time, run, erase, held
):
    running.pause(by=user)
    running.resume(by=user)
    assert erase(user=str(user.pk)) == 1
    time.korean("2027-02-28")
    assert (run().due, Order.objects.count(), held()) == (0, 1, 10_000)
    running.refresh_from_db()
    assert (running.status, running.user, running.billing_key, running.reason) == (
        "ended",
        None,
        None,
        "erased",
    )
    assert f"customer:{user.pk}" not in str([*running.history.values()])


def test_the_order_of_whoever_is_behind_is_given_up(running, user, make_key, time, run, erase):
    running.change_card(make_key(card_number=LIMIT))
    time.korean("2027-02-28")
    run()
    erase(user=str(user.pk))
    assert Order.objects.latest("pk").status == "closed"
    assert "한도" not in str([*running.renewals.values(), *running.history.values()])


def test_one_whose_order_could_not_be_asked_about_goes_on_and_is_said(
    running, user, make_key, time, run, erase, iamport_sandbox
):
    running.change_card(make_key(card_number=LIMIT))
    time.korean("2027-02-28")
    run()
    iamport_sandbox.fail_next("every", times=20, disconnect=True)
    with pytest.raises(CommandError) as error:
        erase(user=str(user.pk))
    assert error.value.returncode == 3
    running.refresh_from_db()
    assert (running.status, running.user) == ("past_due", user)


def test_what_ended_years_ago_is_blanked_and_what_goes_on_stays(running, make_subscription, user, erase):
    ended = make_subscription()
    ended.start()
    ended.cancel(at_period_end=False, reason="Kim moved to Busan")
    Subscription.objects.filter(pk=ended.pk).update(ended_at=ended.ended_at - timedelta(days=6 * 366))
    assert erase(expired=True) == 1
    running.refresh_from_db()
    ended.refresh_from_db()
    assert (running.user, ended.user, ended.reason) == (user, None, "erased")
