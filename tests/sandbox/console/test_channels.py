from typing import Any

import pytest
from django.test import Client

from django_iamport.sandbox.database import DatabaseStore
from django_iamport.sandbox.rules import Account, Merchant
from django_iamport.sandbox.rules.channels import DEFAULTS, LIVE_KEY, kept
from django_iamport.sandbox.state.clock import Clock

pytestmark = pytest.mark.django_db

ADDED = {"pg": "kakaopay", "mid": "CID000", "type": "payment", "partial_refunds": "on"}


@pytest.fixture
def account() -> Account:
    return Account(DatabaseStore(), Clock(), Merchant())


def save(client: Client, **fields: Any) -> str:
    answer = client.post("/sandbox/console/channels", {**ADDED, "language": "en", **fields}, follow=True)
    return answer.content.decode()


def test_the_channels_are_listed_with_what_they_permit(client: Client) -> None:
    text = client.get("/sandbox/console/channels?language=en").content.decode()
    for shown in (
        LIVE_KEY,
        "html5_inicis.sandboxlive",
        "kakaopay.TC0ONETIME",
        "refunds within 1095 days",
        "default",
    ):
        assert shown in text
    assert "1095일 이내 취소" in client.get("/sandbox/console/channels?language=ko").content.decode()


def test_a_channel_is_added_and_chosen(client: Client, account: Account) -> None:
    assert "The channel was saved." in save(client, name="우리 <b>", test="on", minimum="100")
    added = account.channels.choose(None, "kakaopay.CID000")
    assert (added.name, added.test, added.rules.minimum, added.rules.refund_days) == (
        "우리 <b>",
        True,
        100,
        365,
    )
    assert "우리 &lt;b&gt;" in client.get("/sandbox/console/channels").content.decode()


def test_a_channel_is_changed_in_its_place(client: Client, account: Account) -> None:
    form = client.get(f"/sandbox/console/channels?language=en&edit={LIVE_KEY}").content.decode()
    assert 'value="sandboxlive"' in form
    assert "Edit 연습 실연동" in form
    changed = {"pg": "kcp", "mid": "A52CY", "channelKey": LIVE_KEY, "currencies": "KRW usd"}
    assert "Unknown: usd." in save(client, edited=LIVE_KEY, **changed)
    save(client, edited=LIVE_KEY, **{**changed, "currencies": "KRW, USD", "pay_methods": "card vbank"})
    first = account.channels.default
    assert (first.key, first.pg_provider, first.pay_methods) == (LIVE_KEY, "kcp", ("card", "vbank"))
    assert first.rules.currencies == ("KRW", "USD")
    assert len(account.channels.channels) == len(DEFAULTS)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"mid": ""}, "Enter the MID."),
        ({"pay_methods": "card, cash"}, "Unknown: cash."),
        ({"instalments": "13"}, "less than or equal to 12"),
        ({"pg": "nobody"}, "Select a valid choice"),
        ({"channelKey": LIVE_KEY}, "is that of two channels"),
    ],
)
def test_what_is_no_channel_is_said(
    client: Client, account: Account, fields: dict[str, str], says: str
) -> None:
    assert says in save(client, **fields)
    assert account.channels.channels == DEFAULTS


def test_channels_are_removed_but_for_the_last_one(client: Client, account: Account) -> None:
    kept.change(account.store, [{"pg": "kcp", "mid": "A"}, {"pg": "payco", "mid": "B"}])
    first, second = (channel.key for channel in account.channels)
    client.post("/sandbox/console/channels/remove", {"key": first})
    assert [channel.key for channel in account.channels] == [second]
    refused = client.post("/sandbox/console/channels/remove", {"key": second, "language": "en"})
    assert "One channel for payments must stay." in refused.content.decode()
    assert client.post("/sandbox/console/channels/remove", {"key": "unknown"}).status_code == 404
    client.post("/sandbox/console/channels/usual")
    assert account.channels.channels == DEFAULTS
