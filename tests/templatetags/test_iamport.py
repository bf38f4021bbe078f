"""`{% iamport_checkout %}`: configuration without inline script, safe against what customers type."""

import gzip
import json
import re
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest
from django.template import Context, Engine, RequestContext, TemplateSyntaxError, engines
from django.test import RequestFactory
from django.utils.functional import SimpleLazyObject
from django.utils.translation import override

import django_iamport
from django_iamport.templatetags.iamport import (
    SAFE_PARAMETERS,
    _in_selector,
    iamport_amount,
    iamport_pay_method,
    messages,
)
from tests.shop.models import Order, Ticket

CHECKOUT_JS = Path(django_iamport.__file__).parent / "static/django_iamport/checkout.js"


DECIDED_BY_THE_SERVER = ["amount", "currency", "merchant_uid", "name", "customer_uid", "customer_uid_usage"]
DECIDED_BY_THE_SERVER += [
    "channelKey",
    "pg",
    "notice_url",
    "m_redirect_url",
    "buyer_name",
    "escrow",
    "anything",
]


class LazyNonce(SimpleLazyObject):
    """As in Django 6 and django-csp: false until it was read."""

    def __init__(self) -> None:
        self.__dict__["read"] = False
        super().__init__(self._make)

    def _make(self) -> str:
        self.__dict__["read"] = True
        return "lazy-nonce"

    def __bool__(self) -> bool:
        return bool(self.__dict__["read"])


def render(tag='{% iamport_checkout form="#order" %}', request=None, **context):
    request = request or RequestFactory().get("/")
    template = engines["django"].from_string("{% load iamport %}" + tag)
    return template.render(context, request)


def configurations(html):
    found = re.findall(r'<script id="([\w-]+)" type="application/json">(.*?)</script>', html, re.DOTALL)
    return {name: json.loads(text) for name, text in found}


def configuration(html):
    (config,) = configurations(html).values()
    return config


def scripts(html):
    """The attributes of every script element that runs."""
    found = re.findall(r"<script([^>]*)>(.*?)</script>", html, re.DOTALL)
    running = [(attributes, body) for attributes, body in found if "application/json" not in attributes]
    assert all(not body for _, body in running), "inline script"
    return [attributes for attributes, _ in running]


class TestConfiguration:
    def test_it_names_the_form_the_addresses_and_the_merchant(self):
        config = configuration(render())
        assert (config["form"], config["orderId"]) == ("#order", None)
        assert config["merchantCode"] == "imp00000000"
        assert config["urls"] == {
            "create": "/pay/order/create_ajax/",
            "checkout": "/pay/order/checkout/",
            "validation": "/pay/order/validation/",
        }
        assert config["csrf"]["header"] == "X-CSRFTOKEN"
        assert len(config["csrf"]["token"]) == 64

    @pytest.mark.django_db
    def test_it_names_an_order_that_exists(self):
        tag = '{% iamport_checkout order=order button="#pay" %}'
        config = configuration(render(tag, order=Order(pk=7)))
        assert (config["orderId"], config["button"], config["form"]) == ("shop.order:7", "#pay", "")

    @pytest.mark.django_db
    def test_it_carries_no_amount_and_no_person(self):
        tag = '{% iamport_checkout order=order button="#pay" %}'
        order = Order(pk=7, amount=54_321, name="녹차", buyer_name="김지은", buyer_email="kim@shop.example")
        html = render(tag, order=order)
        # None of them can stand in a random token by chance.
        for text in ("54321", "54,321", "녹차", "김지은", "kim@"):
            assert text not in html

    def test_what_could_end_the_script_is_escaped(self):
        html = render("{% iamport_checkout form=form %}", form="</script><script>alert(1)</script>")
        assert "<script>alert" not in html
        assert configuration(html)["form"] == "</script><script>alert(1)</script>"

    @pytest.mark.parametrize(
        ("argument", "setting"), [("form", None), ("nonce", None), (None, "IAMPORT_SDK_URL")]
    )
    def test_attributes_are_escaped(self, settings, argument, setting):
        odd = '/"><b>'
        if setting:
            setattr(settings, setting, odd)
        tag = {"form": "{% iamport_checkout form=odd %}"}.get(
            argument or "", '{% iamport_checkout form="#o" nonce=odd %}'
        )
        assert "<b>" not in render(tag, odd=odd)

    def test_the_agency_code_is_passed_on(self, settings):
        settings.IAMPORT_TIER_CODE = "ABC"
        assert configuration(render())["tierCode"] == "ABC"


