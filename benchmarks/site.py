"""Browsers and webhooks at a shop under gunicorn and PostgreSQL: `python benchmarks/site.py --browsers 32`.

Each browser fills its cart, opens the order form, orders, pays, and has its payment verified while the gateway's
notice arrives; then a new one comes. gunicorn (2 workers) is installed from the index into an environment that is
deleted afterwards; the gateway waits 20 ms before each answer. Ends with an error where one was answered, where a
payment was not stored once, or where more than one token was asked for. The cache that the workers share is the
database's, or Redis at IAMPORT_BENCHMARK_REDIS.
"""

from __future__ import annotations

import argparse
import json
import re
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import requests

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import places, table
from benchmarks.gateway import Gateway, gateway

SETTINGS = "benchmarks.shop.served"
AMOUNT = 1_000
FEW = 4


class Browser(threading.Thread):
    """Buys until the time is over, each time as somebody new."""

    def __init__(self, url: str, at: Gateway, until: float) -> None:
        super().__init__()
        self.url, self.gateway, self.until = url, at, until
        self.paid: list[str] = []
        self.took: list[float] = []
        self.problem = ""

    def run(self) -> None:
        try:
            while time.monotonic() < self.until:
                self.buy()
        except (requests.RequestException, OSError, ValueError, KeyError) as error:
            self.problem = repr(error)

    def buy(self) -> None:
        with requests.Session() as session:
            session.trust_env = False
            self.ask(session, "GET", "/cart/?add=Tea,1000,1")
            page = self.ask(session, "GET", "/pay/order/create/").text
            key = re.findall(r'name="checkout_key" value="([^"]+)"', page)[0]
            session.headers["X-CSRFToken"] = session.cookies["csrftoken"]
            ordered = self.ask(
                session, "POST", "/pay/order/create_ajax/", {"checkout_key": key, "buyer_name": "Kim"}
            )
            merchant_uid = str(ordered.json()["checkout"]["merchant_uid"])
            told = {"merchant_uid": merchant_uid, "imp_uid": self.gateway.pay(merchant_uid, AMOUNT)}
            notice = threading.Thread(target=self.notice, args=(told,))
            notice.start()
            answer = self.ask(session, "POST", "/pay/order/validation/", told).json()
            notice.join()
            if answer["status"] != "paid":
                raise ValueError(f"{merchant_uid}: {answer}")
            self.ask(session, "GET", answer["next"])
            self.paid.append(merchant_uid)

    def notice(self, told: dict[str, str]) -> None:
        """What the gateway sends at the same time, with a connection of its own."""
        with requests.Session() as session:
            session.trust_env = False
            try:
                self.ask(session, "POST", "/pay/webhook/", {**told, "status": "paid"})
            except (requests.RequestException, ValueError) as error:
                self.problem = repr(error)

    def ask(self, session: requests.Session, method: str, path: str, body: Any = None) -> requests.Response:
        began = time.perf_counter()
        answer = session.request(method, f"{self.url}{path}", json=body, timeout=60)
        self.took.append(time.perf_counter() - began)
        if answer.status_code != 200:
            raise ValueError(f"{method} {path}: {answer.status_code} {answer.text[:200]}")
        return answer


class Round(NamedTuple):
    """Seconds a purchase, and of each request, sorted."""

    a_purchase: float
    took: list[float]
    paid: list[str]

    @property
    def slowest(self) -> float:
        return self.took[int(len(self.took) * 0.99)]


@contextmanager
def gunicorn(python: Path, env: dict[str, str], workers: int) -> Iterator[str]:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
    packages = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    env = {**env, "PYTHONPATH": f"{places.ROOT}:{packages}"}
    threads = ("--worker-class", "gthread", "--threads", "8")
    where = ("--bind", f"127.0.0.1:{port}", "--workers", str(workers), "--log-level", "error")
    command = [sys.executable, "-m", "gunicorn", "django.core.wsgi:get_wsgi_application()", *where, *threads]
    with subprocess.Popen(command, env=env) as process:
        url = f"http://127.0.0.1:{port}"
        try:
            for _ in range(300):
                with socket.socket() as knock:
                    if knock.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.1)
            yield url
        finally:
            process.terminate()


