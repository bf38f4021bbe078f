"""The gateway's official clients, unchanged, against the sandbox that runs alone."""

from __future__ import annotations

import importlib.util
import os
import secrets
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from django_iamport.sandbox.rules.channels import CERTIFICATION_KEY
from django_iamport.sandbox.rules.services.otp import CODE
from tests.clients.node import NodeClient
from tests.standalone import Standalone, standalone

# The pairs of Python and Django collect this folder as well, without the clients: tox -e clients.
if importlib.util.find_spec("iamport") is None:
    collect_ignore_glob = ["test_*.py"]

NODE_CLIENT = "iamport@0.3.4"
INSTALL_SECONDS = 180
PERSON = {
    "name": "홍길동",
    "phone": "01012345678",
    "birth": "900101",
    "gender_digit": "1",
    "carrier": "SKT",
    "channel_key": CERTIFICATION_KEY,
}


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
    """Where the Node client is installed: IAMPORT_NODE_DIR keeps it from run to run."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("Node is not installed (looked for node and npm)")
    kept = os.environ.get("IAMPORT_NODE_DIR")
    folder = Path(kept) if kept else tmp_path_factory.mktemp("node")
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "node_modules/iamport/package.json").exists():
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
            subprocess.run([*install, NODE_CLIENT], capture_output=True, timeout=INSTALL_SECONDS, check=True)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            pytest.skip(f"npm could not install {NODE_CLIENT}: {error} {(error.stderr or b'').decode()}")
    return folder / "node_modules"


@pytest.fixture(scope="session")
def start_node(node_modules: Path, running: Standalone) -> Iterator[Callable[..., NodeClient]]:
    """Start the Node client; the account is the sandbox's unless another key is given."""
    started: list[NodeClient] = []

    def start(key: str = running.told["key"]) -> NodeClient:
        started.append(NodeClient(node_modules, running.api, key, running.told["secret"]))
        return started[-1]

    yield start
    for client in started:
        client.close()


@pytest.fixture(scope="session")
def node(start_node: Callable[..., NodeClient]) -> NodeClient:
    return start_node()
