"""Floods of notices: ours are asked about in the end, foreign ones share a small budget, nothing is remembered
of a number that the gateway doesn't know."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from requests import ReadTimeout
from requests.adapters import HTTPAdapter

from django_iamport.client.http import token
from django_iamport.exceptions import PaymentUnknown, TooManyNotices
from django_iamport.gateway import budgets, connection, lookups
from django_iamport.ledger import backlog
from django_iamport.webhooks import intake, throttle
from tests.shop.models import OrderTransaction, TicketTransaction


@pytest.fixture
def attempt(attempt, iamport_sandbox):
    iamport_sandbox.reset_calls()
    return attempt


def stored():
    return OrderTransaction.objects.get()


def hear(attempt, imp_uid):
    """What the gateway is answered: 200 or 503."""
    body = {"imp_uid": imp_uid, "merchant_uid": attempt.merchant_uid} if attempt else {"imp_uid": imp_uid}
    client = Client(raise_request_exception=False)
    return client.post(reverse("iamport:webhook"), body, "application/json").status_code


def flood(attempt, times=throttle.AT_ONCE):
    return [hear(attempt, f"imp_{number:012d}") for number in range(times)]


def sync():
    out = StringIO()
    call_command("iamport_sync", stdout=out)
    return out.getvalue().splitlines()


# Numbers of ours.


def test_one_attempt_is_asked_about_a_few_times_at_once_and_then_once_in_three_seconds(
    attempt, iamport_sandbox, clock
):
    imp_uid = iamport_sandbox.pay(attempt)
    assert [hear(attempt, imp_uid) for _ in range(20)] == [200] * 5 + [503] * 15
    assert len(iamport_sandbox.calls) == 5
    iamport_sandbox.reset_calls()
    clock(seconds=3)
    assert [hear(attempt, imp_uid) for _ in range(20)] == [200] + [503] * 19
    clock(seconds=60)
    assert [hear(attempt, imp_uid) for _ in range(20)].count(200) == 5


def test_another_attempt_is_not_held_up(attempt, iamport_sandbox, make_order, clock):
    flood(attempt, 20)
    other = OrderTransaction.objects.create_new(make_order())
    assert hear(other, iamport_sandbox.pay(other)) == 200
    other.refresh_from_db()
    assert other.status == "paid"


def test_the_real_notice_within_a_flood_is_posted_with_the_next_one_whoever_sends_it(
    attempt, iamport_sandbox, clock
):
    flood(attempt)
    assert hear(attempt, iamport_sandbox.pay(attempt)) == 503
    assert stored().backlog_code == "too_many_notices"
    clock(seconds=3)
    assert hear(attempt, "imp_guessed") == 503
    assert stored().status == "paid"


@pytest.mark.database
def test_the_real_notice_within_a_flood_is_first_in_line_at_the_next_sync(
    attempt, iamport_sandbox, make_order, clock
):
    waiting = OrderTransaction.objects.create_new(make_order())
    flood(waiting)
    hear(waiting, iamport_sandbox.pay(waiting))
    iamport_sandbox.reset_calls()
    assert sync() == ["paid: 1"]
    assert iamport_sandbox.calls[:2] == ["GET /payments", f"GET /payments/findAll/{waiting.merchant_uid}"]
    waiting.refresh_from_db()
    assert (waiting.status, waiting.backlog_since) == ("paid", None)


@pytest.mark.database
def test_a_second_payment_that_was_put_off_is_not_forgotten_for_news_of_the_first(
    attempt, iamport_sandbox, confirm, clock
):
    first = iamport_sandbox.pay(attempt)
    assert [hear(attempt, first) for _ in range(5)] == [200] * 5
    second = iamport_sandbox.pay(attempt, force=True)
    assert hear(attempt, second) == 503
    confirm(attempt, first)
    assert stored().backlog_code == "too_many_notices"
    sync()
    assert iamport_sandbox.payment(first)["cancel_amount"] == 0
    assert iamport_sandbox.payment(second)["cancel_amount"] == 50_000
    assert not OrderTransaction.objects.filter(backlog_since__isnull=False).exists()


@pytest.mark.database
def test_a_notice_that_comes_while_an_older_answer_is_stored_is_not_forgotten(
    attempt, iamport_sandbox, monkeypatch
):
    imp_uid = iamport_sandbox.open(attempt)
    look_up, failed = lookups.find, "gateway_timeout"

    def and_meanwhile_another_one_fails(imp_uid):
        answer = look_up(imp_uid)
        backlog.remember(OrderTransaction._base_manager.filter(pk=attempt.pk), failed)
        return answer

    monkeypatch.setattr(lookups, "find", and_meanwhile_another_one_fails)
    assert hear(attempt, imp_uid) == 200
    assert stored().backlog_code == failed


@pytest.mark.database
def test_a_put_off_notice_that_comes_while_all_payments_are_read_is_not_forgotten(
    attempt, iamport_sandbox, monkeypatch
):
    read_all = lookups.find_all

    def and_meanwhile_one_is_put_off(merchant_uid):
        answer = read_all(merchant_uid)
        flood(attempt, 6)
        return answer

    monkeypatch.setattr(lookups, "find_all", and_meanwhile_one_is_put_off)
    OrderTransaction.objects.get_transaction(attempt.merchant_uid)
    assert stored().backlog_code == "too_many_notices"


@pytest.mark.database
def test_a_process_that_dies_while_it_asks_has_stored_the_hint_before(attempt, iamport_sandbox, monkeypatch):
    def die(imp_uid):
        raise SystemExit

    imp_uid = iamport_sandbox.pay(attempt)
    with monkeypatch.context() as patched:
        patched.setattr(lookups, "find", die)
        with pytest.raises(SystemExit):
            intake.receive(attempt.merchant_uid, imp_uid)
    assert (stored().status, stored().backlog_code) == ("ready", "noticed")
    assert sync() == ["paid: 1"]
    assert stored().backlog_since is None


@pytest.mark.database
def test_a_notice_that_was_answered_leaves_nothing_behind(attempt, iamport_sandbox, make_order, confirm):
    hear(attempt, iamport_sandbox.open(attempt))
    assert stored().backlog_since is None
    other = OrderTransaction.objects.create_new(make_order())
    for another in (
        iamport_sandbox.pay(other),
        iamport_sandbox.pay(merchant_uid="othershop1", amount=50_000),
    ):
        hear(attempt, another)
        assert set(OrderTransaction.objects.values_list("backlog_code", flat=True)) == {""}


def test_nor_does_a_notice_of_a_second_account_of_what_is_paid(attempt, iamport_sandbox, confirm):
    confirm(attempt, iamport_sandbox.pay(attempt))
    assert hear(attempt, iamport_sandbox.issue_account(attempt, force=True)) == 200
    assert stored().backlog_since is None


def test_what_waits_for_a_person_is_not_forgotten_because_the_gateway_was_asked(
    attempt, iamport_sandbox, confirm
):
    imp_uid = iamport_sandbox.pay(attempt)
    confirm(attempt, imp_uid)
    iamport_sandbox.edit(imp_uid, status="failed")
    hear(attempt, imp_uid)
    assert stored().backlog_code == "taken_back"


# Payments that nobody knows, for a number of ours.


def guess(attempt, clock, times):
    """Name payments that don't exist, as fast as they are looked up."""
    answers = []
    for number in range(times):
        answers.append(hear(attempt, f"imp_{number:012d}"))
        clock(seconds=3)
    return answers


