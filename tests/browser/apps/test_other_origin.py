"""A page of another origin buys with a token, by the script of docs/api.md as it stands there."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from functools import wraps
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import include, path
from playwright.sync_api import Page, expect, sync_playwright

from django_iamport.access import AccessMixin
from django_iamport.exceptions import NotAuthenticated
from django_iamport.gateway import connection
from django_iamport.sandbox.rules import Merchant
from django_iamport.urls import with_access
from tests.browser.conftest import CHROMIUM_ARGUMENTS
from tests.browser.customer import WINDOW_KOREAN, WINDOW_TITLE, PaymentWindow
from tests.browser.devices import PATIENCE, PHONE, WIDE
from tests.serving import Site, serving
from tests.shop.models import Order

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TEXT = (Path(__file__).resolve().parents[3] / "docs/api.md").read_text(encoding="utf-8")
(SCRIPT,) = re.findall(r"^```js\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
PAGE = """<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<link rel="icon" href="data:,"><script src="SHOP/sandbox/iamport.js"></script>
<button disabled>Pay</button><pre id="told"></pre>
<script type="module">
SCRIPT
function token() { return "kim"; }
const tell = (answer) => { document.getElementById("told").textContent = JSON.stringify(answer); };
const refuse = ({ code, message, status }) => tell({ code, message, status });
const address = new URLSearchParams(location.search);
IMP.init("imp00000000");
if (location.pathname === "/paid") verify(address.get("merchant_uid")).then(tell, refuse);
document.querySelector("button").addEventListener("click", () => pay(address.get("order")).then(tell, refuse));
document.querySelector("button").disabled = false;
</script>
"""


class ByToken(AccessMixin):
    def get_user(self, request: HttpRequest) -> Any:
        found = get_user_model().objects.filter(
            username=request.headers.get("Authorization", "").removeprefix("Bearer ")
        )
        if not found:
            raise NotAuthenticated("No such token.")
        return found[0]


ORIGINS: set[str] = set()


def letting_in(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """What django-cors-headers does; the server of these tests has read its middleware already."""

    @wraps(view)
    def answered(request: HttpRequest, **named: Any) -> HttpResponseBase:
        is_asked_first = request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
        response = HttpResponse() if is_asked_first else view(request, **named)
        if request.headers.get("Origin") in ORIGINS:
            response.headers["Access-Control-Allow-Origin"] = request.headers["Origin"]
            response.headers["Access-Control-Allow-Headers"] = "authorization, content-type"
        return response

    return answered


pay, name = with_access(ByToken)
for pattern in pay:
    pattern.callback = letting_in(pattern.callback)
urlpatterns = [
    path("pay/", include((pay, name))),
    path("sandbox/", include("django_iamport.sandbox.urls")),
]


class OtherOrigin(ThreadingHTTPServer):
    shop = ""

    @property
    def url(self) -> str:
        return f"http://localhost:{self.server_port}"


class Answers(BaseHTTPRequestHandler):
    server: OtherOrigin

    def do_GET(self) -> None:
        script = SCRIPT.replace("https://shop.example", self.server.shop)
        body = PAGE.replace("SHOP", self.server.shop).replace("SCRIPT", script).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def other_origin(site: Site, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[OtherOrigin]:
    merchant = Merchant()
    settings.ROOT_URLCONF = __name__
    settings.IAMPORT_SANDBOX_ALLOWED = True
    settings.IAMPORT_API_URL = f"{site.url}/sandbox/api"
    settings.IAMPORT_KEY, settings.IAMPORT_SECRET = merchant.key, merchant.secret
    settings.IAMPORT_SITE_URL = site.url
    with serving(OtherOrigin(("127.0.0.1", 0), Answers)) as server:
        server.shop = site.url
        monkeypatch.setattr(f"{__name__}.ORIGINS", {server.url})
        settings.IAMPORT_RETURN_URLS = {"web": f"{server.url}/paid"}
        yield server
    # The shop's way to the gateway, which is this server, too: while it is open, a thread of it waits.
    connection.session().close()


def told(page: Page) -> Any:
    expect(page.locator("#told")).not_to_be_empty()
    return json.loads(page.locator("#told").inner_text())


@pytest.mark.parametrize("device", [WIDE, PHONE], ids=["desk", "phone"])
def test_it_pays_with_a_token_and_hears_the_shops_own_answer(
    other_origin: OtherOrigin, chromium_path: str, device: dict[str, Any]
) -> None:
    user = get_user_model().objects.create_user("kim")
    mine = Order.objects.create(name="Tea", amount=50_000, user=user)
    theirs = Order.objects.create(name="Tea", amount=50_000)
    # Django refuses this thread its database while Playwright's loop runs.
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=CHROMIUM_ARGUMENTS)
        context = browser.new_context(locale="ko-KR", **device)
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.goto(f"{other_origin.url}/?order={theirs.pk}")
        page.get_by_role("button", name="Pay").click()
        refused = told(page)
        page.goto(f"{other_origin.url}/?order={mine.pk}")
        page.get_by_role("button", name="Pay").click()
        if device is PHONE:
            PaymentWindow(page, WINDOW_KOREAN).pay_by_card()
            page.wait_for_url(f"{other_origin.url}/paid?**")
        else:
            PaymentWindow(page.frame_locator(f'iframe[title="{WINDOW_TITLE}"]'), WINDOW_KOREAN).pay_by_card()
        answer, came_to = told(page), urlsplit(page.url)
        browser.close()
    assert (refused["code"], refused["status"]) == ("not_found", 404)
    assert answer["status"] == "paid"
    mine.refresh_from_db()
    assert mine.status == "paid"
    if device is PHONE:
        assert parse_qs(came_to.query) == {"merchant_uid": [answer["merchant_uid"]], "status": ["paid"]}
