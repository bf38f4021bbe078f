"""Other people's clients, unchanged, against the sandbox that runs alone."""

from __future__ import annotations

import importlib.util
import os
import secrets
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from django_iamport.sandbox.rules.services.otp import CODE
from tests.clients.cards import PERSON
from tests.clients.node import NodeClient
from tests.clients.programs import require
from tests.standalone import Standalone, standalone

# The pairs of Python and Django collect this folder as well, without the clients: tox -e clients.
if importlib.util.find_spec("iamport") is None:
    collect_ignore_glob = ["test_*.py"]

# and TypeScript, which reads the code in the pages
NODE_CLIENTS = ("iamport@0.3.4", "iamport-rest-client-nodejs@0.9.12", "iamporter@1.4.2", "typescript@5.9.3")
INSTALL_SECONDS = 180


@pytest.fixture(scope="session")
def running() -> Iterator[Standalone]:
    with standalone() as sandbox:
        yield sandbox


@pytest.fixture
def merchant_uid() -> str:
    return f"order-{secrets.token_hex(8)}"


@pytest.fixture
def paid(running: Standalone, merchant_uid: str) -> str:
    """The `imp_uid` of 1,000 won, paid by card in the window under `merchant_uid`."""
    return running.pay(merchant_uid, 1_000)


@pytest.fixture
def pay(running: Standalone, merchant_uid: str) -> Callable[..., str]:
    """Pay 1,000 won without a browser; answers the `imp_uid`."""

    def paid(**params: Any) -> str:
        made = {"request_pay": {"merchant_uid": merchant_uid, "amount": 1_000, **params}, "then": ["approve"]}
        answer = running.browser.post(f"{running.url}/control/payments", json=made, timeout=60)
        return str(answer.json()["payment"]["imp_uid"])

    return paid


@pytest.fixture
def waiting(running: Standalone, merchant_uid: str) -> str:
    """The `imp_uid` of a virtual account that waits for 1,000 won."""
    return running.pay(merchant_uid, 1_000, pay_method="vbank", vbank_code="088")


@pytest.fixture
def certification(running: Standalone) -> str:
    """The `imp_uid` of somebody who has identified himself."""
    imp_uid = str(running.ask("POST", "/certifications/otp/request", PERSON)["imp_uid"])
    running.ask("POST", f"/certifications/otp/confirm/{imp_uid}", {"otp": CODE})
    return imp_uid


@pytest.fixture(scope="session")
def node_modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where Node's clients are installed: IAMPORT_NODE_DIR keeps them from run to run."""
    require("node", "npm")
    kept = os.environ.get("IAMPORT_NODE_DIR")
    folder = Path(kept) if kept else tmp_path_factory.mktemp("node")
    folder.mkdir(parents=True, exist_ok=True)
    names = [client.partition("@")[0] for client in NODE_CLIENTS]
    if not all((folder / "node_modules" / name / "package.json").exists() for name in names):
        install = [
            "npm",
            "install",
            "--prefix",
            str(folder),
            "--ignore-scripts",
            "--no-audit",
            "--fetch-retries=1",
        ]
        try:
            subprocess.run(
                [*install, *NODE_CLIENTS], capture_output=True, timeout=INSTALL_SECONDS, check=True
            )
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            said = (error.stderr or b"").decode()
            pytest.skip(f"npm could not install {', '.join(NODE_CLIENTS)}: {error} {said}")
    return folder / "node_modules"


@pytest.fixture(scope="session")
def start_node(node_modules: Path, running: Standalone) -> Iterator[Callable[..., NodeClient]]:
    """Start one of Node's clients; the account is the sandbox's unless another key is given."""
    started: list[NodeClient] = []

    def start(package: str, key: str = running.told["key"]) -> NodeClient:
        started.append(NodeClient(node_modules, package, running.api, key, running.told["secret"]))
        return started[-1]

    yield start
    for client in started:
        client.close()
