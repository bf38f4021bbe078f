"""The access token: one for many calls, renewed in time, shared, and asked for by one at a time."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from django_iamport.client import AuthenticationFailed, ConnectionFailed, GatewayTimeout, UnexpectedAnswer
from django_iamport.client.http import token
from django_iamport.client.http.retry import ATTEMPTS

# Seconds after which a test is given up; nothing takes them.
PATIENCE = 60


class SharedCache:
    """A cache as two processes see it. Life times are noted, not kept."""

    def __init__(self):
        self.rows = {}
        self.timeouts = {}

    def get(self, key):
        return self.rows.get(key)

    def set(self, key, value, timeout):
        self.rows[key], self.timeouts[key] = value, timeout

    def add(self, key, value, timeout):
        if key in self.rows:
            return False
        self.set(key, value, timeout)
        return True


class BrokenCache:
    def get(self, key):
        raise OSError("cache down")

    def set(self, key, value, timeout):
        raise OSError("cache down")

    def add(self, key, value, timeout):
        raise OSError("cache down")


class DroppingCache(SharedCache):
    """A cache whose driver hides that the server is away."""

    def set(self, key, value, timeout):
        return None

    def add(self, key, value, timeout):
        return False


@pytest.fixture
def pay(gateway, answers):
    """Looks a payment up, answers the token that went with it."""

    def look_up(client):
        gateway.answers.append(answers.ok(answers.payment()))
        client.payments.find("imp_1")
        return gateway.seen[-1].headers["Authorization"].removeprefix("Bearer ")

    return look_up


def test_the_token_is_asked_for_with_the_credentials_and_used_for_many_calls(client, gateway, pay):
    assert [pay(client), pay(client), client.get_token()] == ["token-1"] * 3
    assert gateway.token_calls == 1
    assert gateway.seen[0].body == {"imp_key": "key", "imp_secret": "secret"}
    assert "Authorization" not in gateway.seen[0].headers


def test_the_token_is_renewed_before_its_end_by_the_gateways_clock(client, gateway, answers, stopped_time):
    # The gateway's clock says 1970, and 46 seconds of life are one second of use.
    gateway.token_answers = [answers.says(200, answers.granted("short", life=46, now=1000))]
    assert [client.get_token(), client.get_token()] == ["short", "short"]
    stopped_time.now += 0.99
    assert client.get_token() == "short"
    stopped_time.now += 0.02
    assert client.get_token() == "token-1"
    assert gateway.token_calls == 2


@pytest.mark.parametrize("life", [45, 5, 0, -100])
def test_a_token_near_its_end_is_used_once_and_not_kept(make_client, gateway, answers, life):
    gateway.token_answers = [answers.says(200, answers.granted("dying", life=life))]
    cache = SharedCache()
    client = make_client(cache=cache)
    assert [client.get_token(), client.get_token()] == ["dying", "token-1"]
    assert "dying" not in str(cache.rows)


def test_a_refused_token_is_forgotten_and_the_call_repeated_once(client, gateway, answers):
    gateway.answers = [answers.refusal(401, -1, "Unauthorized"), answers.ok(answers.payment())]
    assert client.payments.cancel("imp_1", amount=1, checksum=1).imp_uid == "imp_1"
    tokens = [seen.headers["Authorization"] for seen in gateway.seen if "Authorization" in seen.headers]
    assert tokens == ["Bearer token-1", "Bearer token-2"]


def test_a_second_refusal_is_final(client, gateway, answers):
    gateway.answers = [answers.refusal(401)] * 2
    with pytest.raises(AuthenticationFailed):
        client.payments.find("imp_1")
    assert (len(gateway.calls), gateway.token_calls) == (2, 2)


def test_wrong_credentials_are_not_asked_with_twice(client, gateway, answers):
    gateway.token_answers = [answers.refusal(401)]
    with pytest.raises(AuthenticationFailed):
        client.payments.find("imp_1")
    assert len(gateway.seen) == 1


def test_only_the_refused_token_is_forgotten(client, gateway):
    client.get_token()
    client._tokens.forget("an older one")
    assert client.get_token() == "token-1"


def test_processes_share_one_token_through_the_cache(make_client, gateway, pay):
    cache = SharedCache()
    assert [pay(make_client(cache=cache)), pay(make_client(cache=cache))] == ["token-1"] * 2
    assert gateway.token_calls == 1
    [key] = [key for key, value in cache.rows.items() if "token-1" in str(value)]
    assert 1750 <= cache.timeouts[key] <= 1755


def test_a_refused_token_is_replaced_in_the_cache_and_the_next_process_takes_the_new_one(
    make_client, gateway, answers, pay
):
    cache = SharedCache()
    one, other = make_client(cache=cache), make_client(cache=cache)
    pay(one), pay(other)
    gateway.answers = [answers.refusal(401), answers.ok(answers.payment())]
    one.payments.find("imp_1")
    gateway.answers = [answers.refusal(401), answers.ok(answers.payment())]
    other.payments.find("imp_1")
    assert gateway.token_calls == 2
    assert one.get_token() == other.get_token() == "token-2"


def test_two_accounts_don_t_mix_in_one_cache(make_client, gateway, pay):
    cache = SharedCache()
    clients = [
        make_client(cache=cache),
        make_client("other key", cache=cache),
        make_client(secret="other secret", cache=cache),
        make_client(base_url=gateway.url.replace("127.0.0.1", "localhost"), cache=cache),
    ]
    assert len({pay(client) for client in clients}) == 4
    assert not [key for key in cache.rows if "key" in key or "secret" in key or "localhost" in key]


@pytest.mark.parametrize("cache", [BrokenCache(), DroppingCache()], ids=["raises", "drops"])
def test_a_cache_that_is_down_is_a_miss_and_costs_no_waiting(make_client, gateway, pay, cache, stopped_time):
    client = make_client(cache=cache)
    assert [pay(client), pay(client)] == ["token-1"] * 2
    assert stopped_time.slept == []
    assert gateway.token_calls == 1


@pytest.mark.parametrize(
    "garbage", ["token", ["t"], [5, 5], ["t", "x"], ["bad\ntoken", 9e9], {"a": 1}], ids=str
)
def test_garbage_in_the_cache_is_a_miss(make_client, gateway, garbage):
    cache = SharedCache()
    client = make_client(cache=cache)
    cache.rows[client._tokens._cache_key] = garbage
    assert client.get_token() == "token-1"


class WatchedCache(SharedCache):
    """Knows whether somebody has looked if another one is still asking."""

    def __init__(self):
        super().__init__()
        self.looked = threading.Event()

    def get(self, key):
        if super().get(key) == token.HELD:
            self.looked.set()
        return super().get(key)


def test_a_process_waits_for_another_one_that_is_asking(make_client, gateway, monkeypatch):
    monkeypatch.setattr(token, "OTHERS_WAIT", PATIENCE)
    cache = WatchedCache()
    asking, waiting = make_client(cache=cache), make_client(cache=cache)
    ask = asking._tokens._request
    entered = threading.Event()

    def slowly():
        entered.set()
        assert cache.looked.wait(PATIENCE)
        return ask()

    asking._tokens._request = slowly
    with ThreadPoolExecutor() as pool:
        first = pool.submit(asking.get_token)
        assert entered.wait(PATIENCE)
        assert pool.submit(waiting.get_token).result() == first.result() == "token-1"
    assert gateway.token_calls == 1


def test_threads_wait_for_the_one_that_asks(client, gateway):
    with ThreadPoolExecutor(16) as pool:
        tokens = {future.result() for future in [pool.submit(client.get_token) for _ in range(16)]}
    assert (tokens, gateway.token_calls) == ({"token-1"}, 1)


class Door:
    """A lock that counts who comes to it."""

    def __init__(self):
        self.lock, self.callers = threading.Lock(), threading.Semaphore(0)

    def __enter__(self):
        self.callers.release()
        self.lock.acquire()

    def __exit__(self, *_):
        self.lock.release()


def test_threads_share_a_failure_too_instead_of_adding_up_timeouts(hasty, gateway, answers):
    hasty._tokens.forget("token-1")
    hasty._tokens._lock = door = Door()
    ask = hasty._tokens._request

    def once_all_wait():
        for _ in range(8):
            assert door.callers.acquire(timeout=PATIENCE)
        return ask()

    hasty._tokens._request = once_all_wait
    gateway.forget_everything()
    gateway.token_answers = [answers.stays_silent] * 16
    with ThreadPoolExecutor(8) as pool:
        failures = [future.exception() for future in [pool.submit(hasty.get_token) for _ in range(8)]]
    assert {type(failure) for failure in failures} == {GatewayTimeout}
    assert gateway.token_calls == ATTEMPTS

    hasty._tokens._request, gateway.token_answers = ask, []
    assert hasty.get_token() == "token-1"


def test_a_failed_request_for_a_token_is_repeated_like_a_read(client, gateway, answers):
    gateway.token_answers = [answers.hangs_up]
    assert client.get_token() == "token-1"
    gateway.token_answers = [answers.hangs_up] * 2
    client._tokens.forget("token-1")
    with pytest.raises(ConnectionFailed):
        client.get_token()


def test_nonsense_for_a_token_is_unexpected(client, gateway, answers):
    for grant in (
        answers.granted(None),
        answers.granted(""),
        answers.granted(5),
        answers.granted("two words"),
        answers.granted("line\r\nX-Evil: 1"),
        answers.granted("토큰"),
        answers.granted(now="1700000000"),
        answers.granted(life=None),
        {"code": 0, "response": []},
    ):
        gateway.token_answers = [answers.says(200, grant)]
        with pytest.raises(UnexpectedAnswer):
            pytest.fail(f"{grant}: {client.get_token()}")