def browse(url: str, at: Gateway, browsers: int, seconds: float) -> Round:
    began = time.monotonic()
    crowd = [Browser(url, at, began + seconds) for _ in range(browsers)]
    for browser in crowd:
        browser.start()
    for browser in crowd:
        browser.join()
    problems = [browser.problem for browser in crowd if browser.problem]
    if problems:
        raise SystemExit("\n".join(problems))
    paid = [merchant_uid for browser in crowd for merchant_uid in browser.paid]
    took = sorted(each for browser in crowd for each in browser.took)
    return Round((time.monotonic() - began) / len(paid), took, paid)


def measure(arguments: argparse.Namespace) -> Iterator[table.Row]:
    with ExitStack() as stack:
        at = stack.enter_context(gateway("--delay", str(arguments.delay)))
        env = stack.enter_context(places.database("iamport_benchmark_site")) | at.told
        env["DJANGO_SETTINGS_MODULE"] = SETTINGS
        python = stack.enter_context(places.venv("gunicorn>=23"))
        places.manage(env, "migrate", settings=SETTINGS)
        places.manage(env, "migrate", "--run-syncdb", settings=SETTINGS)
        places.manage(env, "createcachetable", settings=SETTINGS)
        url = stack.enter_context(gunicorn(python, env, arguments.workers))
        browse(url, at, FEW, 2)
        rounds = [
            (browse(url, at, FEW, arguments.seconds), browse(url, at, arguments.browsers, arguments.seconds))
            for _ in range(arguments.rounds)
        ]
        tokens, calls = at.counts()["POST /users/getToken"], at.counts()
        check(env, [merchant_uid for pair in rounds for each in pair for merchant_uid in each.paid])
    if tokens != 1:
        raise SystemExit(f"{tokens} tokens")
    few, many = zip(*rounds, strict=True)
    purchases, words = sum(len(each.paid) for each in many), f"{arguments.browsers} browsers"
    counts = (
        f"no error, {tokens} token, {purchases} purchases, connections to the gateway: {calls['connections']}"
    )
    speed = statistics.median(1 / each.a_purchase for each in many)
    yield table.Row(
        f"{words}: purchases a second ({speed:.0f})",
        f"{FEW} browsers",
        [less.a_purchase / more.a_purchase for less, more in rounds],
        counts=counts,
    )
    yield table.Row(
        f"{words}: median of a request",
        f"99th percentile ({statistics.median(each.slowest for each in many) * 1000:.0f} ms)",
        [each.slowest / statistics.median(each.took) for each in many],
    )
    yield table.Row(
        f"{FEW} browsers: median of a request",
        f"99th percentile ({statistics.median(each.slowest for each in few) * 1000:.0f} ms)",
        [each.slowest / statistics.median(each.took) for each in few],
    )


def check(env: dict[str, str], paid: list[str]) -> None:
    """Raises SystemExit unless each of these payments is stored once, and no other."""
    script = (
        "from tests.shop.models import *; import json, sys; told = set(json.load(sys.stdin));"
        "rows = list(OrderTransaction.objects.filter(status='paid', order__status='paid'));"
        "found = [row.merchant_uid for row in rows];"
        "sys.exit(0 if told <= set(found) and len(found) == len({row.order_id for row in rows}) else 'lost')"
    )
    command = [sys.executable, "-c", f"import django; django.setup(); {script}"]
    if subprocess.run(command, env=env, input=json.dumps(paid), text=True, check=False).returncode:
        raise SystemExit("payments were lost")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--browsers", type=int, default=32, choices=range(1, 129), metavar="1-128")
    parser.add_argument("--seconds", type=float, default=10, help="of each round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--delay", type=float, default=20, metavar="MILLISECONDS")
    table.main(measure, parser)
