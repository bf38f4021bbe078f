"""The customer's pages: his own subscriptions and nobody else's, and what he may ask of them."""

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse

from django_iamport.models import History
from tests.shop.models import Subscription

from .conftest import LIMIT


@pytest.fixture
def page(running):
    return reverse("iamport_subscriptions:subscription", args=[running.subscription_uid])


@pytest.fixture
def kim(client, user, time):
    client.force_login(user)
    return client


def ask(client, subscription, action, **data):
    url = reverse("iamport_subscriptions:change", args=[subscription.subscription_uid, action])
    response = client.post(url, data)
    subscription.refresh_from_db()
    return response


def test_the_page_shows_the_plan_the_next_payment_and_the_receipts(kim, page, running):
    shown = kim.get(page)
    text = shown.content.decode()
    assert "₩10,000 every month" in text
    assert "2027-02-28 · ₩10,000" in text
    assert "2027-01-31 – 2027-02-27" in text
    transaction = running.renewals.get().order.transactions.get()
    assert reverse("iamport:order_complete", args=[transaction.merchant_uid]) in text
    assert str(running.billing_key) in text
    assert shown.headers["Cache-Control"] == "no-store"


def test_the_page_and_the_list_cost_few_queries(kim, page, running, time, run, django_assert_max_num_queries):
    for day in ("2027-02-28", "2027-03-31", "2027-04-30"):
        time.korean(day)
        run()
    with django_assert_max_num_queries(8):
        kim.get(page)
    with django_assert_max_num_queries(4):
        listed = kim.get(reverse("iamport_subscriptions:subscriptions"))
    assert page in listed.content.decode()


def test_nobody_else_sees_it_or_may_ask_anything_of_it(client, page, running):
    list_page = reverse("iamport_subscriptions:subscriptions")
    for url in (page, list_page):
        assert reverse("iamport:order_create") not in client.get(url).headers["Location"]
        assert client.get(url).status_code == 302
    client.force_login(get_user_model().objects.create_user("lee"))
    assert client.get(page).status_code == 404
    assert page not in client.get(list_page).content.decode()
    for action in ("pause", "resume", "cancel", "keep", "pay", "card"):
        assert ask(client, running, action).status_code == 404
    assert (running.status, running.ends_at_period_end) == ("active", False)


@pytest.mark.parametrize("uid", ["x", "testunknown", "%00", "TEST"])
def test_a_number_that_there_is_not_is_not_found(kim, running, uid):
    assert kim.get(f"/subscriptions/{uid}/").status_code == 404


def test_what_is_not_a_form_of_the_page_is_refused(kim, running, page):
    assert kim.get(f"{page}pause/").status_code == 405
    for action in ("render", "get_hand", "dispatch", "delete"):
        assert ask(kim, running, action).status_code == 404


def test_another_sites_form_is_refused(running, user):
    from django.test import Client

    forger = Client(enforce_csrf_checks=True)
    forger.force_login(user)
    assert ask(forger, running, "cancel").status_code == 403
    assert running.ends_at_period_end is False


def test_pause_resume_cancel_and_keep(kim, running, page):
    for action, status, is_ending in (
        ("pause", "paused", False),
        ("resume", "active", False),
        ("cancel", "active", True),
        ("keep", "active", False),
    ):
        response = ask(kim, running, action)
        assert (response.status_code, response.headers["Location"]) == (302, page)
        assert (running.status, running.ends_at_period_end) == (status, is_ending)
        assert kim.get(page).status_code == 200
    assert History.objects.of(running.subscription_uid).last().by == f"customer:{running.user.pk}"


def test_paused_it_offers_to_end_with_the_period_as_long_as_days_are_paid_for(kim, running, page, time):
    ask(kim, running, "pause")
    text = kim.get(page).content.decode()
    assert "Cancel at the end of the period" in text
    assert "End the subscription now" not in text
    assert ask(kim, running, "cancel").status_code == 302
    text = kim.get(page).content.decode()
    assert "it ends on 2027-02-28" in text
    assert "/resume/" not in text
    ask(kim, running, "keep")
    time.korean("2027-03-10")
    assert "End the subscription now" in kim.get(page).content.decode()


def test_what_is_not_possible_says_so_and_changes_nothing(kim, running):
    response = ask(kim, running, "resume")
    assert (response.status_code, running.status) == (409, "active")
    assert "possible for your subscription" in response.content.decode()


def test_whoever_is_behind_reads_why_and_pays_with_another_card(
    kim, running, page, make_key, time, run, held
):
    running.change_card(make_key(card_number=LIMIT))
    time.korean("2027-02-28")
    run()
    text = kim.get(page).content.decode()
    assert "한도" in text
    assert "ends on 2027-03-14" in text
    assert f"/orders/{running.renewals.get(number=1).order_id}/" in text
    assert ask(kim, running, "pay").status_code == 302
    assert running.status == "past_due"
    other = make_key()
    assert ask(kim, running, "card", card=other.merchant_uid).status_code == 302
    assert (running.status, running.billing_key, held()) == ("active", other, 20_000)


def test_somebody_elses_card_is_not_found(kim, running, make_key):
    lees = make_key(get_user_model().objects.create_user("lee"))
    for card in (lees.merchant_uid, "", "x"):
        assert ask(kim, running, "card", card=card).status_code == 404
    assert running.billing_key != lees


def test_the_page_of_one_that_ended_offers_nothing(kim, running, page):
    running.cancel(at_period_end=False)
    text = kim.get(page).content.decode()
    assert "Cancelled." in text
    assert "<button" not in text


def test_one_that_has_not_begun_is_nobodys_business(kim, make_subscription):
    subscription = make_subscription()
    assert kim.get(f"/subscriptions/{subscription.subscription_uid}/").status_code == 404
    assert Subscription.objects.get().status == "new"


def test_in_korean(kim, page):
    text = kim.get(page, headers={"Accept-Language": "ko"}).content.decode()
    assert "매월" in text
    assert "다음 결제" in text
