"""`iamport_check` calls the shop's own addresses from outside in, and says what came back."""

import re
from pathlib import Path

import pytest
import requests
from django.test import Client, override_settings
from django.urls import include, path

from django_iamport.checks import own_addresses
from django_iamport.models import History
from django_iamport.urls import urlpatterns as iamport_urlpatterns
from tests.shop.models import OrderTransaction

SITE = "https://shop.example"


without_confirm = [pattern for pattern in iamport_urlpatterns if pattern.name != "confirm"]
urlpatterns = [path("pay/", include((without_confirm, "iamport")))]


@pytest.fixture
def outside(db, monkeypatch, settings):
    """Calls come from outside, through a proxy that ends https, and pass all of the shop's middleware."""
    settings.IAMPORT_SITE_URL = SITE
    settings.ALLOWED_HOSTS = ["shop.example", "www.shop.example"]
    settings.DEBUG = False
    called = []

    def call(method, url, fields):
        called.append((method, url.partition("?")[0]))
        scheme, host, address = re.fullmatch(r"(https?)://([^/]+)(/.*)", url).groups()
        client = Client(enforce_csrf_checks=True, headers={"host": host})
        body = [] if fields is None else [fields, "application/json"]
        answer = getattr(client, method.lower())(address, *body, secure=scheme == "https")
        return own_addresses.Answer(answer.status_code, answer.headers.get("Location", ""), answer.content)

    monkeypatch.setattr(own_addresses, "call", call)
    return called


def found():
    return [(finding.code, finding.level) for finding in own_addresses.examine()]


def test_a_shop_that_answers_has_no_finding_and_nothing_is_stored(outside, iamport_sandbox):
    assert found() == []
    assert outside == [
        ("POST", f"{SITE}/pay/webhook/"),
        ("POST", f"{SITE}/pay/confirm/"),
        ("GET", f"{SITE}/pay/redirect/"),
    ]
    assert iamport_sandbox.calls == []
    assert (History.objects.count(), OrderTransaction.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("overridden", "location"),
    [
        ({"PREPEND_WWW": True}, "https://www.shop.example/pay/webhook/"),
        ({"SECURE_SSL_REDIRECT": True, "IAMPORT_SITE_URL": "http://shop.example"}, f"{SITE}/pay/webhook/"),
    ],
    ids=["www", "https"],
)
def test_an_address_that_redirects_is_told_with_where_it_leads_to(outside, overridden, location):
    with override_settings(**overridden):
        findings = list(own_addresses.examine())

    assert {(finding.code, finding.level) for finding in findings} == {("address_redirects", "error")}
    assert len(findings) == 3
    assert f"redirects to {location} (301)" in str(findings[0].text)


def test_notices_over_plain_http_can_be_let_in(outside, settings):
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_REDIRECT_EXEMPT = [r"^pay/(webhook|confirm)/?$"]
    settings.IAMPORT_SITE_URL = "http://shop.example"

    [finding] = own_addresses.examine()

    assert str(finding.text).startswith("http://shop.example/pay/redirect/ redirects to")


@pytest.mark.parametrize("status", [200, 401, 403, 404, 502])
def test_whatever_stands_in_front_of_the_shop_is_told_with_its_status(outside, monkeypatch, status):
    page = own_addresses.Answer(status, "", b"<title>Sign in</title>")
    monkeypatch.setattr(own_addresses, "call", lambda method, url, fields: page)

    findings = list(own_addresses.examine())

    assert [str(finding.text) for finding in findings] == [
        f"{SITE}/pay/{name}/ is answered with {status}, and not by this package."
        for name in ("webhook", "confirm", "redirect")
    ]
    assert {(finding.code, finding.level) for finding in findings} == {("address_answers", "error")}


