"""The desk: who is behind and why, and what whoever has the permission may do about it."""

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from tests.shop.models import Subscription

from .conftest import LIMIT

pytestmark = [
    pytest.mark.on_each_pair,
    pytest.mark.django_db,
    pytest.mark.urls("tests.contrib.subscriptions.desk"),
]

LIST = "/desk/shop/subscription/"
OVERVIEW = "/desk/shop/ordertransaction/overview/"


def hired(name, *permissions):
    staff = User.objects.create_user(name, is_staff=True)
    staff.user_permissions.set(
        Permission.objects.filter(codename__in=permissions, content_type__app_label="shop")
    )
    client = Client()
    client.force_login(staff)
    return client


@pytest.fixture
def manager(time):
    return hired("park", "manage_subscriptions")


def ask(client, subscription, page):
    response = client.post(f"{LIST}{subscription.pk}/{page}/", follow=True)
    subscription.refresh_from_db()
    return response


def test_the_list_shows_who_is_behind_and_why(manager, behind, django_assert_max_num_queries):
    with django_assert_max_num_queries(10):
        text = manager.get(f"{LIST}?status=past_due").content.decode()
    assert "payment overdue" in text
    assert "한도" in text
    assert "₩10,000 every month" in text


def test_the_page_shows_periods_history_and_the_day_of_giving_up(
    manager, behind, django_assert_max_num_queries
):
    with django_assert_max_num_queries(14):
        text = manager.get(f"{LIST}{behind.pk}/change/").content.decode()
    assert "Ends on 2027-03-14 unless paid" in text
    assert "card declined" in text
    assert "to be paid" in text


def test_the_buttons_do_what_they_say(manager, running):
    for page, status, is_ending in (
        ("pause", "paused", False),
        ("resume", "active", False),
        ("cancel", "active", True),
        ("keep", "active", False),
        ("end", "ended", False),
    ):
        assert ask(manager, running, page).status_code == 200
        assert (running.status, running.ends_at_period_end) == (status, is_ending)
    assert running.history.last().by.startswith("operator:")


def test_the_card_is_charged_by_hand(manager, behind, make_key, held):
    assert "The card was declined" in ask(manager, behind, "charge").content.decode()
    behind.change_card(make_key())
    assert "The card was charged." in ask(manager, behind, "charge").content.decode()
    assert (behind.status, held()) == ("active", 20_000)


def test_what_is_not_possible_says_so(manager, running):
    assert "possible for your subscription" in ask(manager, running, "resume").content.decode()


def test_before_it_ends_for_good_it_is_asked_once_more(manager, running):
    asked = manager.get(f"{LIST}{running.pk}/end/")
    assert "It ends at once and for good." in asked.content.decode()
    running.refresh_from_db()
    assert running.status == "active"


def test_whoever_may_only_look_changes_nothing(running):
    viewer = hired("choi", "view_subscription")
    text = viewer.get(f"{LIST}{running.pk}/change/").content.decode()
    assert "/pause/" not in text
    for page in ("pause", "resume", "charge", "cancel", "keep", "end"):
        assert ask(viewer, running, page).status_code == 403
    assert running.status == "active"


def test_nobody_else_sees_anything_and_nobody_adds_or_deletes(running, manager):
    stranger = hired("jang", "change_subscription")
    assert stranger.get(LIST).status_code == 403
    assert stranger.get(f"{LIST}{running.pk}/change/").status_code == 403
    for page in (f"{LIST}add/", f"{LIST}{running.pk}/delete/"):
        assert manager.get(page).status_code == 403


# The overview says which subscriptions wait for whom, without that the core knows them.


@pytest.fixture
def boss(client, time):
    client.force_login(User.objects.create_superuser("boss"))
    return client


def waits(client):
    answer = client.get(OVERVIEW)
    return {
        each.name: (each, url)
        for kind, found in answer.context["waits"]
        for each, url in found
        if kind.model is Subscription
    }, answer.content.decode()


def test_nothing_waits_where_everybody_has_paid(boss, running):
    assert waits(boss)[0] == {}


def test_who_is_behind_is_said_with_the_money_since_when_and_why(boss, running, make_key, time, run):
    running.change_card(make_key(card_number=LIMIT))
    time.korean("2027-02-28")
    run()
    found, text = waits(boss)
    each, url = found["behind"]
    assert (each.count, each.amounts, each.since, each.is_pressing) == (1, ["₩10,000"], time.now, False)
    assert [count for count, _reason in each.reasons] == [1]
    assert "한도" in text
    assert "Subscriptions" in text
    assert [*boss.get(url).context["cl"].result_list] == [running]


def test_whoever_is_paying_for_the_first_time_is_not_behind(boss, make_subscription, run):
    make_subscription(billing_key=None).start()
    assert waits(boss)[0] == {}


def test_a_clock_that_does_not_run_is_noticed(boss, running, time, settings):
    time.korean("2027-02-28", hour=11)
    each, url = waits(boss)[0]["overdue"]
    assert (each.count, each.is_pressing) == (1, True)
    assert [*boss.get(url).context["cl"].result_list] == [running]
    settings.IAMPORT_COPIED_PREFIXES = ("test",)
    assert waits(boss)[0] == {}


def test_a_charge_of_which_nobody_knows_is_said(boss, running, time, run, iamport_sandbox):
    iamport_sandbox.fail_next("subscribe.again", timeout=True)
    iamport_sandbox.fail_next("every", times=50, timeout=True)
    time.korean("2027-02-28")
    run()
    time.move(hours=2)
    each, url = waits(boss)[0]["unknown"]
    assert (each.count, each.amounts, each.is_pressing) == (1, ["₩10,000"], True)
    assert [*boss.get(url).context["cl"].result_list] == [running]
