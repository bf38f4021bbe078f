"""What an operator does and sees in the shop's admin, and customers who need no browser."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import requests
from playwright.sync_api import Locator, expect

from tests.browser.customer import RECIPIENT, Customer

LOGIN = ("operator", "operator-demo")
ENGLISH = {
    "username": "Username",
    "password": "Password",
    "log in": "Log in",
    "ask": "Ask the gateway",
    "refund": "Refund…",
    "accept": "Accept…",
    "amount": "Amount to refund",
    "reason": "Reason",
    "return": "Issue refund",
    "keep": "Accept the payment",
}
KOREAN = {
    "username": "사용자 이름",
    "password": "비밀번호",
    "log in": "로그인",
    "ask": "아임포트에 조회",
    "refund": "환불하기",
    "accept": "승인하기",
    "amount": "환불할 금액",
    "reason": "사유",
    "return": "환불하기",
    "keep": "결제 승인하기",
}


class Buyer:
    """Orders and pays through the shop's own addresses and the gateway's control API."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.session = requests.Session()

    def order(self, product: str, quantity: int = 1) -> dict[str, Any]:
        """What the page would hand to the payment window."""
        self._page("/")
        self._post(f"/cart/add/{product}/", {"quantity": quantity})
        key = re.search(r'name="checkout_key" value="([^"]+)"', self._page("/pay/order/create/"))
        assert key is not None
        form = {"recipient" if name == "name" else name: value for name, value in RECIPIENT.items()}
        answer = self._post("/pay/order/create_ajax/", {**form, "checkout_key": key[1]}).json()
        self.order_id = answer["order_id"]
        params: dict[str, Any] = answer["checkout"]["request_pay"]
        return params

    def order_again(self, open_already: Mapping[str, Any]) -> dict[str, Any]:
        """The same order in another tab, while the window of the first is open."""
        self.control("payments", request_pay=open_already, then=[])
        answer = self._post("/pay/order/checkout/", {"order_id": self.order_id}).json()
        params: dict[str, Any] = answer["request_pay"]
        return params

    def pay(self, params: Mapping[str, Any], *then: str, **changed: Any) -> str:
        """Answers the merchant_uid, once the shop has heard of it, unless its webhook is lost."""
        self.control("payments", request_pay={**params, **changed}, then=list(then or ["approve"]))
        self.control("webhooks/deliver")
        return str(params["merchant_uid"])

    def control(self, path: str, **values: Any) -> Any:
        answer = self.session.post(f"{self.address}/sandbox/control/{path}", json=values, timeout=20)
        assert answer.ok, answer.text
        return answer.json()

    def _page(self, path: str) -> str:
        return self.session.get(self.address + path, timeout=20).text

    def _post(self, path: str, fields: Mapping[str, Any]) -> requests.Response:
        token = self.session.cookies.get("csrftoken", "")
        answer = self.session.post(
            self.address + path, data={**fields, "csrfmiddlewaretoken": token}, timeout=20
        )
        assert answer.ok, answer.text
        return answer


class Desk:
    def __init__(self, operator: Customer, words: Mapping[str, str] = ENGLISH) -> None:
        self.operator, self.page, self.words = operator, operator.page, words
        operator.goto("/admin/")
        self.page.get_by_label(words["username"]).fill(LOGIN[0])
        self.page.get_by_label(words["password"]).fill(LOGIN[1])
        self.button("log in").click()
        expect(self.page).to_have_url(re.compile("/admin/$"))

    def open(self, number: str) -> None:
        """The transaction that is found under a number."""
        self.operator.goto(f"/admin/shop/ordertransaction/?q={number}")
        self.page.get_by_role("link", name=number, exact=True).click()
        expect(self.button("ask")).to_be_visible()

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=self.words[name], exact=True)

    def link(self, name: str) -> Locator:
        return self.page.get_by_role("link", name=self.words[name], exact=True)

    def expect_told(self, text: str) -> None:
        """What became of it, above the page."""
        expect(self.page.get_by_role("listitem").filter(has_text=text).first).to_be_visible()

    def expect_refused(self, text: str) -> None:
        expect(self.page.get_by_role("alert")).to_contain_text(text)

    def fill_in(self, reason: str, amount: str | None = None) -> None:
        if amount is not None:
            self.page.get_by_label(self.words["amount"]).fill(amount)
        self.page.get_by_label(self.words["reason"]).fill(reason)
        self.page.get_by_role("checkbox").check()

    def expect_no_sideways_scrolling(self) -> None:
        wide = self.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= self.page.viewport_size["width"], f"{self.page.url} is {wide} pixels wide"  # type: ignore[index]
