"""Naver Pay: product orders from payment to return; receipts, points and confirmation."""

from collections.abc import Callable
from typing import Any

import pytest

from django_iamport.sandbox.rules import Account
from tests.sandbox.naver import CUP, product

OpenAt = Callable[..., str]
PARCEL = {
    "delivery_method": "DELIVERY",
    "dispatched_at": 1_700_000_000,
    "delivery_company": "CJGLS",
    "tracking_number": "1234",
}
BACK = {"delivery_method": "RETURN_INDIVIDUAL"}
REFUSED = "네이버페이 상품주문을 처리할 수 없는 상태입니다."


class Orders:
    """The product orders of one payment: two teas of 22,500 won with their parcel, a cup of 32,500."""

    def __init__(self, api: Any, imp_uid: str) -> None:
        self.api = api
        self.imp_uid = imp_uid
        self.tea, self.cup = (each["product_order_id"] for each in self.listed)

    @property
    def listed(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.api(
            "GET", f"/payments/{self.imp_uid}/naver/product-orders"
        ).response
        return found

    @property
    def states(self) -> list[tuple[str, str | None, str | None]]:
        names = ("product_order_status", "claim_type", "claim_status")
        return [tuple(each[name] for name in names) for each in self.listed]  # type: ignore[misc]

    @property
    def cancel_amount(self) -> int:
        return int(self.api.account.payment(self.imp_uid)["cancel_amount"])

    def __call__(self, what: str, *ids: str, **values: Any) -> Any:
        body = {**values, **({"product_order_id": list(ids)} if ids else {})}
        return self.api("POST", f"/payments/{self.imp_uid}/naver/{what}", body)


@pytest.fixture
def orders(api: Any, account: Account, open_at: OpenAt) -> Orders:
    imp_uid = open_at(
        "naverco", amount=55_000, naverProducts=[product(), CUP], buyer_name="김", buyer_tel="010-1"
    )
    account.approve(imp_uid)
    return Orders(api, imp_uid)


@pytest.fixture
def shipped(orders: Orders) -> Orders:
    assert orders("ship", **PARCEL).status == 200
    return orders


def test_product_orders_are_listed_and_read_one_by_one(orders: Orders) -> None:
    tea, cup = orders.listed
    assert (tea["product_order_status"], tea["claim_type"], tea["quantity"]) == ("PAYED", None, 2)
    assert (cup["product_name"], cup["product_amount"], cup["delivery_amount"]) == ("찻잔", 30_000, 2_500)
    assert (tea["orderer"]["name"], tea["shipping_address"]["tel1"]) == ("김", "010-1")
    assert orders.api("GET", f"/naver/product-orders/{orders.cup}").response == cup
    assert orders.api("GET", "/naver/product-orders/1")[:2] == (404, -1)


def test_they_are_placed_once_and_shipped(orders: Orders) -> None:
    [placed] = orders("place", orders.tea).response
    assert (placed["product_order_id"], placed["product_order_status"]) == (orders.tea, "PAYED")
    assert orders("place", orders.tea)[:3] == (500, -1, REFUSED)
    assert orders("ship", **PARCEL).status == 200
    assert [state for state, *_ in orders.states] == ["DELIVERING", "DELIVERING"]
    assert orders("ship", **PARCEL)[:2] == (500, -1)
    assert orders("place")[:2] == (500, -1)


def test_what_could_be_done_in_part_is_207_with_those_that_it_was_done_with(orders: Orders) -> None:
    orders("ship", orders.tea, **PARCEL)
    answer = orders("cancel")
    assert (answer.status, answer.code, [each["product_order_id"] for each in answer.response]) == (
        207,
        0,
        [orders.cup],
    )
    assert orders("place", orders.tea, "1")[:2] == (500, -1)
    assert orders("request-return", orders.tea, "1", **BACK).status == 207


def test_the_shop_cancels_what_it_has_not_shipped(orders: Orders) -> None:
    assert orders("cancel", orders.tea, reason="SOLD_OUT").status == 200
    payment = orders.api.account.payment(orders.imp_uid)
    assert (payment["status"], payment["cancel_amount"], payment["cancel_reason"]) == (
        "cancelled",
        22_500,
        "SOLD_OUT",
    )
    assert orders.states == [("CANCELED", "CANCEL", "CANCEL_DONE"), ("PAYED", None, None)]
    assert orders("cancel", orders.tea)[:2] == (500, -1)
    orders("cancel", orders.cup, reason="BORED")
    assert orders.cancel_amount == 55_000
    reasons = [each["reason"] for each in orders.api.account.payment(orders.imp_uid)["cancel_history"]]
    assert reasons == ["SOLD_OUT", "PRODUCT_UNSATISFIED"]


def test_a_return_gives_back_the_goods_and_not_the_parcel(shipped: Orders) -> None:
    assert shipped("cancel")[:2] == (500, -1)
    assert shipped("approve-return")[:2] == (500, -1)
    assert shipped("request-return", shipped.tea, **BACK).status == 200
    assert shipped.states[0] == ("DELIVERING", "RETURN", "RETURN_REQUEST")
    assert shipped("approve-return", shipped.tea, memo="받았습니다").status == 200
    assert shipped.states[0] == ("RETURNED", "RETURN", "RETURN_DONE")
    assert shipped.cancel_amount == 20_000


def test_a_return_is_withheld_until_it_is_let_go_on(shipped: Orders) -> None:
    shipped("request-return", shipped.cup, **BACK)
    assert shipped("withhold-return", shipped.cup, memo="배송비", extra_charge=3_000).status == 200
    for refused in ("approve-return", "withhold-return"):
        assert shipped(refused, shipped.cup, memo="배송비")[:2] == (500, -1)
    assert shipped.cancel_amount == 0
    assert shipped("resolve-return", shipped.cup).status == 200
    assert shipped("resolve-return", shipped.cup)[:2] == (500, -1)
    assert shipped("approve-return", shipped.cup).status == 200
    assert shipped.cancel_amount == 30_000


def test_a_return_is_rejected_and_may_be_asked_for_again(shipped: Orders) -> None:
    shipped("request-return", shipped.cup, **BACK)
    assert shipped("reject-return", shipped.cup, memo="개봉").status == 200
    assert shipped.states[1] == ("DELIVERING", "RETURN", "RETURN_REJECT")
    assert shipped("approve-return", shipped.cup)[:2] == (500, -1)
    assert shipped("request-return", shipped.cup, **BACK).status == 200


@pytest.mark.parametrize(
    ("what", "values"),
    [
        ("ship", {}),
        ("ship", {**PARCEL, "delivery_method": "ROCKET"}),
        ("ship", {**PARCEL, "dispatched_at": None}),
        ("ship", {**PARCEL, "dispatched_at": "어제"}),
        ("ship", {**PARCEL, "delivery_company": None}),
        ("ship", {**PARCEL, "tracking_number": ""}),
        ("request-return", {}),
        ("request-return", {"delivery_method": "DELIVERY"}),
        ("request-return", {"delivery_method": "RETURN_DELIVERY"}),
        ("reject-return", {}),
        ("withhold-return", {}),
        ("withhold-return", {"memo": "배송비", "extra_charge": "많이"}),
    ],
)
def test_a_bad_parameter_is_a_bad_request(orders: Orders, what: str, values: dict[str, Any]) -> None:
    assert orders(what, **values)[:2] == (400, -1)


@pytest.mark.parametrize(
    "what",
    ["place", "ship", "cancel", "approve-cancel", "request-return", "approve-return", "resolve-return"],
)
def test_other_payments_have_no_product_orders(api: Any, open_at: OpenAt, what: str) -> None:
    for imp_uid in (open_at("naverpay"), "imp_0"):
        body = {**PARCEL, **(BACK if what == "request-return" else {})}
        assert api("POST", f"/payments/{imp_uid}/naver/{what}", body)[:2] == (404, -1)
        assert api("GET", f"/payments/{imp_uid}/naver/product-orders")[:2] == (404, -1)


def test_a_whole_cancel_of_the_payment_cancels_every_product_order(orders: Orders) -> None:
    cancel = {"imp_uid": orders.imp_uid}
    assert orders.api("POST", "/payments/cancel", {**cancel, "amount": 100})[:2] == (200, 1)
    assert orders.cancel_amount == 0
    orders("cancel", orders.tea)
    assert orders.api("POST", "/payments/cancel", {**cancel, "amount": 32_500})[:2] == (200, 0)
    assert [state for state, *_ in orders.states] == ["CANCELED", "CANCELED"]
    assert orders.cancel_amount == 55_000


def test_no_cancel_of_the_payment_takes_back_what_was_shipped(shipped: Orders) -> None:
    assert shipped.api("POST", "/payments/cancel", {"imp_uid": shipped.imp_uid})[:2] == (200, 1)
    assert (shipped.cancel_amount, shipped.states[0][0]) == (0, "DELIVERING")


@pytest.mark.parametrize(
    ("means", "amounts"),
    [
        ("naverpay", (50_000, 0, 50_000, 46_364, 3_636)),
        ("naverpay_point", (50_000, 50_000, 0, 46_364, 3_636)),
        ("naverpay_card", (0, 0, 0, 0, 0)),
    ],
)
def test_cash_that_a_receipt_may_be_issued_for(
    api: Any, account: Account, open_at: OpenAt, means: str, amounts: tuple[int, ...]
) -> None:
    imp_uid = open_at("naverpay", tax_free=10_000)
    account.approve(imp_uid, pay_method=means)
    names = ("amount_total", "amount_by_npoint", "amount_by_primary", "amount_supply", "amount_vat")
    told = api("GET", f"/payments/{imp_uid}/naver/cash-amount").response
    assert tuple(told[name] for name in names) == amounts


def test_of_refunded_money_there_is_no_receipt(api: Any, account: Account, open_at: OpenAt) -> None:
    imp_uid = open_at("naverpay", pay_method="naverpay")
    account.approve(imp_uid, pay_method="point")
    api("POST", "/payments/cancel", {"imp_uid": imp_uid, "amount": 39_000})
    told = api("GET", f"/payments/{imp_uid}/naver/cash-amount").response
    assert (told["amount_total"], told["amount_vat"]) == (11_000, 1_000)


def test_only_payments_by_naver_pay_have_a_cash_amount(
    api: Any, account: Account, open_at: OpenAt, open_window: Callable[..., str]
) -> None:
    by_card, ready = open_window(), open_at("naverpay")
    account.approve(by_card)
    for imp_uid in (by_card, ready, "imp_0"):
        assert api("GET", f"/payments/{imp_uid}/naver/cash-amount")[:2] == (400, -1)


@pytest.mark.parametrize("what", ["point", "confirm"])
def test_points_are_granted_and_escrow_is_confirmed_once(
    api: Any, account: Account, open_at: OpenAt, what: str
) -> None:
    imp_uid = open_at("naverpay", escrow=True)
    path = f"/payments/{imp_uid}/naver/{what}"
    assert api("POST", path)[:2] == (500, -1)
    account.approve(imp_uid)
    assert api("POST", path, {"requester": "customer"}) == (200, 0, None, None)
    assert api("POST", path)[:2] == (500, -1)
    assert api("POST", f"/payments/imp_0/naver/{what}")[:2] == (404, -1)


def test_other_payments_have_neither(
    api: Any, account: Account, open_at: OpenAt, open_window: Callable[..., str]
) -> None:
    by_card, without_escrow, refunded = open_window(escrow=True), open_at("naverpay"), open_at("naverpay")
    for imp_uid in (by_card, without_escrow, refunded):
        account.approve(imp_uid)
    account.cancel_in_console(refunded)
    assert api("POST", f"/payments/{by_card}/naver/point")[:2] == (500, -1)
    assert api("POST", f"/payments/{by_card}/naver/confirm")[:2] == (500, -1)
    assert api("POST", f"/payments/{without_escrow}/naver/confirm")[:2] == (500, -1)
    assert api("POST", f"/payments/{refunded}/naver/point")[:2] == (500, -1)
