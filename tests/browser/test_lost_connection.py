"""The payment was made, and the shop's page doesn't hear of it, or can't ask."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Request, Route, expect

from tests.browser.customer import Customer, PaymentWindow
from tests.browser.devices import PHONE, WIDE
from tests.browser.trouble import Trouble

pytestmark = pytest.mark.browser


def test_the_page_finds_out_by_itself_when_the_window_could_not_tell_it(customer: Customer) -> None:
    customer.begin_purchase().pay_by_card("lost")
    expect(customer.dialog).to_be_hidden()
    customer.expect_receipt()


def test_whoever_is_offline_when_the_window_closes_is_told_so_and_gets_the_receipt_later(
    customer: Customer, trouble: Trouble
) -> None:
    trouble.tolerate_lost_connections()
    window = customer.begin_purchase()
    cut_off_when_the_page_claims_its_payment(customer)
    window.pay_by_card()
    customer.expect_told("no connection")
    customer.page.unroute_all()
    customer.page.context.set_offline(False)
    customer.expect_receipt()


def cut_off_when_the_page_claims_its_payment(customer: Customer) -> None:
    """The window's frame still tells the page, and then there is no network."""

    def answer(route: Route, request: Request) -> None:
        if "imp_uid" in request.post_data_json:
            customer.page.context.set_offline(True)
        route.abort("internetdisconnected")

    # What the page asks while the window is open stays unanswered as well: a webhook may be faster.
    customer.page.route("**/order/validation/", answer)


def test_a_page_that_is_loaded_again_asks_for_the_payment_it_began(customer: Customer) -> None:
    window = customer.begin_purchase()
    # Something is left to order, so that the address shows the form again.
    customer.in_another_tab().put_into_cart("brush-pen")
    pay_and_reload(customer, window)
    customer.expect_receipt()
    customer.expect_cart(1)


def test_whoever_paid_and_loads_the_order_form_again_is_told_of_the_payment(customer: Customer) -> None:
    pay_and_reload(customer, customer.begin_purchase())
    expect(customer.page.get_by_text("Cart 0")).to_be_visible()
    main = customer.page.get_by_role("main")
    receipt = main.get_by_text("Thank you, your payment is complete.")
    expect(receipt.or_(main.get_by_text("paid", exact=True))).to_be_visible()


def pay_and_reload(customer: Customer, window: PaymentWindow) -> None:
    window.pay_by_card("lost")
    expect(window.root.get_by_role("heading", name="The connection was lost")).to_be_visible()
    customer.page.reload()


SLOW_DOWN = "Too many requests in a short time."


def ask_for_patience(route: Route) -> None:
    error = {"code": "too_many_requests", "message": SLOW_DOWN}
    route.fulfill(status=429, headers={"Retry-After": "60"}, json={"error": error})


def test_whoever_clicks_too_often_reads_so_and_pays_later(customer: Customer, trouble: Trouble) -> None:
    trouble.tolerate(r"status of 429")
    customer.go_to_checkout()
    customer.fill_in()
    customer.page.route("**/order/create_ajax/", ask_for_patience)
    customer.press_pay()
    expect(customer.status).to_contain_text(SLOW_DOWN)
    customer.page.unroute_all()
    customer.open_window().pay_by_card()
    customer.expect_receipt()


def test_whoever_has_paid_and_asks_too_often_reads_so_and_checks_again(
    customer: Customer, trouble: Trouble
) -> None:
    trouble.tolerate(r"status of 429")
    window = customer.begin_purchase()
    customer.page.route("**/order/validation/", ask_for_patience)
    window.pay_by_card()
    expect(customer.status).to_contain_text(SLOW_DOWN)
    customer.page.unroute_all()
    customer.page.get_by_role("button", name="Check again").click()
    customer.expect_receipt()


