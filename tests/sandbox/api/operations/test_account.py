"""What the account knows of itself, and the standard codes."""

from typing import Any

import pytest

from django_iamport.sandbox.rules.channels import LIVE_KEY, TEST_KEY


def test_the_channels_are_told(api: Any) -> None:
    channels = {channel["channel_key"]: channel for channel in api("GET", "/users/pg").response}
    assert (channels[LIVE_KEY]["sandbox"], channels[TEST_KEY]["sandbox"]) == (False, True)
    assert {channel["type"] for channel in channels.values()} == {"payment", "api_payment", "certification"}


def test_a_sub_merchant_is_told(api: Any) -> None:
    assert api("GET", "/tiers/A01").response["tier_code"] == "A01"
    assert api("GET", "/tiers/a01")[:2] == (404, -1)


@pytest.mark.parametrize(("tier", "status"), [("A01", 200), ("", 200), ("a01", 400), ("A0123", 400)])
def test_a_request_may_name_a_sub_merchant(api: Any, tier: str, status: int) -> None:
    assert api("GET", "/users/pg", Tier=tier).status == status


@pytest.mark.parametrize(
    ("path", "code", "name"), [("/banks", "088", "신한은행"), ("/cards", "361", "BC카드")]
)
def test_codes_are_told_one_by_one_and_all(api: Any, path: str, code: str, name: str) -> None:
    assert {"code": code, "name": name} in api("GET", path).response
    assert api("GET", f"{path}/{code}").response == {"code": code, "name": name}
    assert api("GET", f"{path}/000")[:2] == (404, -1)
