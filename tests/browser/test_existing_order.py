"""An order that exists already: paid again, by deposit, or from two tabs."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Request, expect

from tests.browser.customer import RECEIPT, Console, Customer, PaymentWindow
from tests.browser.devices import PHONE, WIDE
from tests.browser.trouble import Trouble

pytestmark = pytest.mark.browser


def test_an_order_whose_card_was_declined_is_paid_from_my_orders_by_one_attempt_a_click(
    customer: Customer,
) -> None:
    customer.begin_purchase().pay_by_card("decline")
    customer.expect_told("failed")
    customer.go_to_my_orders()
    expect(customer.page.get_by_role("article")).to_contain_text("awaiting payment")
    customer.page.get_by_role("link", name="Pay now").click()
    preparations: list[Request] = []
    customer.page.on(
        "request", lambda asked: preparations.append(asked) if "/order/checkout/" in asked.url else None
    )
    customer.open_window().pay_by_card("decline")
    customer.expect_told("failed")
    customer.open_window().pay_by_card()
    customer.expect_receipt()
    assert len(preparations) == 2
    customer.go_to_my_orders()
    expect(customer.page.get_by_role("article")).to_have_count(1)
    expect(customer.page.get_by_role("article").get_by_text("paid", exact=True)).to_be_visible()
    expect(customer.page.get_by_role("link", name="Pay now")).to_have_count(0)


def test_a_deposit_into_the_virtual_account_pays_the_order(customer: Customer, operator: Customer) -> None:
    window = customer.begin_purchase("knot-bookmark", quantity=4)
    window.choose_virtual_account("신한은행")
    window.agree()
    window.pay_button.click()
    shown = window.root.get_by_role("main")
    expect(shown).to_contain_text("Your account number")
    account = re.findall(r"\d{8,}", shown.inner_text())[0]
    window.root.get_by_role("link", name="OK", exact=True).click()
    expect(customer.heading).to_have_text("Please transfer the amount")
    receipt = customer.page.get_by_role("main")
    expect(receipt).to_contain_text("신한은행")
    expect(receipt).to_contain_text(account)
    expect(receipt).to_contain_text("₩8,000")
    customer.picture("virtual-account-en")
    customer.expect_cart(0)
    console = Console(operator)
    console.expect_statuses("₩8,000", "Waiting for deposit")
    console.deposit("₩8,000")
    console.expect_statuses("₩8,000", "Paid")
    customer.reload_until(receipt.get_by_text("Thank you, your payment is complete."))
    customer.expect_receipt()


@pytest.mark.parametrize("device", ["desk", "phone"])
def test_a_waiting_account_is_told_of_and_kept_until_its_customer_gives_it_up(
    new_customer: Callable[..., Customer], operator: Customer, trouble: Trouble, device: str
) -> None:
    trouble.tolerate("status of 409")
    customer = new_customer(**(PHONE if device == "phone" else WIDE))
    # Sums that no other test pays: the console lists the payments of all of them.
    amount, quantity = ("₩26,000", 13) if device == "desk" else ("₩34,000", 17)
    customer.go_to_checkout(quantity=quantity)
    customer.fill_in()
    window = open_window(customer, device)
    window.choose_virtual_account()
    window.agree()
    window.pay_button.click()
    window.root.get_by_role("link", name="OK", exact=True).click()
    expect(customer.heading).to_have_text("Please transfer the amount")
    customer.go_to_my_orders()
    posted: list[str] = []
    customer.page.on("request", lambda asked: posted.append(asked.url) if asked.method == "POST" else None)
    customer.page.get_by_role("link", name="Pay in another way").click()
    expect(customer.status).to_contain_text("A virtual account was issued")
    customer.pay_button.hover()
    customer.pay_button.focus()
    customer.pay_button.dispatch_event("pointerdown")
    customer.picture(f"account-waits-{device}-en")
    assert posted == []
    customer.press_pay()
    customer.expect_told("account kept")
    assert customer.page.evaluate("document.documentElement.scrollWidth <= screen.width")
    customer.picture(f"account-kept-{device}-en")
    customer.page.get_by_role("button", name="See the account").click()
    expect(customer.heading).to_have_text("Please transfer the amount")
    customer.page.go_back()
    customer.press_pay()
    customer.page.get_by_role("button", name="Cancel it and pay another way").click()
    open_window(customer, device, is_open=True).pay_by_card()
    customer.expect_receipt()
    Console(operator).expect_statuses(amount, "Paid", "Voided")


def test_an_unpaid_order_is_cancelled_by_its_customer(customer: Customer) -> None:
    customer.begin_purchase().close()
    customer.expect_told("failed")
    customer.go_to_my_orders()
    customer.page.get_by_role("link", name="Pay now").click()
    customer.page.get_by_role("button", name="Cancel this order").click()
    expect(customer.page.get_by_role("main")).to_contain_text("This order was cancelled.")
    customer.go_to_my_orders()
    expect(customer.page.get_by_role("article")).to_contain_text("closed")
    expect(customer.page.get_by_role("link", name="Pay now")).to_have_count(0)


def test_who_pays_what_he_cancelled_in_another_tab_is_told_there_too_that_it_went_back(
    customer: Customer,
) -> None:
    window = customer.begin_purchase()
    other = customer.in_another_tab()
    other.go_to_my_orders()
    other.page.get_by_role("link", name="Pay now").click()
    other.page.get_by_role("button", name="Cancel this order").click()
    expect(other.page.get_by_role("main")).to_contain_text("This order was cancelled.")
    window.pay_by_card()
    expect(customer.page).to_have_url(RECEIPT)
    other.page.reload()
    expect(other.page.get_by_role("main")).not_to_contain_text("Nothing was charged")
    other.page.get_by_role("link", name="Receipt").click()
    expect(other.page.get_by_role("main")).to_contain_text("was refunded to you")


def open_window(customer: Customer, device: str, *, is_open: bool = False) -> PaymentWindow:
    if not is_open:
        customer.press_pay()
    return customer.window_page if device == "phone" else customer.window


def test_two_tabs_pay_one_order_and_the_second_payment_goes_back(
    customer: Customer, operator: Customer
) -> None:
    first_window = customer.begin_purchase("knot-bookmark", quantity=5)
    second_tab = customer.in_another_tab()
    second_tab.go_to_my_orders()
    second_tab.page.get_by_role("link", name="Pay now").click()
    second_tab.open_window().pay_by_card()
    second_tab.expect_receipt()
    first_window.pay_by_card()
    expect(customer.heading).not_to_have_text("Order")
    expect(customer.page.get_by_role("main")).to_contain_text(
        "The order had already been paid by another payment."
    )
    customer.picture("second-payment-en")
    Console(operator).expect_statuses("₩10,000", "Paid", "Cancelled")
    operator.picture("console-en")
    customer.go_to_my_orders()
    expect(customer.page.get_by_role("article")).to_have_count(1)
    expect(customer.page.get_by_role("article")).to_contain_text("Refunded ₩10,000")
