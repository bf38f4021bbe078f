"""What the buyer and the courier do with product orders at Naver Pay."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from django_iamport.sandbox.rules import Account, Refusal
from django_iamport.sandbox.rules.actions import act
from django_iamport.sandbox.rules.naver import product_orders
from tests.sandbox.naver import CUP, product


@pytest.fixture
def imp_uid(account: Account, open_at: Callable[..., str]) -> str:
    opened = open_at("naverco", amount=55_000, naverProducts=[product(), CUP])
    account.approve(opened)
    return opened


def states(account: Account, imp_uid: str) -> list[tuple[str, str | None]]:
    orders = product_orders.of_payment(account, imp_uid)
    return [(each["product_order_status"], each["claim_status"]) for each in orders]


def first(account: Account, imp_uid: str) -> dict[str, Any]:
    return {"product_order_id": product_orders.of_payment(account, imp_uid)[0]["product_order_id"]}


def events(account: Account) -> list[str]:
    return [each["body"]["status"] for each in account.webhooks()]


def test_before_it_is_placed_the_buyer_cancels_alone(account: Account, imp_uid: str) -> None:
    assert act(account, imp_uid, "ask_cancel", first(account, imp_uid))["cancel_amount"] == 22_500
    assert states(account, imp_uid) == [("CANCELED", "CANCEL_DONE"), ("PAYED", None)]
    assert events(account) == ["paid", "cancelled"]


def test_after_that_the_shop_has_to_agree(account: Account, imp_uid: str) -> None:
    product_orders.move(account, imp_uid, "place")
    assert act(account, imp_uid, "ask_cancel", {})["cancel_amount"] == 0
    assert states(account, imp_uid) == [("PAYED", "CANCEL_REQUEST")] * 2
    for refused in ("ship", "cancel"):
        with pytest.raises(Refusal):
            product_orders.move(account, imp_uid, refused)
    product_orders.move(account, imp_uid, "approve_cancel")
    assert account.payment(imp_uid)["cancel_amount"] == 55_000
    assert states(account, imp_uid) == [("CANCELED", "CANCEL_DONE")] * 2
    assert events(account) == ["paid"]


def test_a_parcel_arrives_and_is_kept_or_sent_back(account: Account, imp_uid: str) -> None:
    with pytest.raises(Refusal):
        act(account, imp_uid, "deliver", {})
    product_orders.move(account, imp_uid, "ship")
    act(account, imp_uid, "deliver", {})
    act(account, imp_uid, "ask_return", first(account, imp_uid))
    assert states(account, imp_uid) == [("DELIVERED", "RETURN_REQUEST"), ("DELIVERED", None)]
    act(account, imp_uid, "decide", {})
    assert states(account, imp_uid)[1] == ("PURCHASE_DECIDED", None)
    with pytest.raises(Refusal):
        act(account, imp_uid, "decide", {})
    product_orders.move(account, imp_uid, "approve_return")
    assert account.payment(imp_uid)["cancel_amount"] == 20_000


def test_goods_that_cost_nothing_return_nothing(account: Account, open_at: Callable[..., str]) -> None:
    gift = product(id="gift", basePrice=0, shipping={"baseFee": 0, "feePayType": "FREE"})
    imp_uid = open_at("naverco", amount=22_500, naverProducts=[gift, product()])
    account.approve(imp_uid)
    assert act(account, imp_uid, "ask_cancel", first(account, imp_uid))["cancel_amount"] == 0
    assert states(account, imp_uid) == [("CANCELED", "CANCEL_DONE"), ("PAYED", None)]


def test_only_product_orders_take_part(account: Account, imp_uid: str, open_window: Any) -> None:
    other = open_window(merchant_uid="order2")
    account.approve(other)
    with pytest.raises(Refusal):
        act(account, other, "ask_cancel", {})
    with pytest.raises(Refusal):
        act(account, imp_uid, "ask_cancel", {"product_order_id": "1"})
    with pytest.raises(ValueError, match="product_order_id"):
        act(account, imp_uid, "ask_cancel", {"product_order_id": 1})


@pytest.mark.parametrize("who", ["shop", "buyer"])
def test_whoever_comes_second_finds_what_the_first_has_done(
    account: Account, open_at: Callable[..., str], monkeypatch: pytest.MonkeyPatch, who: str
) -> None:
    imp_uid = open_at("naverco", amount=45_000, naverProducts=[product(), product(id="tea2")])
    account.approve(imp_uid)
    tea = first(account, imp_uid)["product_order_id"]
    exclusive = account.store.exclusive

    def cancel() -> None:
        if who == "shop":
            product_orders.move(account, imp_uid, "cancel", [tea])
        else:
            product_orders.move_of_buyer(account, imp_uid, "ask_cancel", tea)

    def after_somebody_else() -> AbstractContextManager[None]:
        monkeypatch.setattr(account.store, "exclusive", exclusive)
        cancel()
        return exclusive()

    monkeypatch.setattr(account.store, "exclusive", after_somebody_else)
    with pytest.raises(Refusal):
        cancel()
    assert account.payment(imp_uid)["cancel_amount"] == 22_500
