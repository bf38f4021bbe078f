"""A fault at each kind of call: which error it is, and how often the gateway was asked."""

from __future__ import annotations

import socket
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
import requests
from requests.adapters import HTTPAdapter

from django_iamport.client import (
    AuthenticationFailed,
    Conflict,
    ConnectionFailed,
    GatewayTimeout,
    NotFound,
    OutcomeUnknown,
    PermissionDenied,
    RateLimited,
    Refused,
    UnexpectedAnswer,
)
from django_iamport.client.http import retry

READS = {
    "find": lambda client: client.payments.find("imp_1"),
    "find_all": lambda client: client.payments.find_all("m1"),
    "prepare.read": lambda client: client.prepare.read("m1"),
}
WRITES = {
    "cancel": lambda client: client.payments.cancel("imp_1", amount=100, checksum=100),
    "void": lambda client: client.vbanks.void("imp_1"),
    "prepare.create": lambda client: client.prepare.create("m1", 100),
    "prepare.change": lambda client: client.prepare.change("m1", 100),
}
HTML = b"<html><h1>502 Bad Gateway</h1></html>"
NO_ENVELOPES = {
    "HTML": HTML,
    "nothing": b"",
    "half": b'{"code": 0, "respo',
    "an array": b"[]",
    "a text": b'"ok"',
    "null": b"null",
    "no code": b'{"response": {}}',
    "code a text": b'{"code": "0", "response": {}}',
    "code true": b'{"code": true, "response": {}}',
    "code null": b'{"code": null, "response": {}}',
    "code a fraction": b'{"code": 0.0, "response": {}}',
    "not UTF-8": b'{"code": 0, "response": "\xff\xfe"}',
    "NaN": b'{"code": 0, "response": {"amount": NaN}}',
    "Infinity": b'{"code": 0, "response": {"amount": -Infinity}}',
    "endless depth": b"[" * 100_000,
    "an endless number": b'{"code": 0, "response": ' + b"9" * 5000 + b"}",
    "an endless exponent": b'{"code": 0, "response": 1E+99999999999999999999}',
}
NO_RESPONSES = {
    "response missing": {"code": 0, "message": None},
    "response null": {"code": 0, "message": None, "response": None},
    "response empty": {"code": 0, "response": {}},
    "response a text": {"code": 0, "response": "ok"},
    "response true": {"code": 0, "response": True},
}
STATUSES = {
    401: AuthenticationFailed,
    403: PermissionDenied,
    409: Conflict,
    429: RateLimited,
}


@pytest.fixture(params=READS)
def read(request):
    return READS[request.param]


@pytest.fixture(params=WRITES)
def write(request):
    return WRITES[request.param]


def test_an_answer_that_is_no_envelope_is_unexpected(client, gateway, answers, read):
    for name, body in NO_ENVELOPES.items():
        gateway.answers = [answers.says(200, body)]
        with pytest.raises(UnexpectedAnswer):
            pytest.fail(f"{name}: {read(client)}")
    assert len(gateway.calls) == len(NO_ENVELOPES)


def test_an_envelope_without_its_content_is_unexpected(client, gateway, answers, read):
    for name, body in NO_RESPONSES.items():
        gateway.answers = [answers.says(200, body)]
        with pytest.raises(UnexpectedAnswer):
            pytest.fail(f"{name}: {read(client)}")


def test_nonsense_after_a_write_may_mean_done(client, gateway, answers, write):
    bodies = [*NO_ENVELOPES.values(), *NO_RESPONSES.values()]
    for body in bodies:
        gateway.answers = [answers.says(200, body)]
        with pytest.raises(OutcomeUnknown):
            write(client)
    assert len(gateway.calls) == len(bodies)


@pytest.mark.parametrize(("status", "attempts"), [(500, 1), (502, 2), (503, 2), (504, 2)])
def test_a_server_error_is_unexpected_for_a_read_and_unknown_for_a_write(
    client, gateway, answers, status, attempts
):
    for body in (HTML, {"code": -1, "message": "no", "response": None}):
        for calls, error in ((READS, UnexpectedAnswer), (WRITES, OutcomeUnknown)):
            for call in calls.values():
                gateway.answers = [answers.says(status, body)] * 2
                with pytest.raises(error) as caught:
                    call(client)
                assert (caught.value.status, caught.value.http_status) == (status, 503)
    # A read is repeated where it may be over in a moment, a write never.
    assert len(gateway.calls) == 2 * (attempts * len(READS) + len(WRITES))


@pytest.mark.parametrize(("status", "error"), STATUSES.items())
@pytest.mark.parametrize("body", [HTML, {"code": -1, "message": "no", "response": None}])
def test_a_status_that_says_it_all_is_its_own_error(client, gateway, answers, status, error, body):
    for call in (READS | WRITES).values():
        gateway.answers = [answers.says(status, body)] * 2
        with pytest.raises(error) as caught:
            call(client)
        assert caught.value.status == status