def test_unknown_payments_are_noted_once_in_the_history(attempt, clock):
    assert guess(attempt, clock, 30) == [503] * 30
    assert list(attempt.history.values_list("event", "source", "reason")) == [
        ("error", "webhook", "payment_unknown")
    ]


@pytest.mark.database
def test_unknown_and_known_ones_in_turns_are_noted_once_each(attempt, iamport_sandbox, confirm, clock):
    imp_uid = iamport_sandbox.pay(attempt)
    confirm(attempt, imp_uid)
    for number in range(9):
        clock(seconds=3)
        hear(attempt, f"imp_{number:012d}")
        clock(seconds=3)
        hear(attempt, imp_uid)
    assert [row.event for row in attempt.history] == ["paid", "error", "unchanged"]


@pytest.mark.database
def test_what_became_of_it_is_noted_and_after_that_a_repetition_once_more(
    attempt, iamport_sandbox, confirm, clock
):
    guess(attempt, clock, 3)
    imp_uid = iamport_sandbox.pay(attempt)
    confirm(attempt, imp_uid)
    guess(attempt, clock, 3)
    assert [row.event for row in attempt.history] == ["error", "paid", "error"]


def test_who_guesses_payments_makes_few_calls(attempt, iamport_sandbox, clock):
    guess(attempt, clock, 10)
    assert len(iamport_sandbox.calls) == 20
    iamport_sandbox.reset_calls()
    guess(attempt, clock, 100)
    assert set(iamport_sandbox.calls) == {f"GET /payments/findAll/{attempt.merchant_uid}"}
    assert len(iamport_sandbox.calls) == 5


def test_the_real_notice_among_guesses_is_posted_within_a_minute(attempt, iamport_sandbox, clock):
    guess(attempt, clock, 12)
    assert hear(attempt, iamport_sandbox.pay(attempt)) == 503
    assert stored().backlog_code == "too_many_notices"
    clock(seconds=60)
    assert hear(attempt, "imp_guessed") == 503
    assert stored().status == "paid"
    sync()
    assert stored().backlog_since is None


def test_the_real_notice_among_guesses_that_the_gateway_repeats_is_posted(attempt, iamport_sandbox, clock):
    guess(attempt, clock, 12)
    imp_uid = iamport_sandbox.pay(attempt)
    assert hear(attempt, imp_uid) == 503
    clock(seconds=60)
    assert hear(attempt, imp_uid) == 200
    assert stored().status == "paid"


