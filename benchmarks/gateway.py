"""The sandbox's rules over HTTP, in memory, with a delay, counting: `python benchmarks/gateway.py --delay 20`.

Prints where it listens and its account. `POST /pay` pays what the body names, `GET /counts` answers how many
calls and connections there were. With `--tls FOLDER` it speaks HTTPS, as the real one does; its authority is kept
there.
"""

from __future__ import annotations

import argparse
import json
import ssl
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))


class Gateway:
    """One that runs, seen from the benchmark."""

    def __init__(self, told: dict[str, str]) -> None:
        self.url, self.told = told["IAMPORT_API_URL"], told
        trusted = ssl.create_default_context(cafile=told.get("REQUESTS_CA_BUNDLE"))
        # On this machine, whatever proxy leads away from it.
        self.opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=trusted)
        )

    def pay(self, merchant_uid: str, amount: int) -> str:
        """The customer pays; answers the `imp_uid`."""
        return str(self._ask("/pay", {"merchant_uid": merchant_uid, "amount": amount}))

    def counts(self) -> Counter[str]:
        """Calls by method and path, and `connections`, since it began."""
        return Counter(self._ask("/counts"))

    def _ask(self, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        with self.opener.open(f"{self.url}{path}", data, timeout=60) as answer:
            return json.load(answer)


@contextmanager
def gateway(*arguments: str) -> Iterator[Gateway]:
    """A process of its own for the length of the block."""
    command = [sys.executable, str(Path(__file__)), *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            yield Gateway(json.loads(process.stdout.readline()))
        finally:
            process.kill()


class Server(ThreadingHTTPServer):
    # Dozens may connect at the same moment.
    request_queue_size = 128


def serve(delay: float, folder: str | None = None) -> None:
    from django_iamport.sandbox.api import dispatch
    from django_iamport.sandbox.rules import Account, Merchant
    from django_iamport.sandbox.state.clock import Clock
    from django_iamport.sandbox.state.stores import MemoryStore
    from django_iamport.testing.buyer import Buyer

    account, buyer, counts = Account(MemoryStore(), Clock(), Merchant()), Buyer(), Counter[str]()
    buyer.account = account

    def pay(merchant_uid: str, amount: int) -> str:
        return buyer.pay(SimpleNamespace(merchant_uid=merchant_uid, amount=amount))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1
        is_counted = False

        def answer(self) -> None:
            url, body = urlsplit(self.path), self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if url.path in ("/pay", "/counts"):
                found = pay(**json.loads(body)) if url.path == "/pay" else counts
                self.say(200, "application/json", json.dumps(found).encode())
                return
            counts["connections"] += not self.is_counted
            counts[f"{self.command} {url.path.partition('/imp_')[0]}"] += 1
            self.is_counted = True
            time.sleep(delay)
            answer = dispatch(account, self.command, url.path, url.query, dict(self.headers.items()), body)
            self.say(answer.status, answer.content_type, answer.body)

        do_GET = do_POST = do_PUT = do_DELETE = answer  # noqa: N815

        def say(self, status: int, content_type: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            """Nobody reads it."""

    server = Server(("127.0.0.1", 0), Handler)
    merchant = account.merchant
    where = f"127.0.0.1:{server.server_port}"
    told = {
        "IAMPORT_API_URL": f"http://{where}",
        "IAMPORT_KEY": merchant.key,
        "IAMPORT_SECRET": merchant.secret,
    }
    if folder:
        from django_iamport.sandbox.tls.serving import secure

        authority = secure(server, Path(folder, "gateway"))
        told |= {"IAMPORT_API_URL": f"https://{where}", "REQUESTS_CA_BUNDLE": str(authority)}
    print(json.dumps(told), flush=True)
    server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--delay", type=float, default=0, metavar="MILLISECONDS")
    parser.add_argument("--tls", metavar="FOLDER")
    arguments = parser.parse_args()
    serve(arguments.delay / 1000, arguments.tls)
