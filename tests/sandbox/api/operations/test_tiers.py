from typing import Any

import pytest


def test_a_sub_merchant_is_told(api: Any) -> None:
    assert api("GET", "/tiers/A01").response["tier_code"] == "A01"
    assert api("GET", "/tiers/a01")[:2] == (404, -1)


@pytest.mark.parametrize(("tier", "status"), [("A01", 200), ("", 200), ("a01", 400), ("A0123", 400)])
def test_a_request_may_name_a_sub_merchant(api: Any, tier: str, status: int) -> None:
    assert api("GET", "/payments/status/paid", Tier=tier).status == status
    assert api("GET", "/users/pg", Tier=tier).code == (0 if status == 200 else 1)
