"""Lookups of one payment, by several clients at once: `python benchmarks/reads.py --clients 16`.

Starts a sandbox, and reads `GET /payments/{imp_uid}` from it as fast as it answers, over connections that are
kept. In turns with it a server on Express is read, which does nothing but keep the payment in memory
(`express.js`; Express is installed from npm's index into a folder that is deleted afterwards), or with
`--beside URL` any other that speaks Iamport's API, with `--key` and `--secret`. Compares how long a read took,
and the memory of both.
"""

from __future__ import annotations

import argparse
import json
import os
import selectors
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import requests

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import table
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


@contextmanager
def express() -> Iterator[tuple[str, int]]:
    """Yields its address and process."""
    with tempfile.TemporaryDirectory(prefix="iamport-benchmark-") as folder:
        install = [
            "npm",
            "install",
            "--prefix",
            folder,
            "--ignore-scripts",
            "--no-audit",
            "--silent",
            "express@4",
        ]
        subprocess.run(install, check=True, stdout=subprocess.DEVNULL)
        env = {**os.environ, "NODE_PATH": f"{folder}/node_modules", "NODE_ENV": "production"}
        command = ["node", str(Path(__file__).with_name("express.js"))]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env) as process:
            try:
                assert process.stdout
                yield f"http://127.0.0.1:{int(process.stdout.readline())}", process.pid
            finally:
                process.kill()


def memory(process: int) -> float:
    """In MiB, where Linux tells it."""
    status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def measure(arguments: argparse.Namespace) -> Iterator[table.Row]:
    with ExitStack() as stack:
        sandbox = stack.enter_context(standalone())
        ours = Gateway("sandbox", sandbox.api, sandbox.told["key"], sandbox.told["secret"])
        url, process = (arguments.beside, 0) if arguments.beside else stack.enter_context(express())
        beside = Gateway(arguments.beside or "Express", url, arguments.key, arguments.secret)
        for _ in range(arguments.rounds):
            for each in (ours, beside):
                each.rounds.append(read(each, arguments.clients, arguments.seconds))
        held = [memory(sandbox.process.pid), memory(process)] if process else []
    ratios = [one.a_second / other.a_second for one, other in zip(ours.rounds, beside.rounds, strict=True)]
    speeds = [statistics.median(each.a_second for each in server.rounds) for server in (ours, beside)]
    told = f"{speeds[0]:,.0f}; {speeds[1]:,.0f} a second"
    yield table.Row(f"a read, {arguments.clients} clients: sandbox", beside.name, ratios, counts=told)
    for server in (ours, beside):
        yield slowest(server, arguments.clients)
    if held:
        told = f"{held[0]:.0f}; {held[1]:.0f} MiB"
        yield table.Row("memory after the reads: sandbox", beside.name, [held[1] / held[0]], counts=told)


def slowest(server: Gateway, clients: int) -> table.Row:
    ratios = []
    for each in server.rounds:
        took = sorted(each.took)
        ratios.append(took[int(len(took) * 0.99)] / statistics.median(took))
    return table.Row(f"median of a read, {clients} clients: {server.name}", "99th percentile", ratios)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=16, choices=range(1, 129), metavar="1-128")
    parser.add_argument("--seconds", type=float, default=2, help="of each round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--beside", metavar="URL", help="the base address of another server's REST API")
    parser.add_argument("--key", default="test_imp_key")
    parser.add_argument("--secret", default="test_imp_secret")
    table.main(measure, parser)
