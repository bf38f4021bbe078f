"""The cash receipt, asked for on a phone after a transfer."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.customer import Customer
from tests.browser.trouble import Trouble

pytestmark = pytest.mark.browser


def expect_accessible(page: Page) -> None:
    found = Axe().run(page).response["violations"]
    assert [each["id"] for each in found if each["impact"] in {"serious", "critical"}] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]


def test_a_customer_who_paid_by_transfer_gets_his_receipt(phone_customer: Customer, trouble: Trouble) -> None:
    trouble.tolerate("status of 400")
    page = phone_customer.page
    phone_customer.go_to_checkout()
    phone_customer.fill_in()
    window = phone_customer.open_window_page()
    window.radio("Bank transfer").check()
    window.root.get_by_label("Your bank").select_option("신한은행")
    window.agree()
    window.pay_button.click()
    phone_customer.expect_receipt()
    page.get_by_role("link", name="Request a cash receipt").click()
    expect_accessible(page)
    phone_customer.picture("cash-receipt-form-phone-en")
    page.get_by_label("Number").fill("010-12")
    page.get_by_role("button", name="Request a cash receipt").click()
    refused = re.compile("Please enter the complete number of a mobile phone")
    expect(page.get_by_label("Number")).to_have_accessible_description(refused)
    phone_customer.picture("cash-receipt-error-phone-en")
    expect_accessible(page)
    page.get_by_label("Number").fill("010-1234-5678")
    page.get_by_role("button", name="Request a cash receipt").click()
    expect(page.get_by_role("main")).to_contain_text("010-****-5678")
    expect_accessible(page)
    phone_customer.picture("cash-receipt-issued-phone-en")
