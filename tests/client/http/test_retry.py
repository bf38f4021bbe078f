"""What is repeated, how long after, and what never is."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
import requests
from requests.adapters import HTTPAdapter

from django_iamport.client import (
    ConnectionFailed,
    GatewayTimeout,
    OutcomeUnknown,
    RateLimited,
)
from django_iamport.client.http import deadline
from tests.client.http.calls import HTML, READS, WRITES


@pytest.mark.parametrize("fault", ["hangs_up", "breaks_off"])
def test_a_read_that_was_cut_is_repeated_once(client, gateway, answers, fault):
    gateway.answers = [getattr(answers, fault), answers.ok(answers.payment())]
    assert client.payments.find("imp_1").imp_uid == "imp_1"
    gateway.answers = [getattr(answers, fault)] * 2
    with pytest.raises(ConnectionFailed):
        client.payments.find("imp_1")
    assert len(gateway.calls) == 4


@pytest.mark.parametrize("fault", ["stays_silent", "stops_halfway"])
def test_a_read_that_is_not_answered_in_time_is_repeated_once(hasty, gateway, answers, fault):
    gateway.answers = [getattr(answers, fault), answers.ok(answers.payment())]
    assert hasty.payments.find("imp_1").imp_uid == "imp_1"
    gateway.answers = [getattr(answers, fault)] * 2
    with pytest.raises(GatewayTimeout):
        hasty.payments.find("imp_1")
    assert len(gateway.calls) == 4


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_read_is_repeated_after_the_time_that_the_gateway_asks_for(
    client, gateway, answers, status, stopped_time
):
    gateway.answers = [answers.says(status, HTML, Retry_After="1"), answers.ok(answers.payment())]
    assert client.payments.find("imp_1").imp_uid == "imp_1"
    assert stopped_time.slept == [1]


def test_the_time_to_wait_may_be_a_moment(client, gateway, answers):
    in_an_hour = format_datetime(datetime.now(timezone.utc) + timedelta(hours=1), usegmt=True)
    gateway.answers = [answers.says(429, HTML, Retry_After=in_an_hour)]
    with pytest.raises(RateLimited) as caught:
        client.payments.find("imp_1")
    assert 3500 < caught.value.retry_after <= 3600


@pytest.mark.parametrize("header", ["soon", "", "-1", "١", "Tue, 99 Nov"])
def test_an_unreadable_time_to_wait_is_no_time(client, gateway, answers, header):
    gateway.answers = [
        answers.says(503, HTML, Retry_After=header.encode().decode("latin-1")),
        answers.ok(answers.payment()),
    ]
    assert client.payments.find("imp_1").imp_uid == "imp_1"


def test_a_call_that_would_take_too_long_is_not_repeated(client, gateway, answers):
    gateway.answers = [answers.says(429, HTML, Retry_After="3600")]
    with pytest.raises(RateLimited) as caught:
        client.payments.find("imp_1")
    assert (caught.value.retry_after, len(gateway.calls)) == (3600, 1)


class TakesAllItMay(HTTPAdapter):
    """Each answer is waited for as long as it may take, and never comes."""

    def __init__(self, clock):
        super().__init__()
        self.clock, self.patience = clock, []

    def send(self, request, *args, timeout, **kwargs):
        self.patience.append(timeout[1])
        self.clock.now += timeout[1]
        raise requests.ReadTimeout


def test_repeated_attempts_end_within_the_time_of_the_call(make_client, stopped_time):
    session, gateway = requests.Session(), TakesAllItMay(stopped_time)
    client = make_client(session=session, timeout=(2, 15))
    client.get_token()
    session.mount("http://", gateway)
    began = stopped_time.now
    with pytest.raises(GatewayTimeout):
        client.payments.find("imp_1")
    assert gateway.patience == [15, pytest.approx(5, abs=0.01)]
    assert stopped_time.now - began <= deadline.LONGEST


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_write_is_not_repeated_whatever_the_answer_asks_for(client, gateway, answers, write, status):
    gateway.answers = [answers.says(status, HTML, Retry_After="0")]
    with pytest.raises((RateLimited, OutcomeUnknown)):
        write(client)
    assert len(gateway.calls) == 1


@pytest.mark.parametrize("fault", ["hangs_up", "breaks_off", "stays_silent", "stops_halfway"])
def test_a_write_that_was_cut_or_slow_is_unknown_and_never_repeated(hasty, gateway, answers, write, fault):
    gateway.answers = [getattr(answers, fault)]
    with pytest.raises(OutcomeUnknown) as caught:
        write(hasty)
    assert len(gateway.calls) == 1
    assert caught.value.status is None


class Unreachable(HTTPAdapter):
    """No connection for the next `failures` requests."""

    failures = 0

    def send(self, request, *args, **kwargs):
        if self.failures:
            self.failures -= 1
            raise requests.exceptions.ConnectTimeout("no route", request=request)
        return super().send(request, *args, **kwargs)


@pytest.mark.parametrize("call", READS | WRITES)
def test_what_never_left_is_repeated_once_and_then_surely_not_done(make_client, gateway, answers, call):
    session, adapter = requests.Session(), Unreachable()
    session.mount("http://", adapter)
    client = make_client(session=session)
    client.get_token()
    prepared = {"merchant_uid": "m1", "amount": 100, "currency": "KRW"}
    gateway.answers = [answers.ok([] if call == "find_all" else answers.payment(**prepared))]
    adapter.failures = 1
    (READS | WRITES)[call](client)
    assert len(gateway.calls) == 1
    adapter.failures = 2
    with pytest.raises(ConnectionFailed):
        (READS | WRITES)[call](client)
    assert (len(gateway.calls), adapter.failures) == (1, 0)


class Failing(HTTPAdapter):
    """Each request fails with the next of these errors."""

    def __init__(self, *errors):
        super().__init__()
        self.errors = list(errors)

    def send(self, request, *args, **kwargs):
        raise self.errors.pop(0)


@pytest.mark.parametrize(
    ("call", "errors", "raised"),
    [
        ("find", (requests.ReadTimeout(), requests.ConnectTimeout()), GatewayTimeout),
        ("cancel", (requests.ConnectTimeout(), requests.ReadTimeout()), OutcomeUnknown),
        ("cancel", (requests.ConnectTimeout(), requests.ConnectTimeout()), ConnectionFailed),
    ],
)
def test_of_two_failures_the_one_that_matters_is_raised(make_client, call, errors, raised):
    session = requests.Session()
    client = make_client(session=session)
    client.get_token()
    session.mount("http://", Failing(*errors))
    with pytest.raises(raised):
        (READS | WRITES)[call](client)
