"""The example shop as a process of its own, a real Chromium, and a customer in front of it."""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.devices import PATIENCE, PHONE, WIDE
from tests.standalone import Standalone, standalone

# The pairs of Python and Django collect this folder as well, without Playwright.
if importlib.util.find_spec("playwright") is None:
    collect_ignore_glob = ["test_*.py", "*/test_*.py"]
elif TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

    from tests.browser.customer import Customer
    from tests.browser.other_shop import Buyer, OtherShop
    from tests.browser.trouble import Trouble

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60

# The same Chromium without the browser's windows, which are half of the work; Playwright's own choice as well.
SHELL = "chromium-headless-shell"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")

CHROMIUM_ARGUMENTS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup",
]


@dataclass
class Shop:
    """The example in a process of its own."""

    address: str
    log: Path

    def complaints_since(self, position: int) -> list[str]:
        """What the shop logged as an error since that position in its log."""
        said = self.log.read_text(encoding="utf-8", errors="replace")[position:]
        return [line for line in said.splitlines() if "Internal Server Error" in line or "Traceback" in line]


# Each process of pytest-xdist has a session of its own, and so a shop and a port.
@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("shop")
    with _free_port() as port:
        yield from _serve(folder, port)


@contextmanager
def _free_port() -> Iterator[int]:
    """A port of this run alone: on Linux nobody else is given it while it is held, and the shop can listen."""
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
        if sys.platform != "linux":
            held.close()
        yield port


def _serve(folder: Path, port: int) -> Iterator[Shop]:
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "settings",
        "PYTHONPATH": str(ROOT),
        "SHOP_DATA": str(folder / "data"),
    }
    log = folder / "shop.log"
    with (
        log.open("w", encoding="utf-8") as output,
        subprocess.Popen(
            [sys.executable, str(ROOT / "example_project" / "start.py"), str(port)],
            cwd=folder,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        try:
            _wait_for(port, process, log)
            yield Shop(f"http://127.0.0.1:{port}", log)
        finally:
            process.terminate()


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        with socket.socket() as knock:
            if knock.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    pytest.fail(f"The example did not start:\n{log.read_text(encoding='utf-8')}")


@pytest.fixture(scope="session")
def chromium_path() -> str:
    return installed(SHELL, *BROWSERS)


def installed(*names: str) -> str:
    """The first that is installed; a test without any is skipped."""
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        pytest.skip(f"no Chromium is installed (looked for {', '.join(names)})")
    return found


# By module: while Playwright's event loop runs, Django refuses other tests its database.
@pytest.fixture(scope="module")
def chromium(chromium_path: str) -> Iterator[Browser]:
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium_path,
            args=CHROMIUM_ARGUMENTS,
            # The page cache, which customers' browsers have on: the back button shows pages as they were left.
            ignore_default_args=["--disable-back-forward-cache"],
        )
        yield browser
        browser.close()


@pytest.fixture
def trouble(shop: Shop) -> Iterator[Trouble]:
    """Fails the test when a page it visited complained, or the shop did."""
    from tests.browser.trouble import Trouble

    position = shop.log.stat().st_size
    watched = Trouble(shop.address)
    yield watched
    complaints = [*watched.complaints, *shop.complaints_since(position)]
    assert not complaints, "\n".join(complaints)


@pytest.fixture
def new_context(chromium: Browser, trouble: Trouble) -> Iterator[Callable[..., BrowserContext]]:
    """Another browser: cookies and storage of its own, watched for complaints."""
    opened = []

    def open_context(**options: Any) -> BrowserContext:
        context = chromium.new_context(**{"locale": "en-US", "timezone_id": "Asia/Seoul", **WIDE, **options})
        context.set_default_timeout(PATIENCE)
        trouble.watch(context)
        opened.append(context)
        return context

    yield open_context
    for context in opened:
        context.close()


@pytest.fixture
def new_customer(new_context: Callable[..., BrowserContext], shop: Shop) -> Callable[..., Customer]:
    from tests.browser.customer import Customer

    def come(**options: Any) -> Customer:
        return Customer(new_context(**options).new_page(), shop.address)

    return come


@pytest.fixture
def customer(new_customer: Callable[..., Customer]) -> Customer:
    """Somebody who reads English, at a desk."""
    return new_customer()


@pytest.fixture
def phone_customer(new_customer: Callable[..., Customer]) -> Customer:
    return new_customer(**PHONE)


@pytest.fixture
def operator(new_customer: Callable[..., Customer]) -> Customer:
    """Somebody at the payment gateway's console, in a browser of his own."""
    return new_customer()


# Shops of others, which have nothing of the example but the gateway that runs alone.
@pytest.fixture(scope="module")
def gateway() -> Iterator[Standalone]:
    with standalone("--port", "0") as running:
        yield running


@pytest.fixture(scope="module")
def other(gateway: Standalone) -> Iterator[OtherShop]:
    from tests.browser.other_shop import other_shop

    with other_shop(gateway.url) as shop:
        yield shop


@pytest.fixture
def new_buyer(chromium: Browser, gateway: Standalone, other: OtherShop) -> Iterator[Callable[..., Buyer]]:
    from tests.browser.other_shop import Buyer
    from tests.browser.trouble import Trouble

    gateway.browser.post(f"{gateway.url}/control/reset", timeout=60)
    other.webhooks.clear()
    trouble, contexts = Trouble(gateway.url), []

    def come(**options: Any) -> Buyer:
        context = chromium.new_context(**{"locale": "ko-KR", **WIDE, **options})
        context.set_default_timeout(PATIENCE)
        trouble.watch(context)
        contexts.append(context)
        return Buyer(context.new_page(), other, gateway)

    yield come
    for context in contexts:
        context.close()
    assert not trouble.complaints, "\n".join(trouble.complaints)


@pytest.fixture
def buyer(new_buyer: Callable[..., Buyer]) -> Buyer:
    return new_buyer()
