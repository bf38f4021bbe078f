"""What an operation of the in-process gateway costs: `python benchmarks/in_process.py`.

Prints the median of milliseconds for each, the client's part included, in a gateway that holds 100 payments.
"""

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

from django.conf import settings

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from django_iamport.gateway import connection
from django_iamport.testing import sandbox

ROUNDS = 100


def measure(operation: Callable[[int], object]) -> float:
    took = []
    for number in range(ROUNDS):
        before = time.perf_counter()
        operation(number)
        took.append((time.perf_counter() - before) * 1000)
    return statistics.median(took)


def main() -> None:
    settings.configure()
    attempts = [SimpleNamespace(merchant_uid=f"m{n}", amount=1_000, currency="KRW") for n in range(ROUNDS)]
    paid: list[str] = []
    with sandbox() as iamport_sandbox:
        client = connection.client()
        client.get_token()
        for name, operation in {
            "pay": lambda n: paid.append(iamport_sandbox.pay(attempts[n])),
            "prepare": lambda n: client.prepare.create(f"p{n}", 1_000),
            "find": lambda n: client.payments.find(paid[n]),
            "find_all": lambda n: client.payments.find_all(f"m{n}"),
            "cancel": lambda n: client.payments.cancel(paid[n], amount=400, reason="benchmark"),
            "a new gateway": lambda n: open_and_close(),
        }.items():
            print(f"{name:<15}{measure(operation):6.2f} ms")


def open_and_close() -> None:
    with sandbox():
        pass


if __name__ == "__main__":
    main()
