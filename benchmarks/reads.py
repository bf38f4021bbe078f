"""Lookups of one payment, by several clients at once: `python benchmarks/reads.py --clients 16`.

Starts a sandbox, and reads `GET /payments/{imp_uid}` from it as fast as it answers, over connections that are
kept. With `--beside URL` another server that speaks Iamport's API (with `--key` and `--secret`) is read in turns
with it, so that both meet the same machine; prints how many a second each answered (the median of all rounds), how
long one took, and how the two compare.
"""

import argparse
import json
import selectors
import socket
import statistics
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import requests

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.standalone import standalone

HEAD_ENDS = b"\r\n\r\n"
ONETIME = {"amount": 1_000, "card_number": "4111-1111-1111-1111", "expiry": "2099-12", "birth": "880311"}


class Gateway:
    """A server, with a payment to look up."""

    def __init__(self, name: str, base: str, key: str, secret: str) -> None:
        self.name, self.base = name, base.rstrip("/")
        account = {"imp_key": key, "imp_secret": secret}
        token = self._post("/users/getToken", account)["access_token"]
        order = {**ONETIME, "merchant_uid": f"reads{time.time_ns()}", "name": "reads"}
        imp_uid = self._post("/subscribe/payments/onetime", order, Authorization=token)["imp_uid"]
        parts = urlsplit(self.base)
        self.address = (parts.hostname or "", parts.port or 80)
        self.request = (
            f"GET {parts.path}/payments/{imp_uid} HTTP/1.1\r\nHost: {parts.netloc}\r\nUser-Agent: reads\r\n"
            f"Accept: application/json\r\nAccept-Encoding: identity\r\nAuthorization: {token}\r\n\r\n"
        ).encode()
        self.rounds: list[Round] = []

    def _post(self, path: str, body: dict[str, Any], **headers: str) -> dict[str, Any]:
        answer = requests.post(f"{self.base}{path}", json=body, headers=headers, timeout=30)
        answer.raise_for_status()
        response: dict[str, Any] = answer.json()["response"]
        return response


class Round(NamedTuple):
    """`took` in milliseconds."""

    a_second: float
    took: list[float]


class Client:
    """One kept connection, which asks again as soon as it was answered."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self.socket = socket.create_connection(gateway.address, timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.ask()

    def ask(self) -> None:
        self.received = b""
        self.asked = time.perf_counter()
        self.socket.sendall(self.gateway.request)

    def is_answered(self) -> bool:
        """Read what has come. Raises ValueError for another answer than the payment."""
        piece = self.socket.recv(65536)
        self.received += piece
        head, end, body = self.received.partition(HEAD_ENDS)
        _, _, length = head.lower().partition(b"content-length:")
        if not piece or not head.startswith(b"HTTP/1.1 200 "[: len(head)]):
            raise ValueError(f"{self.gateway.name} answered {self.received[:200]!r}")
        if not end or len(body) < int(length.split(b"\r\n", 1)[0]):
            return False
        if json.loads(body)["code"]:
            raise ValueError(f"{self.gateway.name} refused: {body!r}")
        return True


def read(gateway: Gateway, clients: int, seconds: float) -> Round:
    with selectors.DefaultSelector() as selector:
        began = time.perf_counter()
        for client in [Client(gateway) for _ in range(clients)]:
            selector.register(client.socket, selectors.EVENT_READ, client)
        took = []
        while (now := time.perf_counter()) < began + seconds:
            for key, _ in selector.select(1):
                if key.data.is_answered():
                    took.append((time.perf_counter() - key.data.asked) * 1000)
                    key.data.ask()
        for key in list(selector.get_map().values()):
            key.data.socket.close()
        return Round(len(took) / (now - began), took)


def report(gateways: list[Gateway]) -> None:
    medians = []
    for gateway in gateways:
        medians.append(statistics.median(each.a_second for each in gateway.rounds))
        took = sorted(moment for each in gateway.rounds for moment in each.took)
        print(f"{gateway.name}: {medians[-1]:.0f} reads a second; milliseconds a read: ", end="")
        print(f"median {statistics.median(took):.1f}, 99 of 100 below {took[int(len(took) * 0.99)]:.1f}")
    if len(gateways) > 1:
        ours, theirs = gateways[0].rounds, gateways[1].rounds
        ratios = [one.a_second / other.a_second for one, other in zip(ours, theirs, strict=True)]
        print(f"{medians[0] / medians[1]:.2f} times as fast; by round: ", end="")
        print(", ".join(f"{ratio:.2f}" for ratio in ratios))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=16, choices=range(1, 129), metavar="1-128")
    parser.add_argument("--seconds", type=float, default=2, help="of each round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--beside", metavar="URL", help="the base address of another server's REST API")
    parser.add_argument("--key", default="test_imp_key")
    parser.add_argument("--secret", default="test_imp_secret")
    arguments = parser.parse_args()
    with standalone() as sandbox:
        gateways = [Gateway("sandbox", sandbox.api, sandbox.told["key"], sandbox.told["secret"])]
        if arguments.beside:
            gateways.append(Gateway("beside", arguments.beside, arguments.key, arguments.secret))
        for _ in range(arguments.rounds):
            for gateway in gateways:
                gateway.rounds.append(read(gateway, arguments.clients, arguments.seconds))
        report(gateways)


if __name__ == "__main__":
    main()
