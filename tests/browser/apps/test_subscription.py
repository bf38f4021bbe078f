"""The example's tea, every month: subscribed to, paid with another card, paused, cancelled, and its history."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.customer import LOADED, Customer

pytestmark = pytest.mark.browser


def press(page: Page, name: str | re.Pattern[str]) -> None:
    page.get_by_role("main").get_by_role("button", name=name).click()


def save_card(customer: Customer, name: str, company: str) -> None:
    """Press a button that opens the window, and give a card there."""
    page = customer.page
    expect(page.get_by_role("button", name=name)).to_be_enabled()
    page.evaluate(LOADED)
    page.get_by_role("button", name=name).click()
    window = customer.window
    window.choose_card(company)
    window.agree()
    window.root.get_by_role("button", name="Register", exact=True).click()


def test_a_tea_is_subscribed_to_and_its_customer_decides_about_it(customer: Customer) -> None:
    page = customer.page
    customer.sign_in()
    customer.goto("/products/green-tea/subscribe/")
    customer.fill_in()
    press(page, "Subscribe")
    save_card(customer, "Save a card and pay", "신한카드")
    customer.expect_receipt()

    # Another card, saved beside the first one, is charged from now on.
    customer.goto("/cards/")
    save_card(customer, "Add a card", "현대카드")
    expect(page.get_by_text("현대")).to_have_count(1)
    customer.goto("/subscriptions/")
    page.get_by_role("main").get_by_role("link", name=re.compile("tea", re.IGNORECASE)).first.click()
    main = page.get_by_role("main")
    expect(main).to_contain_text("active")
    choice = page.get_by_label("Saved card")
    choice.select_option(
        label=next(each for each in choice.get_by_role("option").all_inner_texts() if "현대" in each)
    )
    press(page, "Use this card")
    expect(main.get_by_role("definition").filter(has_text="현대")).to_be_visible()

    press(page, "Pause")
    expect(main).to_contain_text("paused")
    press(page, "Resume")
    expect(main).to_contain_text("Next payment")
    press(page, "Cancel at the end of the period")
    expect(main).to_contain_text("nothing more is charged")
    expect(main.get_by_role("button", name="Pause")).to_have_count(0)
    press(page, "Keep the subscription")
    expect(main).to_contain_text("Next payment")

    # What was paid, with its receipt.
    expect(main.get_by_role("listitem")).to_have_count(1)
    expect(main.get_by_role("listitem")).to_contain_text("paid")
    main.get_by_role("link", name=re.compile("^Receipt")).click()
    customer.expect_receipt()
