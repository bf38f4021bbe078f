from typing import Any

import pytest
from django.test import Client

from django_iamport.sandbox.rules.channels import DEFAULTS, LIVE_KEY

pytestmark = pytest.mark.django_db


def ask(client: Client, method: str, body: Any = None) -> Any:
    return client.generic(method, "/sandbox/control/channels", *([body, "application/json"] if body else []))


def test_channels_are_told_replaced_and_forgotten(client: Client) -> None:
    told = ask(client, "GET").json()["channels"]
    assert [channel["channelKey"] for channel in told] == [channel.key for channel in DEFAULTS]
    kakao = '{"channels": [{"pg": "kakaopay", "mid": "CID000", "rules": {"partial_refunds": false}}]}'
    (channel,) = ask(client, "PUT", kakao).json()["channels"]
    assert (channel["pg"], channel["rules"]["partial_refunds"]) == ("kakaopay", False)
    assert ask(client, "GET").json()["channels"] == [channel]
    assert ask(client, "DELETE").json()["channels"][0]["channelKey"] == LIVE_KEY


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ('{"channels": []}', "at least one channel"),
        ('{"channels": [{"pg": "kcp", "mid": 5}]}', "channel 1: mid"),
        ('{"channel": []}', "send"),
    ],
)
def test_what_is_wrong_is_said(client: Client, body: str, says: str) -> None:
    answer = ask(client, "PUT", body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "wrong_value")
    assert says in answer.json()["error"]["message"]
