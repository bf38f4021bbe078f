"""`python -m django_iamport.sandbox`: a gateway for anybody, with nothing else configured."""

import http.client
import resource
import secrets
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from django_iamport.client import IamportError, NotFound
from django_iamport.sandbox.__main__ import main
from django_iamport.sandbox.server import Server
from tests.serving import until
from tests.standalone import Standalone, standalone

# What nobody can do without who serves pages with Django and asks others.
IMPORTS = "import requests, django.core.management, django.core.servers.basehttp"


@pytest.fixture(scope="module")
def running() -> Iterator[Standalone]:
    with standalone("--key", "my-key", "--secret", "my-secret") as sandbox:
        yield sandbox


@pytest.mark.once
def test_it_is_ready_as_soon_as_django_is_and_minds_no_project() -> None:
    """In seconds of the processor: other tests run beside this one."""

    def used_so_far() -> float:
        ended = resource.getrusage(resource.RUSAGE_CHILDREN)
        return ended.ru_utime + ended.ru_stime

    begin = used_so_far()
    subprocess.run([sys.executable, "-c", IMPORTS], check=True)
    imported = used_so_far()
    with standalone(DJANGO_SETTINGS_MODULE="not_there.settings") as sandbox:
        assert sandbox.client().get_token()
    assert 0.1 < used_so_far() - imported < 3 * (imported - begin)


def test_the_account_may_be_given(running: Standalone) -> None:
    assert (running.told["key"], running.told["secret"]) == ("my-key", "my-secret")
    assert running.client().get_token()


@pytest.mark.parametrize("wrong", [{"imp_key": "other"}, {"imp_secret": "other"}, {"imp_secret": None}])
def test_wrong_credentials_answer_401(running: Standalone, wrong: dict[str, Any]) -> None:
    right = {"imp_key": "my-key", "imp_secret": "my-secret"}
    answer = requests.post(f"{running.api}/users/getToken", json={**right, **wrong}, timeout=60)
    assert (answer.status_code, answer.json()["response"]) == (401, None)


def test_a_wrong_token_answers_401(running: Standalone) -> None:
    answer = requests.get(f"{running.api}/payments/imp_1", headers={"Authorization": "x"}, timeout=60)
    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("path", "kind", "holds"),
    [
        ("/", "text/html", "Iamport sandbox"),
        ("/iamport.js", "text/javascript", "request_pay"),
        ("/assets/console.css", "text/css", "body"),
    ],
)
def test_console_and_sdk_are_there(running: Standalone, path: str, kind: str, holds: str) -> None:
    answer = requests.get(f"{running.url}{path}", timeout=60)
    assert (answer.status_code, answer.headers["Content-Type"].partition(";")[0]) == (200, kind)
    assert holds in answer.text


def test_a_payment_is_made_in_its_window_and_refunded_by_its_operator(running: Standalone) -> None:
    imp_uid = running.pay("order1", 50_000)
    find = running.client().payments.find
    assert find(imp_uid).amount == 50_000
    cancel = f"{running.url}/control/payments/{imp_uid}/cancel"
    running.browser.post(cancel, json={}, timeout=60).raise_for_status()
    assert find(imp_uid).cancel_amount == 50_000


def test_a_slash_in_an_id_is_told_from_one_between_ids(running: Standalone) -> None:
    running.client().prepare.create("order/paid", 1_000)
    assert running.client().prepare.read("order/paid").amount == 1_000
    running.pay("order/paid")
    assert running.client().payments.find_first("order/paid").merchant_uid == "order/paid"


def test_at_the_root_the_api_answers_as_below_api(running: Standalone) -> None:
    """Clients in many languages join absolute paths, and lose what stands behind the host."""
    imp_uid = running.pay("order2/paid")
    headers = {"Authorization": running.client().get_token()}
    for path in (
        f"/payments/{imp_uid}",
        "/payments/find/order2%2Fpaid",
        "/payments/imp_0",
        "/payments/a%0Ab",
        "/no",
    ):
        root, below = (
            requests.get(f"{base}{path}", headers=headers, timeout=60) for base in (running.url, running.api)
        )
        assert (root.status_code, root.content) == (below.status_code, below.content)
        assert root.headers["Content-Type"] == "application/json; charset=utf-8"
    body = {"imp_uid": imp_uid, "amount": 400}
    refunded = requests.post(f"{running.url}/payments/cancel", json=body, headers=headers, timeout=60)
    assert refunded.json()["response"]["cancel_amount"] == 400


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1", 200),
        ("localhost:9090", 200),
        ("shop.localhost", 200),
        ("api.iamport.kr", 200),
        ("cdn.iamport.kr", 200),
        ("service.iamport.kr:443", 200),
        ("evil.example", 400),
        ("evil.iamport.kr", 400),
    ],
)
def test_a_site_can_not_lead_a_browser_here_under_its_own_name(
    running: Standalone, host: str, status: int
) -> None:
    token = {"imp_key": "my-key", "imp_secret": "my-secret"}
    page = requests.get(f"{running.url}/", headers={"Host": host}, timeout=60)
    answer = requests.post(f"{running.url}/users/getToken", json=token, headers={"Host": host}, timeout=60)
    assert (page.status_code, answer.status_code) == (status, status)


