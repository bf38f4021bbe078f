"""Every wait and every body has an end: drips, endless answers, bombs, monstrous numbers, deep nests."""

from __future__ import annotations

import gzip
import itertools
import json
import socket
import threading
import time
import tracemalloc
import zlib
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from django_iamport.client import (
    ConnectionFailed,
    GatewayTimeout,
    OutcomeUnknown,
    RateLimited,
    UnexpectedAnswer,
    new_session,
    time_limit,
)
from django_iamport.client.http import body, deadline
from django_iamport.client.http.connections import _Response
from django_iamport.client.http.fork import ForkGuard
from tests.client.http.calls import HTML

SHORT = 0.5
# Far beyond any of the limits here, and far below a wait without an end.
SOON = 15


@pytest.fixture
def in_time(monkeypatch):
    """A call ends after half a second."""
    monkeypatch.setattr(deadline, "LONGEST", SHORT)
    monkeypatch.setattr(deadline, "LEAST_SECONDS", 0.05)


@pytest.fixture(params=["session of ours", "session of the caller's"])
def patient(request, make_client):
    """A client that waits for each byte as long as a call may take."""
    session = new_session() if request.param == "session of ours" else requests.Session()
    client = make_client(session=session, timeout=(0.2, 0.3))
    client.get_token()
    return client


def drips(*parts):
    """What is sent piece by piece, the last one again and again, until the client hangs up."""

    def answer(handler):
        handler.close_connection = True
        try:
            for part in itertools.chain(parts, itertools.repeat(parts[-1])):
                handler.wfile.write(part)
                handler.wfile.flush()
                time.sleep(0.02)
        except OSError:
            handler.server.hung_up.set()

    return answer


OK = b"HTTP/1.1 200 OK\r\n"
DRIPS = {
    "the first line": drips(b"H", b"T"),
    "headers": drips(OK, *(f"X-{number}: x\r\n".encode() for number in range(90)), b"x"),
    "endless continue": drips(b"HTTP/1.1 100 Continue\r\n\r\n"),
    "the body": drips(OK + b"Content-Length: 100000\r\n\r\n", b" "),
    "a body without length": drips(OK + b"Connection: close\r\n\r\n", b" "),
    "a body in chunks": drips(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    "the size of a chunk": drips(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"0"),
    "a compressed body": drips(
        OK + b"Content-Encoding: gzip\r\nContent-Length: 100000\r\n\r\n", gzip.compress(b"")
    ),
}


@pytest.fixture
def gateway(gateway):
    gateway.hung_up = threading.Event()
    return gateway


@pytest.mark.parametrize("what", DRIPS)
def test_a_gateway_that_drips_holds_nobody(patient, gateway, in_time, what):
    gateway.answers = [DRIPS[what]] * 2
    with pytest.raises(GatewayTimeout):
        patient.payments.find("imp_1")
    assert gateway.hung_up.wait(SOON)


@pytest.mark.parametrize("what", DRIPS)
def test_a_write_that_is_answered_by_drips_is_unknown(patient, gateway, in_time, what):
    gateway.answers = [DRIPS[what]]
    with pytest.raises(OutcomeUnknown) as caught:
        patient.payments.cancel("imp_1", amount=100, checksum=100)
    assert (caught.value.imp_uid, len(gateway.calls)) == ("imp_1", 1)


def test_a_token_that_drips_holds_nobody_either_and_nothing_is_sent(make_client, gateway, in_time):
    gateway.token_answers = [DRIPS["the body"]] * 2
    with pytest.raises((GatewayTimeout, ConnectionFailed)):
        make_client(timeout=(0.2, 0.3)).payments.cancel("imp_1", amount=100, checksum=100)
    assert gateway.calls == []


def test_who_waits_for_a_token_of_another_thread_waits_no_longer_than_a_call(make_client, gateway, in_time):
    client = make_client(timeout=(0.2, 0.3))
    with client._tokens._lock, pytest.raises(ConnectionFailed):
        client.payments.find("imp_1")
    assert gateway.seen == []


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_host_whose_many_addresses_are_all_dead_holds_nobody(make_client, in_time, monkeypatch, scheme):
    """Each address gets its time to connect; no further one is tried once the call is over."""
    tried = []

    def silence(sock, address):
        tried.append(address)
        time.sleep(sock.gettimeout())
        raise TimeoutError

    dead = [(socket.AF_INET, socket.SOCK_STREAM, 0, "", ("192.0.2.1", 443))] * 40
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: dead)
    monkeypatch.setattr(socket.socket, "connect", silence)
    with pytest.raises(ConnectionFailed):
        make_client(base_url=f"{scheme}://gateway.example", timeout=(0.1, 0.3)).get_token()
    assert len(tried) < 20


