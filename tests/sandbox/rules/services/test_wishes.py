from typing import Any

import pytest

from django_iamport.sandbox.rules import Account, Refusal
from django_iamport.sandbox.rules.channels import kept
from django_iamport.sandbox.rules.services import wishes

TEA = {"id": "tea", "name": "녹차", "desc": "우전", "uprice": 10_000, "url": "https://shop.example/tea"}


def keep(account: Account, products: Any) -> Any:
    return wishes.keep(account.store, account.channels, {"naverProducts": products}, 1)


def test_products_are_put_on_the_list(account: Account) -> None:
    row = keep(account, [TEA])
    assert account.store.get(wishes.KIND, row["key"]) == row
    assert row["products"] == [{**TEA, "uprice": "10000"}]


@pytest.mark.parametrize(
    "products",
    [None, [], {}, ["tea"], [{**TEA, "name": ""}], [{**TEA, "url": "javascript:alert(1)"}], [TEA] * 101],
)
def test_what_is_no_product_is_refused(account: Account, products: Any) -> None:
    with pytest.raises(Refusal, match="naverProducts"):
        keep(account, products)


def test_only_orders_of_naver_pay_have_a_list(account: Account) -> None:
    kept.change(account.store, [{"pg": "kcp", "mid": "MID"}])
    with pytest.raises(Refusal, match="네이버페이 주문형으로"):
        keep(account, [TEA])