def test_a_connection_is_kept_whatever_is_asked(running: Standalone) -> None:
    window = running.open_window(merchant_uid="order3", amount=1_000)
    host = urlsplit(running.url).netloc
    connection = http.client.HTTPConnection(host, timeout=60)
    connection.connect()
    first = connection.sock
    asked = ("/", "/iamport.js", "/assets/console.css", "/control/", "/window/frame", urlsplit(window).path)
    for path in (*asked, "/api/payments/imp_1", "/payments/imp_1", "/no", "/console/payments/imp_1"):
        connection.request("GET", path)
        answer = connection.getresponse()
        assert answer.headers["Content-Length"] == str(len(answer.read()))
        assert connection.sock is first
    connection.close()


@pytest.mark.once
def test_what_was_stored_is_there_at_the_next_start(tmp_path: Path) -> None:
    database = ("--db", str(tmp_path / "sandbox.sqlite3"))
    with standalone(*database) as first:
        imp_uid = first.pay("order1")
        assert first.end(signal.SIGTERM) == 0
        assert first.process.stderr
        assert first.process.stderr.read() == ""
    with standalone(*database) as second:
        assert second.client().payments.find(imp_uid).status == "paid"
        made_up = [(run.told["key"], run.told["secret"]) for run in (first, second)]
        assert made_up[0] == made_up[1]


def test_whatever_was_answered_is_there_after_a_kill(tmp_path: Path) -> None:
    database = ("--db", str(tmp_path / "sandbox.sqlite3"))
    answered: list[tuple[str, int]] = []
    with standalone(*database) as first:
        customers = [threading.Thread(target=buy_until_it_ends, args=(first, answered)) for _ in range(4)]
        for customer in customers:
            customer.start()
        while len(answered) < 40 and first.process.poll() is None:
            customers[0].join(0.005)
        first.process.kill()
        for customer in customers:
            customer.join()
    with standalone(*database) as second:
        least = {imp_uid: max(held for each, held in answered if each == imp_uid) for imp_uid, _ in answered}
        found = second.client().payments.find_many(list(least)).found
        assert {each.imp_uid for each in found} == least.keys()
        assert all(each.cancel_amount >= least[each.imp_uid] for each in found)
        assert {each.status for each in found if each.cancel_amount == 0} <= {"paid"}


def buy_until_it_ends(sandbox: Standalone, answered: list[tuple[str, int]]) -> None:
    """Pays, and refunds in two steps; notes what was returned whenever it was answered."""
    with requests.Session() as session:
        session.trust_env = False
        try:
            session.headers["Authorization"] = sandbox.client().get_token()
            while True:
                imp_uid = sandbox.pay(secrets.token_hex(16))
                answered.append((imp_uid, 0))
                for returned in (400, 800):
                    refund = {"imp_uid": imp_uid, "amount": 400}
                    told = session.post(f"{sandbox.api}/payments/cancel", json=refund, timeout=60).json()
                    assert told["response"]["cancel_amount"] == returned
                    answered.append((imp_uid, returned))
        except (requests.RequestException, IamportError):
            return


def test_a_file_belongs_to_one_server(tmp_path: Path) -> None:
    database = ("--db", str(tmp_path / "sandbox.sqlite3"))
    with standalone(*database), pytest.raises(RuntimeError) as refused, standalone(*database):
        pass
    assert "can't be used as the database: database is locked" in str(refused.value)


@pytest.mark.once
def test_without_a_file_nothing_is_left_behind(tmp_path: Path) -> None:
    with standalone(TMPDIR=str(tmp_path)) as sandbox:
        sandbox.pay("order1")
        assert list(tmp_path.rglob("*.sqlite3"))
        assert sandbox.end(signal.SIGINT) == 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.once
def test_whoever_asks_it_to_end_a_second_time_waits_no_longer(tmp_path: Path) -> None:
    slow = {"operation": "get_token", "kind": "delay", "seconds": 600}
    with standalone(TMPDIR=str(tmp_path)) as sandbox:
        faults, at = f"{sandbox.url}/control/faults", urlsplit(sandbox.url).netloc
        sandbox.browser.post(faults, json=slow, timeout=60).raise_for_status()
        with closing(http.client.HTTPConnection(at)) as waiting:
            waiting.request("POST", "/api/users/getToken")
            until(lambda: not sandbox.browser.get(faults, timeout=60).json()["faults"])
            sandbox.process.send_signal(signal.SIGTERM)
            until(lambda: not answers(at))
            assert sandbox.end(signal.SIGTERM) == 0
        assert sandbox.process.stderr
        assert sandbox.process.stderr.read() == ""
    assert list(tmp_path.iterdir()) == []