def test_a_call_has_more_time_where_its_own_timeout_says_so(client, gateway, answers, in_time):
    def late(handler):
        time.sleep(2 * SHORT)
        answers.ok(answers.payment())(handler)

    gateway.answers = [late]
    assert client.payments.find("imp_1", timeout=SOON).imp_uid == "imp_1"


def test_a_limit_around_several_calls_ends_them_too(client, gateway, monkeypatch):
    monkeypatch.setattr(deadline, "LEAST_SECONDS", 0.05)
    client.get_token()
    gateway.answers = [DRIPS["the body"]] * 2
    with time_limit(SHORT):
        with pytest.raises(GatewayTimeout):
            client.payments.find("imp_1")
        with pytest.raises(ConnectionFailed):
            client.payments.find("imp_1")
    assert len(gateway.calls) == 1


def test_an_inner_limit_gives_no_more_time_than_the_outer_one(stopped_time):
    with time_limit(5), time_limit(50):
        assert deadline.left() == pytest.approx(5)


@pytest.mark.parametrize("asked", ["5", "19.5", "3600"])
def test_nobody_sleeps_beyond_the_limit_whatever_the_gateway_asks_for(
    client, gateway, answers, stopped_time, asked
):
    client.get_token()
    gateway.answers = [answers.says(429, HTML, Retry_After=asked.split(".")[0])] * 2
    with time_limit(5.5), pytest.raises(RateLimited):
        client.payments.find("imp_1")
    assert (stopped_time.slept, len(gateway.calls)) == ([], 1)


def test_the_little_that_was_left_of_one_call_is_not_all_that_the_next_one_has():
    ours, theirs = socket.socketpair()
    with ours, theirs, time_limit(SHORT):
        ours.settimeout(SOON)
        theirs.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        response = _Response(ours)
        response.begin()
        assert (response.status, ours.gettimeout()) == (200, SOON)
        response.close()


def envelope(size: int) -> bytes:
    return json.dumps({"code": 0, "response": {"padding": "x" * size}}).encode()


def endless(handler):
    handler.send_response(200)
    handler.send_header("Connection", "close")
    handler.end_headers()
    handler.close_connection = True
    try:
        while True:
            handler.wfile.write(b" " * 65_536)
    except OSError:
        handler.server.hung_up.set()


def bomb(zeros: int = 200_000_000) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    megabyte = bytes(1_000_000)
    return b"".join(packer.compress(megabyte) for _ in range(zeros // 1_000_000)) + packer.flush()


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(body, "MOST_BYTES", 100_000)


def too_large(answers):
    return {
        "endless": endless,
        "by its length": answers.says(200, envelope(100_001)),
        "compressed": answers.says(200, gzip.compress(envelope(100_001)), Content_Encoding="gzip"),
        "many members": answers.says(200, gzip.compress(bytes(1000)) * 200, Content_Encoding="gzip"),
    }


@pytest.mark.parametrize("which", ["endless", "by its length", "compressed", "many members"])
def test_an_answer_that_is_too_large_is_not_read_to_its_end(client, gateway, answers, small, which):
    client.get_token()
    gateway.answers = [too_large(answers)[which]]
    with pytest.raises(UnexpectedAnswer, match="too large"):
        client.payments.find("imp_1")
    assert len(gateway.calls) == 1
    gateway.answers = [too_large(answers)[which]]
    with pytest.raises(OutcomeUnknown) as caught:
        client.payments.cancel("imp_1", amount=100, checksum=100)
    assert (caught.value.status, caught.value.imp_uid) == (200, "imp_1")


def test_a_bomb_costs_no_more_memory_than_an_answer_may_have(client, gateway, answers):
    client.get_token()
    gateway.answers = [answers.says(200, bomb(), Content_Encoding="gzip")]
    tracemalloc.start()
    try:
        with pytest.raises(UnexpectedAnswer, match="too large"):
            client.payments.find("imp_1")
        assert tracemalloc.get_traced_memory()[1] < 4 * body.MOST_BYTES
    finally:
        tracemalloc.stop()


def test_a_compressed_answer_is_understood_whole_and_in_several_members(client, gateway, answers):
    whole = json.dumps({"code": 0, "message": None, "response": answers.payment()}).encode()
    halves = gzip.compress(whole[:50]) + gzip.compress(whole[50:])
    for packed in (gzip.compress(whole), halves):
        gateway.answers = [answers.says(200, packed, Content_Encoding="gzip")]
        assert client.payments.find("imp_1").imp_uid == "imp_1"
    assert gateway.seen[-1].headers["Accept-Encoding"] == "gzip"


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("gzip", gzip.compress(envelope(10))[:-5]),
        ("gzip", b""),
        ("gzip, gzip", gzip.compress(gzip.compress(envelope(10)))),
        ("deflate", zlib.compress(envelope(10))),
        ("br", b"x"),
    ],
    ids=["cut off", "empty", "twice", "deflate", "br"],
)
def test_what_is_compressed_badly_or_otherwise_than_asked_for_is_unexpected(
    client, gateway, answers, encoding, packed
):
    gateway.answers = [answers.says(200, packed, Content_Encoding=encoding)]
    with pytest.raises(UnexpectedAnswer):
        client.payments.find("imp_1")