@pytest.mark.parametrize("status", [400, 405, 422])
def test_a_refusal_in_an_envelope_is_refused(client, gateway, answers, status):
    for call in (READS | WRITES).values():
        gateway.answers = [answers.refusal(status, -1, "왜")]
        with pytest.raises(Refused) as caught:
            call(client)
        assert (caught.value.status, caught.value.gateway_message) == (status, "왜")


@pytest.mark.parametrize("code", [-1, 2, 500])
def test_a_code_other_than_0_is_refused_in_spite_of_200(client, gateway, answers, code):
    for call in (READS["find"], READS["find_all"], *WRITES.values()):
        gateway.answers = [answers.refusal(200, code)]
        with pytest.raises(Refused) as caught:
            call(client)
        assert caught.value.gateway_code == code


def test_not_found_is_believed_from_the_gateway_only(client, gateway, answers):
    gateway.answers = [answers.refusal(404), answers.says(404, HTML), answers.says(404, HTML)]
    with pytest.raises(NotFound):
        client.payments.find("imp_1")
    with pytest.raises(UnexpectedAnswer):
        client.payments.find("imp_1")
    with pytest.raises(UnexpectedAnswer):
        client.payments.find_all("m1")


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(client, gateway, answers, status):
    elsewhere = answers.says(status, b"", Location=f"{gateway.url}/elsewhere")
    for calls, error in ((READS, UnexpectedAnswer), (WRITES, OutcomeUnknown)):
        for call in calls.values():
            gateway.answers = [elsewhere]
            with pytest.raises(error):
                call(client)
    assert not [call for call in gateway.calls if "elsewhere" in call]


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
    assert stopped_time.now - began <= retry.LONGEST


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


def test_a_port_where_nobody_listens_is_a_failed_connection_for_a_write_too(make_client, gateway):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        closed = f"http://127.0.0.1:{taken.getsockname()[1]}"
    client = make_client(base_url=closed)
    with pytest.raises(ConnectionFailed):
        client.get_token()
    client._tokens.get = lambda: "token"  # past the token, which is asked for first
    with pytest.raises(ConnectionFailed):
        client.payments.cancel("imp_1", amount=1, checksum=1)


@pytest.mark.parametrize("url", ["api.iamport.kr", "http://", "ftp://127.0.0.1", "http://host:port"])
def test_an_address_that_is_none_is_a_failed_connection(make_client, url):
    with pytest.raises(ConnectionFailed):
        make_client(base_url=url).get_token()


def test_an_answer_that_can_not_be_unpacked_is_unexpected(client, gateway, answers):
    gateway.answers = [answers.says(200, b"no gzip", Content_Encoding="gzip")] * 2
    with pytest.raises(UnexpectedAnswer):
        client.payments.find("imp_1")


@pytest.mark.parametrize(
    "change",
    [
        {"amount": "10500"},
        {"amount": True},
        {"amount": None},
        {"amount": [1]},
        {"cancel_amount": None},
        {"imp_uid": None},
        {"imp_uid": ""},
        {"imp_uid": 5},
        {"merchant_uid": None},
        {"status": None},
        {"status": 1},
        {"currency": None},
        {"sandbox": "false"},
        {"sandbox": 0},
        {"cancel_history": {}},
        {"cancel_history": [None]},
        {"cancel_history": [{"amount": "1"}]},
        {"promotion": "x"},
        {"promotion": {"id": "p"}},
        {"paid_at": "1700000000"},
        {"paid_at": True},
        {"paid_at": -1},
        {"paid_at": 10**18},
        {"customer_uid_usage": 1},
    ],
    ids=str,
)
def test_a_wrong_type_where_it_matters_is_unexpected(client, gateway, answers, change):
    gateway.answers = [answers.ok(answers.payment(**change))]
    with pytest.raises(UnexpectedAnswer) as caught:
        client.payments.find("imp_1")
    assert next(iter(change)) in str(caught.value)


def test_a_list_by_status_that_fails_tells_the_status_of_http(client, gateway, answers):
    gateway.answers = [answers.says(400, {"code": -1, "message": "no such page", "response": None})]
    with pytest.raises(Refused) as caught:
        client.payments.by_status_page("paid", page=9)
    assert caught.value.status == 400


def test_kcps_own_words_stand_beside_the_gateways(client, gateway, answers):
    body = {"code": 1, "message": "실패", "error": {"code": "C210", "message": "등록된 거래가 없습니다."}}
    gateway.answers = [answers.says(200, body)]
    with pytest.raises(Refused) as caught:
        client.kcpquick.release_fido("member", "channel")
    assert caught.value.gateway_message == "실패 C210 등록된 거래가 없습니다."


def test_an_operation_that_the_payment_company_lacks_is_refused(client, gateway, answers):
    gateway.answers = [answers.refusal(501, -1, "지원하지 않습니다")]
    with pytest.raises(Refused) as caught:
        client.receipts.cancel("imp_1")
    assert caught.value.status == 501
