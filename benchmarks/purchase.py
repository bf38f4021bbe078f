"""One purchase on the server, prepared and verified, here and elsewhere: `python benchmarks/purchase.py`.

All ask the same gateway, which waits 20 ms before each answer, in turns: one that speaks HTTP, and one that speaks
HTTPS, as the real one does. The others' packages are installed from the index into environments that are deleted
afterwards. Needs PostgreSQL (IAMPORT_TEST_DATABASE_HOST, … as the tests do) and the extra [tls].
"""

from __future__ import annotations

import argparse
import json
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import places, table
from benchmarks.gateway import Gateway, gateway

AMOUNT = 1_000
SETTINGS = "benchmarks.shop.settings"
PEERS = {"IamportRestClient": "iamport-rest-client==0.9.0", "DjangoIamport": "django-iamport==0.2.0"}


class Flow:
    """One of `flows.py`, in a process of its own."""

    def __init__(self, name: str, python: Path, env: dict[str, str], at: Gateway) -> None:
        self.gateway, self.took, self.counts = at, list[float](), ""
        self.processor, self.commits = list[float](), list[float]()
        command = [str(python), str(Path(__file__).with_name("flows.py")), name]
        self.process = subprocess.Popen(
            command, env={**env, **at.told}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def buy(self) -> None:
        """Prepare, let the customer pay, verify; remembers what it took and what it asked."""
        before = self.gateway.counts()
        prepared = self._ask(prepare=secrets.token_hex(10))
        merchant_uid = str(prepared["merchant_uid"])
        verified = self._ask(verify=[merchant_uid, self.gateway.pay(merchant_uid, AMOUNT)])
        calls = self.gateway.counts() - before
        connections = calls.pop("connections", 0)
        queries = int(prepared["queries"] + verified["queries"])
        for name in ("took", "processor", "commits"):
            getattr(self, name).append(prepared[name] + verified[name])
        self.counts = f"{calls.total()} calls, {connections} connections, {queries} queries"

    def forget(self) -> None:
        """What the first purchase took, which takes the token and imports."""
        for measured in (self.took, self.processor, self.commits):
            measured.clear()

    def _ask(self, **order: object) -> dict[str, float]:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        answer: dict[str, float] = json.loads(self.process.stdout.readline())
        return answer


def measure(arguments: argparse.Namespace) -> Iterator[table.Row]:
    with ExitStack() as stack:
        env = stack.enter_context(places.database("iamport_benchmark_purchase"))
        env["DJANGO_SETTINGS_MODULE"] = SETTINGS
        places.manage(env, "migrate", settings=SETTINGS)
        # The shop has no migrations, and a key of a user's, whose table is there now.
        places.manage(env, "migrate", "--run-syncdb", settings=SETTINGS)
        pythons = {name: Path(sys.executable) for name in ("OurClient", "Ours", "Tutorial", "StoredTutorial")}
        pythons |= {name: stack.enter_context(places.venv(package)) for name, package in PEERS.items()}
        yield from rows(bought(pythons, env, arguments), arguments.delay)
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        yield from rows(bought(pythons, env, arguments, "--tls", folder), arguments.delay, " over TLS")


def bought(
    pythons: dict[str, Path], env: dict[str, str], arguments: argparse.Namespace, *tls: str
) -> dict[str, Flow]:
    """The flows, each of which has bought in turns with the others, as often as `--rounds` says."""
    with ExitStack() as stack:
        at = stack.enter_context(gateway("--delay", str(arguments.delay), *tls))
        alone = {**env, "PYTHONPATH": ""}
        flows = {
            name: Flow(name, python, alone if name in PEERS else env, at) for name, python in pythons.items()
        }
        for flow in flows.values():
            stack.callback(flow.process.kill)
            flow.buy()
            flow.forget()
        for _ in range(arguments.rounds):
            for flow in flows.values():
                flow.buy()
        return flows


def rows(flows: dict[str, Flow], delay: float, how: str = "") -> Iterator[table.Row]:
    for ours, beside, words, target in (
        ("Ours", "StoredTutorial", "the tutorial, all stored", "1.9"),
        ("OurClient", "Tutorial", "the tutorial, nothing stored", ""),
        ("OurClient", "IamportRestClient", PEERS["IamportRestClient"], ""),
        ("OurClient", "DjangoIamport", PEERS["DjangoIamport"], ""),
        ("OurClient", "Ours", "the same, all stored", ""),
    ):
        one, other = flows[ours], flows[beside]
        what = f"purchase{how}, {'all' if ours == 'Ours' else 'nothing'} stored"
        ratios = [second / first for first, second in zip(one.took, other.took, strict=True)]
        # What else runs on the machine only adds: the quickest rounds say most about the code.
        least = min(other.took) / min(one.took)
        told = f"{one.counts}; {other.counts}; quickest rounds {least:.2f}"
        yield table.Row(what, words, ratios, target, told)
    for name, words in (("Ours", "all stored"), ("StoredTutorial", "the tutorial, all stored")):
        yield from parts(flows[name], f"purchase{how}, {words}", delay)


def parts(flow: Flow, words: str, delay: float) -> Iterator[table.Row]:
    """What of the time went where; the tutorial's commits are part of its statements, and not seen."""
    calls = int(flow.counts.split()[0])
    of_it = {"the gateway's delay": [calls * delay / 1000] * len(flow.took), "processor": flow.processor}
    if any(flow.commits):
        of_it["commits"] = flow.commits
    for part, spent in of_it.items():
        shares = [some / whole for some, whole in zip(spent, flow.took, strict=True)]
        told = f"{min(spent) * 1000:.1f} of {min(flow.took) * 1000:.1f} ms at the least"
        yield table.Row(words, f"of it: {part}", shares, counts=told)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--delay", type=float, default=20, metavar="MILLISECONDS")
    table.main(measure, parser)
