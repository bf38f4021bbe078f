"""Real TLS with the sandbox alone, by a client that trusts its authority and finds the gateway's names here."""

import socket
import ssl
import stat
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from urllib3.util import connection

from django_iamport.sandbox.tls.authority import Files, ensure
from django_iamport.sandbox.tls.names import GATEWAY, HOSTS_LINE
from django_iamport.sandbox.tls.serving import context
from tests.standalone import Standalone, standalone

pytestmark = pytest.mark.once


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def running(folder: Path) -> Iterator[Standalone]:
    with standalone("--tls", "--db", str(folder / "sandbox.sqlite3")) as sandbox:
        sandbox.browser.verify = sandbox.told["CA"]
        yield sandbox


@pytest.fixture
def _hosts(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the line in the hosts file does: every name is this machine."""
    real = connection.create_connection

    def to_this_machine(address: tuple[str, int], *args: object, **named: object) -> socket.socket:
        return real(("127.0.0.1", address[1]), *args, **named)

    monkeypatch.setattr(connection, "create_connection", to_this_machine)


def port_of(running: Standalone) -> int:
    return urlsplit(running.url).port or 0


@contextmanager
def connected(running: Standalone, *, server_hostname: str) -> Iterator[ssl.SSLSocket]:
    trusting = ssl.create_default_context(cafile=running.told["CA"])
    with (
        socket.create_connection(("127.0.0.1", port_of(running))) as plain,
        trusting.wrap_socket(plain, server_hostname=server_hostname) as secure,
    ):
        yield secure


@pytest.mark.usefixtures("_hosts")
@pytest.mark.parametrize("name", [*GATEWAY, "localhost", "127.0.0.1"])
def test_a_client_that_trusts_the_authority_is_served_under_each_name(running: Standalone, name: str) -> None:
    sdk = running.browser.get(f"https://{name}:{port_of(running)}/v1/iamport.js", timeout=60)
    assert (sdk.status_code, "request_pay" in sdk.text) == (200, True)


@pytest.mark.usefixtures("_hosts")
def test_a_client_with_the_gateways_address_compiled_in_gets_its_token(running: Standalone) -> None:
    account = {"imp_key": running.told["key"], "imp_secret": running.told["secret"]}
    url = f"https://api.iamport.kr:{port_of(running)}/users/getToken"
    token = running.browser.post(url, json=account, timeout=60).json()
    assert (token["code"], len(token["response"]["access_token"])) == (0, 40)


@pytest.mark.usefixtures("_hosts")
def test_a_payment_is_made_and_its_slip_is_shown_under_the_gateways_own_name(
    running: Standalone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "url", f"https://api.iamport.kr:{port_of(running)}")
    imp_uid = running.pay("order1")
    shown = running.browser.get(f"{running.url}/control/payments/{imp_uid}", timeout=60).json()
    assert shown["payment"]["receipt_url"] == f"{running.url}/receipt/{imp_uid}"


def test_a_client_that_does_not_trust_the_authority_refuses(running: Standalone) -> None:
    with pytest.raises(requests.exceptions.SSLError, match="CERTIFICATE_VERIFY_FAILED"):
        requests.get(running.url, timeout=60)
    assert running.browser.get(running.url, timeout=60).status_code == 200


def test_plain_http_is_no_answer_and_disturbs_nobody(running: Standalone) -> None:
    with pytest.raises(requests.ConnectionError):
        requests.get(running.url.replace("https:", "http:"), timeout=60)
    assert running.browser.get(running.url, timeout=60).status_code == 200


def test_a_client_that_keeps_silent_keeps_nobody_waiting(running: Standalone) -> None:
    with socket.create_connection(("127.0.0.1", port_of(running))):
        assert running.browser.get(running.url, timeout=60).status_code == 200


def test_other_names_are_refused_by_the_client(running: Standalone) -> None:
    with pytest.raises(ssl.SSLCertVerificationError), connected(running, server_hostname="api.portone.io"):
        pass


def test_the_page_says_what_a_client_needs(running: Standalone) -> None:
    told = running.told
    page = running.browser.get(told["trust"].removesuffix(" says how"), timeout=60).text
    assert told["hosts"] == HOSTS_LINE
    for said in (HOSTS_LINE, f"REQUESTS_CA_BUNDLE={told['CA']}", f"NODE_EXTRA_CA_CERTS={told['CA']}", "443"):
        assert said in page
    assert running.browser.get(f"{running.url}/ca.pem", timeout=60).content == Path(told["CA"]).read_bytes()


def test_the_authority_lies_beside_the_data_and_its_key_is_the_owners(
    running: Standalone, folder: Path
) -> None:
    authority = folder / "sandbox.sqlite3-ca.pem"
    assert running.told["CA"] == str(authority)
    assert stat.S_IMODE((folder / "sandbox.sqlite3-ca.key").stat().st_mode) == 0o600
    assert b"PRIVATE" not in authority.read_bytes()


def test_an_answer_can_be_written_when_reading_has_ended(tmp_path: Path) -> None:
    """The end of the server waits for answers that are being made."""
    files = Files.beside(tmp_path / "x.sqlite3")
    ensure(files)
    trusting = ssl.create_default_context(cafile=files.certificate)
    ours, theirs = socket.socketpair()

    def ask() -> bytes:
        with trusting.wrap_socket(theirs, server_hostname="localhost") as client:
            client.sendall(b"?")
            return client.recv(100)

    for end in (ours, theirs):
        end.settimeout(10)
    with ThreadPoolExecutor() as beside:
        answer = beside.submit(ask)
        with context(files).wrap_socket(ours, server_side=True) as server:
            assert server.recv(1) == b"?"
            server.shutdown(socket.SHUT_RD)
            server.sendall(b"answer")
            assert answer.result() == b"answer"


def test_a_kept_connection_keeps_nothing_running_and_the_authority_is_there_at_the_next_start(
    tmp_path: Path,
) -> None:
    options = ("--tls", "--db", str(tmp_path / "kept.sqlite3"))
    with standalone(*options) as first:
        made = Path(first.told["CA"]).read_bytes()
        first.browser.verify = first.told["CA"]
        assert first.browser.get(first.url, timeout=60).status_code == 200
        assert first.end() == 0
        assert first.process.stderr
        assert first.process.stderr.read() == ""
    with standalone(*options) as second:
        assert Path(second.told["CA"]).read_bytes() == made
        second.browser.verify = second.told["CA"]
        assert second.browser.get(second.url, timeout=60).status_code == 200


def test_without_the_library_it_says_what_to_install() -> None:
    """As if `cryptography` were not installed."""
    hidden = "import sys; sys.modules['cryptography'] = None"
    run = "from django_iamport.sandbox.__main__ import main; main()"
    command = [sys.executable, "-c", f"{hidden}; {run}", "--tls", "--port", "0"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "pip install 'django-iamport-checkout[tls]'" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_damaged_authority_is_named(tmp_path: Path) -> None:
    for name in ("x.sqlite3-ca.pem", "x.sqlite3-ca.key"):
        (tmp_path / name).write_text("damaged")
    command = [sys.executable, "-m", "django_iamport.sandbox", "--tls", "--port", "0"]
    ended = subprocess.run(
        [*command, "--db", str(tmp_path / "x.sqlite3")], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1
    assert ended.stderr.startswith("The certificate authority beside")
