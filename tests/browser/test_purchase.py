"""At a desk, where the payment window opens over the shop's page."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import FrameLocator, Locator, Page, Request, Route, expect

from tests.browser.customer import (
    KOREAN,
    LOADED,
    RECIPIENT,
    WINDOW_KOREAN,
    Console,
    Customer,
)
from tests.browser.devices import PATIENCE, PHONE, WIDE
from tests.browser.trouble import Trouble

pytestmark = pytest.mark.browser


def test_a_guest_buys_with_a_card_and_holds_a_receipt(customer: Customer) -> None:
    customer.goto("/")
    customer.page.get_by_role("link", name="Knot bookmark").click()
    customer.page.get_by_role("button", name="Add to cart").click()
    customer.page.get_by_role("main").get_by_role("link", name="Order").click()
    customer.fill_in()
    customer.picture("checkout-en")
    window = customer.open_window()
    window.choose_card()
    window.agree()
    customer.picture("window-wide-en")
    window.pay_button.click()
    customer.expect_receipt()
    receipt = customer.page.get_by_role("main")
    for text in ("Knot bookmark × 1", "₩2,000", *RECIPIENT.values()):
        expect(receipt).to_contain_text(text)
    customer.picture("receipt-en")


def test_a_signed_in_customer_finds_the_purchase_under_my_orders(customer: Customer) -> None:
    customer.sign_in()
    customer.begin_purchase("brush-pen").pay_by_card()
    customer.expect_receipt()
    customer.go_to_my_orders()
    order = customer.page.get_by_role("article").first
    expect(order).to_contain_text("Pair of brush pens")
    expect(order.get_by_text("paid", exact=True)).to_be_visible()
    customer.picture("my-orders-en")
    order.get_by_role("link", name="Receipt").click()
    customer.expect_receipt()


def test_after_a_declined_card_the_same_page_pays_with_another_attempt(
    customer: Customer, operator: Customer
) -> None:
    # A sum that no other test pays: the console lists the payments of all of them.
    customer.begin_purchase("knot-bookmark", quantity=11).pay_by_card("decline")
    customer.expect_told("failed")
    expect(customer.status).to_contain_text("한도가 초과되었습니다")
    customer.picture("declined-en")
    customer.expect_cart(11)
    customer.open_window().pay_by_card()
    customer.expect_receipt()
    Console(operator).expect_statuses("₩22,000", "Failed", "Paid")


def test_whoever_closes_the_window_hears_of_it_when_the_gateway_was_asked(customer: Customer) -> None:
    questions: list[Route] = []

    def hold(route: Route, request: Request) -> None:
        if "imp_uid" in request.post_data_json and not questions:
            questions.append(route)
        else:
            route.continue_()

    customer.page.route("**/order/validation/", hold)
    customer.begin_purchase().close()
    customer.expect_told("checking")
    expect(customer.pay_button).to_be_disabled()
    # The page says so before it asks.
    for _ in range(PATIENCE // 50):
        if questions:
            break
        customer.page.wait_for_timeout(50)
    questions[0].continue_()
    expect(customer.pay_button).to_be_enabled()
    customer.open_window().pay_by_card()
    customer.expect_receipt()


def test_whoever_closes_the_window_is_told_that_nothing_was_charged(customer: Customer) -> None:
    customer.begin_purchase().close()
    expect(customer.pay_button).to_be_enabled()
    assert customer.words["failed"] in customer.status.inner_text()


def test_a_double_click_makes_one_order_and_one_window(customer: Customer, operator: Customer) -> None:
    customer.go_to_checkout("knot-bookmark", quantity=3)
    customer.fill_in()
    asked: list[str] = []
    customer.page.on("request", lambda request: asked.append(request.url.rpartition("/pay/order/")[2]))
    customer.pay_button.dblclick()
    window = customer.window
    assert asked.count("create_ajax/") == 1
    expect(customer.dialog).to_have_count(1)
    window.pay_by_card()
    customer.expect_receipt()
    customer.go_to_my_orders()
    expect(customer.page.get_by_role("article")).to_have_count(1)
    Console(operator).expect_statuses("₩6,000", "Paid")


def test_form_errors_stand_beside_their_fields_and_leave_when_they_are_mended(
    customer: Customer, trouble: Trouble
) -> None:
    trouble.tolerate("status of 400.*")
    customer.go_to_checkout()
    customer.fill_in({**RECIPIENT, "name": "", "phone": "1234", "postcode": "4524"})
    customer.press_pay()
    customer.expect_told("check the fields")
    wrong = {
        "name": "This field is required.",
        "phone": "Enter a phone number, for example 010-1234-5678.",
        "postcode": "Enter the five digits.",
    }
    hints = {"phone": "The courier will call this number."}
    for name in RECIPIENT:
        field = customer.field(name)
        expect(field).to_have_accessible_description(
            " ".join(words[name] for words in (wrong, hints) if name in words)
        )
        if name in wrong:
            expect(field).to_have_attribute("aria-invalid", "true")
            assert is_right_below(customer.page.get_by_text(wrong[name]), field)
    expect(customer.field("name")).to_be_focused()
    customer.picture("form-errors-en")
    customer.fill_in()
    window = customer.open_window()
    for name, text in wrong.items():
        expect(customer.page.get_by_text(text)).to_have_count(0)
        expect(customer.field(name)).not_to_have_attribute("aria-invalid", "true")
        expect(customer.field(name)).to_have_accessible_description(hints.get(name, ""))
    window.pay_by_card()
    customer.expect_receipt()


def test_a_form_whose_cookie_is_gone_is_explained_in_the_shops_own_words(
    customer: Customer, trouble: Trouble
) -> None:
    trouble.tolerate("status of 403")
    customer.goto("/products/knot-bookmark/")
    customer.page.context.clear_cookies()
    customer.page.get_by_role("button", name=customer.words["add"]).click()
    expect(customer.heading).to_have_text("The page has been open too long.")
    expect(customer.page.get_by_role("link", name="To the shop")).to_be_visible()


def is_right_below(note: Locator, field: Locator) -> bool:
    upper, lower = field.bounding_box(), note.bounding_box()
    assert upper is not None
    assert lower is not None
    gap = lower["y"] - (upper["y"] + upper["height"])
    return 0 <= gap < 24 and abs(lower["x"] - upper["x"]) < 24


def test_the_keyboard_alone_buys(customer: Customer) -> None:
    page = customer.page
    customer.goto("/products/knot-bookmark/")
    tab_to(customer, page.get_by_role("button", name="Add to cart"))
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{customer.address}/cart/")
    tab_to(customer, page.get_by_role("main").get_by_role("link", name="Order", exact=True))
    page.keyboard.press("Enter")
    customer.expect_ready_to_pay()
    for name, text in RECIPIENT.items():
        tab_to(customer, customer.field(name))
        page.keyboard.type(text)
    tab_to(customer, customer.pay_button)
    page.keyboard.press("Space")
    window = customer.window
    expect(window.pay_button).to_be_visible()
    tab_to(customer, window.radio("신한카드"))
    page.keyboard.press("Space")
    tab_to(customer, window.root.get_by_role("checkbox"))
    page.keyboard.press("Space")
    tab_to(customer, window.pay_button)
    page.keyboard.press("Enter")
    customer.expect_receipt()


def tab_to(customer: Customer, target: Locator, most: int = 40) -> None:
    for _ in range(most):
        customer.page.keyboard.press("Tab")
        if target.evaluate("(element) => element === element.ownerDocument.activeElement"):
            return
    pytest.fail(f"{most} times Tab did not reach {target}")


def test_in_korean_everything_from_the_product_to_my_orders_is_korean(
    new_customer: Callable[..., Customer],
) -> None:
    customer = new_customer(locale="ko-KR")
    customer.words, customer.window_words = KOREAN, WINDOW_KOREAN
    customer.go_to_checkout("celadon-cup")
    expect(customer.heading).to_have_text("주문하기")
    expect(customer.pay_button).to_have_text("24,000원 결제하기")
    customer.fill_in(
        {
            **RECIPIENT,
            "name": "한민서",
            "address": "서울특별시 중구 세종대로 110",
        }
    )
    customer.picture("checkout-ko")
    window = customer.open_window()
    expect(window.root.get_by_role("heading", name="결제")).to_be_visible()
    expect(window.root.get_by_text("24,000원")).to_be_visible()
    window.choose_card("카카오뱅크카드")
    window.agree()
    customer.picture("window-wide-ko")
    window.pay_button.click()
    customer.expect_receipt()
    receipt = customer.page.get_by_role("main")
    for text in ("청자 찻잔 × 1", "24,000원", "결제 수단", "신용카드", "결제 일시", "한민서", "배송지"):
        expect(receipt).to_contain_text(text)
    customer.picture("receipt-ko")
    customer.go_to_my_orders()
    expect(customer.heading).to_have_text("주문 내역")
    expect(customer.page.get_by_role("article").get_by_text("결제 완료", exact=True)).to_be_visible()
    customer.picture("my-orders-ko")


def test_the_language_can_be_switched_to_english_on_the_order_form(
    new_customer: Callable[..., Customer],
) -> None:
    customer = new_customer(locale="ko-KR")
    customer.goto("/products/celadon-cup/")
    customer.page.get_by_role("button", name="장바구니에 담기").click()
    customer.page.get_by_role("link", name="주문하기", exact=True).click()
    customer.page.get_by_role("button", name="English").click()
    expect(customer.heading).to_have_text("Order")
    expect(customer.pay_button).to_have_text("Pay ₩24,000")
    customer.fill_in()
    window = customer.open_window()
    expect(window.root.get_by_text("How do you want to pay?")).to_be_visible()
    expect(window.root.get_by_text("₩24,000")).to_be_visible()
    window.pay_by_card()
    customer.expect_receipt()
    receipt = customer.page.get_by_role("main")
    for text in ("Celadon teacup × 1", "₩24,000", "Paid with", "Credit card", "Paid at", "Delivery address"):
        expect(receipt).to_contain_text(text)


def test_what_was_paid_leaves_the_cart_and_what_was_added_meanwhile_stays(
    customer: Customer,
) -> None:
    window = customer.begin_purchase("knot-bookmark")
    second_tab = customer.in_another_tab()
    second_tab.put_into_cart("hanji-notebook")
    second_tab.expect_cart(2)
    window.pay_by_card()
    customer.expect_receipt()
    customer.expect_cart(1)
    customer.goto("/cart/")
    cart = customer.page.get_by_role("main")
    expect(cart).to_contain_text("Hanji notebook")
    expect(cart).not_to_contain_text("Knot bookmark")


# Buttons that name a channel.

KAKAO, NAVER = {"en-US": "KakaoPay", "ko-KR": "카카오페이"}, {"en-US": "Naver Pay", "ko-KR": "네이버페이"}


@pytest.mark.parametrize(("device", "locale"), [("desk", "en-US"), ("phone", "ko-KR")])
def test_each_button_of_the_form_and_of_an_orders_page_opens_the_window_of_its_channel(
    new_customer: Callable[..., Customer], device: str, locale: str
) -> None:
    customer = new_customer(**{**(PHONE if device == "phone" else WIDE), "locale": locale})
    if locale == "ko-KR":
        customer.words, customer.window_words = KOREAN, WINDOW_KOREAN
    customer.go_to_checkout("brush-pen")
    customer.fill_in()
    customer.picture(f"channels-{device}-{locale[:2]}")
    wide = customer.page.evaluate("document.documentElement.scrollWidth")
    assert wide <= customer.page.viewport_size["width"]  # type: ignore[index]
    press(customer, KAKAO[locale])
    expect(opened(customer, device).get_by_role("heading", level=1)).to_have_text(KAKAO[locale])
    # Nothing was paid: the order is paid by another channel.
    customer.go_to_my_orders()
    customer.page.get_by_role("article").get_by_role("link").first.click()
    if device == "phone":
        press(customer, NAVER[locale])
        window = customer.window_page.root
    else:
        with customer.page.expect_popup() as popup:
            press(customer, NAVER[locale])
        window = popup.value
    expect(window.get_by_role("heading", level=1)).to_have_text(NAVER[locale])
    pay(window)
    customer.expect_receipt()
    expect(customer.page.get_by_role("main")).to_contain_text(NAVER[locale])
    customer.picture(f"paid-by-naver-{device}-{locale[:2]}")


def press(customer: Customer, name: str) -> None:
    customer.page.evaluate(LOADED)
    customer.page.get_by_role("button", name=name, exact=True).click()


def opened(customer: Customer, device: str) -> Page | FrameLocator:
    return (customer.window_page if device == "phone" else customer.window).root


def pay(window: Page | FrameLocator) -> None:
    if window.locator("#next").count():
        window.locator("#next").click()
    window.get_by_role("radio", name=re.compile("^(Money or points|머니·포인트)$")).check()
    window.locator("#pay").click()


def test_whoever_presses_before_the_script_runs_keeps_what_he_typed(customer: Customer) -> None:
    customer.page.route("**/checkout.js", lambda route: route.fulfill(body=""), times=1)
    customer.go_to_checkout()
    customer.fill_in()
    customer.press_pay()
    customer.expect_told("too_early")
    expect(customer.field("name")).to_have_value(RECIPIENT["name"])
    customer.open_window().pay_by_card()
    customer.expect_receipt()


def test_enter_in_a_field_pays_by_the_first_button(customer: Customer) -> None:
    customer.go_to_checkout()
    customer.fill_in()
    with customer.page.expect_request("**/order/create_ajax/") as posted:
        customer.field("name").press("Enter")
    assert posted.value.post_data_json["channel"] == "card"
    customer.window.pay_by_card()
    customer.expect_receipt()
