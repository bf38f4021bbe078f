"""Windows of wallets, and what the SDK draws into a shop's page."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.customer import SCREENSHOTS, WINDOW_KOREAN
from tests.browser.devices import PHONE
from tests.browser.other_shop import Buyer
from tests.standalone import Standalone

pytestmark = pytest.mark.browser

NewBuyer = Callable[..., Buyer]
PAY = WINDOW_KOREAN["pay"]
WALLETS: dict[str, tuple[dict[str, Any], str, str]] = {
    "kakaopay": ({"pg": "kakaopay"}, "카카오페이", "KakaoPay"),
    "naverpay": ({"pg": "naverpay"}, "네이버페이", "Naver Pay"),
    "toss": ({"pg": "tosspay_v2"}, "토스페이", "Toss Pay"),
    "payco": ({"pg": "payco"}, "PAYCO", "PAYCO"),
    "paypal": ({"pg": "paypal_v2", "amount": 14.2}, "PayPal", "PayPal"),
    "samsung": ({"pay_method": "samsung"}, "삼성페이", "삼성페이"),
}


def look_at(page: Page, name: str) -> None:
    """Nothing is wider than the screen; a picture, where IAMPORT_SCREENSHOTS names a folder for it."""
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= page.viewport_size["width"], f"{name} is {wide} pixels wide"  # type: ignore[index]
    if SCREENSHOTS:
        page.screenshot(path=Path(SCREENSHOTS) / f"{name}.png", animations="disabled")


@pytest.mark.parametrize("locale", ["ko-KR", "en-US"])
@pytest.mark.parametrize("device", ["desk", "phone"])
def test_each_wallet_is_itself_at_a_desk_and_on_a_phone(
    new_buyer: NewBuyer, gateway: Standalone, device: str, locale: str
) -> None:
    options = PHONE if device == "phone" else {"viewport": {"width": 520, "height": 860}}
    page = new_buyer(locale=locale, **options).page
    is_korean = locale == "ko-KR"
    for wallet, (params, korean, english) in WALLETS.items():
        asked = {"name": "찻잔", "amount": 42_000, **params}
        page.goto(gateway.open_window(device="mobile" if device == "phone" else "pc", **asked))
        expect(page.get_by_role("heading", level=1)).to_have_text(korean if is_korean else english)
        look_at(page, f"{wallet}-{device}-{locale[:2]}")
        begin = page.locator("#next")
        if begin.count():
            expect(page.get_by_role("img")).to_have_count(0 if device == "phone" else 1)
            expect(page.locator("#pay")).to_be_hidden()
            begin.click()
        expect(page.locator("#pay")).to_be_visible()
        look_at(page, f"{wallet}-pays-{device}-{locale[:2]}")


def test_kakaopay_is_scanned_over_the_page_and_a_native_app_may_come_back(buyer: Buyer) -> None:
    buyer.goto("current.html?pg=kakaopay")
    buyer.press_pay()
    expect(buyer.frame.get_by_role("button", name="스캔 완료")).to_be_enabled()
    buyer.page.evaluate("IMP.communicate({result: 'cancel'})")
    assert buyer.told()["error_msg"] == "[결제포기] 사용자가 결제를 취소하셨습니다"
    buyer.goto("current.html?pg=kakaopay")
    buyer.press_pay()
    buyer.frame.get_by_role("button", name="스캔 완료").click()
    buyer.frame.get_by_role("button", name=PAY, exact=True).click()
    assert buyer.told()["imp_uid"]
    paid, given_up = buyer.payments()
    assert (paid["status"], paid["pay_method"], paid["pg_provider"]) == ("paid", "point", "kakaopay")
    assert given_up["status"] == "failed"


def test_a_phone_goes_to_the_app_and_comes_back(new_buyer: NewBuyer) -> None:
    buyer = new_buyer(**PHONE)
    buyer.goto("current.html?pg=kakaopay.TC0ONETIME")
    buyer.press_pay()
    buyer.page.get_by_role("button", name="앱 열기").click()
    buyer.page.get_by_role("button", name=PAY, exact=True).click()
    assert buyer.told()["imp_success"] == "true"
    (payment,) = buyer.payments()
    assert (payment["channel"], payment["pg_id"], payment["sandbox"]) == ("mobile", "TC0ONETIME", True)


def test_a_channel_that_only_pay_method_names_opens_its_window_where_its_company_does(buyer: Buyer) -> None:
    buyer.goto("current.html?pay_method=paypal")
    buyer.press_pay()
    expect(buyer.page.get_by_role("heading", level=1)).to_have_text("PayPal")


def test_paypals_button_is_drawn_into_the_page_and_pays_in_dollars(buyer: Buyer) -> None:
    buyer.goto("buttons.html")
    buyer.page.get_by_label("금액").fill("20.5")
    buyer.page.get_by_label("금액").blur()
    window = buyer.open_popup("PayPal").root
    expect(window.get_by_text("USD 20.50")).to_be_visible()
    with window.expect_event("close"):
        window.get_by_role("button", name=PAY, exact=True).click()
    assert buyer.told()["imp_uid"]
    (payment,) = buyer.payments()
    assert (payment["amount"], payment["currency"], payment["pay_method"]) == (20.5, "USD", "paypal")


def test_brandpay_is_a_widget_and_a_module(buyer: Buyer) -> None:
    buyer.goto("buttons.html")
    buyer.page.get_by_role("radio", name="현대카드").check()
    buyer.page.get_by_role("button", name="브랜드페이로 결제").click()
    buyer.frame.get_by_role("radio", name="신한카드").check()
    buyer.frame.get_by_role("button", name=PAY, exact=True).click()
    assert buyer.told()["imp_uid"]
    module = "IMP.loadModule('toss-brandpay', {userCode: 'imp00000000'}, {customerKey: 'k'})"
    methods = buyer.page.evaluate(f"{module}.then((brandpay) => brandpay.getPaymentMethods())")
    assert [method["cardName"] for method in methods["cards"]] == ["신한카드", "현대카드"]
    # Not waited for: it ends with the dialog.
    open_settings = "brandpay.openSettings().catch(({code}) => { window.code = code; })"
    buyer.page.evaluate(f"{module}.then((brandpay) => {{ {open_settings}; }})")
    buyer.page.get_by_role("button", name="닫기 / Close").click()
    assert buyer.page.evaluate("window.code") == "USER_CANCEL"


def test_naver_pays_orders_and_wishes_tell_the_page_nothing(buyer: Buyer) -> None:
    buyer.goto("current.html?pg=naverco")
    window = buyer.open_popup().root
    window.get_by_role("radio", name="머니·포인트").check()
    window.get_by_role("button", name=PAY, exact=True).click()
    expect(window.get_by_text("주문이 접수되었습니다")).to_be_visible()
    buyer.expect_nothing_told()
    assert [payment["status"] for payment in buyer.payments()] == ["paid"]
    buyer.goto("buttons.html")
    wishes = buyer.open_popup("찜하기").root
    expect(wishes.get_by_role("link", name="찻잔")).to_be_visible()
    buyer.expect_nothing_told()


def test_what_cannot_be_drawn_is_said_and_everything_can_be_taken_away(buyer: Buyer) -> None:
    buyer.goto("buttons.html")

    def said(call: str) -> str:
        return str(
            buyer.page.evaluate(f"(() => {{ try {{ {call} }} catch (error) {{ return error.message; }} }})()")
        )

    assert said("IMP.loadUI('paypal-rt', {})") == "data-portone-ui-type에 올바른 UI 타입을 입력해주세요."
    assert said("IMP.loadUI('other', {})") == "data-portone-ui-type에 올바른 UI 타입을 입력해주세요."
    assert said("IMP.updateLoadUIRequest('paypal-rt', {})") == "IMP.loadUI()함수를 먼저 호출하세요."
    refused = buyer.page.evaluate("new Promise((told) => IMP.payport({action: 'manage'}, told))")
    assert refused["impSuccess"] is False
    buyer.page.evaluate("IMP.deinit()")
    assert buyer.page.evaluate("window.IMP") is None
    expect(buyer.page.get_by_role("button", name="PayPal")).to_have_count(0)
    buyer.page.add_script_tag(url=f"{buyer.gateway.url}/iamport.js")
    buyer.page.evaluate("document.querySelectorAll('.portone-ui-container').forEach((each) => each.remove())")
    assert said("IMP.loadUI('paypal-spb', {})") == "portone-ui-container를 찾을 수 없습니다."
