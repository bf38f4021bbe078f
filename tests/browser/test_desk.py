"""The operator's desk: asks, returns, is refused, accepts; at a desk in English, on a phone in Korean."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Shop
from tests.browser.customer import Customer
from tests.browser.desk import KOREAN, Buyer, Desk
from tests.browser.devices import PHONE

pytestmark = pytest.mark.browser
REFUSAL = '{"code": 1, "message": "[S001] 취소 불가", "response": null}'


def test_a_lost_webhook_is_asked_for_and_a_part_is_returned_after_a_refusal(
    operator: Customer, shop: Shop
) -> None:
    buyer = Buyer(shop.address)
    params = buyer.order("celadon-cup", 2)
    buyer.control("faults", operation="webhook", kind="lose", times=1)
    merchant_uid = buyer.pay(params)
    desk = Desk(operator)
    desk.open(merchant_uid)
    desk.button("ask").click()
    desk.expect_told("The gateway answered: paid.")
    desk.link("refund").click()
    expect(desk.page.get_by_label("Amount to refund")).to_have_value("48000")
    buyer.control("faults", operation="payments.cancel", kind="body", body=REFUSAL, times=1)
    desk.fill_in("one cup broke", "24000")
    operator.picture("desk-refund-en")
    desk.button("return").click()
    desk.expect_refused("The payment provider refused. Message: [S001] 취소 불가")
    operator.picture("desk-refused-en")
    desk.page.get_by_role("checkbox").check()
    desk.button("return").click()
    desk.expect_told("₩24,000 was refunded.")
    timeline = desk.page.get_by_role("region", name="Timeline")
    expect(timeline).to_contain_text("one cup broke")
    payment = desk.page.get_by_role("region", name="Payment", exact=True)
    expect(payment.get_by_text("partially refunded")).to_be_visible()
    operator.picture("desk-transaction-en")
    operator.goto("/admin/shop/ordertransaction/")
    expect(desk.page.get_by_role("term").filter(has_text="Amount held")).to_be_visible()
    operator.picture("desk-list-en")


def test_a_deposit_is_returned_to_the_customer_s_account_on_a_phone(
    new_customer: Callable[..., Customer], shop: Shop
) -> None:
    buyer = Buyer(shop.address)
    merchant_uid = buyer.pay(buyer.order("green-tea"), "issue_vbank", "deposit", pay_method="vbank")
    operator = new_customer(**PHONE, locale="ko-KR")
    desk = Desk(operator, KOREAN)
    operator.goto("/admin/shop/ordertransaction/")
    operator.picture("desk-list-phone-ko")
    desk.open(merchant_uid)
    desk.expect_no_sideways_scrolling()
    operator.picture("desk-transaction-phone-ko")
    desk.link("refund").click()
    desk.page.get_by_label("은행").select_option("신한은행")
    desk.page.get_by_label("계좌번호").fill("110-123-456789")
    desk.page.get_by_label("예금주").fill("한민서")
    desk.fill_in("고객 요청")
    desk.expect_no_sideways_scrolling()
    operator.picture("desk-refund-phone-ko")
    desk.button("return").click()
    desk.expect_told("38,000원 환불이 완료되었습니다.")


def test_an_unwanted_deposit_that_went_back_by_bank_transfer_is_closed_on_a_phone(
    new_customer: Callable[..., Customer], shop: Shop
) -> None:
    buyer = Buyer(shop.address)
    first = buyer.order("green-tea")
    second = buyer.order_again(first)
    buyer.pay(first)
    unwanted = buyer.pay(second, "issue_vbank", "deposit", pay_method="vbank")
    operator = new_customer(**PHONE, locale="ko-KR")
    desk = Desk(operator, KOREAN)
    desk.open(unwanted)
    desk.page.get_by_role("button", name="환불 계좌 다시 요청").click()
    expect(desk.page.get_by_text("고객이 환불 계좌를 입력하는 주소")).to_be_visible()
    desk.page.get_by_role("link", name="계좌이체로 환불함").click()
    desk.page.get_by_label("이체 증빙").fill("국민은행 11월 26일 4711")
    desk.fill_in("고객과 통화함")
    desk.expect_no_sideways_scrolling()
    operator.picture("desk-transfer-phone-ko")
    desk.page.get_by_role("button", name="환불 처리 완료").click()
    desk.expect_told("계좌이체로 돌려준 환불로 처리했습니다.")
    expect(desk.page.get_by_role("link", name="환불하기")).to_have_count(0)
    operator.picture("desk-transferred-phone-ko")


def test_chosen_payments_go_back_at_once_and_each_outcome_is_told(operator: Customer, shop: Shop) -> None:
    paid = [(buyer := Buyer(shop.address)).pay(buyer.order("knot-bookmark", count)) for count in (1, 2)]
    desk = Desk(operator)
    operator.goto("/admin/shop/ordertransaction/?q=&status__exact=paid")
    for merchant_uid in paid:
        row = desk.page.get_by_role("row").filter(has=desk.page.get_by_role("link", name=merchant_uid))
        row.get_by_role("checkbox").check()
    desk.page.get_by_label("Action:").select_option("Refund selected payments")
    desk.page.get_by_role("button", name=re.compile("^(Go|Run)$")).click()
    desk.fill_in("recalled")
    operator.picture("desk-several-en")
    desk.page.get_by_role("button", name="Issue refunds").click()
    for merchant_uid in paid:
        row = desk.page.get_by_role("row").filter(has=desk.page.get_by_role("link", name=merchant_uid))
        expect(row.get_by_text("refunded", exact=True)).to_be_visible()
    operator.picture("desk-several-told-en")
    desk.page.get_by_role("link", name="Back", exact=True).click()
    expect(desk.page).to_have_url(re.compile("/admin/shop/ordertransaction/"))


def test_a_second_payment_is_accepted_once_the_first_went_back(operator: Customer, shop: Shop) -> None:
    buyer = Buyer(shop.address)
    first = buyer.order("knot-bookmark", 6)
    second = buyer.order_again(first)
    paid = buyer.pay(first)
    buyer.control("faults", operation="payments.cancel", kind="body", body=REFUSAL, times=1)
    rejected = buyer.pay(second)
    desk = Desk(operator)
    desk.open(rejected)
    expect(
        desk.page.get_by_text("A refund could not be carried out and needs your attention.")
    ).to_be_visible()
    desk.link("accept").click()
    desk.fill_in("the customer keeps both")
    desk.button("keep").click()
    desk.expect_refused("Refund that one first.")
    operator.picture("desk-accept-en")
    desk.open(paid)
    desk.link("refund").click()
    desk.fill_in("paid twice")
    desk.button("return").click()
    desk.expect_told("₩12,000 was refunded.")
    desk.open(rejected)
    desk.link("accept").click()
    desk.fill_in("the customer keeps both")
    desk.button("keep").click()
    desk.expect_told("The payment was accepted. The order is paid.")


def test_an_order_has_a_page_a_receipt_and_a_file(operator: Customer, shop: Shop) -> None:
    buyer = Buyer(shop.address)
    buyer.pay(buyer.order("roasted-tea", 2))
    desk = Desk(operator)
    operator.goto("/admin/shop/order/")
    row = desk.page.get_by_role("row").filter(has=desk.page.get_by_text("₩36,000")).first
    row.get_by_role("link", name="Details").click()
    expect(desk.page.get_by_role("main")).to_contain_text("minseo@example.com")
    operator.picture("desk-order-en")
    desk.page.get_by_role("link", name="Receipt", exact=True).click()
    expect(desk.page.get_by_role("button", name="Print")).to_be_visible()
    desk.page.emulate_media(media="print")
    expect(desk.page.get_by_role("button", name="Print")).to_be_hidden()
    operator.picture("desk-receipt-print-en")
    desk.page.emulate_media(media="screen")
    operator.goto("/admin/shop/order/")
    desk.page.get_by_role("link", name="Export this list").click()
    desk.page.get_by_label("Postal code").uncheck()
    operator.picture("desk-export-en")
    with desk.page.expect_download() as download:
        desk.page.get_by_role("button", name="Download").click()
    assert download.value.path().read_bytes().startswith(b"\xef\xbb\xbf")
    assert "Postal code" not in download.value.path().read_text("utf-8-sig").splitlines()[0]


def test_the_overview_is_read_at_a_glance_and_each_bar_leads_to_its_list(
    operator: Customer, new_customer: Callable[..., Customer], shop: Shop
) -> None:
    buyer = Buyer(shop.address)
    merchant_uid = buyer.pay(buyer.order("celadon-cup", 3))
    desk = Desk(operator)
    desk.page.get_by_role("link", name="Overview").first.click()
    for heading in ("Waiting for you", "Payments by method", "This month and last month"):
        expect(desk.page.get_by_role("heading", name=heading)).to_be_visible()
    operator.picture("desk-overview-en")
    # The last column is today's.
    desk.page.locator("rect.iamport-in").and_(desk.page.locator("[y]")).last.click()
    expect(desk.page.get_by_role("link", name=merchant_uid)).to_be_visible()
    desk.page.go_back()
    desk.page.get_by_text("As a table").first.click()
    desk.page.get_by_role("row").get_by_role("link", name=re.compile("₩")).first.click()
    expect(desk.page.get_by_role("link", name=merchant_uid)).to_be_visible()
    desk.page.go_back()
    desk.page.emulate_media(media="print")
    expect(desk.page.get_by_role("navigation", name="Period")).to_be_hidden()
    expect(desk.page.get_by_role("heading", name="Payments by method")).to_be_visible()
    operator.picture("desk-overview-print-en")
    phone = Desk(new_customer(**PHONE, locale="ko-KR", color_scheme="dark"), KOREAN)
    for page in ("overview", "bookkeeping"):
        phone.operator.goto(f"/admin/shop/ordertransaction/{page}/")
        phone.expect_no_sideways_scrolling()
        phone.operator.picture(f"desk-{page}-phone-ko")
