"""What `naverProducts` of a page means: product orders, their sums, their parcels."""

from collections.abc import Callable
from typing import Any

import pytest

from django_iamport.sandbox.rules import Account, Refusal
from django_iamport.sandbox.rules.naver import product_orders
from tests.sandbox.naver import CUP, PREPAID, option, product

OpenAt = Callable[..., str]


@pytest.fixture
def ordered(account: Account, open_at: OpenAt) -> Callable[..., list[dict[str, Any]]]:
    """Buy it; the product orders that come of it."""

    def order(*products: dict[str, Any]) -> list[dict[str, Any]]:
        imp_uid = open_at("naverco", naverProducts=[*products])
        assert product_orders.of_payment(account, imp_uid) == []
        account.approve(imp_uid)
        return product_orders.of_payment(account, imp_uid)

    return order


def sums(orders: list[dict[str, Any]]) -> list[tuple[int, int, int]]:
    return [(each["quantity"], each["product_amount"], each["delivery_amount"]) for each in orders]


def test_each_product_option_and_supplement_is_a_product_order(ordered: Any) -> None:
    red, blue = option("R_M", 100, 3, 색상="빨강", 사이즈="170"), option("B_L", -200, 2, 색상="파랑")
    lid = {"id": "lid", "name": "뚜껑", "price": 1_200, "quantity": 2}
    shoe = product(id="shoe", name="신발", basePrice=1_000, options=[red, blue], supplements=[lid])
    orders = ordered(product(), shoe)
    assert sums(orders) == [(2, 20_000, 2_500), (3, 3_300, 2_500), (2, 1_600, 0), (2, 2_400, 0)]
    assert [each["product_id"] for each in orders] == ["tea", "shoe", "shoe", "lid"]
    assert [each["product_option_id"] for each in orders] == ["", "R_M", "B_L", ""]
    assert orders[1]["product_option_name"] == "색상: 빨강 / 사이즈: 170"
    assert len({each["product_order_id"] for each in orders}) == 4


def test_products_of_a_group_travel_in_one_parcel(ordered: Any) -> None:
    together = {**PREPAID, "groupId": "box"}
    assert sums(ordered(product(shipping=together), product(shipping=together), product())) == [
        (2, 20_000, 2_500),
        (2, 20_000, 0),
        (2, 20_000, 2_500),
    ]


@pytest.mark.parametrize(("threshold", "fee"), [(40_000, 0), (40_001, 2_500)])
def test_a_parcel_of_enough_goods_is_free(ordered: Any, threshold: int, fee: int) -> None:
    together = {**PREPAID, "groupId": "box", "feeRule": {"freeByThreshold": threshold}}
    orders = ordered(product(shipping=together), product(shipping=together))
    assert [each["delivery_amount"] for each in orders] == [fee, 0]


@pytest.mark.parametrize("pays", ["CASH_ON_DELIVERY", "FREE"])
def test_what_the_courier_is_paid_is_not_in_the_payment(ordered: Any, pays: str) -> None:
    assert sums(ordered(product(shipping={**PREPAID, "feePayType": pays}))) == [(2, 20_000, 0)]


def test_the_amount_becomes_what_naver_counts(account: Account, open_at: OpenAt) -> None:
    imp_uid = open_at("naverco", amount=14_000, naverProducts=[product(), CUP])
    assert account.payment(imp_uid)["amount"] == 14_000
    assert account.approve(imp_uid)["amount"] == 55_000


def test_a_deposit_begins_the_order_too(account: Account, open_at: OpenAt) -> None:
    imp_uid = open_at("naverco", amount=22_500, naverProducts=[product()])
    account.issue_vbank(imp_uid)
    assert account.deposit(imp_uid)["amount"] == 22_500
    assert len(product_orders.of_payment(account, imp_uid)) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": ""},
        {"name": None},
        {"infoUrl": None},
        {"basePrice": "1000"},
        {"basePrice": -1},
        {"quantity": 0},
        {"quantity": None},
        {"shipping": None},
        {"shipping": {**PREPAID, "baseFee": None}},
        {"shipping": {**PREPAID, "feePayType": "LATER"}},
        {"shipping": {**PREPAID, "feeRule": []}},
        {"shipping": {**PREPAID, "feeRule": {"freeByThreshold": "all"}}},
        {"options": {}},
        {"options": ["R_M"]},
        {"options": [{"optionPrice": 0}]},
        {"options": [{"optionQuantity": 1, "optionPrice": -10_001}]},
        {"options": [{**option("R", 0, 1), "selections": [{"code": "R"}]}]},
        {"supplements": [{"id": "lid"}]},
        {"supplements": "lid"},
    ],
)
def test_a_product_is_described_whole(open_at: OpenAt, wrong: dict[str, Any]) -> None:
    with pytest.raises(Refusal, match="naverProducts"):
        open_at("naverco", naverProducts=[product(**wrong)])


@pytest.mark.parametrize("products", [None, [], {}, "tea"])
def test_without_products_no_window_opens(open_at: OpenAt, products: object) -> None:
    with pytest.raises(Refusal, match="naverProducts"):
        open_at("naverco", naverProducts=products)


def test_other_channels_have_products_of_another_shape(account: Account, open_at: OpenAt) -> None:
    book = {"categoryType": "BOOK", "categoryId": "GENERAL", "uid": "1", "name": "한국사", "count": 10}
    imp_uid = open_at("naverpay", naverProducts=[book])
    account.approve(imp_uid)
    assert account.payment(imp_uid)["amount"] == 50_000
    with pytest.raises(Refusal):
        product_orders.of_payment(account, imp_uid)
