"""The browser SDK, used by pages that were written from the gateway's public documentation alone; windows of
wallets, and what it draws into a shop's page.
"""

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


def test_a_page_with_jquery_and_the_old_script_buys(buyer: Buyer) -> None:
    buyer.goto("jquery.html")
    buyer.open_window().pay_by_card()
    told = buyer.told()
    (payment,) = buyer.payments()
    assert (told["success"], told["imp_success"], told["status"]) == (True, True, "paid")
    assert (told["imp_uid"], told["paid_amount"], told["card_name"]) == (
        payment["imp_uid"],
        14_000,
        "신한카드",
    )
    assert told["buyer_name"] == "구매자이름"
    assert buyer.page.title() == "결제가 완료되었습니다."


def test_a_page_with_the_current_script_buys(buyer: Buyer) -> None:
    buyer.goto("current.html")
    buyer.open_window().pay_by_card()
    told = buyer.told()
    (payment,) = buyer.payments()
    assert set(told) == {"imp_uid", "merchant_uid", "webhooks"}
    assert (told["imp_uid"], payment["status"], payment["amount"]) == (payment["imp_uid"], "paid", 64_900)


def test_a_test_card_is_declined_for_its_reason_by_keyboard_alone(buyer: Buyer) -> None:
    buyer.goto("current.html")
    window = buyer.open_window()
    company = window.radio("신한카드")
    company.focus()
    company.press("Space")
    window.root.get_by_label("테스트 카드").select_option(value="4000-0000-0000-0028")
    window.root.get_by_label(WINDOW_KOREAN["agree"]).press("Space")
    window.root.get_by_label(WINDOW_KOREAN["agree"]).press("Enter")
    told = buyer.told()
    assert "잔액이 부족합니다" in told["error_msg"]
    assert [payment["status"] for payment in buyer.payments()] == ["failed"]


def test_escape_gives_the_payment_up_and_the_focus_back(buyer: Buyer) -> None:
    buyer.goto("jquery.html")
    buyer.open_window().radio("신한카드").press("Escape")
    told = buyer.told()
    assert (told["success"], told["error_msg"]) == (False, "[결제포기] 사용자가 결제를 취소하셨습니다")
    expect(buyer.page.get_by_role("button", name="결제하기")).to_be_focused()


def test_a_window_of_its_own_buys_and_closes_itself(buyer: Buyer) -> None:
    buyer.goto("current.html?popup")
    window = buyer.open_popup()
    with window.root.expect_event("close"):
        window.pay_by_card()
    assert buyer.told()["imp_uid"] == buyer.payments(status="paid")[0]["imp_uid"]


def test_a_window_of_its_own_that_the_buyer_closes_is_told_by_the_page_alone(buyer: Buyer) -> None:
    buyer.goto("current.html?popup")
    window = buyer.open_popup()
    expect(window.pay_button).to_be_visible()
    window.root.close()
    told = buyer.told()
    assert told["error_msg"] == "사용자가 결제를 취소하였습니다."
    (payment,) = buyer.payments()
    assert (payment["imp_uid"], payment["status"]) == (told["imp_uid"], "ready")


def test_a_blocked_window_is_told_to_the_page(buyer: Buyer) -> None:
    buyer.page.add_init_script("window.open = () => null")
    buyer.goto("current.html?popup")
    buyer.press_pay()
    told = buyer.told()
    assert (told["imp_uid"], told["error_code"]) == (None, "POPUP_BLOCKED")
    assert buyer.payments() == []


def test_a_phone_comes_back_with_the_result_in_the_address(new_buyer: NewBuyer) -> None:
    buyer = new_buyer(**PHONE)
    buyer.goto("jquery.html")
    buyer.press_pay()
    buyer.page.wait_for_url("**/window/**")
    window = buyer.page.get_by_role("radio", name="신한카드")
    window.check()
    buyer.page.get_by_label(WINDOW_KOREAN["agree"]).check()
    buyer.page.get_by_role("button", name="결제하기", exact=True).click()
    told = buyer.told()
    (payment,) = buyer.payments()
    assert told == {
        "imp_uid": payment["imp_uid"],
        "merchant_uid": payment["merchant_uid"],
        "imp_success": "true",
    }


