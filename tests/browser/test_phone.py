"""On a phone, where the payment window takes the page's place and comes back by redirect."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.customer import KOREAN, RECIPIENT, WINDOW_KOREAN, Customer, PaymentWindow
from tests.browser.devices import PHONE

pytestmark = pytest.mark.browser


def test_a_phone_comes_back_from_the_payment_window_to_the_receipt(phone_customer: Customer) -> None:
    phone_customer.go_to_checkout()
    phone_customer.fill_in()
    phone_customer.open_window_page().pay_by_card()
    phone_customer.expect_receipt()
    phone_customer.expect_cart(0)
    expect(phone_customer.page.get_by_role("main")).to_contain_text(RECIPIENT["name"])


def test_a_declined_phone_comes_back_to_the_order_and_pays_it(phone_customer: Customer) -> None:
    phone_customer.go_to_checkout()
    phone_customer.fill_in()
    phone_customer.open_window_page().pay_by_card("decline")
    expect(phone_customer.heading).to_have_text("The payment did not go through.")
    expect(phone_customer.page.get_by_role("main")).to_contain_text("한도가 초과되었습니다")
    expect(phone_customer.page.get_by_role("main")).to_contain_text("Nothing was charged")
    phone_customer.picture("declined-phone-en")
    phone_customer.page.get_by_role("link", name="Pay now").click()
    phone_customer.open_window_page().pay_by_card()
    phone_customer.expect_receipt()


def test_after_a_purchase_a_phone_can_make_another(phone_customer: Customer) -> None:
    phone_customer.go_to_checkout()
    phone_customer.fill_in()
    phone_customer.open_window_page().pay_by_card()
    phone_customer.expect_receipt()
    with phone_customer.page.expect_response("**/order/validation/"):
        phone_customer.go_to_checkout("brush-pen")
    phone_customer.fill_in()
    phone_customer.open_window_page().pay_by_card()
    phone_customer.expect_receipt()
    expect(phone_customer.page.get_by_role("main")).to_contain_text("Pair of brush pens × 1")


def test_no_page_of_the_way_is_wider_than_a_phone(new_customer: Callable[..., Customer]) -> None:
    customer = new_customer(**PHONE, locale="ko-KR")
    customer.words, customer.window_words = KOREAN, WINDOW_KOREAN
    customer.goto("/")
    expect_no_sideways_scrolling(customer)
    customer.put_into_cart("buncheong-plate")
    expect_no_sideways_scrolling(customer)
    customer.go_to_checkout("celadon-cup")
    expect_no_sideways_scrolling(customer)
    customer.picture("checkout-phone-ko")
    customer.fill_in()
    window = customer.open_window_page()
    expect_no_sideways_scrolling(customer)
    window.choose_card()
    customer.picture("window-phone-ko")
    window.pay_by_card()
    customer.expect_receipt()
    expect_no_sideways_scrolling(customer)
    customer.picture("receipt-phone-ko")
    customer.go_to_my_orders()
    expect_no_sideways_scrolling(customer)
    customer.picture("my-orders-phone-ko")


def expect_no_sideways_scrolling(customer: Customer) -> None:
    wide = customer.page.evaluate("document.documentElement.scrollWidth")
    assert wide <= PHONE["viewport"]["width"], f"{customer.page.url} is {wide} pixels wide"


def test_paying_in_another_browser_shows_it_nobodys_data_and_the_first_finds_out_by_itself(
    customer: Customer, new_customer: Callable[..., Customer]
) -> None:
    customer.begin_purchase()
    other = new_customer(**PHONE)
    other.page.goto(customer.window_address)
    PaymentWindow(other.page).pay_by_card()
    expect(other.heading).to_have_text("Your payment")
    page = other.page.get_by_role("main")
    expect(page).to_contain_text("Thank you, your payment is complete.")
    for told in ("₩2,000", "Credit card"):
        expect(page).to_contain_text(told)
    for private in (*RECIPIENT.values(), "Knot bookmark"):
        expect(other.page.locator("body")).not_to_contain_text(private)
    other.picture("another-browser-phone-en")
    other.go_to_my_orders()
    expect(other.page.get_by_text("You have no orders yet.")).to_be_visible()
    customer.expect_receipt()


def test_the_back_button_leads_from_the_window_to_a_form_that_can_be_sent(phone_customer: Customer) -> None:
    phone_customer.go_to_checkout()
    phone_customer.fill_in()
    phone_customer.open_window_page()
    phone_customer.page.go_back()
    expect(phone_customer.pay_button).to_be_enabled()
    expect(phone_customer.field("name")).to_have_value(RECIPIENT["name"])
    phone_customer.open_window_page().pay_by_card()
    phone_customer.expect_receipt()
