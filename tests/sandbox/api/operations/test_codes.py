from typing import Any

import pytest


@pytest.mark.parametrize(
    ("path", "code", "name"), [("/banks", "088", "신한은행"), ("/cards", "361", "BC카드")]
)
def test_codes_are_told_one_by_one_and_all(api: Any, path: str, code: str, name: str) -> None:
    assert {"code": code, "name": name} in api("GET", path).response
    assert api("GET", f"{path}/{code}").response == {"code": code, "name": name}
    assert api("GET", f"{path}/000")[:2] == (404, -1)
