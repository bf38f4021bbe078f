"""Many clients at once on a sandbox that runs alone: `python benchmarks/load.py --clients 32 --seconds 60`.

Each client, in a thread of its own, registers an amount, pays it in the window, looks the payment up, refunds a
part of it and looks again. Then the sandbox is ended and started again, and every payment is looked up. Prints how
many purchases and requests there were and how long a request took; ends with 1 where anything failed or was lost.
Traffic stays on this machine.
"""

import argparse
import json
import secrets
import statistics
import sys
import tempfile
import threading
import time
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.standalone import CARD, Standalone, standalone

AMOUNT, PART = 1_000, 400


class Customer(threading.Thread):
    """Buys until the time is over; keeps what it paid, how long each request took, and what went wrong."""

    def __init__(self, sandbox: Standalone, until: float) -> None:
        super().__init__()
        self.sandbox = sandbox
        self.until = until
        self.paid: list[str] = []
        self.took: list[float] = []
        self.problems: list[str] = []
        self.token = ""
        # The standard library's: what a client costs is taken from the same two cores.
        self.connection = HTTPConnection(urlsplit(sandbox.url).netloc, timeout=30)

    def run(self) -> None:
        account = {"imp_key": self.sandbox.told["key"], "imp_secret": self.sandbox.told["secret"]}
        try:
            self.token = self.api("POST", "/users/getToken", account)["access_token"]
            while time.monotonic() < self.until:
                self.buy()
        except (OSError, HTTPException, ValueError) as error:
            self.problems.append(repr(error))
        finally:
            self.connection.close()

    def buy(self) -> None:
        merchant_uid = secrets.token_hex(16)
        order = {"merchant_uid": merchant_uid, "amount": AMOUNT}
        self.api("POST", "/payments/prepare", order)
        window = {"merchant_code": self.sandbox.told["merchant"], "params": order, "device": "pc"}
        opened = json.loads(self.ask("POST", "/window/open", window))
        self.ask("POST", opened["url"], CARD, form=True)
        payment = self.api("GET", f"/payments/find/{merchant_uid}/paid")
        self.paid.append(payment["imp_uid"])
        refund = {"imp_uid": payment["imp_uid"], "amount": PART, "checksum": AMOUNT}
        self.api("POST", "/payments/cancel", refund)
        self.check(self.api("GET", f"/payments/{payment['imp_uid']}"))

    def check(self, payment: dict[str, Any]) -> None:
        if (payment["amount"], payment["cancel_amount"]) != (AMOUNT, PART):
            self.problems.append(
                f"{payment['imp_uid']} reads {payment['amount']}, {payment['cancel_amount']}"
            )

    def api(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        answer = json.loads(self.ask(method, f"/api{path}", body))
        if answer["code"]:
            raise ValueError(f"{method} {path}: {answer['message']}")
        response: dict[str, Any] = answer["response"]
        return response

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None, *, form: bool = False) -> bytes:
        headers = {"Authorization": self.token} if self.token else {}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded" if form else "application/json"
        sent = None if body is None else urlencode(body) if form else json.dumps(body)
        before = time.monotonic()
        self.connection.request(method, path, sent, headers)
        answer = self.connection.getresponse()
        read = answer.read()
        self.took.append(time.monotonic() - before)
        if answer.status != 200:
            raise ValueError(f"{method} {path}: {answer.status}")
        return read


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=32, choices=range(1, 129), metavar="1-128")
    parser.add_argument("--seconds", type=int, default=60, choices=range(1, 301), metavar="1-300")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        database = ("--db", str(Path(folder, "sandbox.sqlite3")))
        with standalone(*database) as sandbox:
            customers = buy(sandbox, arguments.clients, arguments.seconds)
            ended = sandbox.end()
        problems = [problem for customer in customers for problem in customer.problems]
        problems += ["it did not end cleanly"] if ended else []
        with standalone(*database) as sandbox:
            paid = {imp_uid for customer in customers for imp_uid in customer.paid}
            problems += [f"{imp_uid} was lost" for imp_uid in paid - held(sandbox, sorted(paid))]
    report(customers, arguments.seconds, problems)
    return 1 if problems else 0


def buy(sandbox: Standalone, clients: int, seconds: int) -> list[Customer]:
    until = time.monotonic() + seconds
    customers = [Customer(sandbox, until) for _ in range(clients)]
    for customer in customers:
        customer.start()
    for customer in customers:
        customer.join()
    return customers


def held(sandbox: Standalone, imp_uids: list[str]) -> set[str]:
    """Those whose payment is there, with its refund."""
    payments = sandbox.client().payments.find_many(imp_uids).found
    return {each.imp_uid for each in payments if (each.amount, each.cancel_amount) == (AMOUNT, PART)}


def report(customers: list[Customer], seconds: int, problems: list[str]) -> None:
    took = sorted(moment * 1000 for customer in customers for moment in customer.took)
    purchases = sum(len(customer.paid) for customer in customers)
    print(f"{len(customers)} clients, {seconds} seconds: {purchases} purchases, {len(took)} requests")
    print(f"{len(took) / seconds:.0f} requests a second; milliseconds a request: ", end="")
    print(f"median {statistics.median(took):.0f}, 99 of 100 below {took[int(len(took) * 0.99)]:.0f}")
    print(f"{len(problems)} errors or lost payments")
    for problem in problems[:10]:
        print(f"  {problem}")


if __name__ == "__main__":
    sys.exit(main())
