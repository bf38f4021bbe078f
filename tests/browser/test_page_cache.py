"""A page that the back button brings back as it was left, which only a browser with its windows keeps."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Route, expect

from tests.browser.conftest import BROWSERS, installed
from tests.browser.customer import Customer, PaymentWindow
from tests.browser.devices import PHONE

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def chromium_path() -> str:
    return installed(*BROWSERS)


def test_it_can_be_sent_again(phone_customer: Customer) -> None:
    keep_in_page_cache(phone_customer)
    phone_customer.go_to_checkout()
    phone_customer.fill_in()
    phone_customer.open_window_page()
    go_back_to_the_page_as_it_was(phone_customer)
    expect(phone_customer.pay_button).to_be_enabled()
    phone_customer.open_window_page().pay_by_card()
    phone_customer.expect_receipt()


def test_it_finds_out_that_it_was_paid_elsewhere(
    phone_customer: Customer, new_customer: Callable[..., Customer]
) -> None:
    keep_in_page_cache(phone_customer)
    phone_customer.go_to_checkout()
    phone_customer.fill_in()
    phone_customer.open_window_page()
    card_app = new_customer(**PHONE)
    card_app.page.goto(phone_customer.page.url)
    PaymentWindow(card_app.page).pay_by_card()
    expect(card_app.heading).to_have_text("Your payment")
    phone_customer.page.go_back(wait_until="commit")
    phone_customer.expect_receipt()


def keep_in_page_cache(customer: Customer) -> None:
    """Some browsers keep every page for their back button; Chromium only those that don't forbid storing."""

    def storable(route: Route) -> None:
        response = route.fetch()
        kept = {name: value for name, value in response.headers.items() if name != "cache-control"}
        route.fulfill(response=response, headers=kept)

    customer.page.route("**/order/create/", storable)
    customer.page.add_init_script(
        "addEventListener('pageshow', (event) => { window.cameFromPageCache = event.persisted; })"
    )


def go_back_to_the_page_as_it_was(customer: Customer) -> None:
    # A page from the cache isn't loaded: waiting for that would never end.
    customer.page.go_back(wait_until="commit")
    assert customer.page.evaluate("window.cameFromPageCache")
