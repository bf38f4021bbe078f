"""`iamport_renew`: what it prints, how it ends, and what it leaves for the next run."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from django_iamport.contrib.subscriptions import clock, tasks
from django_iamport.contrib.subscriptions.management.commands import iamport_renew
from django_iamport.exceptions import InTransaction
from tests.shop.models import Order, Subscription


def command(**options):
    out, err = StringIO(), StringIO()
    code = 0
    try:
        call_command("iamport_renew", stdout=out, stderr=err, **options)
    except CommandError as error:
        code = error.returncode
    return code, out.getvalue(), err.getvalue()


def test_it_counts_what_it_did(running, time):
    time.korean("2027-02-28")
    assert command() == (0, "begin: 1\ncharged_paid: 1\n", "")
    assert command() == (0, "", "")


def test_a_dry_run_says_what_is_due_and_does_nothing(running, time, iamport_sandbox):
    time.korean("2027-02-28")
    iamport_sandbox.reset_calls()
    code, out, _err = command(dry_run=True, json=True)
    assert (code, json.loads(out)["actions"]) == (0, {"begin": 1})
    running.refresh_from_db()
    assert (running.next_number, running.claimed_until, iamport_sandbox.calls) == (1, None, [])


def test_what_the_gateway_did_not_answer_is_left_for_the_next_run(running, time, iamport_sandbox, held):
    time.korean("2027-02-28")
    iamport_sandbox.fail_next("every", times=20, disconnect=True)
    code, _out, err = command()
    assert (code, err.split()[0]) == (3, f"{running.subscription_uid}:")
    running.refresh_from_db()
    assert (running.status, running.claimed_until, held()) == ("active", None, 10_000)
    while code == 3:
        time.move(minutes=11)
        code = command()[0]
    assert (code, held()) == (0, 20_000)


def test_the_shops_own_trouble_with_one_keeps_no_other_from_being_charged(
    make_subscription, running, time, held, monkeypatch
):
    other = make_subscription(name="Broken")
    other.start(first_payment_on=running.period_end)
    make_order = Subscription.make_order

    def fail_for_one(self, renewal):
        if self.name == "Broken":
            raise ZeroDivisionError
        return make_order(self, renewal)

    monkeypatch.setattr(Subscription, "make_order", fail_for_one)
    time.korean("2027-02-28")
    code, out, err = command()
    assert (code, out) == (4, "begin: 1\ncharged_paid: 1\n")
    assert err == f"{other.subscription_uid}: receiver_failed\n"
    assert held() == 20_000
    assert Order.objects.filter(name="Broken").count() == 0


def test_asked_to_stop_it_finishes_the_one_in_hand(running, make_subscription, time, monkeypatch):
    make_subscription().start(first_payment_on=running.period_end)
    time.korean("2027-02-28")
    advance = clock.advance

    def then_stop(row):
        yield from advance(row)
        asked.stopped_by_signal = True

    asked = iamport_renew.Command(stdout=StringIO(), stderr=StringIO())
    monkeypatch.setattr(clock, "advance", then_stop)
    with pytest.raises(CommandError) as stopped:
        call_command(asked)
    assert stopped.value.returncode == 5
    monkeypatch.setattr(clock, "advance", advance)
    assert command()[:2] == (0, "begin: 1\ncharged_paid: 1\n")


def test_within_a_transaction_it_does_not_begin(running, time):
    with transaction.atomic(), pytest.raises(InTransaction):
        clock.renew()


def test_a_queue_may_run_it(running, time, held):
    time.korean("2027-02-28")
    assert tasks.renew_in_queue()["actions"] == {"begin": 1, "charged_paid": 1}
    assert held() == 20_000
