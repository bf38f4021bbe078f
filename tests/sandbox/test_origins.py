"""A page of another site that is open in the developer's browser changes nothing."""

from typing import Any

import pytest
from django.test import Client

from django_iamport.sandbox.database import open_account
from django_iamport.sandbox.urls import urlpatterns

pytestmark = pytest.mark.django_db

PARAMS = {"merchant_code": "imp00000000", "params": {"merchant_uid": "m", "amount": 100}}
FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": "http://localhost.evil.example:8000"},
    {"Origin": "http://127.0.0.1.evil.example"},
    {"Origin": "http://[bad"},
    {"Origin": "null"},
    {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "cross-site"},
]
AT_HOME = [
    {},
    {"Origin": "http://localhost:3000"},
    {"Origin": "http://shop.localhost:8000"},
    {"Origin": "http://127.0.0.1:8000", "Sec-Fetch-Site": "cross-site"},
    {"Origin": "http://127.5.0.1"},
    {"Origin": "http://[::1]:5173"},
    {"Origin": "http://testserver"},
    {"Origin": "https://testserver:8443"},
    {"Origin": "null", "Sec-Fetch-Site": "same-origin"},
    {"Origin": "https://shop.example"},
]


@pytest.fixture(autouse=True)
def _one_host_is_listed(settings: Any) -> None:
    settings.IAMPORT_SANDBOX_ALLOWED_HOSTS = ["Shop.example"]


def open_window(client: Client, headers: dict[str, str]) -> Any:
    return client.post("/sandbox/window/open", PARAMS, "application/json", headers=headers)


@pytest.mark.parametrize("headers", FOREIGN)
def test_a_foreign_page_opens_no_window(client: Client, headers: dict[str, str]) -> None:
    assert open_window(client, headers).status_code == 403


@pytest.mark.parametrize("headers", AT_HOME)
def test_a_page_of_this_machine_or_of_a_listed_host_opens_one(
    client: Client, headers: dict[str, str]
) -> None:
    assert "url" in open_window(client, headers).json()


FRAME = {"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}


@pytest.mark.parametrize("path", ["open", "certification", "zzim"])
@pytest.mark.parametrize("page", ["https://evil.example", "http://127.0.0.1.evil.example", "null", 1])
def test_a_foreign_page_opens_none_by_way_of_the_sdk_either(client: Client, path: str, page: Any) -> None:
    answer = client.post(
        f"/sandbox/window/{path}", {**PARAMS, "origin": page}, "application/json", headers=FRAME
    )
    assert (answer.status_code, set(answer.json())) == (403, {"refused", "redirect_url"})
    assert "--allow-host" in answer.json()["refused"]["error_msg"]
    assert not open_account("").payments()


@pytest.mark.parametrize("page", ["http://localhost:3000", "http://testserver", "https://shop.example"])
def test_a_page_at_home_opens_one_by_way_of_the_sdk(client: Client, page: str) -> None:
    answer = client.post(
        "/sandbox/window/open", {**PARAMS, "origin": page}, "application/json", headers=FRAME
    )
    assert "url" in answer.json()


OWN = [
    "api.iamport.kr",
    "192.168.0.9:9090",
    "[fd00::9]:9090",
    "iamport:9090",
    "shop.example",
    "named.example",
]


@pytest.mark.parametrize("path", ["window/open", "control/seeds"])
@pytest.mark.parametrize(("host", "is_refused"), [("evil.example", True), *((own, False) for own in OWN)])
def test_where_every_host_is_answered_a_site_that_leads_its_name_here_is_still_foreign(
    client: Client, settings: Any, path: str, host: str, is_refused: bool
) -> None:
    settings.ALLOWED_HOSTS = ["*", "named.example"]
    headers = {"Host": host, "Origin": f"http://{host}"}
    body = {**PARAMS, "set": "demo"}
    answer = client.post(f"/sandbox/{path}", body, "application/json", headers=headers)
    assert (answer.status_code == 403) is is_refused


def test_a_name_that_a_certificate_vouches_for_is_the_sandboxs_own(client: Client, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    headers = {"Host": "tunnel.example", "Origin": "https://tunnel.example"}
    assert "url" in open_window(client, headers).json()


@pytest.mark.parametrize("headers", [FOREIGN[0], FOREIGN[5], FOREIGN[6]])
def test_a_foreign_page_submits_no_window(client: Client, headers: dict[str, str]) -> None:
    url = open_window(client, {}).json()["url"]
    assert client.post(url, {"action": "close"}, headers=headers).status_code == 403
    assert client.get(url, headers=headers).status_code == 200


def test_the_window_itself_names_no_origin_where_browsers_keep_it_back(client: Client) -> None:
    url = open_window(client, {}).json()["url"]
    assert client.post(url, {"action": "close"}, headers={"Origin": "null"}).status_code == 200


@pytest.mark.parametrize("pattern", urlpatterns, ids=lambda pattern: str(pattern.name))
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_whatever_the_view_a_foreign_page_changes_nothing(client: Client, pattern: Any, method: str) -> None:
    path = {"imp_uid": "imp_1", "window_key": "k", "name": "cancel", "key": "k", "path": "/users/getToken"}
    wanted = {name: path[name] for name in pattern.pattern.regex.groupindex or pattern.pattern.converters}
    request = client.request().wsgi_request
    request.method = method.upper()
    request.META["HTTP_ORIGIN"] = "https://evil.example"
    # 405: the view takes no such request from anybody
    assert pattern.callback(request, **wanted).status_code in (403, 405)