def test_two_windows_at_once_buy_each_for_its_own_page(new_buyer: NewBuyer) -> None:
    first, second = new_buyer(), new_buyer()
    for buyer in (first, second):
        buyer.goto("current.html")
    windows = [buyer.open_window() for buyer in (first, second)]
    windows[1].pay_by_card()
    windows[0].pay_by_card()
    told = {first.told()["imp_uid"], second.told()["imp_uid"]}
    assert told == {payment["imp_uid"] for payment in first.payments(status="paid")}
    assert len(told) == 2


def test_a_page_that_is_loaded_again_in_the_middle_buys_anew(buyer: Buyer) -> None:
    buyer.goto("current.html")
    expect(buyer.open_window().pay_button).to_be_visible()
    buyer.page.reload()
    expect(buyer.page.get_by_role("dialog")).to_have_count(0)
    buyer.open_window().pay_by_card()
    buyer.told()
    assert sorted(payment["status"] for payment in buyer.payments()) == ["paid", "ready"]


def test_the_back_button_leaves_the_page_and_never_opens_a_second_window(buyer: Buyer) -> None:
    buyer.goto("before.html")
    buyer.page.get_by_role("link", name="상품").click()
    expect(buyer.open_window().pay_button).to_be_visible()
    buyer.page.go_back(wait_until="commit")
    expect(buyer.page).to_have_title("전시장")
    buyer.page.go_forward(wait_until="commit")
    buyer.open_window().pay_by_card()
    buyer.told()
    assert sorted(payment["status"] for payment in buyer.payments()) == ["paid", "ready"]


def test_a_page_that_never_hears_finds_its_payment_at_the_gateway(buyer: Buyer) -> None:
    buyer.goto("current.html")
    window = buyer.open_window()
    window.pay_by_card("lost")
    expect(buyer.page.get_by_role("dialog")).to_have_count(0)
    buyer.expect_nothing_told()
    assert [payment["status"] for payment in buyer.payments()] == ["paid"]


def test_the_webhook_can_come_before_the_callback(buyer: Buyer) -> None:
    buyer.goto("current.html")
    window = buyer.open_window()
    window.root.get_by_label("결과를 먼저 받는 쪽").select_option(value="webhook_first")
    window.pay_by_card()
    told = buyer.told()
    assert [webhook["imp_uid"] for webhook in told["webhooks"]] == [told["imp_uid"]]


def test_the_callback_can_come_before_the_webhook(buyer: Buyer) -> None:
    buyer.goto("current.html")
    window = buyer.open_window()
    window.root.get_by_label("결과를 먼저 받는 쪽").select_option(value="page_first")
    window.pay_by_card()
    assert buyer.told()["webhooks"] == []
    buyer.gateway.browser.post(f"{buyer.gateway.url}/control/webhooks/deliver", timeout=60)
    assert len(buyer.shop.webhooks) == 1


def test_somebody_is_verified_in_a_small_window(buyer: Buyer) -> None:
    buyer.goto("current.html")
    window = buyer.open_popup("본인인증")
    expect(window.root.get_by_label("이름")).to_have_value("홍길동")
    window.root.get_by_label("동의합니다").check()
    with window.root.expect_event("close"):
        window.root.get_by_role("button", name="인증하기").click()
    told = buyer.told()
    assert told["success"] is True
    assert told["imp_uid"].startswith("imp_")


def test_what_the_page_forgot_is_said(buyer: Buyer) -> None:
    said: list[str] = []
    buyer.page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.accept()))
    buyer.goto("before.html")
    buyer.page.add_script_tag(url=f"{buyer.gateway.url}/iamport.js")
    buyer.page.evaluate("IMP.request_pay({}, () => {})")
    buyer.page.evaluate("IMP.init('imp00000000')")
    assert buyer.page.evaluate("IMP.request_pay()") is False
    assert said == [
        "판매자 코드가 설정되지 않았습니다. IMP.init()함수를 먼저 호출하세요.",
        "결제요청 파라메터가 누락되었습니다.",
    ]
    refused = buyer.page.evaluate("new Promise((told) => IMP.request_pay({amount: '100'}, told))")
    assert refused["error_msg"] == "결제금액이 올바르지 않습니다."
    other = buyer.page.evaluate("new Promise((told) => IMP.request_pay({amount: 100, escrow: 'no'}, told))")
    assert (other["imp_uid"], other["error_msg"]) == (None, "결제요청 파라메터가 올바르지 않습니다. (escrow)")


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
