"""A visitor with a browser of his own: cart, order form, payment, receipt."""

from __future__ import annotations

import re
import secrets
from typing import Any

from django.test import Client
from django.urls import reverse

from tests.shop.models import Order, OrderTransaction


class Shopper:
    def __init__(self, client: Client | None = None) -> None:
        self.client = client or Client()

    def add(self, name: str = "Tea", price: int = 25_000, quantity: int = 2) -> Shopper:
        self.client.get("/cart/", {"add": f"{name},{price},{quantity}"})
        return self

    def cart_lines(self) -> int:
        """What is left in the cart, as the shop finds it at this visitor's next request."""
        return int(self.client.get("/cart/").content.split()[0])

    def key(self) -> str:
        return str(self.client.get(reverse("iamport:order_create")).context["checkout_key"])

    def post(self, view: str, fields: Any, **extra: Any) -> Any:
        return self.client.post(reverse(f"iamport:{view}"), fields, "application/json", **extra)

    def order(self, key: str | None = None, **fields: Any) -> Any:
        return self.post(
            "order_create_ajax", {"checkout_key": key or self.key(), "buyer_name": "Kim", **fields}
        )

    def begin(self, key: str | None = None, **fields: Any) -> OrderTransaction:
        """Fill the cart unless it is full, order, and answer the attempt that the page is to pay."""
        if not self.cart_lines():
            self.add()
        answer = self.order(key or secrets.token_urlsafe(24), **fields).json()
        return OrderTransaction.objects.get(merchant_uid=answer["checkout"]["merchant_uid"])

    def checkout(self, order_id: Any, **fields: Any) -> Any:
        return self.post("order_checkout", {"order_id": order_id, **fields})

    def claim(self, attempt: Any, imp_uid: str | None = None, **fields: Any) -> Any:
        """Say that an attempt was paid; without `imp_uid` ask how it stands."""
        claimed = {"merchant_uid": getattr(attempt, "merchant_uid", attempt), **fields}
        return self.post("order_validation", {**claimed, "imp_uid": imp_uid} if imp_uid else claimed)

    def receipt(self, attempt: Any) -> Any:
        return self.client.get(reverse("iamport:order_complete", args=[attempt.merchant_uid]))

    def owns(self, order: Order) -> bool:
        return self.checkout(str(order.pk)).status_code != 404


def in_another_tab(order: Any) -> Any:
    """An attempt beside the earlier ones: its window opens with other values, so none of them is used again."""
    return order.transactions.create_new(order, request_pay=lambda attempt: {"tab": secrets.token_hex(8)})


def state(response: Any) -> str:
    """What a page of ours says about a payment."""
    found = re.search(r'data-status="(\w+)"', response.content.decode())
    return found.group(1) if found else ""


def words_of(response: Any) -> str:
    """What a page says by itself, without the sentences that its script may say later."""
    return re.sub(r"<script.*?</script>", "", response.content.decode(), flags=re.DOTALL)
