"""Faults of the REST API as a client meets them, over a real socket."""

from collections.abc import Iterator
from time import monotonic
from typing import Any

import pytest
import requests

from django_iamport.sandbox.database import DatabaseStore
from django_iamport.sandbox.delivery import faults
from django_iamport.sandbox.delivery.faults import Fault
from django_iamport.sandbox.rules import Account, Merchant
from django_iamport.sandbox.state.clock import Clock
from tests.serving import Site, until


class Client:
    def __init__(self, address: str) -> None:
        self.api = f"{address}/sandbox/api"
        self.session = requests.Session()
        self.session.trust_env = False

    def __call__(self, timeout: float = 60) -> requests.Response:
        credentials = {"imp_key": "sandbox-key", "imp_secret": "sandbox-secret"}
        return self.session.post(f"{self.api}/users/getToken", json=credentials, timeout=timeout)

    def prepare(self, token: str, merchant_uid: str) -> requests.Response:
        body = {"merchant_uid": merchant_uid, "amount": 100}
        headers = {"Authorization": token}
        return self.session.post(f"{self.api}/payments/prepare", json=body, headers=headers, timeout=60)


@pytest.fixture
def client(site: Site) -> Iterator[Client]:
    made = Client(site.url)
    yield made
    made.session.close()


def arm(**fault: Any) -> None:
    faults.arm(DatabaseStore(), Fault(**fault))


@pytest.mark.parametrize(
    ("kind", "status", "content_type"),
    [
        ("error", 500, "application/json"),
        ("html", 502, "text/html"),
        ("unauthorized", 401, "application/json"),
        ("rate_limit", 429, "application/json"),
    ],
)
def test_a_wrong_answer_comes_once(client: Client, kind: str, status: int, content_type: str) -> None:
    arm(operation="get_token", kind=kind)
    answer = client()
    assert answer.status_code == status
    assert answer.headers["Content-Type"].startswith(content_type)
    assert client().json()["code"] == 0


def test_a_cut_connection_is_a_connection_error(client: Client) -> None:
    client()
    arm(operation="get_token", kind="disconnect")
    with pytest.raises(requests.ConnectionError):
        client()
    assert client().json()["code"] == 0


def test_a_timeout_lasts_longer_than_the_client_is_patient(client: Client) -> None:
    arm(operation="get_token", kind="timeout")
    with pytest.raises(requests.ReadTimeout):
        client(timeout=0.3)
    until(lambda: not faults.armed(DatabaseStore()))
    assert client().json()["code"] == 0


def test_a_timeout_ends_with_a_cut_connection(client: Client) -> None:
    arm(operation="every", kind="timeout", seconds=0.1)
    with pytest.raises(requests.ConnectionError):
        client()


def test_a_delayed_answer_is_late_and_right(client: Client) -> None:
    arm(operation="get_token", kind="delay", seconds=0.2)
    began = monotonic()
    assert client().json()["code"] == 0
    assert monotonic() - began >= 0.2


def test_work_may_be_done_though_the_answer_is_lost(client: Client) -> None:
    token = client().json()["response"]["access_token"]
    arm(operation="prepare.create", kind="disconnect", after=True)
    with pytest.raises(requests.ConnectionError):
        client.prepare(token, "order1")
    assert Account(DatabaseStore(), Clock(), Merchant()).prepare_read("order1")["amount"] == 100