def test_the_real_notice_among_guesses_is_first_in_line_at_the_next_sync(attempt, iamport_sandbox, clock):
    guess(attempt, clock, 12)
    hear(attempt, iamport_sandbox.pay(attempt))
    assert sync() == ["paid: 1"]
    assert stored().backlog_since is None


def test_a_payment_that_is_known_is_asked_about_among_guesses(attempt, iamport_sandbox, confirm, clock):
    imp_uid = iamport_sandbox.pay(attempt)
    confirm(attempt, imp_uid)
    guess(attempt, clock, 12)
    iamport_sandbox.cancel_in_console(imp_uid, 10_000)
    assert hear(attempt, imp_uid) == 200
    assert stored().cancel_amount == 10_000


def test_a_worker_of_the_queue_counts_what_it_finds_unknown(attempt):
    for number in range(10):
        with pytest.raises(PaymentUnknown):
            intake.process(attempt.merchant_uid, f"imp_{number:012d}")
    assert not throttle.book_lookup(attempt, "imp_guessed")


# Numbers that nobody here knows.


def test_foreign_numbers_share_one_small_budget(db, iamport_sandbox):
    answers = flood(None, 50)
    assert answers == [503] * 50
    assert len([call for call in iamport_sandbox.calls if call.startswith("GET /payments/")]) == 20


def test_a_flood_of_foreign_numbers_does_not_hold_up_ours(attempt, iamport_sandbox):
    flood(None, 50)
    imp_uid = iamport_sandbox.pay(attempt)
    assert hear(attempt, imp_uid) == 200
    assert stored().status == "paid"
    iamport_sandbox.cancel_in_console(imp_uid, 10_000)
    assert hear(None, imp_uid) == 200
    assert stored().cancel_amount == 10_000


def test_over_the_budget_another_delivery_is_asked_for_and_succeeds_later(attempt, iamport_sandbox, clock):
    imp_uid = iamport_sandbox.pay(attempt)
    flood(None, 50)
    with pytest.raises(TooManyNotices):
        intake.receive("", imp_uid)
    clock(seconds=61)
    assert intake.receive("", imp_uid) == "stored"


def test_a_number_that_was_guessed_before_it_was_real_is_asked_about_again(attempt, iamport_sandbox):
    imp_uid = iamport_sandbox.pay(attempt)
    iamport_sandbox.fail_next("payments.find", status=404, times=3)
    for _ in range(3):
        with pytest.raises(PaymentUnknown):
            intake.receive("", imp_uid)
    assert intake.receive("", imp_uid) == "stored"
    assert stored().status == "paid"


@pytest.mark.database
def test_the_payment_alone_finds_its_attempt_among_all_kinds(iamport_sandbox, shopper_of_tickets):
    imp_uid = iamport_sandbox.pay(shopper_of_tickets)
    assert intake.receive("", imp_uid) == "stored"
    assert TicketTransaction.objects.get().status == "paid"


@pytest.fixture
def shopper_of_tickets(db, iamport_sandbox):
    client = Client()
    client.post("/tickets/create_ajax/", {"checkout_key": "k" * 32}, "application/json")
    return TicketTransaction.objects.get()


class Broken:
    def __getattr__(self, name):
        raise ConnectionError


@pytest.mark.parametrize("fault", ["down", "counts_nothing"])
def test_where_the_cache_can_t_count_foreign_numbers_wait_and_ours_don_t(
    attempt, iamport_sandbox, settings, monkeypatch, fault
):
    if fault == "down":
        monkeypatch.setattr(budgets, "caches", {"default": Broken()})
    else:
        settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
    imp_uid = iamport_sandbox.pay(attempt)
    assert hear(None, imp_uid) == 503
    assert iamport_sandbox.calls == []
    assert hear(attempt, imp_uid) == 200
    assert stored().status == "paid"


# Time.


class Hanging(HTTPAdapter):
    """A gateway that takes every request and answers none: each is waited for as long as it may be."""

    def __init__(self, stopped_time):
        super().__init__()
        self.time = stopped_time

    def send(self, request, *args, timeout, **kwargs):
        self.time.now += sum(timeout)
        raise ReadTimeout


def test_the_gateway_is_answered_before_it_gives_up(attempt, stopped_time, monkeypatch):
    monkeypatch.setattr(connection.session(), "get_adapter", lambda url: Hanging(stopped_time))
    began = stopped_time.now
    assert hear(attempt, "imp_1") == 503
    assert 0 < stopped_time.now - began <= intake.ANSWER_SECONDS
    assert stored().backlog_code == "gateway_timeout"


def test_the_time_that_an_answer_may_take_is_less_than_the_gateway_waits():
    gateway_waits = 30
    assert gateway_waits > intake.ANSWER_SECONDS + token.OTHERS_WAIT


def test_where_no_time_is_left_nothing_is_sent(attempt, iamport_sandbox, monkeypatch):
    monkeypatch.setattr(intake, "ANSWER_SECONDS", 0)
    assert hear(attempt, iamport_sandbox.pay(attempt)) == 503
    assert iamport_sandbox.calls == []
    assert stored().backlog_code == "gateway_unreachable"
    assert sync() == ["paid: 1"]
