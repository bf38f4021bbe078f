"""Connections are kept, shared by threads, left behind by forks; and none of it needs Django."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest


def test_several_calls_use_one_connection(client, gateway, answers):
    prepared = {"merchant_uid": "m1", "amount": 100, "currency": "KRW"}
    gateway.answers = [
        answers.ok(prepared),
        answers.ok(answers.payment()),
        answers.refusal(404),
        answers.refusal(200, 1),
        answers.says(500, b"<html>"),
        answers.ok(answers.payment()),
    ]
    client.prepare.create("m1", 100)
    client.payments.find("imp_1")
    client.payments.find_all("m1")
    for call in (client.payments.find, client.payments.find, client.payments.find):
        try:
            call("imp_1")
        except Exception:
            continue
    assert len(gateway.calls) == 6
    assert gateway.connections == 1


def test_threads_share_a_client(client, gateway, answers):
    gateway.answers = [answers.ok(answers.payment()) for _ in range(40)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(client.payments.find, ["imp_1"] * 40))
    assert {payment.imp_uid for payment in found} == {"imp_1"}
    assert gateway.token_calls == 1
    assert gateway.connections <= 8


def test_credentials_in_netrc_don_t_replace_the_token(client, gateway, answers, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password something\n")
    monkeypatch.setenv("NETRC", str(netrc))
    client._transport._session.trust_env = True
    gateway.answers = [answers.ok(answers.payment())]
    client.payments.find("imp_1")
    assert "Authorization" not in gateway.seen[0].headers
    assert gateway.seen[1].headers["Authorization"] == "Bearer token-1"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_opens_its_own_connection_and_is_not_stopped_by_a_lock_of_its_parent(
    client, gateway, answers
):
    client.get_token()
    client._tokens.forget("token-1")
    with client._tokens._lock:  # as another thread of the parent would hold it
        child = os.fork()
        if child == 0:
            signal.alarm(60)  # a child that does hang must not outlive the test
            os._exit(0 if client.get_token() == "token-2" else 1)
        _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert gateway.connections == 2
    assert client.get_token() == "token-3"
    assert gateway.connections == 2


def test_a_plain_script_uses_the_client_without_django():
    script = (
        "import sys; from django_iamport.client import Client, GatewayError\n"
        "try: Client('k', 's', base_url='http://127.0.0.1:9', timeout=(0.5, 0.5)).payments.find('imp_1')\n"
        "except GatewayError as err: assert err.message == str(err)\n"
        "assert 'django' not in sys.modules"
    )
    environment = {**os.environ, "NO_PROXY": "127.0.0.1", "PYTHONPATH": os.pathsep.join(sys.path)}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    subprocess.run([sys.executable, "-c", script], check=True, env=environment)