def answers(address: str) -> bool:
    try:
        requests.head(f"http://{address}/", timeout=60)
    except requests.ConnectionError:
        return False
    return True


@pytest.mark.once
def test_channels_and_disputed_answers_are_chosen_at_the_start(tmp_path: Path) -> None:
    file = tmp_path / "channels.json"
    file.write_text('[{"pg": "kakaopay", "mid": "CID000"}]')
    with standalone("--answers", "described", IAMPORT_SANDBOX_CHANNELS=str(file)) as sandbox:
        (channel,) = sandbox.client().users.channels()
        assert (channel.pg_provider, channel.pg_id) == ("kakaopay", "CID000")
        headers = {"Authorization": sandbox.client().get_token()}
        answer = requests.get(f"{sandbox.api}/subscribe/customers/nobody", headers=headers, timeout=60)
        assert answer.status_code == 404


@pytest.mark.once
def test_our_own_client_reads_either_answer() -> None:
    for answers in ("recorded", "described"):
        with standalone("--answers", answers) as sandbox:
            keys = sandbox.client().billing_keys
            with pytest.raises(NotFound):
                keys.find("nobody")
            with pytest.raises(NotFound):
                keys.delete("nobody")
            with pytest.raises(NotFound):
                list(keys.payments("nobody"))
            start = datetime(2030, 1, 1, tzinfo=timezone.utc)
            assert list(keys.schedules_of("nobody", start, start + timedelta(days=1))) == []


@pytest.mark.once
def test_webhooks_go_to_the_address_that_was_given() -> None:
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as shop:
        shop.settimeout(60)
        address = f"http://127.0.0.1:{shop.getsockname()[1]}/hook"
        sender = ("--webhook-user-agent", "Shop filters/1", "--webhook-forwarded-for", "52.78.100.19")
        with standalone("--webhook", address, *sender) as sandbox:
            imp_uid = sandbox.pay("order1")
            connection, _ = shop.accept()
            with connection:
                while imp_uid.encode() not in b"".join(heard):
                    heard.append(connection.recv(4096))
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    request = b"".join(heard)
    assert request.startswith(b"POST /hook HTTP/1.1")
    assert b"\r\nUser-Agent: Shop filters/1\r\n" in request
    assert b"\r\nX-Forwarded-For: 52.78.100.19\r\n" in request


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--port", "70000"], "a number from 0 to 65535"),
        (["--port", "web"], "a number from 0 to 65535"),
        (["--webhook", "shop.example/hook"], "must begin with http:// or https://"),
        (["--webhook-user-agent", "한글"], "not a line of ASCII"),
        (["--webhook-forwarded-for", "shop.example"], "not an IP address"),
        (["--channels", "{folder}/none.json"], "can't be read"),
        (["--channels", "{folder}/wrong.json"], "wrong.json: channel 1: mid"),
        (["--db", "{folder}"], "is a folder"),
        (["--db", "{folder}/none/file"], "there is no folder"),
    ],
)
def test_a_mistake_in_the_command_line_is_explained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], says: str
) -> None:
    (tmp_path / "wrong.json").write_text('[{"pg": "kcp"}]')
    with pytest.raises(SystemExit) as ended:
        main([argument.format(folder=tmp_path) for argument in arguments])
    assert ended.value.code == 2
    assert says in capsys.readouterr().err


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("This is no database." * 100)
    with pytest.raises(RuntimeError) as refused, standalone("--db", str(tmp_path / "text")):
        pass
    assert "text can't be used as the database: file is not a database" in str(refused.value)
    assert "Traceback" not in str(refused.value)


def test_a_port_that_is_taken_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SystemExit, match=f"port {port}: Address already in use"):
            main(["--port", str(port)])


def test_a_request_that_is_being_answered_when_it_ends_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, released, answers = threading.Event(), threading.Event(), []

    def slow(environ: Any, start_response: Any) -> list[bytes]:
        asked.set()
        released.wait(60)
        start_response("200 OK", [("Content-Length", "2")])
        return [b"ok"]

    server = Server("127.0.0.1", 0)
    server.set_app(slow)
    serving = threading.Thread(target=server.serve_forever, args=(0.01,))
    buying = threading.Thread(target=lambda: answers.append(requests.get(server.url, timeout=60).text))
    ending = threading.Thread(target=server.finish, args=(600,))
    serving.start()
    with socket.create_connection(server.server_address[:2], timeout=60) as somebody_who_says_nothing:
        buying.start()
        assert asked.wait(60)
        server.shutdown()
        ending.start()
        assert somebody_who_says_nothing.recv(1) == b""
        released.set()
        ending.join(60)
        assert not ending.is_alive()
    buying.join()
    serving.join()
    assert answers == ["ok"]
