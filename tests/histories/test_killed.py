"""A process is killed before and after each call of the gateway and each commit: what it left is set right."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection

from django_iamport import reconciliation
from django_iamport.sandbox.api import dispatch
from django_iamport.sandbox.rules import Account
from django_iamport.testing import Sandbox
from tests.histories.books import Books
from tests.histories.receivers import written_down
from tests.serving import serving
from tests.shop.models import Order, OrderTransaction

pytestmark = [
    pytest.mark.database,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor != "postgresql",
        reason="processes are killed on PostgreSQL: a database in memory dies with them",
    ),
]


class Gateway(ThreadingHTTPServer):
    """The account of the test's sandbox, for other processes."""

    daemon_threads = True

    def __init__(self, account: Account) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.account = account


class Handler(BaseHTTPRequestHandler):
    server: Gateway

    def answer(self) -> None:
        url, length = urlsplit(self.path), int(self.headers.get("Content-Length") or 0)
        headers = dict(self.headers.items())
        body = self.rfile.read(length)
        answer = dispatch(self.server.account, self.command, url.path, url.query, headers, body)
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    do_GET = do_POST = answer  # noqa: N815

    def log_message(self, *args: Any) -> None:
        """Nobody reads it."""


Kill = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def mortals(django_db_setup: None) -> Iterator[Kill]:
    """The process of which the others are born."""
    environment = {**os.environ, "IAMPORT_TEST_DATABASE_NAME": str(connection.settings_dict["NAME"])}
    with subprocess.Popen(
        [sys.executable, "-m", "tests.histories.mortal"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
        cwd=Path(__file__).parents[2],
    ) as process:
        orders, answers = process.stdin, process.stdout
        assert orders
        assert answers

        def order(**what: Any) -> dict[str, Any]:
            orders.write(json.dumps(what) + "\n")
            orders.flush()
            told: dict[str, Any] = json.loads(answers.readline())
            return told

        yield order
        orders.close()


@pytest.fixture
def kill(mortals: Kill, iamport_sandbox: Sandbox, transactional_db: None) -> Iterator[Kill]:
    """Let a process do something and be killed at its n-th point."""
    account = iamport_sandbox.account
    with serving(Gateway(account)) as gateway:
        address = f"http://127.0.0.1:{gateway.server_port}"
        yield partial(mortals, gateway=[address, account.merchant.key, account.merchant.secret])


@pytest.fixture
def books(iamport_sandbox: Sandbox) -> Iterator[Books]:
    with written_down():
        yield Books(iamport_sandbox, Counter())


def pay(sandbox: Sandbox, **how: Any) -> dict[str, str]:
    attempt = OrderTransaction.objects.create_new(Order.objects.create(name="Tea", amount=50_000))
    return {"merchant_uid": attempt.merchant_uid, "imp_uid": sandbox.pay(attempt, **how)}


def claim(paid: dict[str, str]) -> None:
    OrderTransaction.objects.confirm(**paid, source="browser")


def sync(payments: list[dict[str, str]]) -> None:
    report = reconciliation.sync(max_age=timedelta(days=30), say=lambda line: None)
    assert report.exit_code == 0, report.unfinished


def claim_each(payments: list[dict[str, str]]) -> None:
    for paid in payments:
        claim(paid)


LOOKUP, REFUND = "GET payments", "POST payments/cancel"
FORGED = {"amount": 100}


@pytest.mark.parametrize(
    ("done", "how", "then", "calls", "ends"),
    [
        ("confirm", {}, claim_each, {LOOKUP}, ("paid", 0)),
        ("webhook", {}, sync, {LOOKUP}, ("paid", 0)),
        ("webhook", FORGED, sync, {LOOKUP, REFUND}, ("cancelled", 100)),
        ("refund", {}, sync, {LOOKUP, REFUND}, ("paid", 20_000)),
    ],
    ids=["the page", "a notice", "a notice of what is rejected", "a refund"],
)
def test_what_a_killed_process_left_is_set_right(
    iamport_sandbox, kill, books, later, done, how, then, calls, ends
):
    """By one request for each, or by one sync for all."""
    payments, points = [], []
    while True:
        paid = pay(iamport_sandbox, **how)
        payments.append(paid)
        books.compare()
        if done == "refund":
            claim(paid)
            books.compare()
        told = kill(done=done, at=len(payments), **paid)
        books.compare()
        if told["ended"] == 0:
            break
        points.append(told["passed"][-1])
        assert (told["ended"], told["passed"][:-1]) == (-signal.SIGKILL, points[:-1])

    # A refund that may have been sent is believed undone after minutes.
    later(minutes=6)
    then(payments)
    books.compare()
    stored = {row.merchant_uid: (row.status, row.cancel_amount) for row in OrderTransaction.objects.all()}
    ended = dict(
        zip([*points, "not at all"], (stored[paid["merchant_uid"]] for paid in payments), strict=True)
    )
    asked_for = {("paid", 0)} if done == "refund" else set()
    assert {at: end for at, end in ended.items() if end not in {ends} | asked_for} == {}
    assert ended["not at all"] == ends
    books.are_equal([paid["imp_uid"] for paid in payments], set(), 0)
    around = {f"{moment} {call}" for moment in ("before", "after") for call in {*calls, "a commit"}}
    assert around <= set(points)
