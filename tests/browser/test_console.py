"""The gateway's console in a real browser: by keyboard, and while things happen elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.devices import PATIENCE, PHONE, WIDE
from tests.browser.trouble import Trouble
from tests.standalone import Standalone

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser


@pytest.fixture
def page(chromium: Browser, gateway: Standalone) -> Iterator[Page]:
    ask(gateway, "reset")
    trouble = Trouble(gateway.url)
    context = chromium.new_context(locale="en-US", **WIDE)
    context.set_default_timeout(PATIENCE)
    trouble.watch(context)
    yield context.new_page()
    context.close()
    assert not trouble.complaints, "\n".join(trouble.complaints)


def ask(gateway: Standalone, path: str, **values: Any) -> Any:
    """The control API, as a test in another language asks it."""
    answer = gateway.browser.post(f"{gateway.url}/control/{path}", json=values, timeout=60)
    answer.raise_for_status()
    return answer.json()


def buy(gateway: Standalone, merchant_uid: str, *then: str) -> str:
    params = {"merchant_uid": merchant_uid, "amount": 50_000, "name": "Tea"}
    return str(ask(gateway, "payments", request_pay=params, then=list(then))["payment"]["imp_uid"])


def row(page: Page, merchant_uid: str) -> Locator:
    return page.get_by_role("row").filter(has=page.get_by_text(merchant_uid, exact=True))


def test_payments_appear_and_change_without_a_reload(page: Page, gateway: Standalone) -> None:
    page.goto(gateway.url)
    expect(page.get_by_text("No payment window has been opened yet.")).to_be_visible()
    imp_uid = buy(gateway, "live1", "issue_vbank")
    expect(row(page, "live1")).to_contain_text("Waiting for deposit")
    page.get_by_role("button", name="Deposit for live1").focus()
    ask(gateway, f"payments/{imp_uid}/deposit")
    expect(row(page, "live1")).to_contain_text("Paid")


def test_what_somebody_types_is_not_taken_away(page: Page, gateway: Standalone) -> None:
    imp_uid = buy(gateway, "typing1", "approve")
    page.goto(f"{gateway.url}/console/payments/{imp_uid}")
    amount = page.get_by_label("Amount to refund")
    amount.fill("1000")
    ask(gateway, f"payments/{imp_uid}/cancel", amount=500)
    with page.expect_response(lambda response: response.url.endswith(imp_uid)):
        pass
    expect(amount).to_have_value("1000")
    amount.press("Enter")
    expect(page.get_by_text("−₩1,500")).to_be_visible()


def test_a_part_is_given_back_by_keyboard_alone(page: Page, gateway: Standalone) -> None:
    buy(gateway, "keys1", "approve")
    page.goto(gateway.url)
    tab_to(page, page.get_by_role("link", name="Tea"))
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_label("Amount to refund"))
    page.keyboard.type("20000")
    page.keyboard.press("Tab")
    page.keyboard.type("one returned")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("The amount was refunded.")
    expect(page.get_by_text("Partially cancelled")).to_be_visible()
    expect(page.get_by_text('"reason": "one returned"')).to_be_visible()


def test_a_fault_is_switched_on_for_the_next_two_and_off_by_keyboard_alone(
    page: Page, gateway: Standalone
) -> None:
    page.goto(f"{gateway.url}/console/faults")
    tab_to(page, page.get_by_label("Operation"))
    page.keyboard.type("webhooks")
    kind = page.get_by_label("What happens")
    expect(kind.locator("option:checked")).to_have_text("the webhook is delayed")
    tab_to(page, kind)
    page.keyboard.type("the webhook arrives twice")
    tab_to(page, page.get_by_label("How often"))
    page.keyboard.type("2")
    page.keyboard.press("Enter")
    expect(page.get_by_role("listitem")).to_contain_text("the webhook arrives twice the next 2")
    tab_to(page, page.get_by_role("button", name=re.compile("^Switch off: webhooks")))
    page.keyboard.press("Enter")
    expect(page.get_by_text("None: the gateway is working normally.")).to_be_visible()


def test_the_clock_shows_the_gateway_s_time(page: Page, gateway: Standalone) -> None:
    page.goto(gateway.url)
    shown = page.locator("#now")
    before = shown.inner_text()
    page.get_by_role("button", name="+1 day").click()
    expect(page.get_by_role("status").first).to_have_text("The gateway's clock was moved.")
    assert shown.inner_text()[:10] > before[:10]


def test_no_page_is_wider_than_a_phone(page: Page, gateway: Standalone) -> None:
    page.set_viewport_size(PHONE["viewport"])
    (imp_uid, *_) = ask(gateway, "seeds")["imp_uids"]
    ask(gateway, "faults", operation="payments.cancel", kind="timeout", times=2, after=True)
    pages = (f"payments/{imp_uid}", "faults", "channels", "settings", "clients")
    for language in ("ko", "en"):
        for path in ("", *(f"console/{each}" for each in pages)):
            page.goto(f"{gateway.url}/{path}?language={language}")
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= PHONE["viewport"]["width"], f"{page.url} is {wide} pixels wide"


def tab_to(page: Page, wanted: Locator) -> None:
    """Only with the key that moves the focus."""
    for _ in range(60):
        if wanted.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    expect(wanted).to_be_focused()