def test_what_a_hook_of_the_callers_session_has_read_is_still_the_answer(make_client, gateway, answers):
    session, heard = requests.Session(), []
    session.hooks["response"].append(lambda response, **_: heard.append(response.content))
    client = make_client(session=session)
    gateway.answers = [answers.ok(answers.payment())]
    assert client.payments.find("imp_1").imp_uid == "imp_1"
    assert len(heard) == 2


@pytest.mark.parametrize(
    "number",
    ["1e1000000", "1e41", "1e-41", "0e1000000", "-1E+999999", "9" * 41, "0." + "1" * 41, "1e" + "9" * 30],
)
def test_a_monstrous_number_anywhere_is_no_answer(client, gateway, answers, number):
    payment = json.dumps(answers.payment())[:-1]
    said = f'{{"code": 0, "response": {payment}, "anything": {number}}}}}'.encode()
    gateway.answers = [answers.says(200, said)]
    with pytest.raises(UnexpectedAnswer):
        client.payments.find("imp_1")
    gateway.answers = [answers.says(200, said)]
    with pytest.raises(OutcomeUnknown):
        client.payments.cancel("imp_1", amount=100, checksum=100)


@pytest.mark.parametrize("shape", [("[", "]"), ('{"x":', "}")])
def test_what_is_nested_deeply_is_no_answer(client, gateway, answers, shape):
    payment = json.dumps(answers.payment())[:-1]
    for depth, is_fine in ((20, True), (40, False), (500, False)):
        nest = shape[0] * depth + "1" + shape[1] * depth
        gateway.answers = [
            answers.says(200, f'{{"code": 0, "response": {payment}, "anything": {nest}}}}}'.encode())
        ]
        if is_fine:
            assert client.payments.find("imp_1").imp_uid == "imp_1"
        else:
            with pytest.raises(UnexpectedAnswer):
                client.payments.find("imp_1")


def test_more_threads_than_usual_ask_at_once_and_nothing_is_warned_of(make_client, gateway, answers, caplog):
    client, threads = make_client(session=new_session()), 40
    client.get_token()
    meeting = threading.Barrier(threads)

    def all_at_once(handler):
        meeting.wait(SOON)
        answers.ok(answers.payment())(handler)

    gateway.answers = [all_at_once] * threads
    with caplog.at_level("WARNING"), ThreadPoolExecutor(threads) as pool:
        found = list(pool.map(client.payments.find, ["imp_1"] * threads))
    assert len(found) == threads
    assert [record.getMessage() for record in caplog.records] == []


def test_in_a_forked_child_nothing_is_used_before_it_was_made_anew():
    """Two threads of the child begin at once: the second one must not pass while the first one still works."""
    may_finish, begun, made = threading.Event(), threading.Event(), []

    def make_anew():
        if not begun.is_set():
            begun.set()
            assert may_finish.wait(SOON)
        made.append(threading.get_ident())

    guard = ForkGuard(make_anew)
    guard._pid = -1
    first = threading.Thread(target=guard.check)
    first.start()
    assert begun.wait(SOON)
    guard.check()
    assert made == [threading.get_ident()]
    may_finish.set()
    first.join()
    guard.check()
    assert len(made) == 2
