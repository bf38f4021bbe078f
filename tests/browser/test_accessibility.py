"""Every page that the package ships, in Korean and English, at a desk and on a phone by turns: nothing leaves its
frame.

Axe, which takes most of the time, looks at each page once, of four in a row at each in another of these ways.
Django's test client makes the pages, with all on them that can be, and Chromium is shown them from there: no
server runs, and none of the example's own templates stands before the package's.
"""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django
import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.contrib.auth.models import User
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import include, path, reverse
from playwright.sync_api import BrowserContext, Page, Route, sync_playwright

from django_iamport.admin import OverviewAdmin, SyncRunAdmin
from django_iamport.contrib.billing.admin import BillingKeyAdminMixin
from django_iamport.contrib.cash_receipts import receipts
from django_iamport.contrib.cash_receipts.admin import CashReceiptAdmin, CashReceiptButtonMixin
from django_iamport.contrib.cash_receipts.exceptions import CashReceiptRefused
from django_iamport.contrib.cash_receipts.models import CashReceipt
from django_iamport.contrib.escrow import deliveries
from django_iamport.contrib.escrow.admin import DeliveryAdmin, EscrowOrderAdminMixin
from django_iamport.contrib.escrow.models import Delivery
from django_iamport.contrib.identity_verification.admin import IdentityVerificationAdminMixin
from django_iamport.models import Cancellation, History, OperatorCall, Refund
from django_iamport.payments import request_pay
from django_iamport.records.sync_cursor import Overview, SyncRun
from django_iamport.testing import Sandbox
from tests.admin.desk import OrderAdmin as OrderAtTheDesk
from tests.admin.desk import OrderTransactionAdmin as OrderTransactionAtTheDesk
from tests.admin.desk import change, page, site
from tests.browser.conftest import CHROMIUM_ARGUMENTS
from tests.browser.devices import PHONE, WIDE
from tests.contrib.subscriptions.desk import SubscriptionAdmin as SubscriptionAtTheDesk
from tests.shop.models import BillingKey, IdentityVerification, Order, OrderTransaction, Subscription
from tests.urls import pay

pytestmark = [pytest.mark.browser, pytest.mark.once, pytest.mark.urls("tests.browser.test_accessibility")]

everything = admin.AdminSite()
for model, model_admin in site._registry.items():
    everything.register(model, type(model_admin))
everything.register(SyncRun, SyncRunAdmin)
everything.register(Overview, OverviewAdmin)


@admin.register(IdentityVerification, site=everything)
class IdentityVerificationAdmin(IdentityVerificationAdminMixin, ModelAdmin):
    pass


@admin.register(BillingKey, site=everything)
class BillingKeyAdmin(BillingKeyAdminMixin, ModelAdmin):
    pass


everything.register(Subscription, SubscriptionAtTheDesk)
everything.register(Delivery, DeliveryAdmin)
everything.register(CashReceipt, CashReceiptAdmin)
everything.unregister(Order)
everything.unregister(OrderTransaction)


@admin.register(Order, site=everything)
class OrderAdmin(EscrowOrderAdminMixin, OrderAtTheDesk):
    pass


@admin.register(OrderTransaction, site=everything)
class OrderTransactionAdmin(CashReceiptButtonMixin, OrderTransactionAtTheDesk):
    pass


urlpatterns = [
    path("admin/", everything.urls),
    path("pay/", include((pay, "iamport"))),
    path("identity/", include("django_iamport.contrib.identity_verification.urls")),
    path("cards/", include("django_iamport.contrib.billing.urls")),
    path("subscriptions/", include("django_iamport.contrib.subscriptions.urls")),
    path("cash-receipt/", include("django_iamport.contrib.cash_receipts.urls")),
    path("sandbox/", include("django_iamport.sandbox.urls")),
]

HOST = "http://testserver"
SERIOUS = ("serious", "critical")
WISH = {"id": "tea", "name": "Tea", "uprice": 10_000, "url": "https://shop.example/tea"}
NO_ACCOUNT = {"bank": "", "account": "12", "holder": ""}
LANGUAGES = ("ko", "en")
SIZES = (WIDE, PHONE)


