"""What a page orders at Naver Pay: `naverProducts` of `request_pay`, as the gateway's schema has it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..channels import Channel
from . import request_pay

NAVER_ORDERS = "naverco"
FEE_PAID_BY = ("PREPAYED", "FREE", "CASH_ON_DELIVERY")
TEXTS = ("id", "name", "infoUrl", "imageUrl")


@dataclass(frozen=True)
class Line:
    """One product order to be, in won: `amount` of all its pieces, `delivery` of the parcel that it pays for."""

    product_id: str
    product_name: str
    option_id: str
    option_name: str
    quantity: int
    amount: int
    tax_free: bool
    delivery: int = 0


def is_order(row: Mapping[str, Any]) -> bool:
    """Whether a payment is made of Naver Pay's product orders."""
    return bool(row["pg_provider"] == NAVER_ORDERS)


def read(params: Mapping[str, Any], channel: Channel) -> list[Line]:
    """A line for each product, option and supplement; none at other channels.

    Raises Refusal where a product lacks what the schema requires: Naver's own window doesn't open then.
    """
    if channel.pg_provider != NAVER_ORDERS:
        return []
    products = params.get("naverProducts")
    if not isinstance(products, list) or not products or not all(map(_is_product, products)):
        raise request_pay.wrong("naverProducts")
    lines: list[Line] = []
    for product, fee in zip(products, _fees(products), strict=True):
        first, *others = _lines(product)
        lines += [Line(**{**vars(first), "delivery": fee}), *others]
    return lines


def _lines(product: Mapping[str, Any]) -> Iterator[Line]:
    tax_free = product.get("taxType") == "TAX_FREE"
    for option in product.get("options") or [{"optionQuantity": product.get("quantity"), "optionPrice": 0}]:
        quantity = option["optionQuantity"]
        yield Line(
            product_id=product["id"],
            product_name=product["name"],
            option_id=str(option.get("selectionCode", "")),
            option_name=" / ".join(
                f"{each['label']}: {each['value']}" for each in option.get("selections", ())
            ),
            quantity=quantity,
            amount=(product["basePrice"] + option["optionPrice"]) * quantity,
            tax_free=tax_free,
        )
    for each in product.get("supplements", ()):
        amount = each["price"] * each["quantity"]
        yield Line(each["id"], each["name"], "", "", each["quantity"], amount, tax_free)


def _fees(products: list[Mapping[str, Any]]) -> Iterator[int]:
    """What each product's parcel costs: those of one `groupId` travel together, and the first of them pays."""
    paid: set[str] = set()
    for product in products:
        shipping, group = product["shipping"], str(product["shipping"].get("groupId") or "")
        together = [each for each in products if group and each["shipping"].get("groupId") == group]
        sum_of_all = sum(line.amount for each in together or [product] for line in _lines(each))
        free_from = shipping.get("feeRule", {}).get("freeByThreshold")
        is_free = group in paid or shipping["feePayType"] != "PREPAYED"
        yield 0 if is_free or (free_from is not None and sum_of_all >= free_from) else shipping["baseFee"]
        paid |= {group} - {""}


def _is_product(product: Any) -> bool:
    if not isinstance(product, dict) or not all(_is_text(product.get(name)) for name in TEXTS):
        return False
    options, supplements = product.get("options", []), product.get("supplements", [])
    if not _is_price(product.get("basePrice")) or not _is_shipping(product.get("shipping")):
        return False
    if not isinstance(options, list) or not isinstance(supplements, list):
        return False
    if not options and not _is_count(product.get("quantity")):
        return False
    return all(_is_option(each, product["basePrice"]) for each in options) and all(
        map(_is_supplement, supplements)
    )


def _is_option(option: Any, price: int) -> bool:
    if not isinstance(option, dict) or not _is_count(option.get("optionQuantity")):
        return False
    more, selections = option.get("optionPrice"), option.get("selections", [])
    if type(more) is not int or price + more < 0 or not isinstance(selections, list):
        return False
    return all(isinstance(each, dict) and {"label", "value"} <= set(each) for each in selections)


def _is_supplement(supplement: Any) -> bool:
    return (
        isinstance(supplement, dict)
        and _is_text(supplement.get("id"))
        and _is_text(supplement.get("name"))
        and _is_price(supplement.get("price"))
        and _is_count(supplement.get("quantity"))
    )


def _is_shipping(shipping: Any) -> bool:
    if not isinstance(shipping, dict) or not _is_price(shipping.get("baseFee")):
        return False
    rule = shipping.get("feeRule", {})
    if not isinstance(rule, dict) or not _is_price(rule.get("freeByThreshold", 0)):
        return False
    return shipping.get("feePayType") in FEE_PAID_BY


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _is_price(value: Any) -> bool:
    return type(value) is int and 0 <= value < 10**9


def _is_count(value: Any) -> bool:
    return type(value) is int and 0 < value < 10**4
