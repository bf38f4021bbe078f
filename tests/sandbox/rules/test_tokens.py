import re
from typing import Any

import pytest

from django_iamport.sandbox.state.clock import Clock

CREDENTIALS = {"imp_key": "sandbox-key", "imp_secret": "sandbox-secret"}


def test_a_living_token_is_the_same_for_everybody(api: Any, clock: Clock) -> None:
    first = api("POST", "/users/getToken", CREDENTIALS).response
    assert re.fullmatch(r"[0-9a-f]{40}", first["access_token"])
    assert first["expired_at"] - first["now"] in (1799, 1800)
    clock.move(1000)
    second = api("POST", "/users/getToken", CREDENTIALS).response
    assert second["access_token"] == first["access_token"]
    assert second["expired_at"] == first["expired_at"]
    assert second["now"] >= first["now"] + 1000


def test_its_last_minute_is_made_five_minutes_longer(api: Any, clock: Clock) -> None:
    first = api("POST", "/users/getToken", CREDENTIALS).response
    clock.move(1750)
    second = api("POST", "/users/getToken", CREDENTIALS).response
    assert second["access_token"] == first["access_token"]
    assert second["expired_at"] == first["expired_at"] + 300


def test_after_its_end_there_is_another(api: Any, clock: Clock) -> None:
    old = api.token
    clock.move(1801)
    assert api("GET", "/payments/imp_1", Authorization=old) == (401, -1, "Unauthorized", None)
    fresh = api("POST", "/users/getToken", CREDENTIALS).response["access_token"]
    assert fresh != old
    assert api("GET", "/payments/imp_1", Authorization=fresh).status == 404


@pytest.mark.parametrize(
    "credentials",
    [{}, {"imp_key": "sandbox-key"}, CREDENTIALS | {"imp_secret": "x"}, CREDENTIALS | {"imp_key": "x"}],
)
def test_wrong_credentials_get_no_token(api: Any, credentials: dict[str, str]) -> None:
    said = api("POST", "/users/getToken", credentials)
    assert (said.status, said.code, said.response) == (401, -1, None)


def test_credentials_may_come_as_a_form(api: Any) -> None:
    assert api("POST", "/users/getToken", CREDENTIALS, form=True).response["access_token"] == api.token


@pytest.mark.parametrize(
    ("header", "status"), [("{}", 404), ("Bearer {}", 404), ("bearer {}", 404), ("", 401), ("Bearer x", 401)]
)
def test_the_token_goes_with_and_without_bearer(api: Any, header: str, status: int) -> None:
    token = header.format(api.token)
    assert api("GET", "/payments/imp_1", Authorization=token).status == status
    older = {"Authorization": "", "X-ImpTokenHeader": token}
    assert api("GET", "/payments/imp_1", **older).status == status
