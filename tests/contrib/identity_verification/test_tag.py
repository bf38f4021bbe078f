"""`{% iamport_identity %}`: configuration without inline script, and a script that is small."""

import gzip
import json
import re
from pathlib import Path

import pytest
from django.template import engines
from django.test import RequestFactory
from django.utils.translation import override

import django_iamport
import django_iamport.contrib.identity_verification as app
from django_iamport.contrib.identity_verification.templatetags.iamport_identity import messages

pytestmark = pytest.mark.on_each_pair

CHECKOUT = Path(django_iamport.__file__).parent / "static/django_iamport/checkout.js"
SCRIPT = Path(app.__file__).parent / "static/iamport_identity_verification/identity.js"


def render(tag='{% iamport_identity button="#verify" next_url=next %}', **context):
    request = RequestFactory().get("/")
    return engines["django"].from_string("{% load iamport_identity %}" + tag).render(context, request)


def configuration(html):
    (text,) = re.findall(r'<script id="iamport-identity-1" type="application/json">(.*?)</script>', html)
    return json.loads(text)


def test_it_names_button_addresses_and_merchant_and_nobody():
    config = configuration(render(next="/cart/"))
    assert (config["button"], config["next"], config["merchantCode"]) == ("#verify", "/cart/", "imp00000000")
    assert config["urls"] == {"begin": "/identity/begin/", "validation": "/identity/validation/"}
    assert set(config) == {
        *("merchantCode", "tierCode", "button", "next", "urls", "csrf", "messages"),
    }


def test_its_scripts_are_files_that_carry_the_nonce():
    html = render('{% iamport_identity button="#verify" nonce="n1" %}')
    running = re.findall(r"<script (?!id=)([^>]*)>(.*?)</script>", html)
    assert [body for _attributes, body in running] == ["", ""]
    assert all('nonce="n1"' in attributes for attributes, _body in running)


def test_it_leads_to_no_other_site_and_ends_no_script():
    assert configuration(render(next="https://evil.example/"))["next"] == ""
    html = render("{% iamport_identity button=next %}", next="</script><b>")
    assert "</script><b>" not in html
    assert configuration(html)["button"] == "</script><b>"


def test_the_sdk_is_loaded_once_a_page():
    html = render('{% iamport_identity button="#a" %}{% iamport_identity button="#b" %}')
    assert html.count("iamport.js") == 1


def test_its_texts_are_translated():
    with override("en"):
        english = messages()
    with override("ko"):
        assert {name for name, text in messages().items() if text == english[name]} == set()


def test_the_script_is_small_writes_no_markup_and_says_what_the_tag_says():
    script = SCRIPT.read_text(encoding="utf-8")
    assert len(gzip.compress(script.encode())) <= 3_000
    assert not re.search(r"innerHTML|insertAdjacentHTML|document\.write|eval\(", script)
    assert set(re.findall(r"\bsay\.(\w+)", script)) == set(messages())


@pytest.mark.parametrize("name", ["post", "show", "remembered"])
def test_what_is_copied_from_the_payments_script_stays_the_same(name):
    def function(path):
        text = path.read_text(encoding="utf-8").replace(", fields: {} }", " }")
        return re.search(rf"\n  (async )?function {name}\(.*?\n  }}\n", text, re.DOTALL)[0]

    assert function(SCRIPT) == function(CHECKOUT)