@pytest.mark.parametrize("device", ["desk", "phone"])
def test_who_signs_out_while_he_pays_reads_a_receipt_and_signs_in_for_the_whole(
    new_customer: Callable[..., Customer], trouble: Trouble, device: str
) -> None:
    trouble.tolerate("status of 40[34]")
    customer = new_customer(**(PHONE if device == "phone" else WIDE))
    customer.sign_in()
    customer.go_to_checkout()
    customer.fill_in()
    window = customer.open_window() if device == "desk" else customer.open_window_page()
    customer.page.context.clear_cookies()
    window.pay_by_card()
    expect(customer.heading).to_have_text("Your payment")
    main = customer.page.get_by_role("main")
    for told in ("Thank you, your payment is complete.", "₩2,000", "Credit card"):
        expect(main).to_contain_text(told)
    expect(main).not_to_contain_text("Knot bookmark")
    customer.picture(f"session-gone-{device}-en")
    main.get_by_role("link", name="Sign in to see the whole receipt").click()
    customer.sign_in_here()
    customer.expect_receipt()
    expect(customer.page.get_by_role("main")).to_contain_text("Knot bookmark")


def test_a_window_that_never_calls_back_leaves_the_page_with_something_to_do(customer: Customer) -> None:
    customer.page.clock.install()
    customer.go_to_checkout()
    customer.fill_in()
    customer.page.evaluate("IMP.request_pay = () => {}")
    customer.press_pay()
    customer.expect_told("open")
    with customer.page.expect_request(lambda asked: asks_the_gateway(asked)):
        customer.page.clock.run_for(3 * 60_000)
    customer.expect_told("no answer")
    expect(customer.pay_button).to_be_enabled()
    customer.picture("no-answer-en")
    customer.page.get_by_role("button", name="Check again").click()
    customer.page.clock.run_for(1_000)
    customer.expect_told("not paid")
    expect(customer.pay_button).to_be_enabled()


def test_pay_again_opens_another_window_where_the_first_never_called_back(customer: Customer) -> None:
    customer.page.clock.install()
    customer.go_to_checkout()
    customer.fill_in()
    customer.page.evaluate("window.real = IMP.request_pay; IMP.request_pay = () => {}")
    customer.press_pay()
    customer.expect_told("open")
    customer.page.clock.run_for(3 * 60_000)
    customer.expect_told("no answer")
    customer.page.evaluate("IMP.request_pay = window.real")
    customer.page.clock.resume()
    customer.page.get_by_role("button", name="Pay again").click()
    customer.window.pay_by_card()
    customer.expect_receipt()


def test_who_gave_an_account_up_once_is_asked_again_before_another_goes(
    customer: Customer, trouble: Trouble
) -> None:
    trouble.tolerate("status of 409")
    agreed: list[object] = []

    def answer(route: Route) -> None:
        agreed.append(route.request.post_data_json.get("void_account"))
        if len(agreed) > 1:
            route.continue_()
        else:
            route.fulfill(status=409, json={"error": {"code": "account_kept", "message": "It waits."}})

    customer.page.clock.install()
    customer.go_to_checkout()
    customer.fill_in()
    customer.page.route("**/order/create_ajax/", answer)
    customer.page.evaluate("IMP.request_pay = () => {}")
    customer.press_pay()
    customer.page.get_by_role("button", name="Cancel it and pay another way").click()
    customer.expect_told("open")
    customer.page.clock.run_for(3 * 60_000)
    with customer.page.expect_response("**/order/create_ajax/"):
        customer.page.get_by_role("button", name="Pay again").click()
    assert agreed == [None, True, None]


def asks_the_gateway(request: Request) -> bool:
    return "/order/validation/" in request.url and request.post_data_json.get("ask") is True


def test_a_decline_that_the_window_does_not_tell_ends_the_wait(customer: Customer) -> None:
    customer.page.clock.install()
    customer.go_to_checkout()
    customer.fill_in()
    tells_nothing = "window.real = IMP.request_pay; IMP.request_pay = (asked) => window.real(asked, () => {})"
    customer.page.evaluate(tells_nothing)
    customer.press_pay()
    customer.window.pay_by_card("decline")
    expect(customer.dialog).to_be_hidden()
    customer.page.clock.run_for(3 * 60_000)
    customer.expect_told("failed")
    expect(customer.status.get_by_role("button")).to_have_count(0)
    expect(customer.pay_button).to_be_enabled()
