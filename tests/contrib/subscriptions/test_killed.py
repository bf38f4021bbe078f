"""A worker dies at any point, or another one is at it, or an answer is lost: one charge a period."""

from contextlib import nullcontext

import pytest
from django.db import connection
from django.utils import timezone

from django_iamport.contrib.subscriptions.exceptions import RenewalUnderWay
from django_iamport.contrib.subscriptions.lifecycle import claims
from tests.histories.death import Death, Killed
from tests.shop.models import OrderTransaction

from .conftest import LIMIT
from .test_periods import periods

pytestmark = pytest.mark.django_db(transaction=True)

AGAIN = "subscribe.again"


def paid_orders():
    return OrderTransaction.objects.filter(status="paid").count()


def until_clean(run, time):
    for _ in range(10):
        time.move(minutes=20)
        if run().is_clean:
            return
    raise AssertionError("it never ends")


def points_to_die_at(passed):
    """Each on SQLite; a call that reads shows no more on a server, which undoes all writes of a commit alike."""
    numbered = enumerate(zip(passed, [*passed[1:], ""], strict=True), start=1)
    return [
        at
        for at, (point, following) in numbered
        if connection.vendor == "sqlite"
        or "after a commit" in (point, following)
        or "/subscribe/payments/again" in point
    ]


@pytest.mark.parametrize(
    "card", [pytest.param("good", marks=pytest.mark.database), pytest.param(LIMIT, marks=pytest.mark.once)]
)
def test_killed_at_any_point_it_goes_on_and_charges_once(
    make_subscription, make_key, time, run, held, iamport_sandbox, card
):
    key, death = make_key(), Death()
    declining = make_key(card_number=LIMIT) if card == LIMIT else None
    send = iamport_sandbox._adapter.send

    def send_between(request, *args, **kwargs):
        death.point(f"before {request.path_url}")
        response = send(request, *args, **kwargs)
        death.point(f"after {request.path_url}")
        return response

    iamport_sandbox._adapter.send = send_between

    def renew(at):
        """Until it is killed at that point, and then until all is right; answers the points that it passed."""
        subscription = make_subscription(billing_key=key)
        subscription.start()
        subscription.pay()
        if declining:
            subscription.change_card(declining)
        before, day = held(), subscription.period_end
        time.korean(str(day), hour=10)
        death.at = at
        with pytest.raises(Killed) if at else nullcontext(), death.watching():
            run()
        passed = death.passed
        until_clean(run, time)
        subscription.refresh_from_db()
        renewal = subscription.renewals.get(number=1)
        if declining:
            assert (renewal.status, renewal.declines, held() - before) == ("open", 1, 0), (at, passed[-1:])
            order = renewal.order
            subscription.cancel()
            assert order.transactions.filter(status="failed").count() == 1
        else:
            assert (subscription.status, renewal.status, held() - before) == ("active", "paid", 10_000), at
            assert renewal.order.transactions.count() == 1
            subscription.cancel(at_period_end=False)
        return passed

    whole = renew(None)
    assert len(whole) > 20
    killed = {renew(at)[-1] for at in points_to_die_at(whole)}
    assert {"after a commit", "before /subscribe/payments/again", "after /subscribe/payments/again"} <= killed


@pytest.mark.parametrize("fault", ["timeout", "disconnect", "html"])
@pytest.mark.parametrize("after", [True, False], ids=["charged", "not charged"])
def test_a_lost_answer_is_looked_up_and_not_charged_again(
    running, time, run, held, iamport_sandbox, fault, after
):
    iamport_sandbox.fail_next(AGAIN, **{fault: True}, after=after)
    time.korean("2027-02-28")
    run()
    until_clean(run, time)
    assert (periods(running)[1:], held(), paid_orders()) == ([("2027-02-28", "paid")], 20_000, 2)


def test_what_was_charged_and_looked_up_in_vain_is_found_later(running, time, run, held, iamport_sandbox):
    iamport_sandbox.fail_next(AGAIN, timeout=True, after=True)
    iamport_sandbox.fail_next("payments", times=4, disconnect=True)
    time.korean("2027-02-28")
    report = run()
    assert (report.exit_code, held()) == (3, 20_000)
    running.refresh_from_db()
    assert (running.status, running.claimed_until) == ("active", None)
    until_clean(run, time)
    assert (held(), paid_orders()) == (20_000, 2)


@pytest.mark.database
def test_a_second_worker_leaves_alone_what_the_first_has_in_hand(running, time, run, held, iamport_sandbox):
    reports = []
    iamport_sandbox.meanwhile(AGAIN, lambda: reports.append(run()))
    time.korean("2027-02-28")
    assert run().actions == {"begin": 1, "charged_paid": 1}
    assert [report.due for report in reports] == [0]
    assert held() == 20_000


@pytest.mark.database
def test_a_customer_who_presses_pay_meanwhile_is_asked_to_wait(running, time, run, held, iamport_sandbox):
    refused = []

    def press():
        with pytest.raises(RenewalUnderWay):
            type(running).objects.get().pay()
        refused.append(True)

    iamport_sandbox.meanwhile(AGAIN, press)
    time.korean("2027-02-28")
    run()
    assert (refused, held()) == ([True], 20_000)


@pytest.mark.database
def test_a_worker_whose_claim_was_lost_to_another_one_charges_nothing_twice(
    running, time, run, held, iamport_sandbox, monkeypatch
):
    monkeypatch.setattr(claims, "claim", lambda subscription, now: True)
    iamport_sandbox.meanwhile(AGAIN, run)
    time.korean("2027-02-28")
    run()
    until_clean(run, time)
    assert (held(), paid_orders()) == (20_000, 2)


@pytest.mark.database
def test_a_claim_ends_with_its_lease_and_one_of_a_clock_set_back_is_none(running, time):
    assert claims.claim(running, timezone.now())
    assert not claims.claim(running, timezone.now())
    time.move(minutes=6)
    assert claims.claim(running, timezone.now())
    time.set_back(days=1)
    assert claims.claim(running, timezone.now())


@pytest.mark.database
def test_cancelled_while_it_is_being_charged_the_money_goes_back(running, time, run, held, iamport_sandbox):
    def cancel():
        type(running).objects.get().cancel(at_period_end=False)

    iamport_sandbox.meanwhile(AGAIN, cancel)
    time.korean("2027-02-28")
    run()
    until_clean(run, time)
    running.refresh_from_db()
    assert running.status == "ended"
    assert held() in (10_000, 20_000)
    # Either it was paid before it was cancelled, or the money went back: never kept for a period that is over.
    assert held() == 10_000 * running.renewals.filter(status="paid").count()
