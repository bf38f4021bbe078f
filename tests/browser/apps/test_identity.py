"""Rice wine is for adults: the identity window before the order, at a desk and on a phone."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.customer import LOADED, Customer
from tests.browser.trouble import Trouble

pytestmark = pytest.mark.browser

ADULT, MINOR = "950314", "200314"
QUESTION = "Are you an adult?"


def go_to_question(customer: Customer) -> None:
    customer.put_into_cart("rice-wine")
    customer.page.get_by_role("main").get_by_role("link", name="Order", exact=True).click()
    expect(customer.heading).to_have_text(QUESTION)
    # Before the page's scripts run, a press is lost.
    customer.page.evaluate(LOADED)


def verify(window: Page, birth: str = ADULT) -> None:
    window.get_by_label("Date of birth and next digit").fill(birth)
    window.get_by_label("Digit after the date of birth").fill("2" if birth == ADULT else "4")
    window.get_by_role("checkbox").check()
    window.get_by_role("button", name="Verify", exact=True).click()


def open_popup(customer: Customer) -> Page:
    with customer.page.expect_popup() as opened:
        customer.page.get_by_role("button", name="Verify my identity").click()
        # Where the shop took long to answer, the browser wants another click.
        expect(customer.status).to_contain_text("verification window")
        again = customer.page.get_by_role("button", name="Open the verification window")
        if again.is_visible():
            again.click()
    return opened.value


def test_an_adult_at_a_desk_is_verified_once_and_buys(customer: Customer) -> None:
    go_to_question(customer)
    customer.picture("identity-desk-en")
    window = open_popup(customer)
    verify(window)
    expect(customer.pay_button).to_be_enabled()
    customer.fill_in()
    customer.open_window().pay_by_card()
    customer.expect_receipt()
    customer.put_into_cart("rice-wine")
    customer.page.get_by_role("main").get_by_role("link", name="Order", exact=True).click()
    expect(customer.pay_button).to_be_enabled()


def test_a_minor_is_told_and_sold_nothing(customer: Customer) -> None:
    go_to_question(customer)
    window = open_popup(customer)
    verify(window, MINOR)
    expect(customer.page.get_by_role("main")).to_contain_text("We may not sell you this yet.")
    customer.goto("/pay/order/create/")
    expect(customer.heading).to_have_text(QUESTION)


def test_a_window_that_was_closed_can_be_opened_again(customer: Customer) -> None:
    go_to_question(customer)
    window = open_popup(customer)
    window.get_by_role("button", name="Close the window").click()
    expect(customer.status).to_contain_text("You have not been verified yet.")
    verify(window := open_popup(customer))
    expect(customer.pay_button).to_be_enabled()


def test_a_phone_comes_back_from_the_window_to_the_order(phone_customer: Customer) -> None:
    go_to_question(phone_customer)
    wide = phone_customer.page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 390
    phone_customer.picture("identity-phone-en")
    phone_customer.page.get_by_role("button", name="Verify my identity").click()
    verify(phone_customer.page)
    expect(phone_customer.pay_button).to_be_enabled()


def test_a_phone_that_comes_back_in_another_browser_is_verified_in_the_first(
    phone_customer: Customer, new_customer: Callable[..., Customer]
) -> None:
    go_to_question(phone_customer)
    question = phone_customer.page.url
    phone_customer.page.get_by_role("button", name="Verify my identity").click()
    expect(phone_customer.page).to_have_url(re.compile("/sandbox/identity/"))
    other = new_customer()
    other.page.goto(phone_customer.page.url)
    verify(other.page)
    expect(other.page.get_by_role("main")).to_contain_text("You can go back to the browser you began in")
    phone_customer.page.goto(question)
    expect(phone_customer.pay_button).to_be_enabled()


def test_a_phone_whose_verification_the_shop_refused_elsewhere_is_told_why(
    phone_customer: Customer, trouble: Trouble
) -> None:
    trouble.tolerate("status of 409")
    go_to_question(phone_customer)
    question = phone_customer.page.url
    phone_customer.page.get_by_role("button", name="Verify my identity").click()
    expect(phone_customer.page).to_have_url(re.compile("/sandbox/identity/"))
    refusal = {"error": {"code": "identity_refused", "message": "One account for each person."}}
    phone_customer.page.route("**/validation/", lambda route: route.fulfill(status=409, json=refusal))
    phone_customer.page.goto(question)
    expect(phone_customer.status).to_have_text("One account for each person.")
