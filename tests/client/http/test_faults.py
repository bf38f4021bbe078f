"""A fault at each kind of call: which error it is, and how often the gateway was asked."""

from __future__ import annotations

import socket

import pytest

from django_iamport.client import (
    AuthenticationFailed,
    Conflict,
    ConnectionFailed,
    NotFound,
    OutcomeUnknown,
    PermissionDenied,
    RateLimited,
    Refused,
    UnexpectedAnswer,
)
from tests.client.http.calls import HTML, READS, WRITES

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
