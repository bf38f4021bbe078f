"""The token across processes: one is asked for per lifetime, counted at the gateway, whatever shares it."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from urllib.parse import urlsplit

import pytest

pytestmark = pytest.mark.contract  # they take half a minute

PROCESSES, THREADS = 2, 8
REDIS = os.environ.get("IAMPORT_TEST_REDIS", "redis://127.0.0.1:6379/9")

# A worker as a shop runs it: Django's cache as django_iamport.gateway hands it to the client.
WORKER = """
import json, sys, time
from concurrent.futures import ThreadPoolExecutor
import django
from django.conf import settings
url, key, cache, database, last_token = json.loads(sys.argv[1])
settings.configure(
    CACHES={"default": cache},
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": database,
                           "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 20}}},
)
django.setup()
from django.core.management import call_command
if not last_token:
    call_command("createcachetable")
    sys.exit()
from django_iamport.client import Client
from django_iamport.gateway.connection import SharedCache
client = Client(key, "secret", base_url=url, cache=SharedCache("default"))
def work(_):
    while client.get_token() != last_token:
        time.sleep(0.05)
print("ready", flush=True)
sys.stdin.readline()
with ThreadPoolExecutor(%d) as pool:
    list(pool.map(work, range(%d)))
""" % (THREADS, THREADS)  # noqa: UP031 - the braces are Python's


def redis_answers() -> bool:
    address = urlsplit(REDIS)
    try:
        with socket.create_connection((address.hostname, address.port or 6379), timeout=1):
            return True
    except OSError:
        return False


@pytest.fixture(params=["redis", "database"])
def shared_cache(request):
    if request.param == "database":
        return {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cached"}
    pytest.importorskip("redis")
    if not redis_answers():
        pytest.skip("no Redis answers at the address in IAMPORT_TEST_REDIS (127.0.0.1:6379)")
    return {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS}


@pytest.fixture
def burst(gateway, shared_cache, tmp_path):
    """Has all threads of all processes ask from one moment on, until each has been handed that token."""
    # A key of its own, so that a Redis that is kept from run to run holds no token of it.
    key = f"key-{os.getpid()}-{time.monotonic_ns()}"
    environment = {**os.environ, "NO_PROXY": "127.0.0.1", "PYTHONPATH": os.pathsep.join(sys.path)}

    def start(last_token: str) -> subprocess.Popen[str]:
        arguments = [gateway.url, key, shared_cache, str(tmp_path / "cache.sqlite3"), last_token]
        command = [sys.executable, "-c", WORKER, json.dumps(arguments)]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, text=True)

    def run(last_token: str) -> None:
        with start("") as preparing:
            assert preparing.wait(60) == 0
        with contextlib.ExitStack() as stack:
            workers = [stack.enter_context(start(last_token)) for _ in range(PROCESSES)]
            for worker in workers:
                stack.callback(worker.kill)
            assert [worker.stdout.readline() for worker in workers] == ["ready\n"] * PROCESSES
            for worker in workers:
                worker.stdin.write("go\n")
                worker.stdin.flush()
            assert [worker.wait(60) for worker in workers] == [0] * PROCESSES

    return run


def slowly(answer):
    def late(handler):
        time.sleep(0.3)
        answer(handler)

    return late


def test_processes_and_threads_that_start_at_once_ask_once(gateway, answers, burst):
    gateway.token_answers = [slowly(answers.says(200, answers.granted("only")))] * (PROCESSES * THREADS)
    burst("only")
    assert gateway.token_calls == 1


def test_an_end_in_the_midst_of_a_burst_costs_one_more(gateway, answers, burst):
    # 47 seconds of life are two of use.
    gateway.token_answers = [answers.says(200, answers.granted("short", life=47))]
    gateway.token_answers += [slowly(answers.says(200, answers.granted("long")))] * (PROCESSES * THREADS)
    burst("long")
    assert gateway.token_calls == 2