@dataclass
class Pages:
    """What a client was answered, by address; and the files that these pages ask for."""

    client: Client
    html: dict[str, str] = field(default_factory=dict)
    files: dict[str, tuple[bytes, str]] = field(default_factory=dict)

    def get(self, address: str, *, client: Client | None = None) -> None:
        for language in LANGUAGES:
            answer = (client or self.client).get(
                address,
                {"language": language} if "sandbox" in address else {},
                follow=True,
                headers={"accept-language": language},
            )
            self._keep(f"/{language}{address}", answer)

    def post(self, address: str, **fields: Any) -> None:
        for language in LANGUAGES:
            answer = self.client.post(address, fields, headers={"accept-language": language})
            self._keep(f"/{language}/posted{address}", answer)

    def _keep(self, name: str, answer: Any) -> None:
        text = b"".join(answer) if answer.streaming else answer.content
        assert answer.headers["Content-Type"].startswith("text/html"), (name, answer)
        self.html[name] = text.decode()
        for asset in re.findall(r'(?:src|href)="(/sandbox/assets/[^"]+)"', self.html[name]):
            if asset not in self.files:
                found = self.client.get(asset)
                self.files[asset] = (found.content, found.headers["Content-Type"])

    def fulfil(self, route: Route) -> None:
        address = urlsplit(route.request.url)
        if address.netloc != urlsplit(HOST).netloc:
            route.abort()
        elif route.request.is_navigation_request():
            html = self.html[route.request.url.removeprefix(HOST)]
            route.fulfill(body=html, content_type="text/html; charset=utf-8")
        elif address.path in self.files:
            content, kind = self.files[address.path]
            route.fulfill(body=content, content_type=kind)
        elif address.path.startswith("/static/") and (file := finders.find(address.path[len("/static/") :])):
            kind = mimetypes.guess_type(str(file))[0] or "application/octet-stream"
            route.fulfill(body=Path(str(file)).read_bytes(), content_type=kind)
        else:
            route.fulfill(body="", content_type="text/html")


def shop_pages(pages: Pages, sandbox: Sandbox, order_of: Callable[..., Order]) -> list[OrderTransaction]:
    """The order's page, the receipt in every state, the page for a refund account, the way back from a phone."""

    def attempt() -> OrderTransaction:
        return OrderTransaction.objects.create_new(order_of())

    def heard(row: OrderTransaction, imp_uid: str) -> OrderTransaction:
        return OrderTransaction.objects.confirm(
            merchant_uid=row.merchant_uid, imp_uid=imp_uid, source="webhook"
        )

    pages.get("/pay/order/create/")
    session = pages.client.session
    session["cart"] = [("Tea", 50_000, 1)]
    session.save()
    pages.get("/pay/order/create/")
    opened = attempt()
    paid = heard(row := attempt(), sandbox.pay(row))
    paid.cancel(20_000, reason="one cup broke")
    waiting = heard(row := attempt(), sandbox.issue_account(row))
    failed = heard(row := attempt(), sandbox.decline(row))
    unwanted = heard(row := attempt(), sandbox.pay(row, pay_method="vbank", amount=100))
    for row in (opened, paid, waiting, failed, unwanted):
        pages.get(f"/pay/order/complete/{row.merchant_uid}/")
    address = urlsplit(unwanted.get_refund_account_url()).path
    pages.get(address)
    pages.post(address, **NO_ACCOUNT)
    for row in (paid, waiting):
        pages.get(f"/pay/redirect/?{request_pay.signed(row.merchant_uid)}", client=Client())
    return [opened, paid, waiting, failed, unwanted]


def escrow_pages(pages: Pages, sandbox: Sandbox, row: OrderTransaction) -> None:
    """The order's page and the form, before and after; the list, and one of it."""
    paid = OrderTransaction.objects.confirm(
        merchant_uid=row.merchant_uid,
        imp_uid=sandbox.pay(row, escrow=True, pg="html5_inicis"),
        source="webhook",
    )
    form = f"{page('delivery', paid.order)}?merchant_uid={paid.merchant_uid}"
    pages.get(page("detail", paid.order))
    pages.post(form, invoice="")
    to = deliveries.Person("Kim", "010-1", "04524", "1 Sejong-daero")
    deliveries.register(paid, company="CJGLS", invoice="1234-5678-9012", receiver=to)
    Delivery.objects.update(escrow_status="4", denied_reason="The box was wet.")
    pages.get(page("detail", paid.order))
    pages.get(form)
    pages.get(page("changelist", model=Delivery))
    pages.get(change(Delivery.objects.get()))


def identity_pages(pages: Pages, sandbox: Sandbox) -> None:
    """The page with the button before and after, what another browser sees, and the desk's."""
    guest = Client()
    pages.get("/identity/", client=guest)
    begun = guest.post("/identity/begin/", "{}", "application/json").json()
    row = IdentityVerification.objects.get(merchant_uid=begun["merchant_uid"])
    imp_uid = sandbox.certify(row)
    back = begun["certification"]["m_redirect_url"].removeprefix(HOST)
    pages.get(f"{back}&imp_uid={imp_uid}", client=Client())
    pages.get(f"{back}&imp_uid=imp_unknown", client=guest)
    claim = {"merchant_uid": row.merchant_uid, "imp_uid": imp_uid}
    guest.post("/identity/validation/", claim, "application/json")
    pages.get("/identity/?next=/pay/order/create/", client=guest)
    for name in ("changelist", "change"):
        key = () if name == "changelist" else (row.pk,)
        pages.get(reverse(f"admin:shop_identityverification_{name}", args=key))


