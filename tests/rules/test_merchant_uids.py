import re

import pytest

from django_iamport.rules import merchant_uids


def test_a_name_is_new_every_time_and_fits_everywhere():
    names = {merchant_uids.make("secret", 7, prefix="shopshop") for _ in range(500)}

    assert len(names) == 500
    assert all(re.fullmatch(r"shopshop[a-wyz2-8]{26}", name) for name in names)
    assert all(len(name) <= 36 for name in names)


def test_a_name_hides_the_order_and_cannot_be_made_without_the_key(monkeypatch):
    monkeypatch.setattr("secrets.token_hex", lambda size: "0" * 2 * size)

    mine, again, other_key, other_order = (
        merchant_uids.make(key, pk) for key, pk in [("k", 1), ("k", 1), ("j", 1), ("k", 2)]
    )

    assert mine == again
    assert len({mine, other_key, other_order}) == 3


@pytest.mark.parametrize("prefix", ["", "a", "shop2026"])
def test_a_made_name_is_ours(prefix):
    assert merchant_uids.is_ours(merchant_uids.make("k", 1, prefix=prefix), prefix)


@pytest.mark.parametrize(
    ("name", "prefix", "ours"),
    [
        ("shop" + "a" * 26, "shop", True),
        ("shop" + "a" * 26 + "x1", "shop", True),
        ("shop" + "a" * 26 + "x999", "shop", True),
        ("shop" + "a" * 26 + "x0", "shop", False),
        ("shop" + "a" * 25, "shop", False),
        ("shop", "shop", False),
        ("othe" + "a" * 26, "shop", False),
        ("SHOP" + "a" * 26, "shop", False),
        ("shop" + "A" * 26, "shop", False),
        ("shop_" + "a" * 25, "shop", False),
        ("shop" + "a" * 26 + "\n", "shop", False),
        ("shop" + "a" * 37, "shop", False),
        ("", "", False),
        ("shop" + "가" * 26, "shop", False),
        ("shop" + "٢" * 26, "shop", False),
        ("anything1", "", True),
    ],
)
def test_which_names_are_ours(name, prefix, ours):
    assert merchant_uids.is_ours(name, prefix) is ours


@pytest.mark.parametrize("copy", ["shopx", "shopx1", "shopcopy", "shopxxx"])
def test_a_prefix_that_begins_like_another_one_takes_nothing_of_its_payments(copy):
    attempts = [merchant_uids.make("k", n, prefix=copy) for n in range(200)]
    seconds = [merchant_uids.numbered(name, n) for n, name in enumerate(attempts, start=1)]

    assert not any(merchant_uids.is_ours(name, "shop") for name in [*attempts, *seconds])
    assert all(merchant_uids.is_ours(name, copy) for name in [*attempts, *seconds])


@pytest.mark.parametrize(
    ("prefix", "fits"), [("", True), ("shop2026", True), ("shop20261", False), ("Shop", False), ("s_", False)]
)
def test_what_a_prefix_may_be(prefix, fits):
    assert merchant_uids.is_prefix(prefix) is fits


@pytest.mark.parametrize("number", [1, 999])
def test_a_second_payments_name_fits_the_column_and_is_ours(number):
    name = merchant_uids.numbered(merchant_uids.make("k", 1, prefix="shopshop"), number)

    assert name.endswith(f"x{number}")
    assert len(name) <= 40
    assert merchant_uids.is_ours(name, "shopshop")