@pytest.mark.parametrize("body", [b"[]", b'"ignored"', b"\xff", b'{"status": "stored"}'])
def test_another_json_is_not_ours(outside, monkeypatch, body):
    monkeypatch.setattr(own_addresses, "call", lambda *call: own_addresses.Answer(200, "", body))

    assert found() == [("address_answers", "error")] * 3


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (requests.ReadTimeout, "no answer in time"),
        (requests.exceptions.SSLError, "the certificate is not valid"),
        (requests.ConnectionError, "no connection"),
    ],
)
def test_an_address_that_can_t_be_reached_is_told_once_and_is_no_error_yet(outside, monkeypatch, error, why):
    def fail(method, url, fields):
        raise error("HTTPSConnectionPool(host='shop.example', port=443)")

    monkeypatch.setattr(own_addresses, "call", fail)

    [finding] = own_addresses.examine()
    assert (finding.code, finding.level) == ("address_unreachable", "warning")
    assert str(finding.text) == f"{SITE}/pay/webhook/ can't be reached from this server: {why}."


def test_without_an_address_in_the_payments_the_one_for_the_console_is_told(outside, settings):
    settings.IAMPORT_SEND_NOTICE_URL = False

    [finding] = own_addresses.examine()
    assert (finding.code, finding.level) == ("console_address", "note")
    assert f"{SITE}/pay/webhook/" in str(finding.hint)


@override_settings(ROOT_URLCONF=__name__)
def test_a_shop_without_the_confirm_process_is_not_asked_about_it(outside):
    assert found() == []
    assert [url for _method, url in outside] == [f"{SITE}/pay/webhook/", f"{SITE}/pay/redirect/"]


def test_over_a_real_connection(site, settings):
    settings.IAMPORT_SITE_URL = site.url
    settings.DEBUG = False

    assert found() == []


def test_every_finding_is_told_in_both_guides():
    source = Path(own_addresses.__file__).read_text(encoding="utf-8")
    known = set(re.findall(r'Finding\(\s*"(\w+)"', source))
    docs = Path(own_addresses.__file__).parents[2] / "docs"
    for page in ("operating.md", "operating.ko.md"):
        text = (docs / page).read_text(encoding="utf-8")
        assert {code for code in known if f"`{code}`" not in text} == set()


class TestTheScript:
    """checkout.js, which a project that forgot to collect its static files doesn't serve."""

    URL = f"{SITE}/static/django_iamport/checkout.js"

    def found(self, monkeypatch, answer):
        called = []

        def call(method, url, fields):
            called.append((method, url, fields))
            if isinstance(answer, Exception):
                raise answer
            return answer

        monkeypatch.setattr(own_addresses, "call", call)
        return called, [*own_addresses.examine_script()]

    @pytest.mark.parametrize("status", [403, 404, 500])
    def test_a_page_without_it_can_t_pay(self, monkeypatch, settings, status):
        settings.IAMPORT_SITE_URL = SITE
        called, [finding] = self.found(monkeypatch, own_addresses.Answer(status, "", b""))
        assert called == [("GET", self.URL, None)]
        assert (finding.code, finding.level) == ("script_missing", "error")
        assert f"is answered with {status} at {self.URL}" in str(finding.text)
        assert "collectstatic" in str(finding.hint)

    @pytest.mark.parametrize(
        "answer", [own_addresses.Answer(200, "", b"/* */"), own_addresses.Answer(302, "https://cdn", b"")]
    )
    def test_a_page_with_it_has_no_finding(self, monkeypatch, settings, answer):
        settings.IAMPORT_SITE_URL = SITE
        assert self.found(monkeypatch, answer)[1] == []

    def test_it_may_stand_at_another_host_which_this_server_need_not_reach(self, monkeypatch, settings):
        settings.IAMPORT_SITE_URL, settings.STATIC_URL = SITE, "https://cdn.example/s/"
        called, found = self.found(monkeypatch, requests.ConnectionError())
        assert (called[0][1], found) == ("https://cdn.example/s/django_iamport/checkout.js", [])

    @pytest.mark.parametrize("has_root", [True, False])
    def test_a_storage_with_a_list_of_what_was_collected_knows_without_a_call(
        self, monkeypatch, settings, tmp_path, has_root
    ):
        settings.IAMPORT_SITE_URL, settings.STATIC_ROOT = SITE, str(tmp_path) if has_root else None
        storage = "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
        settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": storage}}
        settings.DEBUG = False
        called, [finding] = self.found(monkeypatch, own_addresses.Answer(200, "", b""))
        assert (called, finding.code) == ([], "script_missing")
