from typing import Any

import pytest

from django_iamport.sandbox.rules.channels import DEFAULTS, kept
from django_iamport.sandbox.rules.channels.channel import of_dict
from django_iamport.sandbox.state.stores import MemoryStore, Store

KAKAO = {"pg": "kakaopay", "mid": "CID000"}


def test_pg_and_mid_are_enough_and_the_rest_is_usual() -> None:
    channel = of_dict(KAKAO)
    assert (channel.name, channel.test, channel.pay_methods) == ("카카오페이", False, ("kakaopay",))
    assert (channel.rules.refund_days, channel.rules.partial_refunds) == (365, True)
    assert channel.key.startswith("channel-key-")
    assert channel == of_dict(KAKAO)
    assert channel.key != of_dict({**KAKAO, "mid": "other"}).key


def test_everything_may_be_said() -> None:
    said: dict[str, Any] = {
        "name": "정기결제",
        "channelKey": "channel-key-mine",
        "pg": "kcp",
        "mid": "A52CY",
        "test": True,
        "type": "payment",
        "pay_methods": ["card", "phone"],
        "channel_group_id": "channel-group-1",
        "rules": {
            "partial_refunds": False,
            "refund_days": 30,
            "instalments": 6,
            "minimum": 100,
            "currencies": ["KRW", "USD"],
        },
    }
    assert of_dict(said).as_dict() == said


@pytest.mark.parametrize("channel", DEFAULTS, ids=lambda channel: channel.name)
def test_what_is_told_of_a_channel_makes_it_again(channel: Any) -> None:
    assert of_dict(channel.as_dict()) == channel


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"pg": None}, "pg: must be text"),
        ({"pg": "kakaopya"}, "pg: 'kakaopya' is none of html5_inicis"),
        ({"mid": "  "}, "mid: must be text of 1 to 80"),
        ({"mid": "m" * 81}, "mid: must be text of 1 to 80"),
        ({"test": "yes"}, "test: must be true or false"),
        ({"type": "other"}, "type: 'other' is none of payment"),
        ({"pay_methods": "card"}, "pay_methods: must be a list"),
        ({"pay_methods": ["cash"]}, "pay_methods: 'cash' is none of card"),
        ({"chanelKey": "x"}, "chanelKey: a channel has name, channelKey"),
        ({"rules": {"refund_day": 1}}, "refund_day: rules has partial_refunds"),
        ({"rules": ["partial"]}, "rules is a table of"),
        ({"rules": {"refund_days": -1}}, "refund_days: must be a whole number"),
        ({"rules": {"instalments": 13}}, "instalments: must be a whole number from 0 to 12"),
        ({"rules": {"minimum": 1.5}}, "minimum: must be a whole number"),
        ({"rules": {"currencies": ["XYZ"]}}, "currencies: 'XYZ' is none of KRW"),
        ({"rules": {"partial_refunds": 1}}, "partial_refunds: must be true or false"),
    ],
)
def test_what_is_wrong_is_named(wrong: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        of_dict({**KAKAO, **wrong})


def test_an_account_keeps_what_it_is_told_until_that_is_forgotten() -> None:
    store: Store = MemoryStore()
    kept.change(store, [KAKAO])
    assert [channel.pg_id for channel in kept.read(store, DEFAULTS)] == ["CID000"]
    with pytest.raises(ValueError, match="channel 2: mid"):
        kept.change(store, [KAKAO, {"pg": "kcp"}])
    assert [channel.pg_id for channel in kept.read(store, DEFAULTS)] == ["CID000"]
    kept.forget(store)
    assert kept.read(store, DEFAULTS).channels == DEFAULTS
