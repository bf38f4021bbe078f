from typing import Any

from django_iamport.sandbox.rules.channels import LIVE_KEY, TEST_KEY


def test_the_channels_are_told(api: Any) -> None:
    channels = {channel["channel_key"]: channel for channel in api("GET", "/users/pg").response}
    assert (channels[LIVE_KEY]["sandbox"], channels[TEST_KEY]["sandbox"]) == (False, True)
    assert {channel["type"] for channel in channels.values()} == {"payment", "api_payment", "certification"}
