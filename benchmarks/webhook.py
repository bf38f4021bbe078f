"""One notice with a thousand transactions stored and with a million: `python benchmarks/webhook.py`.

Makes the two shops that `desk.py` makes, begins an attempt in each in turns, pays it at the gateway in process,
and measures the webhook's view. Ends with 1 where it took more than 1.3 times as long, or more queries. Needs
PostgreSQL.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import desk, table

AT_MOST = 1.3


def measure(arguments: argparse.Namespace) -> Iterator[table.Row]:
    desk.configure("iamport_benchmark_webhook")
    counts = {desk.FEW: arguments.few, desk.MANY: arguments.many}
    from django.conf import settings

    # The desk's addresses; a webhook needs the shop's.
    settings.ROOT_URLCONF = "tests.urls"
    from django_iamport.testing import sandbox

    with desk.shops(counts, keep=False), sandbox() as iamport_sandbox:
        for alias in counts:
            receive(alias, iamport_sandbox)
        rounds = [
            (receive(desk.FEW, iamport_sandbox), receive(desk.MANY, iamport_sandbox))
            for _ in range(arguments.rounds)
        ]
    ratios = [many[0] / few[0] for few, many in rounds]
    queries = [max(side[1] for side in sides) for sides in zip(*rounds, strict=True)]
    words = [f"{count:,} stored" for count in counts.values()]
    told = f"{queries[0]}; {queries[1]} queries"
    yield table.Row(f"a webhook, {words[0]}", words[1], ratios, f"<= {AT_MOST}", told)
    if statistics.median(ratios) > AT_MOST or queries[0] < queries[1]:
        raise SystemExit(1)


def receive(alias: str, iamport_sandbox: Any) -> tuple[float, int]:
    """Have a new attempt paid; answers the seconds and the queries of its notice."""
    from django.db import connections
    from django.test import Client

    from tests.shop.models import Order, OrderTransaction

    desk.Shop.alias = alias
    attempt = OrderTransaction.objects.create_new(Order.objects.create(name="Tea", amount=1_000))
    body = {"merchant_uid": attempt.merchant_uid, "imp_uid": iamport_sandbox.pay(attempt), "status": "paid"}
    queries = 0

    def count(execute: Any, *args: Any) -> Any:
        nonlocal queries
        queries += 1
        return execute(*args)

    with connections[alias].execute_wrapper(count):
        began = time.perf_counter()
        answer = Client().post("/pay/webhook/", body, "application/json")
        took = time.perf_counter() - began
    attempt.refresh_from_db()
    if (answer.status_code, attempt.status) != (200, "paid"):
        raise SystemExit(f"{answer.status_code}: {answer.content!r}")
    return took, queries


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--few", type=int, default=1_000)
    parser.add_argument("--many", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=100)
    table.main(measure, parser)