class TestChannels:
    @pytest.fixture(autouse=True)
    def _channels(self, settings):
        settings.IAMPORT_CHANNELS = {
            "card": {"channelKey": "channel-key-1"},
            "kakaopay": {"pg": "html5_inicis.MOI", "pay_method": "kakaopay"},
        }

    def test_the_page_has_the_name_and_nothing_of_what_it_stands_for(self):
        html = render('{% iamport_checkout form="#o" channel="kakaopay" %}')
        assert configuration(html)["channel"] == "kakaopay"
        assert "html5_inicis.MOI" not in html

    def test_without_a_name_the_buttons_say_it(self):
        assert configuration(render())["channel"] == ""

    def test_a_name_that_is_not_in_the_settings_is_found_when_the_page_is_made(self):
        with pytest.raises(TemplateSyntaxError, match="paypal is not one of IAMPORT_CHANNELS"):
            render('{% iamport_checkout form="#o" channel="paypal" %}')

    def test_two_ways_of_payment_are_refused(self):
        render('{% iamport_checkout form="#o" channel="card" pay_method="trans" %}')
        with pytest.raises(TemplateSyntaxError, match="kakaopay has a pay_method"):
            render('{% iamport_checkout form="#o" channel="kakaopay" pay_method="card" %}')

    @pytest.mark.django_db
    @pytest.mark.parametrize(
        ("key", "button"),
        [
            (7, "#pay-7"),
            ("0c6f1a2e-0000-4000-8000-000000000000", "#pay-0c6f1a2e-0000-4000-8000-000000000000"),
        ],
    )
    def test_a_button_is_told_apart_by_the_orders_key(self, key, button):
        tag = '{% iamport_checkout order=order button="#pay-{order}" %}'
        order = Ticket(pk=key) if isinstance(key, str) else Order(pk=key)
        assert configuration(render(tag, order=order))["button"] == button

    def test_no_key_ends_a_selector(self):
        assert _in_selector("x], body *") == r"x\]\,\ body\ \*"


class TestWaitingAccount:
    TAG = '{% iamport_checkout order=order button="#pay" %}'

    def test_the_page_says_so_before_the_button_is_pressed(self, attempt, iamport_sandbox, confirm):
        confirm(attempt, iamport_sandbox.issue_account(attempt))
        html = render(self.TAG, order=attempt.order)
        assert "A virtual account was issued for this order. Please deposit the amount by " in html
        assert f'<a href="/pay/order/complete/{attempt.merchant_uid}/">See the account</a>' in html

    def test_an_order_without_one_has_nothing_to_say(self, attempt, iamport_sandbox, confirm):
        assert "See the account</a>" not in render(self.TAG, order=attempt.order)
        confirm(attempt, iamport_sandbox.decline(attempt))
        assert "See the account</a>" not in render(self.TAG, order=attempt.order)

    def test_a_list_whose_transactions_were_prefetched_costs_no_further_query(
        self, attempt, iamport_sandbox, confirm, django_assert_num_queries
    ):
        confirm(attempt, iamport_sandbox.issue_account(attempt))
        (order,) = Order.objects.prefetch_related("transactions")
        with django_assert_num_queries(0):
            assert "See the account</a>" in render(self.TAG, order=order)


