import json
from typing import Any

import pytest
from django.core import checks
from django.test import Client
from django.urls import resolve

from django_iamport.sandbox import views
from django_iamport.sandbox.api.routes import ROUTES
from django_iamport.sandbox.checks import addresses_are_included, sandbox_is_not_deployed
from django_iamport.sandbox.urls import urlpatterns

CREDENTIALS = {"imp_key": "sandbox-key", "imp_secret": "sandbox-secret"}
PAGES = [
    ("get", "/sandbox/"),
    ("get", "/sandbox/iamport.js"),
    ("post", "/sandbox/api/users/getToken"),
    ("get", "/sandbox/window/frame"),
    ("post", "/sandbox/window/open"),
    ("get", "/sandbox/assets/window.css"),
]


@pytest.mark.django_db
def test_the_rest_api_answers_under_api() -> None:
    client = Client(enforce_csrf_checks=True)
    answer = client.post("/sandbox/api/users/getToken", CREDENTIALS, "application/json")
    token = answer.json()["response"]["access_token"]
    body = {"merchant_uid": "주문$1", "amount": 100}
    headers = {"Authorization": f"Bearer {token}"}
    prepared = client.post("/sandbox/api/payments/prepare/", body, "application/json", headers=headers)
    assert prepared.json()["code"] == 0
    read = client.get("/sandbox/api/payments/prepare/%EC%A3%BC%EB%AC%B8%241", headers=headers)
    assert read.json()["response"]["merchant_uid"] == "주문$1"
    missing = client.get("/sandbox/api/payments?imp_uid%5B%5D=imp_1", headers=headers)
    assert (missing.status_code, missing["Content-Type"]) == (404, "application/json; charset=utf-8")
    assert json.loads(missing.content)["message"] == "존재하지 않는 결제정보입니다."


@pytest.mark.django_db
@pytest.mark.parametrize(("method", "path"), PAGES)
def test_nobody_is_asked_to_log_in(client: Client, settings: Any, method: str, path: str) -> None:
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "django.contrib.auth.middleware.LoginRequiredMiddleware"]
    assert getattr(client, method)(path).status_code not in (302, 403)


@pytest.mark.parametrize(("method", "path"), PAGES)
def test_where_debug_is_off_nothing_answers(client: Client, settings: Any, method: str, path: str) -> None:
    settings.DEBUG = False
    settings.IAMPORT_SANDBOX_ALLOWED = False
    response = getattr(client, method)(path)
    assert response.status_code == 404
    assert "IAMPORT_SANDBOX_ALLOWED" in response.content.decode()


@pytest.mark.parametrize(
    ("urls", "debug", "ids"),
    [
        ("django_iamport.sandbox.root_urls", True, []),
        ("tests.sandbox.test_views", True, ["iamport_sandbox.W002"]),
        ("tests.sandbox.test_views", False, []),
    ],
)
def test_whoever_forgets_its_addresses_is_told(settings: Any, urls: str, debug: bool, ids: list[str]) -> None:
    settings.ROOT_URLCONF, settings.DEBUG, settings.IAMPORT_SANDBOX_ALLOWED = urls, debug, False
    assert [message.id for message in addresses_are_included()] == ids
    assert addresses_are_included in checks.registry.registry.get_checks()


@pytest.mark.parametrize(
    ("debug", "allowed", "ids"),
    [
        (False, False, ["iamport_sandbox.E001"]),
        (False, True, ["iamport_sandbox.W001"]),
        (True, False, []),
    ],
)
def test_a_deployment_is_told_of_the_sandbox(
    settings: Any, debug: bool, allowed: bool, ids: list[str]
) -> None:
    settings.DEBUG, settings.IAMPORT_SANDBOX_ALLOWED = debug, allowed
    assert [message.id for message in sandbox_is_not_deployed()] == ids
    assert sandbox_is_not_deployed in checks.registry.registry.get_checks(include_deployment_checks=True)
    assert sandbox_is_not_deployed not in checks.registry.registry.get_checks()


@pytest.mark.parametrize("pattern", urlpatterns, ids=lambda pattern: str(pattern.name))
def test_every_view_stays_out_of_the_shop_s_transactions_and_logins(pattern: Any) -> None:
    view = pattern.callback
    assert view._non_atomic_requests == {"default"}
    assert view.login_required is False
    assert getattr(view, "csrf_exempt", False) is not pattern.name.startswith("console")


def test_no_page_stands_at_the_root_where_an_operation_is() -> None:
    hidden = [
        route.path
        for route in ROUTES
        if resolve(route.path, "django_iamport.sandbox.root_urls").func is not views.api
    ]
    assert hidden == []


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("window.js", "text/javascript; charset=utf-8"),
        ("console.css", "text/css; charset=utf-8"),
        ("icon.svg", "image/svg+xml"),
    ],
)
def test_files_are_served_without_collectstatic(client: Client, name: str, content_type: str) -> None:
    response = client.get(f"/sandbox/assets/{name}")
    assert response["Content-Type"] == content_type
    assert response["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("name", ["..%2Fapps.py", "apps.py", "none.js", "..", "%2Fetc%2Fpasswd"])
def test_nothing_else_is_served(client: Client, name: str) -> None:
    assert client.get(f"/sandbox/assets/{name}").status_code == 404


@pytest.mark.django_db
def test_the_sdk_is_ours_and_takes_a_query(client: Client) -> None:
    response = client.get("/sandbox/iamport.js?legacy")
    assert b"loadUI" in response.content
    assert b'"pg": "kakaopay", "mid": "TC0ONETIME", "group": null, "methods": ["kakaopay"' in response.content
    assert b"window.IMP" in response.content
    assert b"eval(" not in response.content
