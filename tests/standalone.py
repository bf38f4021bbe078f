"""The sandbox as a process of its own, as somebody without a Django project runs it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn
from urllib.parse import urlsplit

import requests

from django_iamport.client import Client

_APIS: set[str] = set()
CARD = {"action": "pay", "pay_method": "card", "card_code": "366", "agree": "on"}


class Standalone:
    """A running `python -m django_iamport.sandbox`, and a browser that pays at it."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.told: dict[str, str] = {}
        assert process.stdout
        for line in process.stdout:
            if line.startswith("Ctrl-C"):
                break
            name, _, value = re.sub(r"\s{2,}", "\t", line.strip()).partition("\t")
            self.told[name] = value
        else:
            self._complain()
        self.url = self.told["console"].rstrip("/")
        self.browser = requests.Session()
        self.browser.trust_env = False
        _APIS.add(f"{self.api}/")

    @property
    def api(self) -> str:
        return self.told["REST API"]

    def client(self, **options: Any) -> Client:
        """The package's own client, with the account that was printed."""
        return Client(self.told["key"], self.told["secret"], base_url=self.api, **options)

    def ask(self, method: str, path: str, body: dict[str, Any]) -> Any:
        """Call any operation of the REST API; answers `response`."""
        headers = {"Authorization": self.client().get_token()}
        answer = self.browser.request(method, f"{self.api}{path}", json=body, headers=headers, timeout=60)
        answer.raise_for_status()
        return answer.json()["response"]

    def open_window(self, device: str = "pc", **params: Any) -> str:
        """Do what `IMP.request_pay` does; answers the window's address."""
        body = {"merchant_code": self.told["merchant"], "params": params, "device": device}
        answer = self.browser.post(f"{self.url}/window/open", json=body, timeout=60).json()
        return f"{self.url}{answer['url']}"

    def pay(self, merchant_uid: str, amount: int = 1_000, **chosen: str) -> str:
        """Pay in the window by card, unless told otherwise; answers the `imp_uid`."""
        window = self.open_window(merchant_uid=merchant_uid, amount=amount)
        self.browser.post(window, data={**CARD, **chosen}, timeout=60).raise_for_status()
        return window.split("/")[-2]

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Send the signal; answers the exit code."""
        self.process.send_signal(how)
        return self.process.wait(60)

    def _complain(self) -> NoReturn:
        assert self.process.stderr
        raise RuntimeError(self.process.stderr.read())


@contextmanager
def _interruptible() -> Iterator[None]:
    """A process that begins here ends at Ctrl-C.

    What a shell starts in the background ignores SIGINT, and so does all that it starts in turn.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def path_of_operation(url: str) -> str | None:
    """The path of an operation at the REST API of one that runs, None for any other address."""
    api = next((api for api in _APIS if url.startswith(api)), None)
    return None if api is None else urlsplit(url[len(api) - 1 :]).path


@contextmanager
def standalone(*arguments: str, **environment: str) -> Iterator[Standalone]:
    """Run it at a free port for the length of the block. Raises RuntimeError with what it said instead."""
    command = [sys.executable, "-m", "django_iamport.sandbox", "--port", "0", *arguments]
    with _interruptible():
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **environment},
        )
    with process:
        try:
            yield Standalone(process)
        finally:
            process.kill()
