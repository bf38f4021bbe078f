"""The desk's overview says which subscriptions wait for whom, without that the core knows them."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.urls import path

from tests.admin.desk import OrderTransactionAdmin
from tests.contrib.subscriptions.desk import SubscriptionAdmin
from tests.shop.models import OrderTransaction, Subscription
from tests.urls import urlpatterns as of_the_shop

from .conftest import LIMIT

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.contrib.subscriptions.test_overview")]

site = admin.AdminSite()
site.register(OrderTransaction, OrderTransactionAdmin)
site.register(Subscription, SubscriptionAdmin)
urlpatterns = [path("desk/", site.urls), *of_the_shop]

OVERVIEW = "/desk/shop/ordertransaction/overview/"


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