def cash_receipt_pages(pages: Pages, sandbox: Sandbox, row: OrderTransaction) -> None:
    """The customer's page before and after, with a number that isn't one; and the desk's."""
    imp_uid = sandbox.pay(row, pay_method="trans")
    paid = OrderTransaction.objects.confirm(merchant_uid=row.merchant_uid, imp_uid=imp_uid, source="webhook")
    address, at_the_desk = f"/cash-receipt/{paid.merchant_uid}/", page("cash_receipt", paid)
    pages.get(address)
    pages.post(address, type="person", identifier="010-12")
    pages.post(at_the_desk, type="person", identifier="010-12")
    receipt = receipts.issue(paid, "010-1234-5678", by="operator:1")
    pages.get(address + "?issued")
    pages.get(at_the_desk)
    pages.get(page("issue", model=CashReceipt))
    pages.post(page("issue", model=CashReceipt), name="Tea")
    pages.get(page("cancel", receipt))
    sandbox.fail_next("receipts.cancel", body={"code": -1, "message": "취소 불가", "response": None})
    with pytest.raises(CashReceiptRefused):
        receipts.cancel(receipt, reason="wrong number", by="operator:1")
    pages.get(page("changelist", model=CashReceipt))
    pages.get(change(receipt))


def card_pages(pages: Pages, sandbox: Sandbox, boss: User) -> None:
    """The customer's page without a card, with two, and after a deletion that failed; and the desk's."""
    pages.get("/cards/")
    for _number in range(2):
        card = BillingKey.objects.create_new(boss)
        sandbox.register_card(card)
        card.confirm()
    pages.get("/cards/?two")
    for name in ("changelist", "change", "withdraw"):
        key = () if name == "changelist" else (card.pk,)
        pages.get(reverse(f"admin:shop_billingkey_{name}", args=key))
    sandbox.fail_next("billing_keys.delete", timeout=True, times=2)
    pages.post("/cards/delete/", card=card.merchant_uid)


def subscription_pages(pages: Pages, sandbox: Sandbox, boss: User) -> None:
    """The customer's list and one page of each state, an action that was refused, and the desk's."""
    pages.get("/subscriptions/")
    card = BillingKey.objects.create_new(boss)
    sandbox.register_card(card)
    card.confirm()
    declining = BillingKey.objects.create_new(boss)
    sandbox.register_card(declining, card_number="4000-0000-0000-0010")
    declining.confirm()

    def begun(key: BillingKey | None, **how: Any) -> Subscription:
        row = Subscription.objects.create(user=boss, name="Tea", amount=10_000, billing_key=key)
        row.start(**how)
        if key is not None and not how:
            row.pay()
        return row

    paid, behind, trial = begun(card), begun(declining), begun(card, trial_days=14)
    paid.change_plan(amount=12_000, every=3)
    ending, paused, waiting = begun(card), begun(card), begun(None)
    ending.cancel()
    paused.pause()
    pages.get("/subscriptions/?six")
    for row in (paid, behind, trial, ending, paused, waiting):
        pages.get(f"/subscriptions/{row.subscription_uid}/")
    pages.post(f"/subscriptions/{paid.subscription_uid}/keep/")
    pages.get(page("changelist", model=Subscription))
    for row in (paid, behind):
        pages.get(change(row))
    pages.get(page("end", behind))
    pages.get(page("overview") + "?of=subscriptions")


def desk_pages(pages: Pages, rows: list[OrderTransaction]) -> None:
    _opened, paid, waiting, _failed, unwanted = rows
    SyncRun.begin()
    records = (Refund, Cancellation, History, OperatorCall, SyncRun)
    for model in (OrderTransaction, Order, *records):
        pages.get(page("changelist", model=model))
    for row in (*rows, paid.order, *(model.objects.latest("pk") for model in records)):
        pages.get(change(row))
    for name, row in (("refund", paid), ("refund", unwanted), ("accept", unwanted), ("answer", unwanted)):
        pages.get(page(name, row))
    pages.post(page("refund", unwanted), amount="1.5", **NO_ACCOUNT)
    for name, row in (("void", waiting), ("account", waiting), ("transferred", unwanted)):
        pages.get(page(name, row))
    pages.get(f"{page('refund_several')}?pk={paid.pk}&pk={unwanted.pk}")
    for name in ("overview", "bookkeeping"):
        pages.get(page(name))
    pages.get(page("export", model=Order))
    for name in ("detail", "receipt"):
        pages.get(page(name, paid.order))


