"""`iamport_sync` over a gateway with many payments: `python benchmarks/sync.py --payments 100000` (or 1000000).

One payment in a hundred is news to the shop; the others agree. A tenth and all of them are compared, by one
process and by four at once. Ends with an error where a payment was not stored, or twice. Needs PostgreSQL.
"""

from __future__ import annotations

import argparse
import io
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import held, places, table
from tests.standalone import standalone

SETTINGS = "benchmarks.shop.served"
NEWS = 100
WORKERS = 4
LEFT = 3
TARGETS = {"memory": "<= 1.2", "calls": "<= 10", "queries": "<= 10", "processor": "", "took": ""}
UNITS = {"memory": "KiB", "processor": "seconds", "took": "seconds"}


def fill_shop(payments: str) -> None:
    """The shop's rows of them, in a process with its settings."""
    from tests.admin.crowd import insert
    from tests.shop.models import Order, OrderTransaction

    count, amount = int(payments), str(held.AMOUNT)
    is_known, then = f"i % {NEWS} <> 1", "now()"
    known = {"created": then, "modified": then}
    insert(Order, count, "default", id="i", name="'Tea'", amount=amount, **known,
           status=f"CASE WHEN {is_known} THEN 'paid' ELSE 'ready' END",
           paid_at=f"CASE WHEN {is_known} THEN {then} END")  # fmt: skip
    of_paid = {
        "imp_uid": held.IMP_UID, "paid_amount": amount, "paid_at": then, "verified_at": then,
        "looked_up_at": then, "paid_order_key": "i::text",
    }  # fmt: skip
    insert(OrderTransaction, count, "default", id="i", order_id="i", merchant_uid=held.MERCHANT_UID,
           gateway_merchant_uid=held.MERCHANT_UID, amount=amount, heard_at=then, **known,
           status=f"CASE WHEN {is_known} THEN 'paid' ELSE 'ready' END",
           paid_currency=f"CASE WHEN {is_known} THEN 'KRW' ELSE '' END",
           pay_method=f"CASE WHEN {is_known} THEN 'card' ELSE '' END",
           **{name: f"CASE WHEN {is_known} THEN {value} END" for name, value in of_paid.items()})  # fmt: skip


def run() -> None:
    """One worker, told to standard output."""
    import requests
    from django.core.management import CommandError, call_command
    from django.db import connection

    calls = queries = 0
    send = requests.Session.send

    def count_call(*args: Any, **named: Any) -> requests.Response:
        nonlocal calls
        calls += 1
        return send(*args, **named)

    def count_query(execute: Any, *args: Any) -> Any:
        nonlocal queries
        queries += 1
        return execute(*args)

    requests.Session.send = count_call  # type: ignore[method-assign]
    began, began_working = time.perf_counter(), time.process_time()
    with connection.execute_wrapper(count_query):
        try:
            call_command("iamport_sync", stdout=io.StringIO(), stderr=io.StringIO())
        except CommandError as error:
            # One of several reads the lists; to the others that is something left.
            if error.returncode != LEFT:
                raise
    took, processor = time.perf_counter() - began, time.process_time() - began_working
    # The most that this process ever had; what `resource` tells goes back to its parent.
    memory = int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])
    told = {"took": took, "processor": processor, "calls": calls, "queries": queries, "memory": memory}
    print(json.dumps(told))


def left() -> None:
    """Ends with an error where a payment was not stored, or more than once."""
    from tests.shop.models import Order, OrderTransaction

    rows, orders = OrderTransaction.objects.exclude(status="paid"), Order.objects.exclude(status="paid")
    if rows.exists() or orders.exists():
        raise SystemExit(f"{rows.count()} payments and {orders.count()} orders were left")


def at(env: dict[str, str], function: str, *arguments: str) -> subprocess.Popen[str]:
    script = f"import django; django.setup(); from benchmarks.sync import *; {function}(*{arguments!r})"
    return subprocess.Popen([sys.executable, "-c", script], env=env, stdout=subprocess.PIPE, text=True)


def done(process: subprocess.Popen[str]) -> str:
    said, _ = process.communicate()
    if process.returncode:
        raise SystemExit(f"a process ended with {process.returncode}")
    return said


class Shop:
    """A shop, and a gateway that holds so many payments for it."""

    def __init__(self, payments: int, stack: ExitStack) -> None:
        self.payments, self.results = payments, dict[int, list[dict[str, float]]]({1: [], WORKERS: []})
        file = Path(stack.enter_context(tempfile.TemporaryDirectory()), "sandbox.sqlite3")
        held.fill(file, payments)
        self.template = f"iamport_benchmark_held_{payments}"
        env = stack.enter_context(places.database(self.template)) | {"DJANGO_SETTINGS_MODULE": SETTINGS}
        places.manage(env, "migrate", settings=SETTINGS)
        places.manage(env, "migrate", "--run-syncdb", settings=SETTINGS)
        places.manage(env, "createcachetable", settings=SETTINGS)
        done(at(env, "fill_shop", str(payments)))
        told = stack.enter_context(standalone("--db", str(file))).told
        self.account = {
            "DJANGO_SETTINGS_MODULE": SETTINGS,
            "IAMPORT_KEY": told["key"],
            "IAMPORT_SECRET": told["secret"],
            "IAMPORT_API_URL": told["REST API"],
        }

    def sync(self, workers: int) -> None:
        """Once, from where the shop began; remembers the longest, the largest, and the sums of both counts."""
        with places.database("iamport_benchmark_sync", self.template) as env:
            processes = [at(env | self.account, "run") for _ in range(workers)]
            told = [json.loads(done(process)) for process in processes]
            done(at(env | self.account, "left"))
        largest = {name: max(each[name] for each in told) for name in ("took", "processor", "memory")}
        sums = {name: sum(each[name] for each in told) for name in ("calls", "queries")}
        print(f"{self.payments:,} payments, {workers}: {largest['took']:,.0f} seconds", file=sys.stderr)
        self.results[workers].append(largest | sums)


def measure(arguments: argparse.Namespace) -> Iterator[table.Row]:
    with ExitStack() as stack:
        shops = [Shop(count, stack) for count in (arguments.payments // 10, arguments.payments)]
        for _ in range(arguments.rounds):
            for workers in (1, WORKERS):
                for shop in shops:
                    shop.sync(workers)
    few, many = (shop.results for shop in shops)

    def ratios(name: str, one: list[dict[str, float]], other: list[dict[str, float]]) -> list[float]:
        return [second[name] / first[name] for first, second in zip(one, other, strict=True)]

    for workers in few:
        words = f"sync of {shops[0].payments:,}, {workers} worker{'s' * (workers > 1)}"
        for name, target in TARGETS.items():
            told = [f"{results[workers][0][name]:,.0f}" for results in (few, many)]
            counts = f"{'; '.join(told)} {UNITS.get(name, name)}"
            found = ratios(name, few[workers], many[workers])
            yield table.Row(f"{words}: {name}", f"{shops[1].payments:,}", found, target, counts)
    found = ratios("took", many[WORKERS], many[1])
    yield table.Row(f"sync of {shops[1].payments:,}, {WORKERS} workers: took", "1 worker", found)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--payments", type=int, default=100_000, help="a multiple of 10,000")
    parser.add_argument("--rounds", type=int, default=1)
    table.main(measure, parser)
