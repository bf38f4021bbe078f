"""What a customer does and sees: by role, label and text, never by the page's inner structure."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from playwright.sync_api import FrameLocator, Locator, Page, expect

SCREENSHOTS = os.environ.get("IAMPORT_SCREENSHOTS")
WINDOW_TITLE = "결제창 / Payment window"
LOGIN = ("customer", "customer-demo")
RECEIPT = re.compile(r"/pay/order/complete/[a-z0-9]+/$")
RECIPIENT = {
    "name": "Minseo Han",
    "email": "minseo@example.com",
    "phone": "010-2345-6789",
    "postcode": "04524",
    "address": "110 Sejong-daero, Jung-gu, Seoul",
}

# Also of a page that comes out of the page cache, for which Playwright's own way waits for ever.
LOADED = (
    "new Promise((go) => document.readyState === 'complete' ? go() : addEventListener('load', () => go()))"
)

ENGLISH = {
    "quantity": "Quantity",
    "add": "Add to cart",
    "cart": re.compile("^Cart"),
    "order": "Order",
    "pay": re.compile("^Pay ₩"),
    "name": "Name",
    "email": "E-mail",
    "phone": "Phone",
    "postcode": "Postal code",
    "address": "Address",
    "too_early": "The page was not ready yet, and nothing was ordered.",
    "thanks": "Thank you, your payment is complete.",
    "not paid": "You have not paid yet. You can try again.",
    "failed": "The payment did not go through. Nothing was charged; you can try again.",
    "check the fields": "Please check the highlighted fields.",
    "checking": "We are checking your payment. Please keep this page open.",
    "account kept": "A virtual account is waiting for your deposit. It will be cancelled if you pay another way.",
    "open": "The payment window is open. Please finish there.",
    "no answer": "Did the payment window close? If you paid, check again; if not, pay again.",
    "no connection": "No connection. We will try again as soon as you are online.",
}
KOREAN = {
    "quantity": "수량",
    "add": "장바구니에 담기",
    "cart": re.compile("^장바구니"),
    "order": "주문하기",
    "pay": re.compile("원 결제하기$"),
    "name": "받는 분",
    "email": "이메일",
    "phone": "전화번호",
    "postcode": "우편번호",
    "address": "주소",
    "thanks": "감사합니다. 결제가 완료되었습니다.",
}
WINDOW_ENGLISH = {
    "card": "Credit card",
    "vbank": "Virtual account",
    "bank": "Bank of the account",
    "agree": "I agree to the terms of electronic payment and to the use of my data for it.",
    "approve": "The payment is approved",
    "decline": "The card company declines",
    "lost": "Approved, but the connection is lost: the shop's page gets no result",
    "pay": "Pay",
    "close": "Close the payment window",
    "ok": "OK",
}
WINDOW_KOREAN = {
    "card": "카드",
    "agree": "전자금융거래 이용약관과 결제를 위한 개인정보 이용에 동의합니다.",
    "approve": "정상 승인",
    "lost": "통신 끊김: 승인되지만 쇼핑몰 화면에는 알려지지 않음",
    "pay": "결제하기",
}


class PaymentWindow:
    """The gateway's window: a frame over the shop's page, or a page in its place."""

    def __init__(self, root: Page | FrameLocator, words: Mapping[str, str] = WINDOW_ENGLISH) -> None:
        self.root = root
        self.words = words

    def radio(self, name: str) -> Locator:
        return self.root.get_by_role("radio", name=name, exact=True)

    @property
    def pay_button(self) -> Locator:
        return self.root.get_by_role("button", name=self.words["pay"], exact=True)

    def choose_card(self, company: str = "신한카드") -> None:
        self.radio(company).check()

    def choose_virtual_account(self, bank: str = "신한은행") -> None:
        self.radio(self.words["vbank"]).check()
        self.root.get_by_label(self.words["bank"]).select_option(bank)

    def agree(self) -> None:
        self.root.get_by_label(self.words["agree"]).check()

    def pay_by_card(self, outcome: str = "approve") -> None:
        """`outcome`: approve, decline, or lost (approved, but the shop's page isn't told)."""
        self.choose_card()
        self.agree()
        self.radio(self.words[outcome]).check()
        self.pay_button.click()

    def close(self) -> None:
        self.root.get_by_role("button", name=self.words["close"]).click()


class Customer:
    def __init__(
        self,
        page: Page,
        address: str,
        words: Mapping[str, str | re.Pattern[str]] = ENGLISH,
        window_words: Mapping[str, str] = WINDOW_ENGLISH,
    ) -> None:
        self.page = page
        self.address = address
        self.words = words
        self.window_words = window_words

    def in_another_tab(self) -> Customer:
        return Customer(self.page.context.new_page(), self.address, self.words, self.window_words)

    # What the customer looks at.

    def goto(self, path: str) -> None:
        self.page.goto(self.address + path)

    def go_to_my_orders(self) -> None:
        self.goto("/orders/")

    @property
    def status(self) -> Locator:
        """What the page says about the payment, where a screen reader speaks it."""
        return self.page.get_by_role("status")

    @property
    def pay_button(self) -> Locator:
        return self.page.get_by_role("button", name=self.words["pay"])

    @property
    def dialog(self) -> Locator:
        return self.page.get_by_role("dialog", name=WINDOW_TITLE)

    @property
    def heading(self) -> Locator:
        return self.page.get_by_role("heading", level=1)

    def field(self, name: str) -> Locator:
        return self.page.get_by_label(self.words[name], exact=True)

    def expect_receipt(self) -> None:
        """A receipt that says thank you."""
        expect(self.page).to_have_url(RECEIPT)
        expect(self.heading).to_have_text(self.words["thanks"])

    def expect_cart(self, count: int) -> None:
        link = self.page.get_by_role("navigation").get_by_role("link", name=self.words["cart"])
        expect(link).to_have_text(re.compile(rf"\b{count}$"))

    def expect_told(self, name: str) -> None:
        expect(self.status).to_contain_text(self.words[name])

    # What the customer does.

    def sign_in(self) -> None:
        self.goto("/accounts/login/")
        self.sign_in_here()

    def sign_in_here(self) -> None:
        """On the page with the form."""
        self.page.get_by_label("Username").fill(LOGIN[0])
        self.page.get_by_label("Password").fill(LOGIN[1])
        self.page.get_by_role("main").get_by_role("button", name="Sign in").click()
        expect(self.page.get_by_role("button", name="Sign out")).to_be_visible()

    def put_into_cart(self, product: str = "knot-bookmark", quantity: int = 1) -> None:
        self.goto(f"/products/{product}/")
        self.page.get_by_label(self.words["quantity"]).fill(str(quantity))
        self.page.get_by_role("button", name=self.words["add"]).click()
        expect(self.page).to_have_url(f"{self.address}/cart/")

    def go_to_checkout(self, product: str = "knot-bookmark", quantity: int = 1) -> None:
        """From a product to the order form."""
        self.put_into_cart(product, quantity)
        self.page.get_by_role("main").get_by_role("link", name=self.words["order"], exact=True).click()
        self.expect_ready_to_pay()

    def fill_in(self, recipient: Mapping[str, str] = RECIPIENT) -> None:
        for name, text in recipient.items():
            self.field(name).fill(text)

    def open_window(self) -> PaymentWindow:
        """Press Pay on a page with a valid form, and see the window over the page."""
        self.press_pay()
        return self.window

    @property
    def window(self) -> PaymentWindow:
        expect(self.dialog).to_be_visible()
        return PaymentWindow(self.page.frame_locator(f'iframe[title="{WINDOW_TITLE}"]'), self.window_words)

    @property
    def window_address(self) -> str:
        """Where the window is that stands over the page."""
        expect(self.window.pay_button).to_be_visible()
        return next(frame.url for frame in self.page.frames if "/window/imp_" in frame.url)

    def open_window_page(self) -> PaymentWindow:
        """The same on a phone, where the window takes the page's place."""
        self.press_pay()
        return self.window_page

    def press_pay(self) -> None:
        self.expect_ready_to_pay()
        self.pay_button.click()

    def expect_ready_to_pay(self) -> None:
        """The page's scripts run: before that a press is lost, or sends the form without them."""
        expect(self.pay_button).to_be_enabled()
        self.page.evaluate(LOADED)

    @property
    def window_page(self) -> PaymentWindow:
        self.page.wait_for_url("**/sandbox/window/**")
        return PaymentWindow(self.page, self.window_words)

    def begin_purchase(self, product: str = "knot-bookmark", quantity: int = 1) -> PaymentWindow:
        """From a product to the open payment window."""
        self.go_to_checkout(product, quantity)
        self.fill_in()
        return self.open_window()

    def reload_until(self, found: Locator) -> None:
        """What another process does is seen when the page is loaded again."""
        for _ in range(20):
            if found.count():
                return
            self.page.reload()
        expect(found).not_to_have_count(0)

    def picture(self, name: str) -> None:
        """A screenshot, where the environment variable IAMPORT_SCREENSHOTS names a folder for it."""
        if SCREENSHOTS:
            self.page.screenshot(path=Path(SCREENSHOTS) / f"{name}.png", animations="disabled")


class Console:
    """The gateway's console, as its operator sees it."""

    def __init__(self, operator: Customer) -> None:
        self.page = operator.page
        self.operator = operator
        operator.goto("/sandbox/")

    def payments(self, amount: str) -> Locator:
        """The payments of an amount that only one test pays."""
        return self.page.get_by_role("row").filter(has=self.page.get_by_role("cell", name=amount))

    def expect_statuses(self, amount: str, *statuses: str) -> None:
        """How the payments of that amount stand at the gateway, and that there are no others."""
        last = self.payments(amount).filter(has=self._status(statuses[-1]))
        self.operator.reload_until(last)
        expect(self.payments(amount)).to_have_count(len(statuses))
        for status in set(statuses):
            expect(self.payments(amount).filter(has=self._status(status))).to_have_count(
                statuses.count(status)
            )

    def _status(self, text: str) -> Locator:
        return self.page.get_by_role("cell").get_by_text(text, exact=True)

    def deposit(self, amount: str) -> None:
        self.payments(amount).get_by_role("button", name=re.compile("^Deposit for ")).click()