class TestParameters:
    @pytest.mark.parametrize("name", sorted(SAFE_PARAMETERS))
    def test_what_only_changes_the_look_is_taken(self, name):
        assert configuration(render('{% iamport_checkout form="#o" ' + name + '="x" %}'))["requestPay"] == {
            name: "x"
        }

    @pytest.mark.parametrize("name", DECIDED_BY_THE_SERVER)
    def test_what_the_server_decides_is_refused(self, name):
        with pytest.raises(TemplateSyntaxError, match=name):
            render('{% iamport_checkout form="#o" ' + name + '="x" %}')

    @pytest.mark.parametrize(
        "arguments", ["", "order=order", 'button="#pay"', 'form="#o" order=order button="#p"']
    )
    def test_a_form_or_an_order_with_its_button_is_demanded(self, arguments):
        with pytest.raises(TemplateSyntaxError, match=r"form=…, or order=… and button=…"):
            render("{% iamport_checkout " + arguments + " %}", order=Order(pk=1))


class TestScripts:
    def test_none_is_inline_and_all_wait_for_the_page(self):
        sdk, checkout = scripts(render())
        assert 'src="https://cdn.iamport.kr/v1/iamport.js"' in sdk
        assert 'src="/static/django_iamport/checkout.js"' in checkout
        assert "defer" in sdk.split()
        assert "defer" in checkout.split()

    def test_there_are_no_inline_handlers_or_styles(self):
        assert not re.search(r"\son\w+=|\sstyle=|javascript:", render())

    @pytest.mark.parametrize(
        "tags",
        [
            '{% iamport_checkout form="#a" %}{% iamport_checkout form="#b" %}',
            '{% for s in "ab" %}{% iamport_checkout form=s %}{% endfor %}',
            "{% for s in 'ab' %}{% include row %}{% endfor %}",
            "{% iamport_checkout form='#a' %}{% include row with s='b' %}",
        ],
        ids=["twice", "loop", "include", "page and include"],
    )
    def test_two_buttons_share_the_sdk_and_nothing_else(self, tags):
        row = engines["django"].from_string("{% load iamport %}{% iamport_checkout form=s %}")
        html = render(tags, row=row.template)
        assert html.count("iamport.js") == 1
        assert len(configurations(html)) == 2
        assert sorted(re.findall(r'data-config="([\w-]+)"', html)) == sorted(configurations(html))

    def test_a_page_that_is_rendered_twice_is_the_same_page(self):
        template = engines["django"].from_string('{% load iamport %}{% iamport_checkout form="#a" %}')
        ids = [list(configurations(template.render({}, RequestFactory().get("/")))) for _ in range(2)]
        assert ids[0] == ids[1]

    def test_without_javascript_the_page_says_so(self):
        assert "<noscript><p>JavaScript is required to pay here.</p></noscript>" in render()

    def test_changes_are_told_to_screen_readers(self):
        assert 'role="status" aria-live="polite"' in render()


class TestNonce:
    def nonces(self, html):
        return re.findall(r'nonce="([^"]*)"', html)

    def test_without_a_policy_there_is_none(self):
        assert self.nonces(render()) == []

    def test_it_may_be_given(self):
        assert self.nonces(render('{% iamport_checkout form="#o" nonce="given" %}')) == ["given", "given"]

    @pytest.mark.parametrize("name", ["csp_nonce", "CSP_NONCE"])
    def test_it_comes_from_the_context_even_if_nobody_read_it_yet(self, name):
        nonce = LazyNonce()
        assert self.nonces(render(**{name: nonce})) == ["lazy-nonce", "lazy-nonce"]
        assert nonce

    def test_it_comes_from_the_request_even_if_nobody_read_it_yet(self):
        request = RequestFactory().get("/")
        request.csp_nonce = LazyNonce()
        assert self.nonces(render(request=request)) == ["lazy-nonce", "lazy-nonce"]

    def test_what_is_given_wins_and_an_empty_one_means_none(self):
        assert self.nonces(render('{% iamport_checkout form="#o" nonce="" %}', csp_nonce="context")) == []
        assert self.nonces(render('{% iamport_checkout form="#o" nonce="given" %}', csp_nonce="context"))[
            0
        ] == ("given")

    def test_djangos_own_is_put_into_header_and_tag(self, client, settings):
        csp = pytest.importorskip("django.utils.csp")
        settings.MIDDLEWARE = [*settings.MIDDLEWARE, "django.middleware.csp.ContentSecurityPolicyMiddleware"]
        settings.SECURE_CSP = {"script-src": [csp.CSP.NONCE, csp.CSP.STRICT_DYNAMIC]}
        (templates,) = settings.TEMPLATES
        processors = [
            *templates["OPTIONS"]["context_processors"],
            "django.template.context_processors.csp",
        ]
        settings.TEMPLATES = [{**templates, "OPTIONS": {"context_processors": processors}}]
        from django.http import HttpResponse
        from django.middleware.csp import ContentSecurityPolicyMiddleware

        def page(request: HttpRequest) -> HttpResponse:
            return HttpResponse(render(request=request))

        response = ContentSecurityPolicyMiddleware(page)(RequestFactory().get("/"))
        (nonce,) = set(self.nonces(response.content.decode()))
        assert f"'nonce-{nonce}'" in response.headers["Content-Security-Policy"]


