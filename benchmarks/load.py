"""Many clients at once on a sandbox that runs alone: `python benchmarks/load.py --clients 32 --seconds 60`.

Each client, in a thread of its own, registers an amount, pays it in the window, looks the payment up, refunds a
part of it and looks again. Then the sandbox is ended and started again, and every payment is looked up. Prints how
many purchases and requests there were and how long a request took; ends with 1 where anything failed or was lost.
Traffic stays on this machine.
"""

import argparse
import secrets
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import requests

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
        self.session = requests.Session()
        self.session.trust_env = False

    def run(self) -> None:
        account = {"imp_key": self.sandbox.told["key"], "imp_secret": self.sandbox.told["secret"]}
        try:
            token = self.api("POST", "/users/getToken", json=account)["access_token"]
            self.session.headers["Authorization"] = token
        except (requests.RequestException, ValueError) as error:
            self.problems.append(str(error))
            return
        while time.monotonic() < self.until:
            try:
                self.buy()
            except (requests.RequestException, ValueError) as error:
                self.problems.append(str(error))

    def buy(self) -> None:
        merchant_uid = secrets.token_hex(16)
        order = {"merchant_uid": merchant_uid, "amount": AMOUNT}
        self.api("POST", "/payments/prepare", json=order)
        window = {"merchant_code": self.sandbox.told["merchant"], "params": order, "device": "pc"}
        opened = self.ask("POST", f"{self.sandbox.url}/window/open", json=window).json()
        self.ask("POST", f"{self.sandbox.url}{opened['url']}", data=CARD)
        payment = self.api("GET", f"/payments/find/{merchant_uid}/paid")
        self.paid.append(payment["imp_uid"])
        self.api(
            "POST",
            "/payments/cancel",
            json={"imp_uid": payment["imp_uid"], "amount": PART, "checksum": AMOUNT},
        )
        self.check(self.api("GET", f"/payments/{payment['imp_uid']}"))

    def check(self, payment: dict[str, Any]) -> None:
        if (payment["amount"], payment["cancel_amount"]) != (AMOUNT, PART):
            self.problems.append(
                f"{payment['imp_uid']} reads {payment['amount']}, {payment['cancel_amount']}"
            )

    def api(self, method: str, path: str, **sent: Any) -> dict[str, Any]:
        answer = self.ask(method, f"{self.sandbox.api}{path}", **sent).json()
        if answer["code"]:
            raise ValueError(f"{method} {path}: {answer['message']}")
        response: dict[str, Any] = answer["response"]
        return response

    def ask(self, method: str, url: str, **sent: Any) -> requests.Response:
        before = time.monotonic()
        response = self.session.request(method, url, timeout=30, **sent)
        self.took.append(time.monotonic() - before)
        response.raise_for_status()
        return response


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