def sandbox_pages(pages: Pages) -> None:
    """The gateway's windows as they open and as they end, its receipt, and every page of its console."""

    def opened(kind: str = "open", **params: Any) -> str:
        body = {"merchant_code": "imp00000000", "origin": HOST, "params": params}
        answer = pages.client.post(f"/sandbox/window/{kind}", body, "application/json").json()
        assert "url" in answer, answer
        return str(answer["url"])

    asked = {"merchant_uid": "order1", "amount": 50_000, "name": "Tea"}
    for changed in ({}, {"pay_method": "vbank"}, {"pay_method": "phone"}, {"pay_method": "trans"}):
        pages.get(opened(**{**asked, **changed, "merchant_uid": f"order{changed.get('pay_method')}"}))
    window = opened(**asked)
    pages.post(window, action="pay", pay_method="card")
    pages.post(window, action="pay", pay_method="card", card_code="366", agree="on", outcome="approve")
    pages.get(opened(**{**asked, "merchant_uid": "wallet1", "pg": "kakaopay"}))
    pages.get(opened("certification", merchant_uid="identity1"))
    pages.get(opened("zzim", pg="naverco", naverProducts=[WISH]))
    for name in ("", "console/channels", "console/faults", "console/settings", "console/clients"):
        pages.get(f"/sandbox/{name}")
    imp_uid = re.search(r"/sandbox/window/(imp_\d+)/", window)
    assert imp_uid is not None
    pages.get(f"/sandbox/console/payments/{imp_uid[1]}")
    pages.get(f"/sandbox/receipt/{imp_uid[1]}")


# What is found at once: nothing is fetched again, no selector is made up for what is in order.
QUICKLY = {"resultTypes": ["violations"], "preload": False, "selectors": False, "iframes": False}


def findings(shown: Page) -> list[str]:
    # The admin of Django 5.2 tells links in its own lines (where one is, how many were found) by colour alone.
    by_colour = django.VERSION < (6, 0) and "/admin/" in shown.url
    rules = {"link-in-text-block": {"enabled": not by_colour}}
    found = Axe().run(shown, options={**QUICKLY, "rules": rules}).response["violations"]
    return [
        f"{each['id']} ({each['impact']}): {[node['html'][:200] for node in each['nodes'][:3]]}"
        for each in found
        if each["impact"] in SERIOUS
    ]


# What is wider than its frame, and by how much; and pictures that a card leaves out with their cell.
HIDDEN = """[...document.querySelectorAll(":root, .results, .iamport-table")]
    .filter((frame) => frame.scrollWidth > frame.clientWidth + 1)
    .map((frame) => `${frame.tagName} ${frame.className}: ${frame.scrollWidth} in ${frame.clientWidth}`)
    .concat([...document.querySelectorAll(".iamport-narrow td img")]
        .filter((icon) => !icon.offsetParent).map((icon) => icon.parentElement.outerHTML))"""


def _page(context: BrowserContext, pages: Pages) -> Page:
    context.route("**/*", pages.fulfil)
    return context.new_page()


def test_every_page_shows_all_its_columns_and_axe_finds_nothing_serious(
    db: None,
    settings: Any,
    iamport_sandbox: Sandbox,
    make_order: Callable[..., Order],
    chromium_path: str,
) -> None:
    settings.IAMPORT_SANDBOX_ALLOWED = True
    boss = User.objects.create_superuser("boss")
    pages = Pages(Client())
    pages.client.force_login(boss)
    rows = shop_pages(pages, iamport_sandbox, lambda: make_order(user=boss))
    desk_pages(pages, rows)
    identity_pages(pages, iamport_sandbox)
    escrow_pages(pages, iamport_sandbox, OrderTransaction.objects.create_new(make_order()))
    card_pages(pages, iamport_sandbox, boss)
    subscription_pages(pages, iamport_sandbox, boss)
    cash_receipt_pages(pages, iamport_sandbox, OrderTransaction.objects.create_new(make_order(user=boss)))
    sandbox_pages(pages)
    found = {}
    # While Playwright's loop runs, Django refuses its database: it ends before the test does.
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=chromium_path, args=CHROMIUM_ARGUMENTS)
        shown = [_page(chromium.new_context(**size), pages) for size in SIZES]
        for turn, language in enumerate(LANGUAGES):
            of_language = [address for address in pages.html if address.startswith(f"/{language}/")]
            for number, address in enumerate(of_language):
                page_there = shown[(number + turn) % len(SIZES)]
                page_there.goto(f"{HOST}{address}")
                found[address] = page_there.evaluate(HIDDEN)
                if number // len(SIZES) % len(LANGUAGES) == turn:
                    found[address] += findings(page_there)
    assert len(found) == len(pages.html)
    assert {address: problems for address, problems in found.items() if problems} == {}