def test_the_script_is_at_most_4_000_bytes_on_its_way_to_a_phone():
    assert len(gzip.compress(CHECKOUT_JS.read_bytes(), 9)) <= 4_000


class TestMessages:
    SOURCE = CHECKOUT_JS.read_text(encoding="utf-8")

    def test_every_message_that_the_script_says_is_there_and_none_besides(self):
        said = set(re.findall(r"\bsay\.(\w+)", self.SOURCE))
        assert said == set(messages())

    def test_the_page_carries_them(self):
        assert configuration(render())["messages"] == messages()

    def test_the_script_has_no_words_of_its_own(self):
        code = re.sub(r"/\*.*?\*/|(?m:^\s*//.*$)", "", self.SOURCE, flags=re.DOTALL)
        texts = re.findall(r'"([^"\n]*)"', code)
        selectors = [text for text in texts if re.search(r"[\[\].#:]", text)]
        sentences = [text for text in texts if re.search(r"\w\s+\w|[.!?…]$|[가-힣]", text)]
        assert texts
        assert [text for text in sentences if text not in selectors and text != "use strict"] == []

    def test_it_writes_texts_and_never_markup(self):
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", self.SOURCE)

    def test_all_of_them_are_translatable_and_distinct(self):
        assert all(messages().values())
        with override("ko"):
            assert len(set(messages().values())) == len(messages())


class TestAmount:
    @pytest.mark.parametrize(
        ("amount", "currency", "shown"),
        [
            (1_234_567, "KRW", "₩1,234,567"),
            (0, "KRW", "₩0"),
            ("10.5", "USD", "USD 10.50"),
            (1500, "JPY", "JPY 1,500"),
            (None, "KRW", ""),
            ("", "KRW", ""),
        ],
    )
    def test_it_reads_as_people_write_it(self, amount, currency, shown):
        with override("en"):
            assert iamport_amount(amount, currency) == shown


@pytest.mark.parametrize(
    ("pay_method", "pg_provider", "korean", "english"),
    [
        ("card", "html5_inicis", "신용카드", "Credit card"),
        ("point", "naverpay", "네이버페이", "Naver Pay"),
        ("card", "kakaopay", "카카오페이", "KakaoPay"),
        ("card", "tosspay_v2", "토스페이", "Toss Pay"),
        ("point", "kcp", "포인트", "Points"),
        ("", "naverpay", "", ""),
        ("unionpay", "eximbay", "unionpay", "unionpay"),
    ],
)
def test_a_wallets_payment_is_called_by_the_wallet(pay_method, pg_provider, korean, english):
    for language, words in (("ko", korean), ("en", english)):
        with override(language):
            assert iamport_pay_method(pay_method, pg_provider) == words


def test_a_page_without_a_request_is_told_what_is_missing():
    template = engines["django"].from_string('{% load iamport %}{% iamport_checkout form="#a" %}')
    with pytest.raises(ImproperlyConfigured, match=r"render\(request, …\)"):
        template.template.render(Context({}))


def test_djangos_context_processor_of_the_request_is_not_needed():
    template = Engine(libraries={"iamport": "django_iamport.templatetags.iamport"}).from_string(
        '{% load iamport %}{% iamport_checkout form="#order" %}'
    )
    page = template.render(RequestContext(RequestFactory().get("/")))
    assert configuration(page)["form"] == "#order"
